import { bernoulli, rbm } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { checkPartitionMemory } from './log-partition.js';
import { checkMemory, samplingNeed } from './memory-need.js';
import { checkTrainingMemory } from './training-memory.js';

const limits = { host: 16e9, device: 2 ** 32 };
const training = {
  optimizer: 'sgd',
  centre: false,
  model: 'rbm',
  hidden: 64,
  backend: 'wasm',
  phase: [],
  estimator: 'pcd',
  sampler: 'gibbs',
  k: 1,
  epochs: 10,
  batch: 100,
  lr: 0.1,
  average: false,
};

function data(width: number, count = 1000): { train: { values: Uint8Array; width: number; count: number } } {
  return { train: { values: new Uint8Array(), width, count } };
}

function refusal(check: () => void): string {
  try {
    check();
  } catch (error) {
    expect(error).toMatchObject({ code: 'SIZE_LIMIT' });
    return String(error);
  }
  return '';
}

describe('checkTrainingMemory', () => {
  it('refuses 1786 × 21 couplings with the bytes and the units that fit', () => {
    const potts = { kind: 'potts', size: 21 } as const;
    const message = refusal(() =>
      checkTrainingMemory({ ...training, model: 'hopfield' }, data(1786 * 21), potts, limits),
    );
    expect(message).toMatch(/702,956,205 couplings of 1,786 units of 21 categories/);
    expect(message).toMatch(/at least 11\.\d GB on the backend, which has 4\.29 GB/);
    const most = Number(/Up to ([\d,]+) units/.exec(message)?.[1]?.replaceAll(',', ''));
    const fits = (units: number): string =>
      refusal(() => checkTrainingMemory({ ...training, model: 'hopfield' }, data(units * 21), potts, limits));
    expect(fits(most)).toBe('');
    expect(fits(most + 1)).not.toBe('');
  });

  it('refuses --hidden 100000000, with what fits', () => {
    const bits = { kind: 'bernoulli' } as const;
    const hidden = (units: number | string): string =>
      refusal(() => checkTrainingMemory({ ...training, hidden: units }, data(64), bits, limits));
    const message = hidden(1e8);
    expect(message).toContain('64 visible numbers × 100,000,000 hidden units');
    const most = Number(/Up to ([\d,]+) hidden units/.exec(message)?.[1]?.replaceAll(',', ''));
    expect([hidden(most), hidden(most + 1)]).toEqual(['', expect.stringContaining('would need')]);
    expect(hidden('potts:4:20000000')).toContain('20,000,000 hidden units');
    expect(hidden(Number.MAX_SAFE_INTEGER)).toContain('hidden units');
  });

  it('counts the arrays of the optimizer', () => {
    const bits = { kind: 'bernoulli' } as const;
    const largest = (given: object): number => {
      const check = (): void => checkTrainingMemory({ ...training, hidden: 1e8, ...given }, data(64), bits, limits);
      return Number(/Up to ([\d,]+) hidden units/.exec(refusal(check))?.[1]?.replaceAll(',', ''));
    };
    // Of a hidden unit: 65 parameters in so many copies, and its values in 100 rows and 100 chains.
    const numbers = (copies: number): number => 65 * copies + 200;
    const [plain, adam, centred] = [{}, { optimizer: 'adam' }, { optimizer: 'adam', centre: true }].map(largest);
    expect((adam as number) / (plain as number)).toBeCloseTo(numbers(4) / numbers(5), 5);
    expect((centred as number) / (plain as number)).toBeCloseTo(numbers(4) / numbers(6), 5);
  });

  it('refuses chains without number, and lets ordinary trainings be', () => {
    const bits = { kind: 'bernoulli' } as const;
    const chains = (given: object): string =>
      refusal(() => checkTrainingMemory({ ...training, ...given }, data(784, 60_000), bits, limits));
    expect(chains({ chains: 1e9 })).toContain('1,000,000,000 chains');
    expect(chains({ phase: ['epochs=1,chains=1000000000'] })).toContain('1,000,000,000 chains');
    expect(chains({ estimator: 'tempered', chains: 1e6 })).not.toBe('');
    for (const given of [{}, { hidden: 1024 }, { batch: 1e9, epochs: 0.1 }, { chains: 1e4, hidden: 500 }]) {
      expect(chains(given)).toBe('');
    }
    expect(refusal(() => checkTrainingMemory({ ...training, model: 'acme/x' }, data(1e9), bits, limits))).toBe('');
  });
});

const small = rbm({ visible: bernoulli(64), hidden: bernoulli(8) });

it('sample --count 1e9 is refused with what fits', () => {
  const needOf = (chains: number) => samplingNeed(small, { chains, rungs: 1 }, 'wasm');
  const request = { what: '1,000,000,000 samples', size: 1e9, unit: 'samples (--count)', needOf };
  expect(refusal(() => checkMemory(request, limits))).toMatch(/512 GB.*Up to 8,388,608 samples \(--count\) fit/);
  expect(refusal(() => checkMemory({ ...request, size: 1e6 }, limits))).toBe('');
});

describe('checkPartitionMemory', () => {
  // 2^30 states to enumerate: `auto` tempers.
  const large = rbm({ visible: bernoulli(64), hidden: bernoulli(30) });
  const check = (given: object, model = large, backend = 'wasm'): string =>
    refusal(() => checkPartitionMemory(model, { method: 'auto', seed: 1, backend, ...given }, limits));

  it.each<[string, (size: number) => object, RegExp]>([
    ['ladders of 24 rungs for 1,000 sweeps', (chains) => ({ chains }), /ladders \(--chains\)/],
    ['ladders of 3 rungs for 1,000 sweeps', (chains) => ({ chains, ladder: '3' }), /ladders \(--chains\)/],
    ['rungs', (rungs) => ({ ladder: String(rungs), chains: 8, sweeps: 4 }), /rungs \(--ladder\)/],
    ['sweeps of 24 rungs', (sweeps) => ({ sweeps, chains: 8 }), /sweeps \(--sweeps\)/],
    ['chains', (chains) => ({ method: 'ais', 'ais-chains': chains }), /chains \(--ais-chains\)/],
  ])('refuses 1,000,000,000 %s, and says how many fit', (what, given, unit) => {
    const message = check(given(1e9));
    expect(message).toContain(`1,000,000,000 ${what} would need`);
    expect(message).toMatch(unit);
    const most = Number(/Up to ([\d,]+) /.exec(message)?.[1]?.replaceAll(',', ''));
    expect([check(given(most)), check(given(most + 1))]).toEqual(['', expect.stringMatching(unit)]);
  });

  it('lets ordinary judgements be, and enumerations whatever the chains', () => {
    const mnist = rbm({ visible: bernoulli(784), hidden: bernoulli(500) });
    expect([check({}, mnist), check({ chains: 1000, ladder: '100' }, mnist), check({ method: 'ais' }, mnist)]).toEqual([
      '',
      '',
      '',
    ]);
    expect([check({ chains: 1e9 }, small), check({ method: 'exact' })]).toEqual(['', '']);
    expect(check({ method: 'bennett', chains: 1e9 }, small)).not.toBe('');
    expect(check({ 'ais-chains': 1e7, method: 'ais' }, mnist, 'reference')).toMatch(/at least 103 GB/);
  });
});
