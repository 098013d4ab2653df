// Parts of the blocks that stand for a package (spec 04 §7.11). What stands between dollar signs is filled in.
const { isBuiltin } = require("module");
const spelled = $PACKAGE$.includes("/") && !isBuiltin($PACKAGE$) ? "@" + $PACKAGE$ : $PACKAGE$;
const load = async () => {
  try {
    return require(spelled);
  } catch (error) {
    // Packages that are only there for `import`.
    const only = ["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE", "ERR_PACKAGE_PATH_NOT_EXPORTED"];
    if (!only.includes(error.code)) throw error;
    return await import(spelled);
  }
};
const inherited = (name) => name in Object.prototype || name in Function.prototype;
const has = (from, name) =>
  from !== null && from !== undefined &&
  (Object.prototype.hasOwnProperty.call(from, name) || (name in Object(from) && !inherited(name)));
const member = (from, name) => {
  if (has(from, name)) return from[name];
  if (has(from, "default") && has(from.default, name)) return from.default[name];
  return name === "default" ? from : undefined;
};
// A mistake in the package is none in a line of a block that nobody wrote.
const own = async (act) => {
  try {
    return await act();
  } catch (error) {
    try {
      error.stack = "";
    } catch {}
    throw error;
  }
};
