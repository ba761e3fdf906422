import { wasm } from '@rbm/backend-wasm';
import { expect, test } from 'vitest';
import { CRITICAL, onsagerEnergy, yangMagnetisation } from './exact-ising.js';
import { LatticeRun } from './lattice.js';
import { type Learned, SmallLattice } from './small-lattice.js';

test('Onsager’s energy and Yang’s magnetisation have their known values', () => {
  expect(onsagerEnergy(CRITICAL)).toBeCloseTo(-Math.SQRT2, 6);
  // The finite lattice of 32 × 32 (Kaufman 1949) is nearly infinite away from the critical point.
  expect(onsagerEnergy(2)).toBeCloseTo(-1.745565, 4);
  expect(Math.abs(onsagerEnergy(2.5) + 1.107292)).toBeLessThan(0.0015);
  expect(onsagerEnergy(100)).toBeCloseTo(-0.02, 3);
  expect(yangMagnetisation(2)).toBeCloseTo(0.911319, 6);
  expect(yangMagnetisation(2.3)).toBe(0);
});

test('samples of the lattice have the exact energy, within their errors', async () => {
  const backend = await wasm({ threads: 1 });
  for (const [temperature, exact] of [
    [2, -1.745565],
    [2.5, -1.107292],
  ] as const) {
    const run = await LatticeRun.start(backend, temperature, 1);
    await run.advance(2100);
    expect(run.sweeps).toBe(2000);
    const { mean, error, reliable } = run.energy() as { mean: number; error: number; reliable: boolean };
    expect(reliable).toBe(true);
    expect(error).toBeLessThan(0.01);
    expect(Math.abs(mean - exact)).toBeLessThan(5 * error);
    run.dispose();
  }
  expect(backend.memory().buffers).toBe(0);
  await backend.close();
});

test('a machine learns the small lattice from samples', async () => {
  const backend = await wasm({ threads: 1 });
  const lattice = new SmallLattice();
  // By hand: 2 states of energy −2 a spin dominate when it is cold; independent spins when it is hot.
  expect(lattice.exact(0.2)).toEqual({ energy: expect.closeTo(-2, 6), magnetisation: expect.closeTo(1, 6) });
  expect(lattice.exact(1e6).energy).toBeCloseTo(0, 4);
  for (const temperature of [3]) {
    const exact = lattice.exact(temperature);
    let [first, last]: [Learned | undefined, Learned | undefined] = [undefined, undefined];
    for await (const report of lattice.learn(backend, temperature, 1, 1000)) {
      first ??= report;
      last = report;
    }
    expect(last?.divergence).toBeLessThan(0.15);
    expect(last?.divergence).toBeLessThan(0.2 * (first?.divergence as number));
    expect(Math.abs((last?.energy as number) - exact.energy)).toBeLessThan(0.05);
    expect(Math.abs((last?.magnetisation as number) - exact.magnetisation)).toBeLessThan(0.05);
  }
  expect(backend.memory().buffers).toBe(0);
  await backend.close();
});
