import { bernoulli, type EnergyModel, generator, inputs, rbm, statistics } from '@rbm/core';
import type { Buffer } from '@rbm/core/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wasm } from './backend.js';

/** More units than 16 bits number. */
const UNITS = 70_001;
const ROWS = 3;

let backend: Awaited<ReturnType<typeof wasm>>;
beforeAll(async () => {
  backend = await wasm({ threads: 2 });
});
afterAll(() => backend.close());

function bits(length: number, share: number, seed: number): Float64Array {
  const random = generator(seed);
  return Float64Array.from({ length }, (_, i) => random.bernoulli(share, 0, i, 0, 0));
}

function largest(found: Float64Array, wanted: Float64Array): number {
  return found.reduce((most, x, i) => Math.max(most, Math.abs(x - (wanted[i] as number))), 0);
}

it.each<[string, EnergyModel]>([
  ['visible', rbm({ visible: bernoulli(UNITS), hidden: bernoulli(2), random: generator(1) })],
  ['hidden', rbm({ visible: bernoulli(2), hidden: bernoulli(UNITS), random: generator(2) })],
])('a %s layer of 70,001 units has the inputs and statistics of the reference', async (large, model) => {
  const program = await backend.prepare(model);
  const values = model.layers.map(({ units }, l) => bits(ROWS * units, 0.15, 3 + l));
  const states = values.map((data, layer): Buffer => {
    const buffer = program.allocate({ holds: 'states', layer, rows: ROWS });
    backend.write(buffer, data);
    return buffer;
  });
  const named = Object.fromEntries(model.names.map((name, l) => [name, values[l] as Float64Array]));
  for (const [layer, name] of model.names.entries()) {
    const received = program.allocate({ holds: 'inputs', layer, rows: ROWS });
    program.affine(layer, states, received);
    expect(largest(await backend.read(received), inputs(model, name, named)), large).toBeLessThan(1e-4);
    received.dispose();
  }
  const out = program.allocate({ holds: 'parameters' });
  program.statistics(out, [{ assignment: states.map((buffer) => ({ values: buffer })), scale: 1 / ROWS }]);
  expect(largest(await backend.read(out), statistics(model, named))).toBeLessThan(1e-6);
  const random = generator(9);
  program.gibbs(states, 2, { random, step: 0 });
  const sampled = await backend.read(states[large === 'visible' ? 0 : 1] as Buffer);
  // Small weights: half of the units are on, the last ones too.
  const tail = sampled.subarray(sampled.length - 5000);
  expect(Math.abs(tail.reduce((sum, x) => sum + x, 0) / 5000 - 0.5)).toBeLessThan(0.05);
  for (const buffer of [...states, out]) buffer.dispose();
  program.dispose();
});
