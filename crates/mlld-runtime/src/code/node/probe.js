let loaded;
try {
  loaded = await load();
} catch (error) {
  const gone = error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND";
  // Not for what is missing inside of the package.
  if (gone && String(error.message).includes("'" + spelled + "'")) return { missing: spelled };
  throw error;
}
const all = new Set();
for (const from of [loaded, loaded && loaded.default]) {
  if (from !== null && (typeof from === "object" || typeof from === "function"))
    for (const name of Object.getOwnPropertyNames(from)) all.add(name);
}
const found = {};
for (const name of $NAMES$) {
  const there = has(loaded, name) || name === "default" || (has(loaded, "default") && has(loaded.default, name));
  if (!there) continue;
  const value = await member(loaded, name);
  if (typeof value === "function") found["$" + name] = { call: true };
  else found["$" + name] = { value: value === undefined || typeof value === "symbol" ? null : value };
}
return { names: [...all].filter((name) => /^[A-Za-z_]\w*$/.test(name)).slice(0, 500), found, spelled };
