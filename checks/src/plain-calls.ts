/**
 * Source of a module that calls each function of the modules whose addresses are its arguments with what a caller without a
 * compiler could pass, and writes the errors that are none of the toolkit's as JSON.
 */
export const plainCalls: string = `
const [core, ...addresses] = process.argv.slice(2);
const { bernoulli, generator, rbm, reference } = await import(core);
const layer = bernoulli(2);
const model = rbm({ visible: layer, hidden: bernoulli(2) });
const values = new Float64Array(4);
const samples = { values, count: 2, width: 2 };
const thrown = () => undefined;
const wrong = {
  nothing: undefined, null: null, 'a promise': Promise.resolve({}), 'an empty object': {}, 'an array': [], 'nested arrays': [[0, 1]],
  'a number': 3, 'a text': 'text', 'a function': thrown, 'an unknown option': { unknown: 1 }, 'an AbortController': new AbortController(),
};
const right = { model, layer, values, samples, random: generator(1), backend: reference() };
const found = [];

async function call(name, made, ...given) {
  const shown = name + '(' + given.map(([what]) => what).join(', ') + ')';
  try {
    let result = made(...given.map(([, value]) => value));
    if (result && typeof result.then === 'function') result = await result;
    if (result && typeof result === 'object' && Symbol.asyncIterator in result) await result.next();
    if (result && typeof result.close === 'function') await result.close();
  } catch (error) {
    if (!(error && error[Symbol.for('rbm.error')])) found.push(shown + ': ' + error);
    else if (!/^[A-Z_]+$/.test(error.code)) found.push(shown + ': has the code ' + error.code);
  }
}

for (const address of addresses) {
  for (const [name, made] of Object.entries(await import(address))) {
    // What is right without arguments, and would fetch files.
    const fetches = name === 'mnist' ? ['nothing', 'an empty object'] : [];
    if (typeof made !== 'function' || /^class\\b/.test(String(made))) continue;
    await call(name, made, ...(fetches.length > 0 ? [['null', null]] : []));
    const all = [...Object.entries(right), ...Object.entries(wrong)].filter(([what]) => !fetches.includes(what));
    for (const first of all) {
      await call(name, made, first);
      for (const second of Object.entries(wrong)) await call(name, made, first, second);
    }
  }
}
process.stdout.write(JSON.stringify(found));
`;
