import { checkArguments, argumentKinds as kinds, listOf, optional } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import type { Generator } from '../random/generator.js';
import { createModel } from './create-model.js';
import { type EnergyModel, parameter } from './model.js';

/** Options of `deepBoltzmannMachine`. */
export interface DeepBoltzmannMachineOptions {
  readonly visible: Layer;
  /** Hidden layers, the one next to the visible layer first. */
  readonly hidden: readonly Layer[];
  /** For each hidden layer its weights with the layer before: `[before.units · before.width, units · width]`, row-major. */
  readonly weights?: readonly ArrayLike<number>[];
  /** Draws the weights that `weights` does not give: normal numbers of the given standard deviation. */
  readonly random?: Generator;
  /** Standard deviation of the weights that `random` draws (default: 0.01). */
  readonly scale?: number;
}

/**
 * A deep Boltzmann machine (Salakhutdinov and Hinton 2009): layers in a row, each of which interacts with the next,
 *
 *     E(v, h¹, h², …) = Σ_layers E_l(x_l) − Σ_ij v_i w¹_ij h¹_j − Σ_jk h¹_j w²_jk h²_k − …
 *
 * Its two blocks are the odd and the even layers. Layers are called `visible`, `hidden1`, `hidden2`, …, and weights `weights1`,
 * `weights2`, …. The weights are 0 unless `weights` or `random` says otherwise.
 *
 * @throws RbmError `ARGUMENT_INVALID` without hidden layers; `SHAPE_MISMATCH` if there is not one array of weights of the right
 * length for each; `NOT_FINITE` if one holds a NaN or an infinity.
 */
export function deepBoltzmannMachine(options: DeepBoltzmannMachineOptions): EnergyModel {
  checkArguments('deepBoltzmannMachine', options, {
    visible: kinds.layer,
    hidden: listOf(kinds.layer, 'layers'),
    weights: optional(listOf(kinds.numbers, 'arrays of numbers')),
    random: optional(kinds.generator),
    scale: optional(kinds.number),
  });
  const { visible, hidden, weights, random, scale = 0.01 } = options;
  if (hidden.length === 0) {
    throw new RbmError('ARGUMENT_INVALID', 'A deep Boltzmann machine has no hidden layers; expected at least one.');
  }
  if (weights && weights.length !== hidden.length) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${weights.length} arrays of weights were given; expected one for each of ${hidden.length} hidden layers.`,
    );
  }
  const layers = [visible, ...hidden];
  const numbers = layers.map((_, l) => l);
  const model = createModel({
    kind: 'deep',
    layers: layers.map((layer, l) => ({ name: l === 0 ? 'visible' : `hidden${l}`, layer, visible: l === 0 })),
    interactions: numbers.slice(1).map((l) => ({ kind: 'dense', name: `weights${l}`, between: [l - 1, l] })),
    // Odd layers first, so that a sweep may start from data.
    blocks: [numbers.filter((l) => l % 2 === 1), numbers.filter((l) => l % 2 === 0)],
  });
  for (const l of numbers.slice(1)) {
    const name = `weights${l}`;
    const target = parameter(model, name);
    const given = weights?.[l - 1];
    if (given) setWeights(target, given, name, layers[l - 1] as Layer, layers[l] as Layer);
    else if (random) drawWeights(target, random.fork(name), scale);
  }
  return model;
}

function setWeights(target: Float64Array, given: ArrayLike<number>, name: string, from: Layer, to: Layer): void {
  if (given.length !== target.length) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${name} of this model have shape [${rowLength(from)}, ${rowLength(to)}], ${target.length} numbers, not ${given.length}.`,
    );
  }
  target.set(given);
  const bad = target.findIndex((w) => !Number.isFinite(w));
  if (bad >= 0) throw new RbmError('NOT_FINITE', `Number ${bad} of ${name} is ${target[bad]}.`);
}

function drawWeights(target: Float64Array, random: Generator, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i] = scale * random.normal(0, i, 0, 0);
}
