import { expect, it } from 'vitest';
import { bernoulli } from '../layers/bernoulli.js';
import { rbm } from '../models/rbm.js';
import { generator } from '../random/generator.js';
import { reference } from '../reference/backend.js';
import { readInputs, sweepKernel } from './sweep-kernel.js';

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

it('releases the inputs it reads', async () => {
  const backend = reference();
  const program = await backend.prepare(rbm({ visible: bernoulli(2), hidden: bernoulli(3) }));
  const states = program.model.layers.map((_, layer) => program.allocate({ holds: 'states', layer, rows: 2 }));
  const { buffers } = backend.memory();
  expect(await readInputs(program, 1, states, 2)).toHaveLength(6);
  await expect(readInputs(program, 1, [], 2)).rejects.toThrow();
  expect(backend.memory().buffers).toBe(buffers);
});
