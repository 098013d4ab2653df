// What every engine has from its start: console, timers, process, and the controls that the host holds.
// `native` are the host's functions. Answers the controls; nothing of them is reachable from a block.
(function (native) {
  'use strict';
  const G = globalThis;
  const { ownKeys, getPrototypeOf, deleteProperty, isExtensible, defineProperty, apply } = Reflect;
  const functionText = Function.prototype.toString;
  const resolved = Promise.resolve.bind(Promise);
  const then = Promise.prototype.then;
  const now = performance.now.bind(performance);
  const isArray = Array.isArray;
  const stringify = JSON.stringify;
  const controls = { __proto__: null };

  const define = (name, value) =>
    defineProperty(G, name, { value, writable: true, enumerable: false, configurable: true });
  const unavailable = (name) => new Error(`js blocks cannot use '${name}': use node { … }`);

  // ---- timers: the host asks for the next one, waits, and fires it ----

  // A longer wait is none, as elsewhere.
  const LONGEST = 2 ** 31 - 1;
  let timers = [];
  let lastTimer = 0;

  const schedule = (name, repeat) => ({
    [name](callback, delay, ...args) {
      if (typeof callback !== 'function') throw new TypeError(`${name} needs a function`);
      let wait = Math.max(repeat ? 1 : 0, Math.trunc(Number(delay)) || 0);
      if (wait > LONGEST) wait = 1;
      const timer = { id: ++lastTimer, callback, args, due: now() + wait, every: repeat ? wait : -1 };
      timers.push(timer);
      return timer.id;
    },
  })[name];
  const cancel = (name) => ({
    [name](id) {
      const at = timers.findIndex((timer) => timer.id === id);
      if (at >= 0) timers.splice(at, 1);
    },
  })[name];

  const earliest = () => {
    let first = -1;
    for (let i = 0; i < timers.length; i++) if (first < 0 || timers[i].due < timers[first].due) first = i;
    return first;
  };

  define('setTimeout', schedule('setTimeout', false));
  define('setInterval', schedule('setInterval', true));
  define('clearTimeout', cancel('clearTimeout'));
  define('clearInterval', cancel('clearInterval'));
  define('queueMicrotask', function queueMicrotask(callback) {
    if (typeof callback !== 'function') throw new TypeError('queueMicrotask needs a function');
    apply(then, resolved(), [() => { callback(); }]);
  });

  // Milliseconds to the next timer; -1 when there is none.
  controls.next = () => {
    const first = earliest();
    return first < 0 ? -1 : Math.max(0, timers[first].due - now());
  };
  controls.fire = () => {
    const first = earliest();
    if (first < 0) return;
    const timer = timers[first];
    if (timer.every >= 0) timer.due = now() + timer.every;
    else timers.splice(first, 1);
    apply(timer.callback, undefined, timer.args);
  };

  // ---- random numbers: those of one call must not tell how many an earlier one has drawn ----

  let seed;
  const draw = () => {
    let [a, b, c, d] = seed ??= native.seed();
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    seed = [a, b, c, d];
    return sum >>> 0;
  };
  defineProperty(Math, 'random', {
    value: { random: () => ((draw() >>> 5) * 2 ** 26 + (draw() >>> 6)) / 2 ** 53 }.random,
    writable: true,
    enumerable: false,
    configurable: true,
  });

  // ---- console ----

  const OUT = 0;
  const ERR = 1;
  let indent = '';
  let counts = { __proto__: null };
  let clocks = { __proto__: null };

  const write = (stream, text) => {
    if (indent) text = indent + text.replaceAll('\n', '\n' + indent);
    native.log(stream, text.toWellFormed());
  };
  const writer = (name, stream) => ({ [name](...args) { write(stream, text(args)); } })[name];
  const text = (args) => (args.length === 1 && typeof args[0] === 'string' ? args[0] : controls.format(args));
  const label = (name) => (name === undefined ? 'default' : String(name));
  const console = {
    log: writer('log', OUT),
    info: writer('info', OUT),
    debug: writer('debug', OUT),
    warn: writer('warn', ERR),
    error: writer('error', ERR),
    trace(...args) { write(ERR, args.length ? 'Trace: ' + controls.format(args) : 'Trace'); },
    dir(value) { write(OUT, controls.inspect(value)); },
    dirxml: writer('dirxml', OUT),
    table(value) { write(OUT, controls.inspect(value)); },
    assert(condition, ...args) {
      if (!condition) write(ERR, args.length ? 'Assertion failed: ' + controls.format(args) : 'Assertion failed');
    },
    group(...args) { if (args.length) write(OUT, controls.format(args)); indent += '  '; },
    groupCollapsed(...args) { console.group(...args); },
    groupEnd() { indent = indent.slice(2); },
    count(name) { const l = label(name); counts[l] = (counts[l] ?? 0) + 1; write(OUT, `${l}: ${counts[l]}`); },
    countReset(name) { delete counts[label(name)]; },
    time(name) { clocks[label(name)] = now(); },
    timeLog(name) { const l = label(name); if (l in clocks) write(OUT, `${l}: ${(now() - clocks[l]).toFixed(3)}ms`); },
    timeEnd(name) { console.timeLog(name); delete clocks[label(name)]; },
  };
  defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
  define('console', console);

  // ---- process: its environment, and a clear word for the rest ----

  const PROCESS_FUNCTIONS = ['abort', 'chdir', 'cpuUsage', 'cwd', 'emit', 'emitWarning', 'exit', 'getegid', 'geteuid',
    'getgid', 'getuid', 'hrtime', 'kill', 'memoryUsage', 'nextTick', 'off', 'on', 'once', 'resourceUsage',
    'umask', 'uptime'];
  const PROCESS_VALUES = ['arch', 'argv', 'argv0', 'config', 'execArgv', 'execPath', 'pid', 'platform', 'ppid',
    'stderr', 'stdin', 'stdout', 'title', 'version', 'versions'];
  let process;
  const makeProcess = () => {
    const env = {};
    const pairs = native.env();
    for (let i = 0; i < pairs.length; i += 2) {
      defineProperty(env, pairs[i], { value: pairs[i + 1], writable: true, enumerable: true, configurable: true });
    }
    const absent = {};
    for (const name of PROCESS_FUNCTIONS) absent[name] = () => { throw unavailable('process.' + name); };
    for (const name of PROCESS_VALUES) {
      defineProperty(absent, name, { get() { throw unavailable('process.' + name); }, configurable: true });
    }
    const made = Object.create(absent);
    made.env = env;
    return made;
  };
  defineProperty(G, 'process', {
    get() { return (process ??= makeProcess()); },
    set(value) { process = value; },
    enumerable: false,
    configurable: true,
  });

  // ---- the parts that are compiled when they are first used, or at once by `complete` ----

  const WEB = ['URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'structuredClone'];
  // Called by this name it compiles in the global scope, and the host's measure of the stack stays as it is.
  const compile = eval;
  let web;
  const loadWeb = (name) => (web ??= compile(native.part('web'))(native))[name];
  const loadInspect = () => { compile(native.part('inspect'))(controls); };
  for (const name of WEB) {
    defineProperty(G, name, {
      get() { const value = loadWeb(name); define(name, value); return value; },
      set(value) { define(name, value); },
      enumerable: false,
      configurable: true,
    });
  }
  controls.format = (args) => { loadInspect(); return controls.format(args); };
  controls.inspect = (value) => { loadInspect(); return controls.inspect(value); };
  controls.complete = () => {
    for (const name of WEB) define(name, loadWeb(name));
    loadInspect();
  };

  // ---- the functions of blocks, by the numbers of their plans ----

  const MOST_FUNCTIONS = 256;
  const MOST_TEXT = 4 << 20;
  const functions = new Map();
  let kept = 0;
  controls.kept = (id) => functions.get(id);
  controls.keep = (id, compiled, length) => {
    kept += length;
    if (functions.size >= MOST_FUNCTIONS || kept > MOST_TEXT) {
      functions.clear();
      kept = length;
    }
    functions.set(id, compiled);
  };

  // ---- executables: `kind` 0 is a helper of the block, 1 an executable that came as a value ----

  const call = (kind, index, args) => {
    const answer = native.call(controls, kind, index, args);
    if (answer[0]) return answer[1];
    throw new Error(answer[1]);
  };
  controls.direct = (kind, index) => (...args) => call(kind, index, args);
  controls.deferred = (kind, index) => async (...args) => call(kind, index, args);

  // ---- what the host cannot find out by itself ----

  controls.wellFormed = (text) => text.toWellFormed();
  controls.text = (value) => String(value).toWellFormed();
  controls.source = (value) => {
    try {
      return apply(functionText, value, []).toWellFormed();
    } catch {
      return 'function () { [native code] }';
    }
  };
  controls.isArray = isArray;
  const tag = Object.prototype.toString;
  const brands = {
    __proto__: null,
    '[object Number]': Number.prototype.valueOf,
    '[object String]': String.prototype.valueOf,
    '[object Boolean]': Boolean.prototype.valueOf,
    '[object BigInt]': BigInt.prototype.valueOf,
  };
  // The primitive in a Number, String, Boolean or BigInt object; undefined for other objects.
  controls.unbox = (value) => {
    const brand = brands[apply(tag, value, [])];
    if (brand === undefined) return undefined;
    try {
      return apply(brand, value, []);
    } catch {}
  };
  // Name, message and stack of what was thrown.
  controls.describe = (thrown) => {
    let name = '';
    let message;
    let stack = '';
    try {
      if ((typeof thrown === 'object' && thrown !== null) || typeof thrown === 'function') {
        const said = thrown.message;
        if (said !== undefined || thrown instanceof Error) {
          name = String(thrown.name ?? '');
          message = String(said ?? '') || name;
          if (typeof thrown.stack === 'string') stack = thrown.stack;
        } else {
          message = stringify(thrown) ?? String(thrown);
        }
      } else {
        message = String(thrown);
      }
    } catch {
      message ??= 'exception';
    }
    return [name.toWellFormed(), message.toWellFormed(), stack.toWellFormed()];
  };

  // ---- the end of a call ----

  let known;
  let home;
  // From here on the global object has what it has; `end` restores that.
  controls.seal = () => {
    known = new Set(ownKeys(G));
    home = getPrototypeOf(G);
  };
  // Whether the engine is as it was before the call.
  controls.end = () => {
    timers = [];
    lastTimer = 0;
    indent = '';
    counts = { __proto__: null };
    clocks = { __proto__: null };
    process = undefined;
    seed = undefined;
    if (getPrototypeOf(G) !== home || !isExtensible(G)) return false;
    const keys = ownKeys(G);
    if (keys.length === known.size) return true;
    for (let i = 0; i < keys.length; i++) {
      if (!known.has(keys[i]) && !deleteProperty(G, keys[i])) return false;
    }
    return true;
  };

  return controls;
})
