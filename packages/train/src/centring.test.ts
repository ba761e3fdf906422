import {
  bernoulli,
  type EnergyModel,
  enumerate,
  exactGradient,
  gaussian,
  generator,
  hopfield,
  klDivergence,
  parameter,
  potts,
  rbm,
  reference,
  type Samples,
  spin,
  visibleDistribution,
} from '@rbm/core';
import type { Layer, Optimizer } from '@rbm/core/contracts';
import { expect, it } from 'vitest';
import { centring } from './centring.js';
import { adam, adamW, exact, type GradientOptions, rmsProp, sgd, train } from './index.js';

const samples: Samples = {
  values: Uint8Array.of(1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0),
  count: 4,
  width: 4,
  weights: Float64Array.of(3, 2, 1, 2),
};

function randomised(model: EnergyModel, seed: number): EnergyModel {
  const random = generator(seed);
  for (let i = 0; i < model.parameters.length; i++) model.parameters[i] = 0.5 * random.normal(0, i, 0, 0);
  return model;
}

it.each<[string, EnergyModel]>([
  ['an RBM', randomised(rbm({ visible: bernoulli(4), hidden: bernoulli(3) }), 1)],
  ['an RBM of other units', randomised(rbm({ visible: spin(4), hidden: potts(2, { categories: 2 }) }), 2)],
  ['a Hopfield network', randomised(hopfield({ visible: bernoulli(4) }), 3)],
])('is the gradient in the coordinates of centred units: %s', async (_, model) => {
  const [visible] = model.layers as [Layer];
  const values = Float64Array.from(samples.values, (x) => (visible.kind === 'spin' ? 2 * x - 1 : x));
  const data = { ...samples, values };
  const coordinates = centring(model, data);
  const { offsets } = coordinates;
  const { gradient: plain } = exactGradient(model, data, await enumerate(model));
  const found = plain.slice();
  coordinates.gradient(found, offsets);
  coordinates.step(found, offsets);
  // Moving one centred coordinate moves plain ones with it: −(x − μ) w (y − λ) adds −λ w and −μ w to the fields.
  const inPlain = (direction: Float64Array): Float64Array => {
    const out = direction.slice();
    model.interactions.forEach(({ between: [a, b] }, n) => {
      const { start, end } = model.layout.interactions[n] as { start: number; end: number };
      const [fieldsA, fieldsB] = [a, b].map((l) => model.layout.layers[l]?.start) as [number, number];
      const columns = a === b ? 0 : (end - start) / 4;
      let [i, j] = a === b ? [0, 1] : [0, 0];
      for (let w = start; w < end; w++) {
        out[fieldsA + i] = (out[fieldsA + i] as number) - (direction[w] as number) * (offsets[fieldsB + j] as number);
        out[fieldsB + j] = (out[fieldsB + j] as number) - (direction[w] as number) * (offsets[fieldsA + i] as number);
        j++;
        if (j === (a === b ? 4 : columns)) {
          i++;
          j = a === b ? i + 1 : 0;
        }
      }
    });
    return out;
  };
  // Steepest descent there: the slope along each centred coordinate, carried back to plain ones.
  const slopes = plain.map((_, p) => {
    const along = inPlain(Float64Array.from({ length: plain.length }, (__, k) => (k === p ? 1 : 0)));
    return along.reduce((sum, x, k) => sum + x * (plain[k] as number), 0);
  });
  inPlain(slopes).forEach((x, p) => {
    expect(found[p]).toBeCloseTo(x, 12);
  });
});

/** The model of `1 − v` that gives it the probabilities that `model` gives `v`. */
function flipped(model: EnergyModel): EnergyModel {
  const turned = { ...model, parameters: model.parameters.slice() };
  const [a, b, w] = ['visible.bias', 'hidden.bias', 'weights'].map((name) => parameter(turned, name)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < a.length; i++) {
    a[i] = -(a[i] as number);
    for (let j = 0; j < b.length; j++) {
      const at = i * b.length + j;
      b[j] = (b[j] as number) + (w[at] as number);
      w[at] = -(w[at] as number);
    }
  }
  return turned;
}

async function trained(model: EnergyModel, data: Samples, optimizer: Optimizer, rate = 0.2): Promise<EnergyModel> {
  const options = { data, backend: reference(), estimator: exact(), optimizer, rate, batch: 4, epochs: 40 };
  for await (const _ of train({ ...options, model, random: generator(1), every: 40 }));
  return model;
}

const penalised: GradientOptions = { penalties: { l1: 0.002, l2: 0.01, group: 0.01 } };
const clipped: GradientOptions = { ...penalised, clip: { value: 0.1, norm: 0.3 } };

it.each<[string, (options: GradientOptions) => Optimizer, GradientOptions, rate: number]>([
  ['sgd', (options) => sgd({ momentum: 0.5, ...options }), {}, 0.2],
  ['sgd with penalties', (options) => sgd({ momentum: 0.5, ...options }), penalised, 0.2],
  ['sgd with Nesterov, penalties and clipping', (o) => sgd({ momentum: 0.5, nesterov: true, ...o }), clipped, 0.5],
  ['RMSProp', rmsProp, clipped, 0.02],
  ['Adam', adam, clipped, 0.05],
  ['AdamW', adamW, { ...clipped }, 0.05],
])(
  'learns the same of data whose zeros and ones are exchanged, which plain steps do not: %s',
  async (_, make, options, rate) => {
    const exchanged = { ...samples, values: samples.values.map((x) => 1 - x) };
    const start = (): EnergyModel => randomised(rbm({ visible: bernoulli(4), hidden: bernoulli(3) }), 5);
    for (const centred of [true, false]) {
      const optimizer = (model: EnergyModel, data: Samples): Optimizer =>
        make({ ...options, ...(centred ? { centre: centring(model, data) } : {}) });
      const [model, mirrored] = [start(), flipped(start())];
      const one = await trained(model, samples, optimizer(model, samples), rate);
      const other = await trained(mirrored, exchanged, optimizer(mirrored, exchanged), rate);
      const { probabilities } = visibleDistribution(one);
      // The states in the order of counting, all bits turned, are the same in reverse.
      const turned = visibleDistribution(other).probabilities.reverse();
      const difference = Math.max(...probabilities.map((p, n) => Math.abs(p - (turned[n] as number))));
      if (centred) expect(difference).toBeLessThan(1e-12);
      else expect(difference).toBeGreaterThan(1e-3);
      const { logPartition } = await enumerate(one);
      expect(klDivergence(one, samples, logPartition)).toBeLessThan(0.7);
    }
  },
);

it('offsets are the means of data and of featureless hidden units', () => {
  const model = rbm({ visible: bernoulli(4), hidden: gaussian(2, { field: [3, 4] }) });
  expect([...centring(model, samples).offsets.subarray(0, 8)]).toEqual([7 / 8, 2 / 8, 0, 1 / 8, 0, 0, 0, 0]);
  expect(() => centring(model, { values: new Uint8Array(3), count: 1, width: 3 })).toThrow(
    expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
  );
});
