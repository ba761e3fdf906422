import { RbmError } from '@rbm/core';
import { expect, test } from 'vitest';
import { type NoveltyOptions, novelty } from './novelty.js';

const training = { values: Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1), count: 3, width: 4 };
const heldOut = { values: Uint8Array.of(0, 0, 1, 1), count: 1, width: 4 };

test('copies, distances and valid samples, by hand', async () => {
  const samples = Float64Array.of(0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 0, 0);
  const isEven = (sample: Float64Array): boolean => sample.reduce((sum, x) => sum + x, 0) % 2 === 0;
  const found = await novelty(samples, { training, heldOut, isValid: isEven });
  expect(found.count).toBe(5);
  expect(found.copies.mean).toBeCloseTo(2 / 5, 15);
  // Nearest training samples differ in 0, 2, 1, 0 and 1 numbers of 4; the held-out one in 2, 4, 3, 2 and 3.
  expect(found.distanceToTraining.mean).toBeCloseTo(4 / 20, 15);
  expect(found.distanceToHeldOut?.mean).toBeCloseTo(14 / 20, 15);
  expect(found.valid?.mean).toBeCloseTo(3 / 5, 15);
  expect(found.validAndNew?.mean).toBeCloseTo(1 / 5, 15);
  // √(p (1 − p) / (n − 1)) for a share.
  expect(found.validAndNew?.standardError).toBeCloseTo(Math.sqrt((0.2 * 0.8) / 4), 15);
});

test('what was not asked for is not there', async () => {
  expect(Object.keys(await novelty(training.values, { training }))).toEqual(['count', 'copies', 'distanceToTraining']);
});

test('values are compared as they are, whatever array they lie in', async () => {
  const spins = { values: Float32Array.of(-1, 1, 1, 1), count: 2, width: 2 };
  const { copies, distanceToTraining } = await novelty(Float64Array.of(-1, 1, -1, -1), { training: spins });
  expect([copies.mean, distanceToTraining.mean]).toEqual([0.5, 0.25]);
});

test('reports progress, and stops when aborted', async () => {
  const seen: number[] = [];
  await novelty(training.values, { training, progress: (samples) => seen.push(samples) });
  expect(seen.at(-1)).toBe(3);
  await expect(novelty(training.values, { training, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORTED',
  });
});

test.each<[string, string, Float64Array, NoveltyOptions]>([
  ['DATA_INVALID', 'no samples', new Float64Array(0), { training }],
  ['SHAPE_MISMATCH', 'samples of another width', new Float64Array(6), { training }],
  [
    'SHAPE_MISMATCH',
    'held-out samples of another width',
    new Float64Array(4),
    { training, heldOut: { values: new Uint8Array(3), count: 1, width: 3 } },
  ],
  ['NOT_FINITE', 'a sample with a NaN', Float64Array.of(0, 1, Number.NaN, 0), { training }],
])('%s for %s', async (code, _, samples, options) => {
  const error = await novelty(samples, options).catch((thrown: unknown) => thrown);
  expect(RbmError.isInstance(error) && error.code).toBe(code);
});
