// Prints how many names `require` finds behind each entry point.
const specifiers = process.argv.slice(2);
console.log(JSON.stringify(Object.fromEntries(specifiers.map((name) => [name, Object.keys(require(name)).length]))));
