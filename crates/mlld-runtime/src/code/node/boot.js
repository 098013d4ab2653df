// Waits for one block, runs it, tells its value and ends. What waits has run no code of a script.
"use strict";
(() => {
  const fs = require("fs");
  const path = require("path");
  const vm = require("vm");
  const { createRequire } = require("module");
  const CHANNEL = 3;
  const MARK = "\u0001";
  // How long what a block leaves running has to end when its value is there.
  const GRACE = 1000;

  const patient = (act) => {
    for (;;) {
      try {
        return act();
      } catch (error) {
        if (error.code !== "EAGAIN") throw error;
      }
    }
  };
  const read = (size) => {
    const data = Buffer.alloc(size);
    for (let at = 0; at < size; ) {
      const got = patient(() => fs.readSync(CHANNEL, data, at, size - at, null));
      if (got === 0) process.reallyExit(0);
      at += got;
    }
    return data;
  };
  const send = (message) => {
    const text = Buffer.from(JSON.stringify(message, encoder));
    const data = Buffer.alloc(4 + text.length);
    data.writeUInt32BE(text.length);
    text.copy(data, 4);
    for (let at = 0; at < data.length; ) at += patient(() => fs.writeSync(CHANNEL, data, at));
  };

  const encoder = (key, value) => {
    switch (typeof value) {
      case "number":
        if (Number.isFinite(value)) return Object.is(value, -0) ? MARK + "-0" : value;
        return MARK + String(value);
      case "bigint":
        return String(value);
      case "string":
        return value.startsWith(MARK) ? MARK + "text:" + value : value;
      default:
        return value;
    }
  };
  const decoded = (value) => {
    if (typeof value === "string") {
      if (!value.startsWith(MARK)) return value;
      const word = value.slice(1);
      if (word === "unset") return undefined;
      if (word.startsWith("call:")) return caller({ executable: Number(word.slice(5)) });
      if (word.startsWith("text:")) return word.slice(5);
      return Number(word);
    }
    if (Array.isArray(value)) return value.map(decoded);
    if (value !== null && typeof value === "object") {
      for (const key of Object.keys(value)) {
        const inner = decoded(value[key]);
        if (key === "__proto__") Object.defineProperty(value, key, { value: inner });
        else value[key] = inner;
      }
    }
    return value;
  };

  // Calls of executables. The answers come in any order; while one is due the process stays.
  const waiting = new Map();
  let calls = 0;
  let socket;
  const open = () => {
    const net = require("net");
    let data = Buffer.alloc(0);
    socket = new net.Socket({ fd: CHANNEL, readable: true, writable: false });
    socket.on("data", (part) => {
      data = Buffer.concat([data, part]);
      while (data.length >= 4 && data.length >= 4 + data.readUInt32BE()) {
        const size = data.readUInt32BE();
        const answer = JSON.parse(data.subarray(4, 4 + size).toString());
        data = data.subarray(4 + size);
        const call = waiting.get(answer.id);
        waiting.delete(answer.id);
        if (waiting.size === 0) socket.unref();
        if ("error" in answer) call.reject(new Error(answer.error));
        else call.resolve(decoded(answer.value));
      }
    });
    socket.on("error", () => {});
  };
  const caller = (callee) => (...args) =>
    new Promise((resolve, reject) => {
      if (!socket) open();
      const id = calls++;
      waiting.set(id, { resolve, reject });
      socket.ref();
      send({ id, ...callee, args: args.map((a) => (a === undefined ? null : a)) });
    });

  let over = false;
  const end = (message) => {
    if (over) return;
    // What cannot be told is an exception.
    send(message);
    over = true;
    if (socket) socket.unref();
    setTimeout(() => process.exit(process.exitCode), GRACE).unref();
  };
  const fail = (error) => {
    if (over) return;
    let message = "exception";
    let line;
    try {
      const thrown = error !== null && typeof error === "object" && "message" in error;
      message = String(thrown ? error.message : error);
      const found = thrown && /(?:^|[\s(])block:(\d+)/.exec(String(error.stack));
      if (found) line = Number(found[1]);
    } catch {}
    over = true;
    send({ end: "thrown", message, line });
    process.exit(1);
  };

  const compile = (request) => {
    const head =
      "(function(require,module,exports,__dirname,__filename" +
      request.helpers.map((name) => "," + name).join("") +
      "){return async function(" + request.names.join(",") + "){";
    let failed;
    for (const body of request.bodies) {
      const source = head + body + "\n}})";
      try {
        // A script of its own tells the line of a mistake, but cannot import.
        if (body.includes("import")) return (0, eval)(source + "\n//# sourceURL=block");
        return new vm.Script(source, { filename: "block" }).runInThisContext();
      } catch (error) {
        failed = error;
      }
    }
    throw failed;
  };

  const request = JSON.parse(read(read(4).readUInt32BE()).toString());
  process.on("uncaughtException", fail);
  process.argv.length = 1;
  try {
    if (process.cwd() !== request.dir) process.chdir(request.dir);
    const file = path.join(request.dir, "block");
    const module = { exports: {}, filename: file, id: "." };
    const helpers = request.places.map((helper) => caller({ helper }));
    const make = compile(request);
    const run = make(createRequire(file), module, module.exports, request.dir, file, ...helpers);
    run(...request.values.map(decoded)).then((value) => {
      if (typeof value === "function") value = Function.prototype.toString.call(value);
      end({ end: "value", value });
    }).catch(fail);
  } catch (error) {
    fail(error);
  }
})();
