import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import type { Generator } from '../random/generator.js';
import { createModel } from './create-model.js';
import { type EnergyModel, parameter } from './model.js';

/** What `rbm` takes. */
export interface RbmOptions {
  readonly visible: Layer;
  readonly hidden: Layer;
  /** `[visible.units · visible.width, hidden.units · hidden.width]`, row-major. */
  readonly weights?: ArrayLike<number>;
  /** Draws the weights that `weights` does not give: normal numbers of the given standard deviation. */
  readonly random?: Generator;
  /** Standard deviation of the weights that `random` draws; 0.01 unless given (Hinton 2010, "A practical guide", §8). */
  readonly scale?: number;
}

/**
 * A restricted Boltzmann machine (Smolensky 1986): two layers, each independent given the other,
 *
 *     E(v, h) = E_visible(v) + E_hidden(h) − Σ_ij v_i w_ij h_j.
 *
 * The weights are 0 unless `weights` or `random` says otherwise. Training from zero weights does not start: all
 * hidden units are alike.
 *
 * @throws RbmError `SHAPE_MISMATCH` if `weights` has another length; `NOT_FINITE` if it holds a NaN or an infinity.
 */
export function rbm(options: RbmOptions): EnergyModel {
  checkArguments('rbm', options, {
    visible: kinds.layer,
    hidden: kinds.layer,
    weights: optional(kinds.numbers),
    random: optional(kinds.generator),
    scale: optional(kinds.number),
  });
  const { visible, hidden, weights, random, scale = 0.01 } = options;
  const model = createModel({
    kind: 'rbm',
    layers: [
      { name: 'visible', layer: visible, visible: true },
      { name: 'hidden', layer: hidden },
    ],
    interactions: [{ kind: 'dense', name: 'weights', between: [0, 1] }],
    blocks: [[1], [0]],
  });
  const target = parameter(model, 'weights');
  if (weights) {
    if (weights.length !== target.length) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `The weights of this model have shape [${rowLength(visible)}, ${rowLength(hidden)}], ` +
          `${target.length} numbers, not ${weights.length}.`,
      );
    }
    target.set(weights);
    const bad = target.findIndex((w) => !Number.isFinite(w));
    if (bad >= 0) throw new RbmError('NOT_FINITE', `Weight ${bad} is ${target[bad]}.`);
  } else if (random) {
    const draws = random.fork('weights');
    for (let i = 0; i < target.length; i++) target[i] = scale * draws.normal(0, i, 0, 0);
  }
  return model;
}

/** Units that do not interact: the baseline of every likelihood, and where an annealing run starts. */
export function independent(layer: Layer): EnergyModel {
  checkArgument('independent', 'layer', layer, kinds.layer);
  return createModel({
    kind: 'independent',
    layers: [{ name: 'visible', layer, visible: true }],
    interactions: [],
    blocks: [[0]],
  });
}
