import { bernoulli, binomial, generator, rbm, reference, relu } from '@rbm/core';
import type { Backend, Buffer, Layer } from '@rbm/core/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wasm } from './backend.js';

const ERROR = 3e-5;
/** Rows of one draw each: they reach into both tails of the uniform numbers. */
const ROWS = 400;
/** From inputs that cut off all but the far tail of a normal distribution to those that cut off nothing. */
const INPUTS = [-3000, -300, -60, -30, -14, -8, -5.7, -4.1, -3.9, -2, -1, -0.3, 0, 0.2, 1, 3, 5, 9, 12, 14, 40, 500];
const PRECISIONS = [1e-3, 0.09, 1, 7, 400];

let native: Backend;
const exact = reference();
beforeAll(async () => {
  native = await wasm({ threads: 1 });
});
afterAll(() => native.close());

/** Means, energies and samples of a layer that receives the same inputs in each row. */
async function computed(backend: Backend, hidden: Layer, received: Float64Array): Promise<Float64Array[]> {
  const program = await backend.prepare(rbm({ visible: bernoulli(1), hidden }));
  const inputs = program.allocate({ holds: 'inputs', layer: 1, rows: ROWS });
  const repeated = new Float64Array(ROWS * received.length);
  for (let row = 0; row < ROWS; row++) repeated.set(received, row * received.length);
  backend.write(inputs, repeated);
  const [means, states, visible] = [
    program.allocate({ holds: 'means', layer: 1, rows: ROWS }),
    program.allocate({ holds: 'states', layer: 1, rows: ROWS }),
    program.allocate({ holds: 'states', layer: 0, rows: ROWS }),
  ] as [Buffer, Buffer, Buffer];
  program.mean(1, inputs, means);
  program.sample(1, inputs, states, { random: generator(3), step: 5 });
  const statistics = program.allocate({ holds: 'parameters' });
  program.statistics(statistics, [{ assignment: [{ values: visible }, { inputs }], scale: 1 / ROWS }]);
  const energies = program.allocate({ holds: 'rows', rows: ROWS });
  program.energy([{ values: visible }, { values: states }], { rows: energies, scale: 1 });
  const free = program.allocate({ holds: 'rows', rows: ROWS });
  program.energy([{ values: visible }, { inputs }], { rows: free, scale: 1 });
  const found = await Promise.all([means, states, statistics, energies, free].map((buffer) => backend.read(buffer)));
  program.dispose();
  return found;
}

/** The largest error, as a share of the number or of the mean size of all, whichever is larger. */
function largest(found: Float64Array, wanted: Float64Array): number {
  const size = wanted.reduce((sum, x) => sum + Math.abs(x), 0) / wanted.length;
  return found.reduce((most, x, i) => {
    const error = Math.abs(x - (wanted[i] as number)) / Math.max(size, Math.abs(wanted[i] as number));
    return error > most || Number.isNaN(error) ? error : most;
  }, 0);
}

describe.each(PRECISIONS)('ReLU units of precision %d', (precision) => {
  test.each(INPUTS)('have the moments, energies and quantiles of the reference with the input %d', async (input) => {
    const units = 3;
    const hidden = relu(units, { precision: new Float64Array(units).fill(precision) });
    const received = Float64Array.from({ length: units }, (_, i) => (input + 0.01 * i) * Math.sqrt(precision));
    const [found, wanted] = [await computed(native, hidden, received), await computed(exact, hidden, received)];
    const errors = found.map((numbers, n) => largest(numbers, wanted[n] as Float64Array));
    for (const error of errors) expect(error).toBeLessThan(ERROR);
  });
});

test.each([1, 2, 9, 254])(
  'binomial units of %d trials have the counts and energies of the reference',
  async (trials) => {
    const received = Float64Array.of(-30, -8, -2, -0.5, 0, 0.5, 2, 8, 30);
    const bias = received.map((_, i) => 0.1 * (i + 1));
    const hidden = binomial(received.length, { trials, bias });
    const [found, wanted] = [await computed(native, hidden, received), await computed(exact, hidden, received)];
    expect(found[1]).toEqual(wanted[1]);
    for (const n of [0, 2, 3, 4])
      expect(largest(found[n] as Float64Array, wanted[n] as Float64Array)).toBeLessThan(ERROR);
  },
);
