import { bernoulli, gaussian } from '@rbm/core';
import { backendChecks } from './backend-suite.js';
import { sweepsKeeping, wrongBackends } from './backends/wrong-backends.js';
import { datasetChecks } from './dataset-suite.js';
import { estimatorChecks } from './estimator-suite.js';
import { chainEstimator } from './estimators/chain-estimator.js';
import { changed, persistent, wrongEstimators } from './estimators/wrong-estimators.js';
import { layerChecks } from './layer-suite.js';
import { wrong as wrongLayer, wrongLayers } from './layers/wrong-layers.js';
import { modelChecks } from './model-suite.js';
import { wrongModels } from './models/wrong-models.js';
import { randomRbm } from './models.js';
import { monitorChecks } from './monitor-suite.js';
import { numbered, wrongMonitors } from './monitors/wrong-monitors.js';
import { optimizerChecks } from './optimizer-suite.js';
import { momentum, wrongOptimizers } from './optimizers/wrong-optimizers.js';
import { samplerChecks } from './sampler-suite.js';
import { frozen, wrongSamplers } from './samplers/wrong-samplers.js';
import type { Check } from './suite.js';
import { wrongDatasets } from './wrong-datasets.js';

/** A wrong implementation and the suite that should fail it. */
export interface SeededFault {
  readonly suite: string;
  readonly fault: string;
  /** The check named for what is wrong; nothing for a fault that is known to pass. */
  readonly caughtBy?: string;
  /** Why the suite lets it pass. */
  readonly passes?: string;
  /** The checks of the suite on the wrong implementation. */
  readonly checks: () => readonly Check[];
}

const tiny = randomRbm({ visible: 1, hidden: 1, scale: 1.5, seed: 3 });
const small = [randomRbm({ visible: 3, hidden: 2, scale: 1.5, seed: 8 })];

const caught: readonly SeededFault[] = [
  ...wrongSamplers.map(({ sampler, auxiliary, ...rest }) => ({
    suite: 'sampler',
    ...rest,
    checks: () => samplerChecks(auxiliary ? { sampler, auxiliary, models: [tiny] } : { sampler }),
  })),
  ...wrongLayers.map(({ layer, create, ...rest }) => ({
    suite: 'layer',
    ...rest,
    checks: () => layerChecks(create ? { layer, create } : { layer }),
  })),
  ...wrongModels.map(({ options, ...rest }) => ({ suite: 'model', ...rest, checks: () => modelChecks(options) })),
  ...wrongEstimators.map(({ estimator, cost, ...rest }) => ({
    suite: 'estimator',
    ...rest,
    checks: () => estimatorChecks({ estimator, models: small, ...(cost ? { cost } : {}) }),
  })),
  ...wrongBackends.map(({ backend, ...rest }) => ({
    suite: 'backend',
    ...rest,
    checks: () => backendChecks({ backend }),
  })),
  ...wrongOptimizers.map(({ options, ...rest }) => ({
    suite: 'optimizer',
    ...rest,
    checks: () => optimizerChecks(options),
  })),
  ...wrongMonitors.map(({ options, ...rest }) => ({ suite: 'monitor', ...rest, checks: () => monitorChecks(options) })),
  ...wrongDatasets.map(({ options, ...rest }) => ({ suite: 'dataset', ...rest, checks: () => datasetChecks(options) })),
];

/** A comparison of uniform numbers, of which only the quantiles are known. */
const slightlyGenerous = wrongLayer(bernoulli, (right) => ({
  sample: (parameters, inputs, out, draws) => {
    const means = new Float64Array(inputs.length);
    right.mean(parameters, inputs, means);
    means.forEach((p, i) => {
      const u = draws.uniform(Math.floor(i / right.units), i % right.units, 0);
      out[i] = u < 1.0001 * p ? 1 : 0;
    });
  },
}));

/** Faults that pass, and why: what the suites do not try, so that they end in a minute. */
const passing: readonly SeededFault[] = [
  {
    suite: 'sampler',
    fault: 'chains frozen from 10000 on',
    passes: 'The largest batch has 4,103 chains.',
    checks: () => samplerChecks({ sampler: frozen((row) => row >= 10_000) }),
  },
  {
    suite: 'sampler',
    fault: 'units frozen from 16 on',
    passes: 'The widest layers have 12 units, so that their distribution can be enumerated: give `largeModels`.',
    checks: () => samplerChecks({ sampler: frozen((_, unit) => unit >= 16) }),
  },
  {
    suite: 'layer',
    fault: 'a comparison of uniform numbers that is 0.01 % too generous',
    passes: 'Of uniform numbers 8,192 quantiles are tried; `bernoulli` and `categorical` are enumerated to 1e-9.',
    checks: () => layerChecks({ layer: slightlyGenerous }),
  },
  {
    suite: 'layer',
    fault: 'Gaussian units cut off at five standard deviations',
    passes: 'One sample in two million is beyond, fewer than the quantiles that are tried.',
    checks: () =>
      layerChecks({
        layer: wrongLayer(gaussian, (right) => ({
          sample: (parameters, inputs, out, draws) =>
            right.sample(parameters, inputs, out, {
              uniform: (row, unit, draw) => draws.uniform(row, unit, draw),
              bernoulli: (p, row, unit, draw) => draws.bernoulli(p, row, unit, draw),
              categorical: (...given) => draws.categorical(...given),
              normal: (row, unit, draw) => Math.max(-5, Math.min(5, draws.normal(row, unit, draw))),
            }),
        })),
      }),
  },
  {
    suite: 'estimator',
    fault: 'a gradient of persistent chains that is 0.1 % too large',
    passes: 'Noisy phases are known to six standard errors of their mean.',
    checks: () =>
      estimatorChecks({
        estimator: changed(chainEstimator({ negativePhase: persistent }), (gradient) => gradient.map((g) => 1.001 * g)),
        models: small,
      }),
  },
  {
    suite: 'backend',
    fault: 'sweeps of rows before 200',
    passes: 'The largest batch of every operation has 131 rows; `no drift` has 4,000 chains, of three units a layer.',
    checks: () => backendChecks({ backend: sweepsKeeping((row, number) => row >= 200 && number >= 3) }),
  },
  {
    suite: 'optimizer',
    fault: 'half a step, of an optimizer without a rule',
    passes: 'Without a `rule` there is nothing to compare with: that it descends is all that is tested.',
    checks: () =>
      optimizerChecks({
        optimizer: () => {
          const right = momentum();
          return {
            ...right,
            kind: 'testkit/half',
            update: (gradient, slots, parameters, { rate, step }, layout) =>
              right.update(gradient, slots, parameters, { rate: rate / 2, step }, layout),
          };
        },
      }),
  },
  {
    suite: 'monitor',
    fault: 'a number 0.1 % too large, of a monitor without expected ones',
    passes: 'Without `expected` there is nothing to compare with.',
    checks: () => monitorChecks(numbered(({ gap = 0, ...rest }) => ({ ...rest, gap: 1.001 * gap }))),
  },
];

/** All faults that are seeded in the suites' own tests, and some that are known to pass. */
export const seededFaults: readonly SeededFault[] = [...caught, ...passing];
