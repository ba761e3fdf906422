import { generator, reference } from '@rbm/core';
import type { Sampler } from '@rbm/core/contracts';
import { describe, expect, it } from 'vitest';
import { type DriftReport, noDrift } from './drift.js';
import { randomDeepBoltzmannMachine, randomRbm } from './models.js';
import {
  identity,
  repeatedStream,
  right,
  sharedStream,
  swapped,
  synchronous,
  wrongTemperature,
} from './wrong-kernels.js';

const model = randomRbm({ visible: 3, hidden: 3, scale: 1.5, seed: 2 });

function run(sampler: Sampler, seed: number, chains: number): Promise<DriftReport> {
  return noDrift({ sampler, model, backend: reference(), random: generator(seed), chains });
}

describe('noDrift', () => {
  it.each([1, 2, 3, 4, 5])('passes a right kernel (seed %i)', async (seed) => {
    const { checks, failures } = await run(right(), seed, 5000);
    expect(failures).toEqual([]);
    expect(checks.map(({ sweeps }) => sweeps)).toEqual([1, 4, 16]);
    for (const check of checks) expect(check.moves).toBeGreaterThan(0.3);
  });

  it('passes a right kernel on a deep model', async () => {
    const deep = randomDeepBoltzmannMachine({ widths: [3, 2, 2], scale: 1, seed: 3 });
    const options = { sampler: right(), model: deep, backend: reference(), random: generator(8), chains: 5000 };
    expect((await noDrift(options)).failures).toEqual([]);
  });

  it.each([
    // A few per cent of temperature take more chains than a wrong order of updates.
    ['another temperature', wrongTemperature(1.05), 80_000, /mean of .* standard deviations off/],
    // Every second state of a synchronous chain belongs to another chain, each with the right marginals.
    ['synchronous updates', synchronous(), 5000, /mean of visible\[\d\] hidden\[\d\] is/],
    ['swapped layers', swapped(), 5000, /total variation/],
    ['one stream for all chains', sharedStream(), 5000, /total variation/],
    ['one stream for all sweeps', repeatedStream(), 20_000, /total variation/],
  ])('catches %s', async (_, sampler, chains, sentence) => {
    expect((await run(sampler, 7, chains)).failures.join('\n')).toMatch(sentence);
  });

  it('catches a kernel that does nothing by its moves alone', async () => {
    const { checks, failures } = await run(identity(), 7, 5000);
    expect(failures).toHaveLength(3);
    for (const failure of failures) expect(failure).toMatch(/no chain has moved/);
    for (const check of checks) expect(check.moves).toBe(0);
  });

  it('frees all it took', async () => {
    const backend = reference();
    await noDrift({ sampler: right(), model, backend, random: generator(1), chains: 10, sweeps: [2] });
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  });

  it('refuses impossible requests', async () => {
    const options = { sampler: right(), model, backend: reference(), random: generator(1), chains: 10 };
    await expect(noDrift({ ...options, sweeps: [4, 1] })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(noDrift({ ...options, sweeps: [] })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(noDrift({ ...options, chains: 0 })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    const large = randomRbm({ visible: 10, hidden: 10, scale: 1, seed: 1 });
    await expect(noDrift({ ...options, model: large })).rejects.toMatchObject({ code: 'SIZE_LIMIT' });
  });
});
