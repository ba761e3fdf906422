import { wasm } from '@rbm/backend-wasm';
import { expect, it } from 'vitest';
import { randomMachine } from './machines.js';
import { measureMemory, mostLinearBytes, necessaryBytes } from './memory.js';

it('counts what a training must hold', () => {
  // 16 + 8 + 128 parameters three times, 128 weights once more, bits of 10 rows of 16, 8 and 16 units.
  expect(necessaryBytes(16, 8, 10)).toBe(3 * 4 * 152 + 4 * 128 + 10 * (2 + 1 + 2));
});

it.each([
  [300, 200, 100, 1],
  [100, 700, 64, 3],
  [1000, 64, 500, 1],
])('finds %i × %i units in batches of %i within the declared workspace', async (visible, hidden, batch, k) => {
  const { model, samples } = randomMachine(visible, hidden, 3 * batch);
  const use = await measureMemory(() => wasm({ threads: 2 }), {
    visible,
    hidden,
    parameters: model.parameters,
    data: Uint8Array.from(samples.values),
    settings: { kind: 'training', batch, k, rate: 0.01 },
  });
  expect(use.linear).toBeLessThanOrEqual(mostLinearBytes(use));
  expect(use.reported).toBeGreaterThanOrEqual(use.necessary);
});
