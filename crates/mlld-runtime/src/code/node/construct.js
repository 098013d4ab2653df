const called = member(await load(), $NAME$);
const args = [$ARGUMENTS$];
while (args.length > 0 && args[args.length - 1] === undefined) args.pop();
const made = await own(() => new called(...args));
const plain = (value) => {
  const proto = value !== null && typeof value === "object" ? Object.getPrototypeOf(value) : null;
  return proto === null || proto === Object.prototype || Array.isArray(value) || ArrayBuffer.isView(value);
};
if (plain(made)) return made;
// What an instance shows: its own members and those that its class computes.
const shown = { ...made };
for (let proto = Object.getPrototypeOf(made); proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
  for (const [name, how] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
    if (!how.get || name === "__proto__" || name in shown) continue;
    try {
      shown[name] = made[name];
    } catch {}
  }
}
return Object.keys(shown).length > 0 ? shown : made;
