// URL, URLSearchParams, TextEncoder, TextDecoder, structuredClone: answers them by name.
(function (native) {
  'use strict';
  const scalar = (value) => String(value).toWellFormed();

  // ---- URL: the host parses; `parts` is what it answers ----

  const HREF = 0;
  const NAMES = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname',
    'search', 'hash'];
  const SEARCH = NAMES.indexOf('search');
  let relink;
  let bind;

  class URLSearchParams {
    #pairs = [];
    #url = null;

    static {
      bind = (url, text) => {
        const params = new URLSearchParams(text);
        params.#url = url;
        return params;
      };
      relink = (params, text) => { params.#pairs = native.formParse(text); };
    }

    constructor(init = '') {
      if (init !== null && (typeof init === 'object' || typeof init === 'function')) {
        if (init[Symbol.iterator] != null) {
          for (const pair of init) {
            const both = [...pair];
            if (both.length !== 2) throw new TypeError('Each query pair must be an iterable [name, value] tuple');
            this.#pairs.push([scalar(both[0]), scalar(both[1])]);
          }
        } else {
          for (const name of Reflect.ownKeys(init)) {
            if (Reflect.getOwnPropertyDescriptor(init, name)?.enumerable) {
              this.#pairs.push([scalar(name), scalar(init[name])]);
            }
          }
        }
      } else {
        const text = scalar(init);
        this.#pairs = native.formParse(text.startsWith('?') ? text.slice(1) : text);
      }
    }

    #changed() { if (this.#url) this.#url.search = this.toString(); }

    get size() { return this.#pairs.length; }

    append(name, value) {
      this.#pairs.push([scalar(name), scalar(value)]);
      this.#changed();
    }

    delete(name, value) {
      name = scalar(name);
      const any = value === undefined;
      value = scalar(value);
      this.#pairs = this.#pairs.filter((pair) => !(pair[0] === name && (any || pair[1] === value)));
      this.#changed();
    }

    get(name) {
      name = scalar(name);
      return this.#pairs.find((pair) => pair[0] === name)?.[1] ?? null;
    }

    getAll(name) {
      name = scalar(name);
      return this.#pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]);
    }

    has(name, value) {
      name = scalar(name);
      const any = value === undefined;
      value = scalar(value);
      return this.#pairs.some((pair) => pair[0] === name && (any || pair[1] === value));
    }

    set(name, value) {
      name = scalar(name);
      value = scalar(value);
      const first = this.#pairs.findIndex((pair) => pair[0] === name);
      if (first < 0) this.#pairs.push([name, value]);
      else {
        this.#pairs[first][1] = value;
        this.#pairs = this.#pairs.filter((pair, at) => at <= first || pair[0] !== name);
      }
      this.#changed();
    }

    sort() {
      this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      this.#changed();
    }

    forEach(callback, self) {
      for (let i = 0; i < this.#pairs.length; i++) {
        Reflect.apply(callback, self, [this.#pairs[i][1], this.#pairs[i][0], this]);
      }
    }

    *entries() { for (let i = 0; i < this.#pairs.length; i++) yield [this.#pairs[i][0], this.#pairs[i][1]]; }
    *keys() { for (let i = 0; i < this.#pairs.length; i++) yield this.#pairs[i][0]; }
    *values() { for (let i = 0; i < this.#pairs.length; i++) yield this.#pairs[i][1]; }
    toString() { return native.formText(this.#pairs.flat()); }
  }
  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    value: URLSearchParams.prototype.entries, writable: true, configurable: true,
  });
  Object.defineProperty(URLSearchParams.prototype, Symbol.toStringTag, { value: 'URLSearchParams', configurable: true });

  const parse = (input, base) =>
    base === undefined ? native.urlParse(scalar(input)) : native.urlParse(scalar(input), scalar(base));

  class URL {
    #parts;
    #params = null;

    constructor(input, base) {
      const parts = parse(input, base);
      if (parts === null) {
        throw Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: scalar(input) });
      }
      this.#parts = parts;
    }

    static canParse(input, base) { return parse(input, base) !== null; }
    static parse(input, base) { return URL.canParse(input, base) ? new URL(input, base) : null; }

    static {
      NAMES.forEach((name, at) => {
        const accessor = { get() { return this.#parts[at]; }, enumerable: true, configurable: true };
        if (name !== 'origin') {
          accessor.set = function (value) {
            const parts = native.urlSet(this.#parts[HREF], name, scalar(value));
            if (parts === null) {
              if (name === 'href') throw new TypeError('Invalid URL');
              return;
            }
            const before = this.#parts[SEARCH];
            this.#parts = parts;
            if (this.#params && parts[SEARCH] !== before) relink(this.#params, parts[SEARCH].slice(1));
          };
        }
        Object.defineProperty(URL.prototype, name, accessor);
      });
    }

    get searchParams() { return (this.#params ??= bind(this, this.#parts[SEARCH])); }
    toString() { return this.#parts[HREF]; }
    toJSON() { return this.#parts[HREF]; }
  }
  Object.defineProperty(URL.prototype, Symbol.toStringTag, { value: 'URL', configurable: true });

  // ---- text and bytes ----

  class TextEncoder {
    get encoding() { return 'utf-8'; }
    encode(text = '') { return native.encode(scalar(text)); }
    encodeInto(text, target) {
      if (!(target instanceof Uint8Array)) throw new TypeError('encodeInto needs a Uint8Array');
      let read = 0;
      let written = 0;
      for (const c of String(text)) {
        const bytes = native.encode(c.toWellFormed());
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += c.length;
      }
      return { read, written };
    }
  }
  Object.defineProperty(TextEncoder.prototype, Symbol.toStringTag, { value: 'TextEncoder', configurable: true });

  const LABELS = { __proto__: null, utf8: 'utf-8', 'utf-8': 'utf-8', 'unicode-1-1-utf-8': 'utf-8',
    'utf-16': 'utf-16le', 'utf-16le': 'utf-16le' };
  const bytesOf = (input) => {
    if (input === undefined) return new Uint8Array(0);
    if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    if (input instanceof ArrayBuffer || input instanceof SharedArrayBuffer) return new Uint8Array(input);
    throw new TypeError('decode needs an ArrayBuffer or a view of one');
  };

  // Bytes as a text of characters with their numbers, which is what the host reads.
  const numbered = (bytes) => {
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return text;
  };

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #kept = new Uint8Array(0);
    #started = false;

    constructor(label = 'utf-8', options = {}) {
      const encoding = LABELS[String(label).trim().toLowerCase()];
      if (encoding === undefined) throw new RangeError(`The "${label}" encoding is not supported`);
      this.#encoding = encoding;
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }

    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }

    decode(input, options = {}) {
      const stream = Boolean(options?.stream);
      const given = bytesOf(input);
      const bytes = new Uint8Array(this.#kept.length + given.length);
      bytes.set(this.#kept);
      bytes.set(given, this.#kept.length);
      const answer = native.decode(numbered(bytes), this.#encoding, this.#fatal, stream);
      if (answer === null) {
        this.#kept = new Uint8Array(0);
        this.#started = false;
        throw Object.assign(new TypeError(`The encoded data was not valid for encoding ${this.#encoding}`),
          { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });
      }
      let [text, used] = answer;
      this.#kept = bytes.slice(used);
      if (!this.#started && text !== '') {
        this.#started = true;
        if (!this.#ignoreBOM && text[0] === '\ufeff') text = text.slice(1);
      }
      if (!stream) {
        this.#started = false;
        this.#kept = new Uint8Array(0);
      }
      return text;
    }
  }
  Object.defineProperty(TextDecoder.prototype, Symbol.toStringTag, { value: 'TextDecoder', configurable: true });

  // ---- structuredClone ----

  const refuse = (value) => {
    let what = typeof value;
    try { what = String(value); } catch {}
    return new DOMException(`${what} could not be cloned.`, 'DataCloneError');
  };
  const ERRORS = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const boxed = [Number, String, Boolean, BigInt];
  const copy = (value, seen) => {
    if (typeof value === 'function' || typeof value === 'symbol') throw refuse(value);
    if (typeof value !== 'object' || value === null) return value;
    const before = seen.get(value);
    if (before !== undefined) return before;
    const keep = (made) => { seen.set(value, made); return made; };
    for (const kind of boxed) if (value instanceof kind) return keep(Object(value.valueOf()));
    if (value instanceof Date) return keep(new Date(value.getTime()));
    if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
    if (value instanceof ArrayBuffer) return keep(value.slice(0));
    if (value instanceof DataView) {
      return keep(new DataView(copy(value.buffer, seen), value.byteOffset, value.byteLength));
    }
    if (ArrayBuffer.isView(value)) {
      return keep(new value.constructor(copy(value.buffer, seen), value.byteOffset, value.length));
    }
    if (value instanceof Map) {
      const made = keep(new Map());
      for (const [k, v] of [...value]) made.set(copy(k, seen), copy(v, seen));
      return made;
    }
    if (value instanceof Set) {
      const made = keep(new Set());
      for (const v of [...value]) made.add(copy(v, seen));
      return made;
    }
    if (value instanceof Error) {
      const made = keep(new (ERRORS[value.name] ?? Error)(value.message));
      if ('cause' in value) {
        Object.defineProperty(made, 'cause',
          { value: copy(value.cause, seen), writable: true, enumerable: false, configurable: true });
      }
      return made;
    }
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
      throw refuse(value);
    }
    const made = keep(Array.isArray(value) ? new Array(value.length) : {});
    for (const k of Object.keys(value)) {
      Object.defineProperty(made, k, { value: copy(value[k], seen), writable: true, enumerable: true, configurable: true });
    }
    return made;
  };
  function structuredClone(value) {
    if (arguments.length === 0) throw new TypeError('structuredClone needs a value');
    return copy(value, new Map());
  }

  return { __proto__: null, URL, URLSearchParams, TextEncoder, TextDecoder, structuredClone };
})
