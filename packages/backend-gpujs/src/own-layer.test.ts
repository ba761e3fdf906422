import { bernoulli, binomial, type EnergyModel, RbmError, rbm } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { backendSuite } from '@rbm/testkit';
import * as gpu from 'gpu.js';
import { describe, expect, it, test } from 'vitest';
import { gpujs } from './backend.js';
import type { GpujsUnits } from './units.js';

/** A made-up kind: the number of heads of two coins, by a third party who writes kernels. */
const twoCoins: GpujsUnits = {
  mean: 'function unitMean(input, bias) { return 2 * heads(input + bias); }',
  sample: `function unitSample(input, bias, u, v) {
    const p = heads(input + bias);
    let count = 0;
    if (u < p) { count = count + 1; }
    if (v < p) { count = count + 1; }
    return count;
  }`,
  cumulant: 'function unitCumulant(input, bias) { return 2 * Math.log(1 + Math.exp(input + bias)); }',
  energy: `function unitEnergy(x, bias) {
    let ways = 0;
    if (Math.abs(x - 1) < 0.5) { ways = 0.6931471805599453; }
    return 0 - bias * x - ways;
  }`,
  statistics: ['function unitStatistics0(x, bias) { return x; }'],
  expected: ['function unitExpected0(input, bias) { return 2 * heads(input + bias); }'],
  functions: ['function heads(z) { return 1 / (1 + Math.exp(0 - z)); }'],
};

function coins(units: number, native: unknown): Layer {
  return {
    ...binomial(units, { trials: 2 }),
    kind: 'acme/coins',
    native: { gpujs: native },
    select: (chosen) => coins(chosen.length, native),
  };
}

const model = (native: unknown): EnergyModel => rbm({ visible: coins(7, native), hidden: bernoulli(5) });

describe("a third party's kernels", () => {
  backendSuite({
    // What does not concern the kind is tried elsewhere.
    it: (name, check) => name.endsWith('acme/coins') && it(name, check),
    backend: () => gpujs({ gpu, mode: 'webasm' }),
    kinds: [{ name: 'acme/coins', layer: (units) => coins(units, twoCoins) }],
  });

  it('run where the backend runs', async () => {
    const backend = await gpujs({ gpu, mode: 'webasm' });
    const program = await backend.prepare(model(twoCoins));
    expect(program.hostLayers).toEqual([]);
    await backend.close();
  });
});

test('without them it runs on the host, and says so', async () => {
  const backend = await gpujs({ gpu, mode: 'webasm' });
  const program = await backend.prepare(model(undefined));
  expect(program.hostLayers).toEqual(['acme/coins']);
  await backend.close();
});

test('kernels that are not what was agreed are refused by name', async () => {
  const backend = await gpujs({ gpu, mode: 'webasm' });
  const error = await backend.prepare(model({ ...twoCoins, energy: '(x) => x' })).catch((caught: unknown) => caught);
  expect(RbmError.isInstance(error) && error.code).toBe('ARGUMENT_INVALID');
  expect(String(error)).toContain('unitEnergy');
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  await backend.close();
});
