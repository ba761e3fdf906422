import {
  bernoulli,
  cost,
  createModel,
  type EnergyModel,
  enumerate,
  exactGradient,
  generator,
  reference,
  type Samples,
  sigmoid,
} from '@rbm/core';
import type { GradientEstimator } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';
import { randomRbm } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { cd } from './contrastive-divergence.js';
import { gradients, largestDeviation, withEstimation } from './estimators.testing.js';
import { exact } from './exact-gradient.js';
import { pcd } from './persistent-contrastive-divergence.js';

const model = randomRbm({ visible: 4, hidden: 3, scale: 1, seed: 5 });
const data: Samples = {
  values: Uint8Array.of(1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1),
  count: 6,
  width: 4,
};
const estimators: readonly (readonly [string, GradientEstimator])[] = [
  ['cd', cd({ k: 2 })],
  ['pcd', pcd({ sampler: gibbs(), k: 2 })],
  ['exact', exact()],
];

async function trueGradient(of: EnergyModel, samples: Samples): Promise<Float64Array> {
  return exactGradient(of, samples, await enumerate(of)).gradient;
}

/**
 * The expectation of CD-1's negative phase for an RBM of 0 and 1, from the formulas: over the data, all h given v, and
 * all v' given h, with P(h | v') in the end.
 */
function expectedCdGradient(of: EnergyModel, samples: Samples): Float64Array {
  const [visible, hidden] = [4, 3];
  const a = of.parameters.subarray(0, visible);
  const b = of.parameters.subarray(visible, visible + hidden);
  const w = of.parameters.subarray(visible + hidden);
  const bits = (state: number, length: number): number[] => Array.from({ length }, (_, i) => (state >> i) & 1);
  const hiddenMeans = (v: readonly number[]): number[] =>
    Array.from(b, (bias, j) => sigmoid(v.reduce((z, x, i) => z + x * (w[i * hidden + j] as number), bias)));
  const visibleMeans = (h: readonly number[]): number[] =>
    Array.from(a, (bias, i) => sigmoid(h.reduce((z, x, j) => z + x * (w[i * hidden + j] as number), bias)));
  const probability = (states: readonly number[], means: readonly number[]): number =>
    states.reduce((p, x, i) => p * (x ? (means[i] as number) : 1 - (means[i] as number)), 1);
  const statistics = (v: readonly number[]): number[] => {
    const h = hiddenMeans(v);
    return [...v, ...h, ...v.flatMap((x) => h.map((y) => x * y))];
  };
  const gradient = new Float64Array(of.layout.length);
  for (let n = 0; n < samples.count; n++) {
    const v = Array.from(samples.values.subarray(n * visible, (n + 1) * visible));
    statistics(v).forEach((s, i) => {
      gradient[i] = (gradient[i] as number) - s / samples.count;
    });
    for (let hs = 0; hs < 2 ** hidden; hs++) {
      const h = bits(hs, hidden);
      for (let vs = 0; vs < 2 ** visible; vs++) {
        const v1 = bits(vs, visible);
        const p = probability(h, hiddenMeans(v)) * probability(v1, visibleMeans(h));
        statistics(v1).forEach((s, i) => {
          gradient[i] = (gradient[i] as number) + (p * s) / samples.count;
        });
      }
    }
  }
  return gradient;
}

describe('the exact gradient', () => {
  it('is that of the enumeration, and its finite differences', async () => {
    const [found] = await gradients(model, data, exact(), 1);
    const wanted = await trueGradient(model, data);
    wanted.forEach((g, i) => {
      expect(found?.[i]).toBeCloseTo(g, 12);
    });
    for (let i = 0; i < model.parameters.length; i++) {
      const at = async (shift: number): Promise<number> => {
        const moved = { ...model, parameters: model.parameters.slice() };
        moved.parameters[i] = (moved.parameters[i] as number) + shift;
        return cost(moved, data, (await enumerate(moved)).logPartition);
      };
      expect(((await at(1e-5)) - (await at(-1e-5))) / 2e-5).toBeCloseTo(wanted[i] as number, 8);
    }
  });
});

describe('contrastive divergence', () => {
  it('has the expectation that enumerating its one sweep gives', async () => {
    const found = await gradients(model, data, cd(), 8000);
    expect(largestDeviation(found, expectedCdGradient(model, data))).toBeLessThan(5);
  });

  it('weights its chains as the data they start from', async () => {
    const duplicated: Samples = { values: data.values.slice(0, 16), count: 4, width: 4 };
    duplicated.values.copyWithin(4, 0, 4);
    const merged = Uint8Array.of(...duplicated.values.subarray(0, 4), ...duplicated.values.subarray(8));
    const weighted: Samples = { values: merged, count: 3, width: 4, weights: Float64Array.of(2, 1, 1) };
    const found = await gradients(model, weighted, cd(), 8000);
    expect(largestDeviation(found, expectedCdGradient(model, duplicated))).toBeLessThan(5);
  });

  it('is biased for one sweep, and no more for many', async () => {
    const wanted = await trueGradient(model, data);
    expect(largestDeviation(await gradients(model, data, cd(), 4000), wanted)).toBeGreaterThan(8);
    expect(largestDeviation(await gradients(model, data, cd({ k: 30 }), 4000), wanted)).toBeLessThan(5);
  });
});

