import type { EnergyModel, Samples } from '@rbm/core';
import { Branches, randomRbm } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { cd } from './contrastive-divergence.js';
import { withEstimation } from './estimators.testing.js';
import { visibleChain } from './visible-chain.testing.js';

/** The expectation of a first gradient: every outcome of its draws with its probability, without any noise. */
async function expectedGradient(model: EnergyModel, data: Samples, k: number): Promise<number[]> {
  return withEstimation(model, data, cd({ k }), async ({ program, batch, estimation }) => {
    const branches = new Branches();
    const total = new Array<number>(model.layout.length).fill(0);
    do {
      const random = branches.begin();
      const { gradient } = await estimation.estimate(batch, await estimation.init(random), random);
      const found = await program.backend.read(gradient);
      found.forEach((g, i) => {
        total[i] = (total[i] as number) + branches.probability * g;
      });
    } while (branches.advance());
    return total;
  });
}

/** `Σ_n p_n (⟨s⟩ after k sweeps from sample n − ⟨s⟩ given sample n)`, from the formulas. */
function gradientByFormula(model: EnergyModel, rows: readonly (readonly number[])[], p: readonly number[], k: number) {
  const chain = visibleChain(model);
  const start = chain.states.map((state) =>
    rows.reduce((sum, row, n) => sum + (String(row) === String(state) ? (p[n] as number) : 0), 0),
  );
  const negative = chain.average(chain.after(start, k));
  const positive = chain.average(start);
  return negative.map((n, i) => n - (positive[i] as number));
}

function expectClose(found: readonly number[], wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  found.forEach((x, i) => {
    expect(x).toBeCloseTo(wanted[i] as number, 12);
  });
}

describe('the expectation of contrastive divergence, over all outcomes of its draws', () => {
  it.each([
    [1, 3, 2],
    [2, 3, 2],
    [3, 2, 2],
  ])('is that of the chain for k = %i, %i visible and %i hidden units', async (k, visible, hidden) => {
    const model = randomRbm({ visible, hidden, scale: 1.5, seed: 10 + k });
    const row = Array.from({ length: visible }, (_, i) => (i + 1) % 2);
    const data = { values: Uint8Array.from(row), count: 1, width: visible };
    expectClose(await expectedGradient(model, data, k), gradientByFormula(model, [row], [1], k));
  });

  const model = randomRbm({ visible: 2, hidden: 2, scale: 1.5, seed: 20 });

  it('is the same for weighted and for duplicated data', async () => {
    const weights = Float64Array.of(2, 1);
    const weighted = await expectedGradient(
      model,
      { values: Uint8Array.of(1, 0, 1, 1), count: 2, width: 2, weights },
      1,
    );
    const copies = { values: Uint8Array.of(1, 0, 1, 0, 1, 1), count: 3, width: 2 };
    expectClose(weighted, await expectedGradient(model, copies, 1));
    const rows = [
      [1, 0],
      [1, 1],
    ];
    expectClose(weighted, gradientByFormula(model, rows, [2 / 3, 1 / 3], 1));
  });

  it('vanishes for data that the model fits perfectly', async () => {
    // One row a batch: the average over the data of what each sample gives.
    const { states, stationary } = visibleChain(model);
    const total = new Array<number>(model.layout.length).fill(0);
    for (const [n, state] of states.entries()) {
      const one = await expectedGradient(model, { values: Uint8Array.from(state), count: 1, width: 2 }, 2);
      one.forEach((g, i) => {
        total[i] = (total[i] as number) + (stationary[n] as number) * g;
      });
    }
    expectClose(
      total,
      total.map(() => 0),
    );
  });

  it('starts from hidden units given grey levels, as if these were the values', async () => {
    const grey = { values: Float32Array.of(0.25, 0.75), count: 1, width: 2 };
    const { statistics, states, average } = visibleChain(model);
    const positive = statistics([0.25, 0.75]);
    const on = positive.slice(2, 4) as [number, number];
    const [a, w] = [model.parameters.subarray(0, 2), model.parameters.subarray(4)];
    const next = states.map((v) => {
      let sum = 0;
      for (const h of states) {
        let p = h.reduce((product, x, j) => product * (x ? (on[j] as number) : 1 - (on[j] as number)), 1);
        v.forEach((x, i) => {
          const z = (a[i] as number) + h.reduce((field, y, j) => field + y * (w[i * 2 + j] as number), 0);
          p *= 1 / (1 + Math.exp(x ? -z : z));
        });
        sum += p;
      }
      return sum;
    });
    const wanted = average(next).map((n, i) => n - (positive[i] as number));
    expectClose(await expectedGradient(model, grey, 1), wanted);
  });
});

it('draws nothing twice: every step has uniforms of its own', async () => {
  const model = randomRbm({ visible: 2, hidden: 1, scale: 1, seed: 3 });
  const data = { values: Uint8Array.of(1, 0), count: 1, width: 2 };
  const steps = await withEstimation(model, data, cd({ k: 3 }), async ({ batch, estimation }) => {
    // Branches refuse an address that is used twice in one run.
    const random = new Branches().begin();
    let state = await estimation.init(random);
    for (let n = 0; n < 4; n++) state = (await estimation.estimate(batch, state, random)).state;
    return state.steps;
  });
  expect(steps).toBe(4);
});
