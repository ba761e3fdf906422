import { checkArguments, argumentKinds as kinds } from '../contracts/arguments.js';
import type { Samples } from '../contracts/dataset.js';
import { RbmError } from '../contracts/errors.js';
import { empirical } from '../exact/empirical.js';
import type { Layer } from '../layers/layer.js';
import { potts } from '../layers/potts.js';
import { softplus } from '../numbers/numerics.js';
import { type EnergyModel, parameter } from './model.js';
import { rbm } from './rbm.js';

/** What `smoothedEmpirical` takes. */
export interface SmoothedEmpiricalOptions {
  /** `bernoulli` or `spin`. */
  readonly visible: Layer;
  readonly samples: Samples;
  /** The probability that a unit differs from the sample it copies: above 0, below ½. */
  readonly flip: number;
}

/**
 * The empirical distribution smoothed by noise, `P(v) = Σ_n p_n Π_i (1 − ε)^[v_i = x_ni] ε^[v_i ≠ x_ni]`, as an energy model:
 * an RBM with one hidden Potts unit whose categories are the distinct samples. Its weights point from each category to
 * its sample, and its biases make categories as probable as the samples; as `flip → 0` they become infinite.
 *
 * @throws RbmError `ARGUMENT_INVALID`; `DATA_INVALID` for values the units cannot take; `SHAPE_MISMATCH`; as `empirical`.
 */
export function smoothedEmpirical(options: SmoothedEmpiricalOptions): EnergyModel {
  checkArguments('smoothedEmpirical', options, {
    visible: kinds.layer,
    samples: kinds.samples,
    flip: { ...kinds.number, example: '0.1' },
  });
  const { visible, samples, flip } = options;
  if (!(flip > 0 && flip < 0.5)) {
    throw new RbmError('ARGUMENT_INVALID', `The probability of a flip lies between 0 and ½, not at ${flip}.`);
  }
  if (visible.kind !== 'bernoulli' && visible.kind !== 'spin') {
    throw new RbmError('ARGUMENT_INVALID', `Units that can flip are bernoulli or spin, not ${visible.kind}.`);
  }
  if (samples.width !== visible.units) {
    throw new RbmError('SHAPE_MISMATCH', `Samples of ${samples.width} numbers do not fit ${visible.units} units.`);
  }
  const invalid = visible.findInvalid(samples.values, 'states');
  if (invalid >= 0)
    throw new RbmError('DATA_INVALID', `Value ${invalid}, ${samples.values[invalid]}, is no state of a unit.`);
  const { rows, probabilities, count } = empirical(samples);
  const isSpin = visible.kind === 'spin';
  const strength = Math.log((1 - flip) / flip) / (isSpin ? 2 : 1);
  const model = rbm({ visible, hidden: potts(1, { categories: count }) });
  const [weights, bias] = [parameter(model, 'weights'), parameter(model, 'hidden.bias')];
  parameter(model, 'visible.bias').fill(0);
  for (let n = 0; n < count; n++) {
    bias[n] = Math.log(probabilities[n] as number);
    for (let i = 0; i < samples.width; i++) {
      const w = (rows[n * samples.width + i] as number) > 0 ? strength : -strength;
      weights[i * count + n] = w;
      // The sum over the states of unit i, which a category's probability must not depend on.
      bias[n] = (bias[n] as number) - (isSpin ? 0 : softplus(w));
    }
  }
  return model;
}
