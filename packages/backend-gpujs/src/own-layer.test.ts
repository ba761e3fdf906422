import {
  type Backend,
  bernoulli,
  binomial,
  type EnergyModel,
  generator,
  type Layer,
  type Program,
  RbmError,
  rbm,
  reference,
} from '@rbm/core';
import * as gpu from 'gpu.js';
import { expect, test } from 'vitest';
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

function model(native: unknown): EnergyModel {
  const made = rbm({ visible: coins(7, native), hidden: bernoulli(5), random: generator(1), scale: 0.4 });
  made.parameters.forEach((x, i) => {
    made.parameters[i] = Math.fround(x + 0.3 * generator(2).normal(0, i, 0, 0));
  });
  return made;
}

/** All that a program computes: states, means, energies, free energies and statistics. */
async function results(backend: Backend, program: Program): Promise<Float64Array[]> {
  const rows = 40;
  const [visible, hidden] = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows })) as [never, never];
  const inputs = [0, 1].map((layer) => program.allocate({ holds: 'inputs', layer, rows })) as [never, never];
  const means = program.allocate({ holds: 'means', layer: 0, rows });
  const energies = program.allocate({ holds: 'rows', rows });
  const statistics = program.allocate({ holds: 'parameters' });
  const base = program.allocate({ holds: 'parameters' });
  backend.write(
    base,
    Float64Array.from({ length: base.length }, (_, i) => Math.fround(0.1 * (i % 3))),
  );
  const path = { base, beta: 0.5 };
  program.gibbs([visible, hidden], 3, { random: generator(3), step: 0 }, path);
  program.affine(0, [visible, hidden], inputs[0]);
  program.affine(1, [visible, hidden], inputs[1]);
  program.mean(0, inputs[0], means, path);
  program.energy([{ values: visible }, { inputs: inputs[1] }], { rows: energies, scale: 1 }, path);
  program.energy([{ inputs: inputs[0] }, { values: hidden }], { rows: energies, scale: 2 });
  program.statistics(statistics, [
    { assignment: [{ values: visible }, { inputs: inputs[1] }], scale: 1 / rows },
    { assignment: [{ inputs: inputs[0] }, { values: hidden }], scale: -0.5 / rows },
  ]);
  return Promise.all([visible, hidden, means, energies, statistics].map((buffer) => backend.read(buffer)));
}

test("a third party's layer runs on kernels of its own, and gives what the reference gives", async () => {
  const oracle = reference();
  const wanted = await results(oracle, await oracle.prepare(model(twoCoins)));
  for (const mode of ['webasm', 'cpu'] as const) {
    const backend = await gpujs({ gpu, mode });
    const program = await backend.prepare(model(twoCoins));
    expect(program.hostLayers).toEqual([]);
    const found = await results(backend, program);
    found.forEach((numbers, n) => {
      numbers.forEach((x, i) => {
        expect(Math.abs(x - (wanted[n]?.[i] as number))).toBeLessThan(1e-4);
      });
    });
    await backend.close();
  }
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
