import { argumentKinds, checkArgument } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import { areJoined, type Interaction } from './interaction.js';
import type { Layout, Range } from './layout.js';

/** Units of one layer: some of them, or all where `units` is absent. */
export interface BlockPart {
  readonly layer: number;
  /** In increasing order. */
  readonly units?: Uint32Array;
}

/** Units that are independent given all others; at most one part a layer. */
export type Block = readonly BlockPart[];

/**
 * A probability distribution `P(x) = exp(−E(x)) / Z` over the units of some layers, with
 *
 *     E(x) = constant + Σ_layers E_θ(x_l) + Σ_interactions E_w(x),
 *
 * where a built-in interaction is `−Σ_pairs x_iᵀ w_ij x_j`, and an open one a sum of products of numbers of different units.
 */
export interface EnergyModel {
  readonly specVersion: 1;
  /** What model files call it: `rbm`. */
  readonly kind: string;
  readonly layers: readonly Layer[];
  /** A name for each layer: `visible`, `hidden`. */
  readonly names: readonly string[];
  /** The layers that data describe, as indices; a sample is their values one after the other. */
  readonly visible: readonly number[];
  readonly interactions: readonly Interaction[];
  /**
   * Sets of units that are independent given all others, in the order of a sweep: each unit stands in one block. A sweep
   * of an RBM draws the hidden layer and then the visible one, so that it may start from data; one of a Hopfield network
   * draws its units one by one; one of a lattice its colours.
   */
  readonly blocks: readonly Block[];
  /** A part of the energy that no unit changes: what clamped units leave behind. */
  readonly constant: number;
  readonly layout: Layout;
  /** The flat parameter buffer: `[layout.length]`. The one part of a model that changes. */
  readonly parameters: Float64Array;
}

/** @throws RbmError `ARGUMENT_INVALID` if that is no model. */
export function checkModel(owner: string, model: EnergyModel): void {
  checkArgument(owner, 'model', model, argumentKinds.model);
}

/** The parameters of what should be a model. @throws as `checkModel`. */
export function ownParameters(owner: string, model: EnergyModel): Float64Array {
  checkModel(owner, model);
  return model.parameters;
}

/**
 * One named parameter array of a model, as a view: writing to it changes the model.
 *
 * @param name As in `layout.arrays`: `weights`, `visible.bias`.
 * @throws RbmError `ARGUMENT_INVALID` if the model has no such array.
 */
export function parameter(model: EnergyModel, name: string): Float64Array {
  checkModel('parameter', model);
  const array = model.layout.arrays.find((candidate) => candidate.name === name);
  if (!array) {
    const known = model.layout.arrays.map((candidate) => candidate.name).join(', ');
    throw new RbmError('ARGUMENT_INVALID', `The model has no parameter "${name}". It has: ${known}.`);
  }
  return model.parameters.subarray(array.offset, array.offset + array.length);
}

/** The same model with parameters of its own: changing one leaves the other alone. */
export function cloneModel(model: EnergyModel): EnergyModel {
  checkModel('cloneModel', model);
  return { ...model, parameters: model.parameters.slice() };
}

/** The index of a layer by its name. @throws RbmError `ARGUMENT_INVALID` if the model has no such layer. */
export function layerIndex(model: EnergyModel, name: string): number {
  checkModel('layerIndex', model);
  const index = model.names.indexOf(name);
  if (index < 0) {
    throw new RbmError('ARGUMENT_INVALID', `The model has no layer "${name}". It has: ${model.names.join(', ')}.`);
  }
  return index;
}

/** The layers that data do not describe, as indices. */
export function hiddenLayers(model: EnergyModel): number[] {
  checkModel('hiddenLayers', model);
  return model.layers.flatMap((_, l) => (model.visible.includes(l) ? [] : [l]));
}

/** For each layer: whether it interacts with each other layer, or its own units with each other. */
export function interactingLayers({ layers, interactions }: EnergyModel): readonly (readonly boolean[])[] {
  const joins = (a: number, b: number): boolean => areJoined(interactions, a, b);
  return layers.map((_, a) => layers.map((_, b) => joins(a, b)));
}

/** The number of the first unit of each layer, with units numbered across the whole model: addresses of uniforms. */
export function unitOffsets(model: EnergyModel): number[] {
  let offset = 0;
  return model.layers.map((layer) => {
    const first = offset;
    offset += layer.units;
    return first;
  });
}

/** The parameters of one layer inside a flat buffer, as a view. */
export function layerParameters(model: EnergyModel, layer: number, parameters: Float64Array): Float64Array {
  const { start, end } = model.layout.layers[layer] as Range;
  return parameters.subarray(start, end);
}

/** How many parameters the layers of a model have together: those of its interactions follow. */
export function layerParametersLength({ layout }: EnergyModel): number {
  return layout.layers.reduce((most, { end }) => Math.max(most, end), 0);
}

/**
 * The layers of the first block, if it is made of whole layers: those that can be summed out in closed form. None for a
 * model whose first block is a part of a layer.
 */
export function firstBlockLayers(model: EnergyModel): readonly number[] {
  const block = model.blocks[0] ?? [];
  return block.some(({ units }) => units) ? [] : block.map(({ layer }) => layer);
}

/** Numbers in one sample of data: the visible layers' rows together. */
export function sampleWidth(model: EnergyModel): number {
  checkModel('sampleWidth', model);
  return model.visible.reduce((width, l) => width + rowLength(model.layers[l] as Layer), 0);
}
