// Makes everything that a block can reach, save the global object itself, unchangeable, so that one engine can serve
// many calls. What would compile text in the global scope is taken away: blocks that use it get an engine of their own.
(function () {
  'use strict';
  const G = globalThis;
  const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf, defineProperty, deleteProperty } = Reflect;

  // ---- what keeps state outside of objects ----

  deleteProperty(Error, 'prepareStackTrace');
  deleteProperty(Error, 'stackTraceLimit');
  deleteProperty(G, 'FinalizationRegistry');

  // ---- what compiles text ----

  const compilers = [function () {}, async function () {}, function* () {}, async function* () {}];
  for (const sample of compilers) {
    const proto = getPrototypeOf(sample);
    const name = proto.constructor.name;
    const blocked = { [name]: function () { throw new EvalError(`${name} is not available here`); } }[name];
    defineProperty(blocked, 'prototype', { value: proto, writable: false, enumerable: false, configurable: false });
    defineProperty(proto, 'constructor', { value: blocked, writable: true, enumerable: false, configurable: true });
    if (name === 'Function') defineProperty(G, 'Function', { value: blocked });
  }
  defineProperty(G, 'eval', {
    value: { eval(text) {
      if (typeof text === 'string') throw new EvalError('eval is not available here');
      return text;
    } }.eval,
  });

  // ---- everything reachable: by name, by prototype, by syntax ----

  const seen = new Set();
  const prototypes = new Set();
  const queue = [];
  const visit = (value) => {
    if (((typeof value === 'object' && value !== null) || typeof value === 'function') && !seen.has(value)) {
      seen.add(value);
      queue.push(value);
    }
  };
  visit(G);
  for (const sample of compilers) visit(sample);
  const generator = function* () {};
  const asyncGenerator = async function* () {};
  [
    generator(), asyncGenerator(), [].values(), new Map().entries(), new Set().values(), ''[Symbol.iterator](),
    ''.matchAll(/a/g), [].values().map((x) => x), Iterator.from({ next() { return { done: true }; } }),
    Iterator.concat?.([]), Iterator.zip?.([]), Iterator.zipKeyed?.({}), (function () { return arguments; })(),
    new Proxy({}, {}), Promise.resolve(), new DOMException(),
    new URLSearchParams('a=1').entries(),
  ].forEach((sample) => { if (sample != null) visit(getPrototypeOf(sample)); });
  visit(getOwnPropertyDescriptor((function () { 'use strict'; return arguments; })(), 'callee')?.get);
  while (queue.length > 0) {
    const object = queue.pop();
    const proto = getPrototypeOf(object);
    if (proto !== null) prototypes.add(proto);
    visit(proto);
    for (const key of ownKeys(object)) {
      const descriptor = getOwnPropertyDescriptor(object, key);
      if (key === 'prototype' && typeof object === 'function' && descriptor.value) prototypes.add(descriptor.value);
      visit(descriptor.value);
      visit(descriptor.get);
      visit(descriptor.set);
    }
  }

  // ---- freezing ----

  // A property that a prototype has and cannot change must not keep objects that inherit from it from having their
  // own: assignment would fail if it were an unchangeable data property.
  const inherited = (home, key, descriptor) => {
    const { value, enumerable } = descriptor;
    const get = () => value;
    function set(own) {
      if (this === home) throw new TypeError(`cannot change the built-in '${String(key)}'`);
      if ((typeof this !== 'object' && typeof this !== 'function') || this === null) return;
      if (!defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true })) {
        throw new TypeError(`cannot set property '${String(key)}'`);
      }
    }
    Object.freeze(get);
    Object.freeze(set.prototype);
    Object.freeze(set);
    defineProperty(home, key, { get, set, enumerable, configurable: false });
  };

  for (const object of seen) {
    if (object === G) continue;
    if (prototypes.has(object) && (typeof object === 'object' || object === getPrototypeOf(getPrototypeOf))) {
      for (const key of ownKeys(object)) {
        const descriptor = getOwnPropertyDescriptor(object, key);
        if ('value' in descriptor && descriptor.configurable) inherited(object, key, descriptor);
      }
    }
    Object.freeze(object);
  }
  for (const key of ownKeys(G)) {
    const descriptor = getOwnPropertyDescriptor(G, key);
    defineProperty(G, key, 'value' in descriptor ? { writable: false, configurable: false } : { configurable: false });
  }
})
