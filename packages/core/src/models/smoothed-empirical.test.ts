import { expect, test } from 'vitest';
import { codeOf, randomSamples } from '../exact/brute-force.testing.js';
import { enumerate } from '../exact/enumerate.js';
import { logLikelihood } from '../exact/likelihood.js';
import { visibleDistribution } from '../exact/visible-distribution.js';
import { bernoulli } from '../layers/bernoulli.js';
import { potts } from '../layers/potts.js';
import { spin } from '../layers/spin.js';
import { smoothedEmpirical } from './smoothed-empirical.js';

const samples = { ...randomSamples(3, 5, 4), weights: Float64Array.of(1, 2, 1, 3, 1) };

test.each([
  ['units 0 and 1', bernoulli(4), (x: number): number => x],
  ['spins', spin(4), (x: number): number => 2 * x - 1],
] as const)('with %s it is the mixture of noisy samples', async (_, visible, toState) => {
  const flip = 0.15;
  const values = Float64Array.from(samples.values, toState);
  const model = smoothedEmpirical({ visible, samples: { ...samples, values }, flip });
  const { states, count } = visibleDistribution(model);
  const direct = Array.from({ length: count }, (_, s) => {
    let p = 0;
    for (let n = 0; n < samples.count; n++) {
      let product = (samples.weights[n] as number) / 8;
      for (let i = 0; i < 4; i++) product *= states[s * 4 + i] === values[n * 4 + i] ? 1 - flip : flip;
      p += product;
    }
    return p;
  });
  const { logPartition } = await enumerate(model);
  logLikelihood(model, states, logPartition).forEach((log, s) => {
    expect(Math.exp(log)).toBeCloseTo(direct[s] as number, 13);
  });
});

test.each<[string, string, Parameters<typeof smoothedEmpirical>[0]]>([
  ['ARGUMENT_INVALID', 'no noise', { visible: bernoulli(4), samples, flip: 0 }],
  ['ARGUMENT_INVALID', 'nothing but noise', { visible: bernoulli(4), samples, flip: 0.5 }],
  ['ARGUMENT_INVALID', 'units that cannot flip', { visible: potts(4, { categories: 2 }), samples, flip: 0.1 }],
  ['SHAPE_MISMATCH', 'another width', { visible: bernoulli(3), samples, flip: 0.1 }],
  ['DATA_INVALID', 'values that are no states', { visible: spin(4), samples, flip: 0.1 }],
])('%s for %s', async (code, _, options) => {
  expect(await codeOf(() => smoothedEmpirical(options))).toBe(code);
});
