const called = member(await load(), $NAME$);
const args = [$ARGUMENTS$];
while (args.length > 0 && args[args.length - 1] === undefined) args.pop();
return await own(() => called(...args));
