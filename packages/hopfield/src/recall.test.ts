import { bernoulli, type EnergyModel, energy, generator, hopfield, ising, rbm, type Samples, spin } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { overlap, recall } from './recall.js';
import { store } from './storage.js';

function randomSpins(count: number, width: number, seed: number): Float64Array {
  const draws = generator(seed);
  return Float64Array.from({ length: count * width }, (_, i) => 2 * draws.bernoulli(0.5, 0, i, 0, 0) - 1);
}

/** A symmetric matrix of normal numbers, with a diagonal. */
function symmetric(n: number, seed: number): Float64Array {
  const draws = generator(seed);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return draws.normal(0, Math.min(i, j) * n + Math.max(i, j), 0, 0);
  });
}

const n = 14;
const bias = Float64Array.from({ length: n }, (_, i) => generator(1).normal(0, i, 0, 0));
const networks: [string, EnergyModel, low: number][] = [
  [
    'units 0 and 1, self-couplings included',
    hopfield({ visible: bernoulli(n, { bias }), couplings: symmetric(n, 2) }),
    0,
  ],
  ['spins', hopfield({ visible: spin(n, { bias }), couplings: symmetric(n, 3) }), -1],
  [
    'an open lattice of spins',
    ising({ shape: [7, 2], periodic: false, couplings: (e) => Math.sin(e), fields: bias }),
    -1,
  ],
];

describe.each(networks)('recall on %s', (_, model, low) => {
  const rows = 12;
  const start = randomSpins(rows, n, 4).map((s) => (s > 0 ? 1 : low));

  it('ends where no single change lowers the energy', async () => {
    const { states, energies, converged } = await recall(model, start, { random: generator(5) });
    expect([...converged]).toEqual(Array(rows).fill(1));
    expect(energies).toEqual(energy(model, { visible: states }));
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < n; i++) {
        const changed = states.slice(row * n, (row + 1) * n);
        changed[i] = changed[i] === 1 ? low : 1;
        expect((energy(model, { visible: changed })[0] as number) - (energies[row] as number)).toBeGreaterThan(-1e-12);
      }
    }
  });

  it('never raises the energy, and takes each unit’s better state, one unit after the other', async () => {
    for (let row = 0; row < rows; row++) {
      let state = start.slice(row * n, (row + 1) * n);
      let present = energy(model, { visible: state })[0] as number;
      for (let sweep = 0; sweep < 3; sweep++) {
        for (let i = 0; i < n; i++) {
          const other = state.slice();
          other[i] = other[i] === 1 ? low : 1;
          const changed = energy(model, { visible: other })[0] as number;
          if (changed < present - 1e-12) [state, present] = [other, changed];
        }
        const found = await recall(model, start.slice(row * n, (row + 1) * n), { sweeps: sweep + 1 });
        expect(found.states).toEqual(state);
        expect(found.energies[0]).toBeCloseTo(present, 11);
      }
    }
  });
});

it('units with no field stay as they are', async () => {
  const { states, sweeps } = await recall(hopfield({ visible: spin(3) }), Float64Array.of(1, -1, 1));
  expect([[...states], sweeps[0]]).toEqual([[1, -1, 1], 1]);
});

it('a row that still changes is given up, and says so', async () => {
  const model = hopfield({ visible: spin(40), couplings: symmetric(40, 6) });
  const start = randomSpins(4, 40, 7);
  const [short, long] = [await recall(model, start, { sweeps: 1 }), await recall(model, start)];
  expect([...short.converged]).toEqual([0, 0, 0, 0]);
  expect([...long.converged]).toEqual([1, 1, 1, 1]);
});

/** Mean overlap with stored patterns that recall started from. */
async function rememberedOverlap(units: number, load: number, seed: number): Promise<number> {
  const count = Math.round(load * units);
  const patterns: Samples = { values: randomSpins(count, units, seed), count, width: units };
  const some = patterns.values.subarray(0, 10 * units);
  const { states } = await recall(store({ visible: spin(units), patterns }), some, { random: generator(seed) });
  return overlap(states, some, units).reduce((sum, m) => sum + m, 0) / 10;
}

it('a network of 1,000 spins remembers at load 0.10, and no more at 0.20', async () => {
  expect(await rememberedOverlap(1000, 0.1, 8)).toBeGreaterThan(0.98);
  expect(await rememberedOverlap(1000, 0.2, 9)).toBeLessThan(0.6);
});

it('overlap counts 0 as −1', () => {
  const patterns = Float64Array.of(1, 1, -1, -1);
  expect([...overlap(Float64Array.of(1, 1, -1, -1, -1, -1, 1, 1, 1, -1, 1, -1), patterns, 4)]).toEqual([1, -1, 0]);
  expect([...overlap(Float64Array.of(1, 1, 0, 0), patterns, 4)]).toEqual([1]);
  expect(() => overlap(patterns, Float64Array.of(1), 4)).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
});

it.each<[string, string, () => Promise<unknown>]>([
  ['UNSUPPORTED', 'an RBM', () => recall(rbm({ visible: spin(2), hidden: spin(1) }), Float64Array.of(1, 1))],
  ['SHAPE_MISMATCH', 'half a row', () => recall(hopfield({ visible: spin(2) }), Float64Array.of(1))],
  ['DATA_INVALID', 'values of other units', () => recall(hopfield({ visible: spin(2) }), Float64Array.of(1, 0))],
  ['ARGUMENT_INVALID', 'no sweeps', () => recall(hopfield({ visible: spin(2) }), Float64Array.of(1, 1), { sweeps: 0 })],
  [
    'ABORTED',
    'an abort',
    () => recall(hopfield({ visible: spin(2) }), Float64Array.of(1, 1), { signal: AbortSignal.abort() }),
  ],
])('%s for %s', async (code, _, work) => {
  await expect(work()).rejects.toMatchObject({ code });
});
