// How `console.log` writes values. Adds `format` and `inspect` to the controls.
(function (controls) {
  'use strict';
  const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf, apply } = Reflect;
  const WIDTH = 80;
  const DEEPEST = 2;
  const MOST = 100;
  const tag = Object.prototype.toString;
  const functionText = Function.prototype.toString;
  const IDENTIFIER = /^[a-zA-Z_$][\w$]*$/;
  const ESCAPES = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\' };

  const quote = (text) => {
    const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes('`') ? '`' : "'";
    let out = mark;
    for (const c of text) {
      if (c === mark) out += '\\' + c;
      else if (ESCAPES[c] !== undefined) out += ESCAPES[c];
      else if (c < ' ' || c === '\x7f') out += '\\x' + c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
      else out += c;
    }
    return out + mark;
  };

  const primitive = (value) => {
    switch (typeof value) {
      case 'string': return quote(value);
      case 'number': return Object.is(value, -0) ? '-0' : String(value);
      case 'bigint': return value + 'n';
      default: return String(value);
    }
  };

  const constructorName = (value) => {
    for (let at = value; at !== null; at = getPrototypeOf(at)) {
      const descriptor = getOwnPropertyDescriptor(at, 'constructor');
      if (!descriptor) continue;
      const made = descriptor.get && at !== value ? at.constructor : descriptor.value;
      if (typeof made === 'function' && made.name !== '') return String(made.name);
    }
    return null;
  };

  const functionBase = (value) => {
    let source = '';
    try { source = apply(functionText, value, []); } catch {}
    if (source.startsWith('class')) {
      const parent = getPrototypeOf(value);
      return `[class ${value.name || '(anonymous)'}${parent && parent.name ? ' extends ' + parent.name : ''}]`;
    }
    const kind = constructorName(value) ?? 'Function';
    return value.name ? `[${kind}: ${value.name}]` : `[${kind} (anonymous)]`;
  };

  const key = (name) => {
    if (typeof name === 'symbol') return `[${String(name)}]`;
    return IDENTIFIER.test(name) ? name : quote(name);
  };

  const layout = (state, base, open, close, items, level) => {
    const lead = base ? base + ' ' : '';
    if (items.length === 0) return base && open === '{' ? base : lead + open + close;
    if (level - state.deepest > -3 || items.every((item) => !item.includes('\n'))) {
      const start = items.length + level * 2 + open.length + base.length + 10;
      let total = items.length + start;
      for (const item of items) total += item.length;
      if (total <= WIDTH && !items.some((item) => item.includes('\n'))) {
        return `${lead}${open} ${items.join(', ')} ${close}`;
      }
    }
    const gap = '\n' + ' '.repeat(level * 2);
    return `${lead}${open}${gap}  ${items.join(`,${gap}  `)}${gap}${close}`;
  };

  const show = (state, value, level) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return primitive(value);
    if (state.path.includes(value)) {
      if (!state.circles.includes(value)) state.circles.push(value);
      return `[Circular *${state.circles.indexOf(value) + 1}]`;
    }
    const kind = apply(tag, value, []).slice(8, -1);
    const name = constructorName(value);
    const array = Array.isArray(value);
    if (level > DEEPEST && typeof value !== 'function') return `[${array ? 'Array' : name ?? 'Object: null prototype'}]`;
    state.path.push(value);
    if (level > state.deepest) state.deepest = level;
    let base = '';
    let open = '{';
    let close = '}';
    let skip = null;
    const items = [];
    const more = (length) => {
      if (length > MOST) items.push(`... ${length - MOST} more item${length - MOST > 1 ? 's' : ''}`);
    };
    if (typeof value === 'function') {
      base = functionBase(value);
      skip = (k) => k === 'prototype' || k === 'name' || k === 'length';
    } else if (array || ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      open = '[';
      close = ']';
      if (name !== 'Array') base = `${name}(${value.length})`;
      for (let i = 0, holes = 0; i < value.length && items.length < MOST; i++) {
        if (!(i in value)) {
          holes++;
          if (!(i + 1 in value)) { if (i + 1 < value.length) continue; }
          items.push(`<${holes} empty item${holes > 1 ? 's' : ''}>`);
          holes = 0;
        } else {
          items.push(show(state, value[i], level + 1));
        }
      }
      more(value.length);
      skip = (k) => typeof k === 'string' && String(k >>> 0) === k || k === 'length';
    } else if (value instanceof Map) {
      base = `${name}(${value.size})`;
      for (const [k, v] of value) {
        if (items.length === MOST) break;
        items.push(`${show(state, k, level + 1)} => ${show(state, v, level + 1)}`);
      }
      more(value.size);
    } else if (value instanceof Set) {
      base = `${name}(${value.size})`;
      for (const v of value) {
        if (items.length === MOST) break;
        items.push(show(state, v, level + 1));
      }
      more(value.size);
    } else if (value instanceof Error) {
      const text = String(value);
      base = level === 0 ? text : `[${text}]`;
      skip = (k) => k === 'message' || k === 'stack' || k === 'name';
    } else if (value instanceof Date) {
      base = Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    } else if (value instanceof RegExp) {
      base = String(value);
      skip = (k) => k === 'lastIndex';
    } else if (kind === 'Promise') {
      base = 'Promise';
    } else {
      const inner = controls.unbox(value);
      if (inner !== undefined) {
        base = `[${name}: ${primitive(inner)}]`;
        skip = (k) => typeof inner === 'string' && (k === 'length' || String(k >>> 0) === k);
      } else if (name === null) {
        base = '[Object: null prototype]';
      } else if (name !== 'Object') {
        base = name;
      }
    }
    for (const k of ownKeys(value)) {
      if (skip && skip(k)) continue;
      const descriptor = getOwnPropertyDescriptor(value, k);
      if (!descriptor || !descriptor.enumerable) continue;
      const text = descriptor.get
        ? (descriptor.set ? '[Getter/Setter]' : '[Getter]')
        : descriptor.set ? '[Setter]' : show(state, descriptor.value, level + 1);
      items.push(`${key(k)}: ${text}`);
    }
    state.path.pop();
    const bare = typeof value === 'function' || value instanceof Error || value instanceof Date
      || value instanceof RegExp || base.startsWith('[');
    let out = items.length === 0 && open === '{' && base && !bare
      ? `${base} {}`
      : layout(state, base, open, close, items, level);
    if (base === '[Object: null prototype]' && items.length === 0) out = base + ' {}';
    const circle = state.circles.indexOf(value);
    return circle < 0 ? out : `<ref *${circle + 1}> ${out}`;
  };

  controls.inspect = (value) => show({ path: [], circles: [], deepest: 0 }, value, 0);

  const plain = (value) => (typeof value === 'string' ? value : controls.inspect(value));
  const placeholder = (mark, value) => {
    switch (mark) {
      case 's': return typeof value === 'object' && value !== null ? controls.inspect(value) : String(value);
      case 'd': return typeof value === 'object' ? 'NaN' : String(Number(value));
      case 'i': return typeof value === 'object' ? 'NaN' : String(Math.trunc(Number(value)));
      case 'f': return typeof value === 'symbol' ? 'NaN' : String(parseFloat(value));
      case 'j': return JSON.stringify(value) ?? 'undefined';
      case 'c': return '';
      default: return controls.inspect(value);
    }
  };

  controls.format = (args) => {
    if (args.length === 1) return plain(args[0]);
    let rest = args;
    let text = '';
    if (typeof args[0] === 'string') {
      let used = 1;
      text = args[0].replace(/%[sdifjoOc%]/g, (match) => {
        if (match === '%%') return args.length > 1 ? '%' : match;
        return used < args.length ? placeholder(match[1], args[used++]) : match;
      });
      rest = args.slice(used);
      if (rest.length === 0) return text;
      text += ' ';
    }
    return text + rest.map(plain).join(' ');
  };
})
