import { bernoulli, condition, createModel, enumerate, generator, parameter, reference, sigmoid } from '@rbm/core';
import { override, randomDeepBoltzmannMachine, randomRbm } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { gibbs } from './gibbs.js';
import { sample } from './sample.js';

const sampler = gibbs();
const model = randomRbm({ visible: 5, hidden: 3, scale: 1, seed: 1 });

describe('sample', () => {
  it.each([
    ['a restricted machine', model],
    ['a deep machine', randomDeepBoltzmannMachine({ widths: [4, 3, 2], scale: 0.8, seed: 2 })],
    ['a conditioned machine', condition(model, [1, 0, 0, 1, 0], Float64Array.of(1, 0, 0, 1, 0))],
  ])('draws from %s', async (_, from) => {
    const count = 4000;
    const drawn = await sample({ model: from, backend: reference(), sampler, random: generator(3), count, burnIn: 25 });
    const exact = (await enumerate(from)).means.visible as Float64Array;
    expect(drawn.values).toHaveLength(count * exact.length);
    exact.forEach((mean, i) => {
      const noise = Math.sqrt((mean * (1 - mean)) / count);
      expect(Math.abs(columnMean(drawn.values, exact.length, i) - mean)).toBeLessThan(4.5 * noise);
      // Averages of conditional means have the same expectation and less noise.
      expect(Math.abs(columnMean(drawn.means, exact.length, i) - mean)).toBeLessThan(4.5 * noise);
    });
    expect(drawn.values.every((v) => v === 0 || v === 1)).toBe(true);
  });

  it('gives the means of the visible units beside them', async () => {
    const still = randomRbm({ visible: 3, hidden: 2, scale: 1, seed: 4 });
    parameter(still, 'weights').fill(0);
    const { means } = await sample({
      model: still,
      backend: reference(),
      sampler,
      random: generator(1),
      count: 2,
      burnIn: 1,
    });
    const expected = Array.from(parameter(still, 'visible.bias'), sigmoid);
    expect(Array.from(means)).toEqual([...expected, ...expected]);
  });

  it('puts several visible layers side by side', async () => {
    const left = bernoulli(2, { bias: [50, -50] });
    const right = bernoulli(1, { bias: [50] });
    const both = createModel({
      kind: 'pair',
      layers: [
        { name: 'right', layer: right, visible: true },
        { name: 'hidden', layer: bernoulli(2) },
        { name: 'left', layer: left, visible: true },
      ],
      interactions: [
        { kind: 'dense', name: 'a', between: [0, 1] },
        { kind: 'dense', name: 'b', between: [1, 2] },
      ],
      blocks: [[1], [0, 2]],
    });
    const { values } = await sample({
      model: both,
      backend: reference(),
      sampler,
      random: generator(1),
      count: 2,
      burnIn: 1,
    });
    expect(Array.from(values)).toEqual([1, 1, 0, 1, 1, 0]);
  });

  it('starts where it is told: without burn-in the samples are the start', async () => {
    const visible = Float64Array.of(1, 0, 1, 0, 1, 0, 0, 0, 1, 1);
    const start = { visible };
    const drawn = await sample({
      model,
      backend: reference(),
      sampler,
      random: generator(1),
      count: 2,
      burnIn: 0,
      start,
    });
    expect(drawn.values).toEqual(visible);
  });

  it('is the same for the same seed', async () => {
    const draw = (seed: number) =>
      sample({ model, backend: reference(), sampler, random: generator(seed), count: 20, burnIn: 13 });
    expect(await draw(1)).toEqual(await draw(1));
    expect((await draw(1)).values).not.toEqual((await draw(2)).values);
  });

  it('tells how far it is, in sweeps', async () => {
    const seen: number[] = [];
    const progress = (sweeps: number): void => void seen.push(sweeps);
    await sample({ model, backend: reference(), sampler, random: generator(1), count: 1, burnIn: 23, progress });
    expect(seen).toEqual([10, 20, 23]);
  });

  it('returns its memory after success, abort and failure', async () => {
    const backend = reference();
    const none = backend.memory();
    const options = { model, sampler, random: generator(1), count: 3, burnIn: 100 };
    await sample({ ...options, backend });
    expect(backend.memory()).toEqual(none);

    const controller = new AbortController();
    const stop = (sweeps: number): void => void (sweeps >= 30 && controller.abort());
    const aborted = sample({ ...options, backend, signal: controller.signal, progress: stop });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    expect(backend.memory()).toEqual(none);

    const failing = override(backend, {
      prepare: async (prepared) => {
        const program = await backend.prepare(prepared);
        const mean = (): never => {
          throw new Error('no device');
        };
        return override(program, { mean });
      },
    });
    await expect(sample({ ...options, backend: failing })).rejects.toThrow('no device');
    expect(backend.memory()).toEqual(none);
  });

  it.each([
    { count: 0, burnIn: 1 },
    { count: 1, burnIn: -1 },
    { count: 1, burnIn: Number.POSITIVE_INFINITY },
  ])('refuses %o', async ({ count, burnIn }) => {
    const backend = reference();
    const refused = sample({ model, backend, sampler, random: generator(1), count, burnIn });
    await expect(refused).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect(backend.memory().buffers).toBe(0);
  });
});

function columnMean(values: Float64Array, width: number, column: number): number {
  let sum = 0;
  for (let at = column; at < values.length; at += width) sum += values[at] as number;
  return sum / (values.length / width);
}
