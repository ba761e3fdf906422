import { bernoulli, rbm } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { checkMemory, samplingNeed } from './memory-need.js';
import { checkTrainingMemory } from './training-memory.js';

const limits = { host: 16e9, device: 2 ** 32 };
const training = {
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

it('sample --count 1e9 is refused with what fits', () => {
  const needOf = samplingNeed(rbm({ visible: bernoulli(64), hidden: bernoulli(8) }), 1, 'wasm');
  const request = { what: '1,000,000,000 samples', size: 1e9, unit: 'samples (--count)', needOf };
  expect(refusal(() => checkMemory(request, limits))).toMatch(/288 GB.*Up to 12,195,121 samples \(--count\) fit/);
  expect(refusal(() => checkMemory({ ...request, size: 1e6 }, limits))).toBe('');
});
