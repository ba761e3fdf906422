import { expect, it } from 'vitest';
import type { Buffer } from '../contracts/backend.js';
import { distance } from '../exact/brute-force.testing.js';
import { bernoulli } from '../layers/bernoulli.js';
import { conditionalMean } from '../models/energy.js';
import { rbm } from '../models/rbm.js';
import { generator } from '../random/generator.js';
import { reference } from '../reference/backend.js';
import { readMeans, sweepKernel } from './sweep-kernel.js';

it('counts sweeps, and releases the chains when a sweep fails or is cancelled', async () => {
  const backend = reference();
  const program = await backend.prepare(rbm({ visible: bernoulli(2), hidden: bernoulli(2) }));
  const steps: number[] = [];
  const kernel = sweepKernel(program, async (_, { step }, chains) => {
    expect(chains).toBe(3);
    steps.push(step);
    if (step === 4) throw new Error('broken');
  });
  const baseline = backend.memory();
  const start = await kernel.init(generator(1), { chains: 3 });
  const { state } = await kernel.step(start, generator(1), 2);
  await expect(kernel.step(start, generator(1), 1)).rejects.toMatchObject({ code: 'STATE_CONSUMED' });
  expect((await kernel.step(state, generator(1), 2)).state.sweeps).toBe(4);
  const snapshot = { ...(await kernel.save(await kernel.init(generator(1), { chains: 3 }))), sweeps: 4 };
  const before = backend.memory().buffers;
  const last = await kernel.load(snapshot);
  await expect(kernel.step(last, generator(1), 1)).rejects.toThrow('broken');
  const wrong = await kernel.load(snapshot);
  await expect(kernel.step(wrong, generator(1), 0.5)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  const cancelled = await kernel.load(snapshot);
  const signal = AbortSignal.abort();
  await expect(kernel.step(cancelled, generator(1), 1, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  expect(backend.memory().buffers).toBe(before);
  expect(steps).toEqual([0, 1, 2, 3, 4]);
  expect(baseline.buffers).toBeLessThan(before);
});

it('reads means at a target, and releases what it needs', async () => {
  const backend = reference();
  const model = rbm({ visible: bernoulli(2), hidden: bernoulli(3), random: generator(2), scale: 1 });
  const program = await backend.prepare(model);
  const states = model.layers.map((_, layer) => program.allocate({ holds: 'states', layer, rows: 2 }));
  const visible = Float64Array.of(1, 0, 1, 1);
  backend.write(states[0] as Buffer, visible);
  const other = { ...model, parameters: model.parameters.map((x) => 0.5 - x) };
  const base = program.allocate({ holds: 'parameters' });
  backend.write(base, other.parameters);
  const { buffers } = backend.memory();
  const plain = await readMeans(program, 1, states, 2);
  expect(distance(plain, conditionalMean(model, 'hidden', { visible }))).toBeLessThan(1e-14);
  const between = {
    ...model,
    parameters: model.parameters.map((x, i) => 0.75 * x + 0.25 * (other.parameters[i] as number)),
  };
  const clamp = [undefined, program.allocate({ holds: 'mask', layer: 1, rows: 1 })];
  const means = await readMeans(program, 1, states, 2, { base, beta: 0.75, clamp });
  expect(distance(means, conditionalMean(between, 'hidden', { visible }))).toBeLessThan(1e-14);
  await expect(readMeans(program, 1, [], 2)).rejects.toThrow();
  expect(backend.memory().buffers).toBe(buffers + 1);
});

it('refuses options of kernels that move block by block', async () => {
  const program = await reference().prepare(rbm({ visible: bernoulli(2), hidden: bernoulli(2) }));
  const kernel = sweepKernel(program, async () => {});
  const state = await kernel.init(generator(1), { chains: 1 });
  const step = kernel.step(state, generator(1), 1, { firstBlock: 'given' });
  await expect(step).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});
