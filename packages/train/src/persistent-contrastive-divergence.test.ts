import { generator, parameter, reference } from '@rbm/core';
import type { ChainSnapshot, EstimatorState } from '@rbm/core/contracts';
import { gibbs, temper } from '@rbm/samplers';
import { Branches, override, randomRbm } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { withEstimation } from './estimators.testing.js';
import { pcd } from './persistent-contrastive-divergence.js';
import { visibleChain } from './visible-chain.testing.js';

const model = randomRbm({ visible: 2, hidden: 2, scale: 1.5, seed: 4 });
const data = { values: Uint8Array.of(1, 0, 1, 1), count: 2, width: 2 };

describe('the expectation of persistent contrastive divergence, over all outcomes of its draws', () => {
  it.each([
    [1, 1],
    [2, 1],
    [1, 2],
  ])('is that of chains that go on: estimate %i of %i sweeps each', async (estimates, k) => {
    const found = new Array<number>(model.layout.length).fill(0);
    await withEstimation(
      model,
      data,
      pcd({ sampler: gibbs(), k, chains: 1 }),
      async ({ program, batch, estimation }) => {
        const branches = new Branches();
        do {
          const random = branches.begin();
          let state = await estimation.init(random);
          let last = new Float64Array();
          for (let n = 0; n < estimates; n++) {
            const estimate = await estimation.estimate(batch, state, random);
            state = estimate.state;
            last = Float64Array.from(await program.backend.read(estimate.gradient));
          }
          state.dispose();
          last.forEach((g, i) => {
            found[i] = (found[i] as number) + branches.probability * g;
          });
        } while (branches.advance());
      },
    );
    const chain = visibleChain(model);
    // Chains start from the visible units' own biases, without input.
    const on = Array.from(parameter(model, 'visible.bias'), (a) => 1 / (1 + Math.exp(-a)));
    const start = chain.states.map((v) =>
      v.reduce((p, x, i) => p * (x ? (on[i] as number) : 1 - (on[i] as number)), 1),
    );
    const negative = chain.average(chain.after(start, estimates * k));
    const samples = [chain.statistics([1, 0]), chain.statistics([1, 1])] as const;
    found.forEach((g, i) => {
      const positive = ((samples[0][i] as number) + (samples[1][i] as number)) / 2;
      expect(g).toBeCloseTo((negative[i] as number) - positive, 12);
    });
  });
});

describe('its state', () => {
  const estimator = pcd({ sampler: gibbs(), chains: 7 });

  it('is used once', () =>
    withEstimation(model, data, estimator, async ({ batch, estimation }) => {
      const state = await estimation.init(generator(1));
      const next = (await estimation.estimate(batch, state, generator(1))).state;
      const again = estimation.estimate(batch, state, generator(1));
      await expect(again).rejects.toMatchObject({ code: 'STATE_CONSUMED' });
      next.dispose();
    }));

  it('is saved with all of its chains, and refused by an estimator of another number', async () => {
    const snapshot = await withEstimation(model, data, estimator, async ({ estimation }) => {
      const state = await estimation.init(generator(1));
      const saved = await estimation.save(state);
      state.dispose();
      return saved;
    });
    expect(snapshot).toMatchObject({ steps: 0, chains: { chains: 7, sweeps: 0 } });
    expect(snapshot.chains?.values.visible).toHaveLength(14);
    await withEstimation(model, data, pcd({ sampler: gibbs(), chains: 6 }), async ({ estimation }) => {
      await expect(estimation.load(snapshot)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
      await expect(estimation.load({ steps: 0 })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    });
  });

  it('goes on bit for bit from a snapshot, although parameters have changed since the last estimate', () =>
    withEstimation(model, data, estimator, async ({ program, batch, estimation }) => {
      const { backend, parameters } = program;
      const random = generator(1);
      const move = (): void =>
        backend.write(
          parameters,
          model.parameters.map((x) => -x),
        );
      const { state } = await estimation.estimate(batch, await estimation.init(random), random);
      move();
      const snapshot = structuredClone(await estimation.save(state));
      const gradientOf = async (from: EstimatorState): Promise<Float64Array> => {
        const estimate = await estimation.estimate(batch, from, random);
        estimate.state.dispose();
        return backend.read(estimate.gradient);
      };
      const wanted = await gradientOf(state);
      expect(await gradientOf(await estimation.load(snapshot))).toEqual(wanted);
      // Hidden units were drawn with the parameters before the change, and the next step starts with the visible ones.
      const chains = snapshot.chains as ChainSnapshot;
      const after = async (value: number): Promise<Float64Array> => {
        const hidden = new Float64Array(14).fill(value);
        const values = { ...chains.values, hidden };
        return gradientOf(await estimation.load({ ...snapshot, chains: { ...chains, values } }));
      };
      const off = await after(0);
      expect(await after(1)).not.toEqual(off);
    }));

  it('costs one product to each side and one for the data, after the first step', () =>
    withEstimation(model, data, estimator, async ({ program, batch }) => {
      const products = [0, 0];
      const counted = override(program, {
        affine: (layer, values, inputs) => {
          products[layer] = (products[layer] as number) + 1;
          program.affine(layer, values, inputs);
        },
        gibbs: () => {
          throw new Error('not what the sampler was told to start from');
        },
      });
      const estimation = pcd({ sampler: gibbs(), chains: 7 }).bind(counted, data.count);
      const state = await estimation.load({
        steps: 1,
        chains: { chains: 7, sweeps: 1, values: { visible: new Float64Array(14), hidden: new Float64Array(14) } },
      });
      (await estimation.estimate(batch, state, generator(1))).state.dispose();
      expect(products).toEqual([1, 2]);
      estimation.dispose();
    }));

  it('has as many chains as samples in a batch unless told otherwise', async () => {
    const program = await reference().prepare(model);
    const estimation = pcd({ sampler: gibbs() }).bind(program, 5);
    const snapshot = await estimation.save(await estimation.init(generator(1)));
    expect(snapshot.chains?.chains).toBe(5);
  });
});

it('tells its settings', () => {
  expect(pcd({ sampler: gibbs() }).settings).toEqual({ k: 1, sampler: 'gibbs' });
  expect(pcd({ sampler: temper({ ladder: [0, 0.5, 1] }) }).settings).toEqual({
    k: 1,
    sampler: 'temper',
    'sampler.sampler': 'gibbs',
    'sampler.ladder': '0 0.5 1',
    'sampler.warmUp': 0,
  });
  expect(pcd({ sampler: gibbs(), k: 3, chains: 9 }).settings).toEqual({ k: 3, sampler: 'gibbs', chains: 9 });
});
