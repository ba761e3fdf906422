import { checkArgument, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import type { SampleArray } from '../contracts/dataset.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import { countRows, toFloat64 } from '../numbers/arrays.js';
import {
  addEnergies,
  addModelStatistics,
  computeInputs,
  type HostAssignment,
  type HostLayerAssignment,
} from './hamiltonian.js';
import { joinedLayers } from './interaction.js';
import { checkModel, type EnergyModel, hiddenLayers, layerIndex, layerParameters, sampleWidth } from './model.js';
import { visibleValues } from './visible-values.js';
import { Workspace } from './workspace.js';

/** Values of layers by their names, each `[rows, units · width]`: `{ visible: v, hidden: h }`. */
export type LayerValues = Readonly<Record<string, SampleArray>>;

/**
 * The energy of each row, in units of k_B T. Layers left out are summed out: for an RBM without its hidden layer this
 * is the free energy `F(v) = E_visible(v) − Σ_j Γ_j(I_j)`.
 *
 * @returns `[rows]`
 * @throws RbmError `SHAPE_MISMATCH` for arrays of unequal rows; `ARGUMENT_INVALID` for an unknown layer;
 * `UNSUPPORTED` if layers left out interact, so that their sum is no product.
 */
export function energy(model: EnergyModel, values: LayerValues): Float64Array {
  return energies(model, givenValues('energy', model, values));
}

/**
 * The free energy `F(v) = −log Σ_h exp(−E(v, h))` of each sample of data: `log P(v) = −F(v) − log Z`.
 *
 * @param visible `[rows, width of a sample]`
 * @returns `[rows]`
 * @throws as `energy`.
 */
export function freeEnergy(model: EnergyModel, visible: SampleArray): Float64Array {
  checkModel('freeEnergy', model);
  checkArgument('freeEnergy', 'visible', visible, kinds.sampleArray);
  return energy(model, splitVisible(model, visible));
}

/**
 * What all other units send to those of a layer: `Σ_i v_i w_ij` for the hidden layer of an RBM, `Σ_{j≠i} J_ij x_j` for a
 * Hopfield network, whose own values are then needed. The units' own biases are not included.
 *
 * @returns `[rows, units · width]`
 * @throws as `energy`; `ARGUMENT_INVALID` if the values of an interacting layer are missing.
 */
export function inputs(model: EnergyModel, layer: string, values: LayerValues): Float64Array {
  const index = layerIndex(model, layer);
  const { given, rows } = givenValues('inputs', model, values);
  const out = new Float64Array(rows * rowLength(model.layers[index] as Layer));
  fillInputs(model, index, given, out);
  return out;
}

/**
 * Pre-activations `z_j = bias_j + Σ_i v_i w_ij` of a layer that has biases.
 *
 * @returns `[rows, units · width]`
 * @throws as `inputs`; `UNSUPPORTED` for a layer without a `bias`.
 */
export function preactivation(model: EnergyModel, layer: string, values: LayerValues): Float64Array {
  const z = inputs(model, layer, values);
  const array = model.layout.arrays.find((candidate) => candidate.name === `${layer}.bias`);
  if (!array)
    throw new RbmError('UNSUPPORTED', `Layer "${layer}" has no bias, and so no pre-activation. Use inputs().`);
  for (let i = 0; i < z.length; i++) {
    z[i] = (z[i] as number) + (model.parameters[array.offset + (i % array.length)] as number);
  }
  return z;
}

/**
 * The mean of each unit of a layer given all other units: `P(h_j = 1 | v)` for Bernoulli units.
 *
 * @returns `[rows, units · width]`
 * @throws as `inputs`.
 */
export function conditionalMean(model: EnergyModel, layer: string, values: LayerValues): Float64Array {
  const index = layerIndex(model, layer);
  const out = inputs(model, layer, values);
  (model.layers[index] as Layer).mean(layerParameters(model, index, model.parameters), out, out);
  return out;
}

/**
 * `log P(x_layer | all other layers)`, a density for continuous units.
 *
 * @param values Of every layer, the one asked about included.
 * @returns `[rows]`
 * @throws as `inputs`.
 */
export function conditionalLogProbability(model: EnergyModel, layer: string, values: LayerValues): Float64Array {
  const index = layerIndex(model, layer);
  const { given, rows } = givenValues('conditionalLogProbability', model, values);
  if (!given[index]) {
    throw new RbmError('ARGUMENT_INVALID', `Layer "${layer}" is asked about, but its values are not given.`);
  }
  const joint = energies(model, { given, rows });
  const summedOut = energies(model, { given: given.with(index, undefined), rows });
  return joint.map((e, row) => (summedOut[row] as number) - e);
}

/**
 * Sufficient statistics `−∂E/∂λ` averaged over the rows, laid out like the model's parameters. Layers left out
 * contribute their expectation given the others: for an RBM given data, this is the positive phase.
 *
 * @param weights `[rows]`, what each row counts; equal when absent.
 * @returns `[layout.length]`
 * @throws as `energy`; `DATA_INVALID` without rows, or with weights whose sum is not positive.
 */
export function statistics(model: EnergyModel, values: LayerValues, weights?: ArrayLike<number>): Float64Array {
  const { given, rows } = givenValues('statistics', model, values);
  checkArgument('statistics', 'weights', weights, optional(kinds.numbers));
  if (rows === 0) throw new RbmError('DATA_INVALID', 'An average over no rows does not exist.');
  if (weights && weights.length !== rows) {
    throw new RbmError('SHAPE_MISMATCH', `${rows} rows need as many weights, not ${weights.length}.`);
  }
  const scale = weights ? Float64Array.from(weights) : new Float64Array(rows).fill(1);
  const total = scale.reduce((sum, w) => sum + w, 0);
  if (!(total > 0)) throw new RbmError('DATA_INVALID', `Weights need a positive sum, not ${total}.`);
  for (let row = 0; row < rows; row++) scale[row] = (scale[row] as number) / total;
  const out = new Float64Array(model.layout.length);
  addModelStatistics(model, model.parameters, assign(model, { given, rows }), scale, out, new Workspace());
  return out;
}

/**
 * Data as values of the visible layers.
 *
 * @param data `[rows, width of a sample]`: the visible layers' values one after the other.
 * @throws RbmError `SHAPE_MISMATCH`.
 */
export function splitVisible(model: EnergyModel, data: SampleArray): Record<string, Float64Array> {
  checkModel('splitVisible', model);
  checkArgument('splitVisible', 'data', data, kinds.sampleArray);
  const width = sampleWidth(model);
  const rows = countRows(data, width, 'A sample');
  const samples = { values: toFloat64(data), count: rows, width };
  return Object.fromEntries(
    model.visible.map((l, v) => [model.names[l] as string, toFloat64(visibleValues(model, samples, v))]),
  );
}

/** Host arrays in layer order, those left out `undefined`, with the number of rows they agree on. */
interface Given {
  readonly given: readonly (Float64Array | undefined)[];
  readonly rows: number;
}

function givenValues(owner: string, model: EnergyModel, values: LayerValues): Given {
  checkModel(owner, model);
  checkArgument(owner, 'values', values, kinds.layerValues);
  const given: (Float64Array | undefined)[] = new Array(model.layers.length).fill(undefined);
  let rows = -1;
  for (const [name, array] of Object.entries(values)) {
    const l = layerIndex(model, name);
    checkArgument(owner, name, array, kinds.sampleArray);
    const count = countRows(array, rowLength(model.layers[l] as Layer), `Layer "${name}"`);
    if (rows >= 0 && count !== rows) {
      throw new RbmError('SHAPE_MISMATCH', `Layer "${name}" has ${count} rows where others have ${rows}.`);
    }
    rows = count;
    given[l] = toFloat64(array);
  }
  return { given, rows: Math.max(rows, 0) };
}

function assign(model: EnergyModel, { given, rows }: Given): HostAssignment {
  return given.map((array, l): HostLayerAssignment => {
    if (array) return { values: array };
    const received = new Float64Array(rows * rowLength(model.layers[l] as Layer));
    fillInputs(model, l, given, received);
    return { inputs: received };
  });
}

function energies(model: EnergyModel, given: Given): Float64Array {
  const out = new Float64Array(given.rows);
  addEnergies(model, model, assign(model, given), out, new Workspace());
  return out;
}

function fillInputs(
  model: EnergyModel,
  layer: number,
  given: readonly (Float64Array | undefined)[],
  out: Float64Array,
): void {
  for (const [a, b] of model.interactions.flatMap(joinedLayers)) {
    if (a !== layer && b !== layer) continue;
    const other = a === layer ? b : a;
    if (given[other]) continue;
    const what = other === layer ? 'itself' : `layer "${model.names[other]}", whose values are not given`;
    throw new RbmError(
      'UNSUPPORTED',
      `Layer "${model.names[layer]}" interacts with ${what}: units that interact cannot both be left out.`,
    );
  }
  computeInputs(model, model.parameters, layer, given, out, new Workspace());
}

/**
 * Whether the hidden layers of a model are independent given the visible ones, so that they can be summed out and
 * free energies and positive phases have closed forms.
 */
export function hasTractableHiddenLayers(model: EnergyModel): boolean {
  const hidden = hiddenLayers(model);
  return !model.interactions.flatMap(joinedLayers).some(([a, b]) => hidden.includes(a) && hidden.includes(b));
}