describe('persistent contrastive divergence', () => {
  it('has the exact gradient as its mean while parameters stay', async () => {
    const found = await gradients(model, data, pcd({ sampler: gibbs(), chains: 20 }), 6000, generator(1), 100);
    expect(largestDeviation(found, await trueGradient(model, data))).toBeLessThan(5);
  });
});

describe.each(estimators)('%s', (_, estimator) => {
  it('tells its two phases, whose difference is the gradient', () =>
    withEstimation(model, data, estimator, async ({ program, batch, estimation }) => {
      const { gradient, info, state } = await estimation.estimate(
        batch,
        await estimation.init(generator(1)),
        generator(1),
      );
      const phases = await info.phases?.();
      const found = await program.backend.read(gradient);
      found.forEach((g, i) => {
        expect((phases?.negative[i] as number) - (phases?.positive[i] as number)).toBeCloseTo(g, 12);
      });
      const wanted = exactGradient(model, data, await enumerate(model)).positive;
      wanted.forEach((p, i) => {
        expect(phases?.positive[i]).toBeCloseTo(p, 12);
      });
      state.dispose();
    }));

  it('counts weighted samples as duplicates, but for the chains', async () => {
    const weighted: Samples = {
      values: data.values.subarray(0, 12),
      count: 3,
      width: 4,
      weights: Float64Array.of(2, 1, 1),
    };
    const duplicated: Samples = {
      values: Uint8Array.of(1, 0, 1, 1, ...data.values.subarray(0, 12)),
      count: 4,
      width: 4,
    };
    const positive = (samples: Samples): Promise<Float64Array | undefined> =>
      withEstimation(model, samples, estimator, async ({ batch, estimation }) => {
        const { info, state } = await estimation.estimate(batch, await estimation.init(generator(1)), generator(1));
        const phases = await info.phases?.();
        state.dispose();
        return phases?.positive;
      });
    const [a, b] = [await positive(weighted), await positive(duplicated)];
    a?.forEach((p, i) => {
      expect(p).toBeCloseTo(b?.[i] as number, 12);
    });
  });

  it('takes grey levels as means', async () => {
    const grey: Samples = { values: Float32Array.of(0.5, 0, 1, 0.25, 0.75, 1, 0, 0), count: 2, width: 4 };
    const [gradient] = await gradients(model, grey, estimator, 1);
    expect(gradient?.every(Number.isFinite)).toBe(true);
  });

  it('is a function of the generator, and goes on from a snapshot', () =>
    withEstimation(model, data, estimator, async ({ program, batch, estimation }) => {
      const random = generator(7);
      const run = async (steps: number, from = estimation.init(random)) => {
        let state = await from;
        let gradient = new Float64Array(0);
        for (let n = 0; n < steps; n++) {
          const estimate = await estimation.estimate(batch, state, random);
          state = estimate.state;
          gradient = (await program.backend.read(estimate.gradient)) as Float64Array<ArrayBuffer>;
        }
        return { state, gradient };
      };
      const whole = await run(5);
      const half = await run(2);
      const snapshot = structuredClone(await estimation.save(half.state));
      const rest = await run(3, estimation.load(snapshot));
      expect(rest.gradient).toEqual(whole.gradient);
      expect(rest.state.steps).toBe(5);
      for (const { state } of [whole, half, rest]) state.dispose();
    }));

  it('releases what it allocated', async () => {
    const backend = reference();
    const program = await backend.prepare(model);
    const baseline = backend.memory();
    const estimation = estimator.bind(program, 6);
    (await estimation.init(generator(1))).dispose();
    estimation.dispose();
    expect(backend.memory()).toEqual(baseline);
  });
});

describe('a model whose hidden layers interact', () => {
  const deep = createModel({
    kind: 'deep',
    layers: [
      { name: 'visible', layer: bernoulli(2), visible: true },
      { name: 'hidden', layer: bernoulli(2) },
      { name: 'top', layer: bernoulli(2) },
    ],
    interactions: [
      { kind: 'dense', name: 'weights', between: [0, 1] },
      { kind: 'dense', name: 'weights.top', between: [1, 2] },
    ],
    blocks: [[1], [0, 2]],
  });

  it.each(estimators)('is refused by %s', async (_, estimator) => {
    const program = await reference().prepare(deep);
    expect(() => estimator.bind(program, 3)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});

describe('settings', () => {
  it.each([0, -1, 1.5, Number.NaN])('refuse k = %s', (k) => {
    expect(() => cd({ k })).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    expect(() => pcd({ sampler: gibbs(), k })).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    expect(() => pcd({ sampler: gibbs(), chains: k })).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});
