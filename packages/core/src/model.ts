import { RbmError } from './errors.js';
import { interactionShape } from './interactions.js';
import { type Layer, rowLength, size } from './layer.js';
import { checkStructure } from './structure.js';

/**
 * All pairs between two different layers `a` and `b`: energy `−x_aᵀ W x_b`, with `W` of shape
 * `[a.units · a.width, b.units · b.width]`, row-major.
 */
export interface DenseInteraction {
  readonly kind: 'dense';
  /** `weights`, where a model has only one. */
  readonly name: string;
  /** Indices into the model's layers. */
  readonly between: readonly [a: number, b: number];
}

/**
 * All pairs of different units of one layer: energy `−Σ_{i<j} x_iᵀ J_ij x_j`. The parameters are the pairs (0, 1), (0, 2),
 * …, (1, 2), … in order, one number each, or a block of `width × width` numbers where units have several.
 */
export interface SymmetricInteraction {
  readonly kind: 'symmetric';
  readonly name: string;
  /** The same layer twice. */
  readonly between: readonly [layer: number, same: number];
}

/**
 * Some pairs of units, of two layers or of one: energy `−Σ_e x_iᵀ J_e x_j` over the edges e = (i, j). The parameters are
 * one number an edge, or a block of `width_a × width_b` numbers where units have several.
 */
export interface SparseInteraction {
  readonly kind: 'sparse';
  readonly name: string;
  readonly between: readonly [a: number, b: number];
  /** `[edges, 2]`: a unit of layer `a` and one of layer `b`. Each pair once, in either order within one layer. */
  readonly edges: Uint32Array;
}

/** How units act on each other. Each kind is linear in its parameters and in each of the two units it joins. */
export type Interaction = DenseInteraction | SymmetricInteraction | SparseInteraction;

/** Units of one layer: some of them, or all where `units` is absent. */
export interface BlockPart {
  readonly layer: number;
  /** In increasing order. */
  readonly units?: Uint32Array;
}

/** Units that are independent given all others; at most one part a layer. */
export type Block = readonly BlockPart[];

/** One named array inside the flat parameter buffer of a model. */
export interface ParameterArray {
  /** `weights`, `visible.bias`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
  /** The smallest value allowed; `−∞` for none. */
  readonly minimum: number;
  /** Whether it belongs to an interaction: weight decay acts on those alone. */
  readonly interaction: boolean;
}

/** A part of the flat parameter buffer. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Where each parameter lives in the flat buffer: the layers' parameters in order, then the interactions'. Gradients
 * and the optimizer's arrays are laid out in the same way.
 */
export interface Layout {
  readonly length: number;
  readonly arrays: readonly ParameterArray[];
  /** The part of each layer. */
  readonly layers: readonly Range[];
  /** The part of each interaction. */
  readonly interactions: readonly Range[];
}

/**
 * A probability distribution `P(x) = exp(−E(x)) / Z` over the units of some layers, with
 *
 *     E(x) = constant + Σ_layers E_θ(x_l) − Σ_interactions Σ_pairs x_iᵀ w_ij x_j.
 */
export interface EnergyModel {
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

/** What `createModel` needs: a model without what follows from it. */
export interface ModelDescription {
  readonly kind: string;
  readonly layers: readonly { readonly name: string; readonly layer: Layer; readonly visible?: boolean }[];
  readonly interactions: readonly Interaction[];
  /** A number stands for a whole layer. */
  readonly blocks: readonly (readonly (number | BlockPart)[])[];
  readonly constant?: number;
}

/**
 * An energy model with the layers' initial parameters and zero weights.
 *
 * @throws RbmError `ARGUMENT_INVALID` if names repeat, an interaction or block names a layer or unit that does not exist,
 * an edge repeats, blocks do not hold each unit exactly once, or units of one block interact.
 */
export function createModel(description: ModelDescription): EnergyModel {
  const { kind, interactions, constant = 0 } = description;
  const layers = description.layers.map((entry) => entry.layer);
  const names = description.layers.map((entry) => entry.name);
  const blocks = description.blocks.map((block) =>
    block.map((part): BlockPart => (typeof part === 'number' ? { layer: part } : part)),
  );
  checkStructure({ layers, names, interactions, blocks });
  const layout = createLayout(layers, names, interactions);
  const parameters = new Float64Array(layout.length);
  layers.forEach((layer, l) => {
    parameters.set(layer.initial, (layout.layers[l] as Range).start);
  });
  const visible = description.layers.flatMap((entry, l) => (entry.visible ? [l] : []));
  return { kind, layers, names, visible, interactions, blocks, constant, layout, parameters };
}

function createLayout(
  layers: readonly Layer[],
  names: readonly string[],
  interactions: readonly Interaction[],
): Layout {
  const arrays: ParameterArray[] = [];
  let offset = 0;
  const append = (name: string, shape: readonly number[], minimum: number, interaction: boolean): void => {
    const length = size({ name, shape, minimum });
    arrays.push({ name, shape, offset, length, minimum, interaction });
    offset += length;
  };
  const layerRanges = layers.map((layer, l): Range => {
    const start = offset;
    for (const { name, shape, minimum } of layer.parameters) append(`${names[l]}.${name}`, shape, minimum, false);
    return { start, end: offset };
  });
  const interactionRanges = interactions.map((interaction): Range => {
    const start = offset;
    append(interaction.name, interactionShape(interaction, layers), Number.NEGATIVE_INFINITY, true);
    return { start, end: offset };
  });
  return { length: offset, arrays, layers: layerRanges, interactions: interactionRanges };
}

/**
 * One named parameter array of a model, as a view: writing to it changes the model.
 *
 * @param name As in `layout.arrays`: `weights`, `visible.bias`.
 * @throws RbmError `ARGUMENT_INVALID` if the model has no such array.
 */
export function parameter(model: EnergyModel, name: string): Float64Array {
  const array = model.layout.arrays.find((candidate) => candidate.name === name);
  if (!array) {
    const known = model.layout.arrays.map((candidate) => candidate.name).join(', ');
    throw new RbmError('ARGUMENT_INVALID', `The model has no parameter "${name}". It has: ${known}.`);
  }
  return model.parameters.subarray(array.offset, array.offset + array.length);
}

/** The same model with parameters of its own: changing one leaves the other alone. */
export function cloneModel(model: EnergyModel): EnergyModel {
  return { ...model, parameters: model.parameters.slice() };
}

/** The index of a layer by its name. @throws RbmError `ARGUMENT_INVALID` if the model has no such layer. */
export function layerIndex(model: EnergyModel, name: string): number {
  const index = model.names.indexOf(name);
  if (index < 0) {
    throw new RbmError('ARGUMENT_INVALID', `The model has no layer "${name}". It has: ${model.names.join(', ')}.`);
  }
  return index;
}

/** The layers that data do not describe, as indices. */
export function hiddenLayers(model: EnergyModel): number[] {
  return model.layers.flatMap((_, l) => (model.visible.includes(l) ? [] : [l]));
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
  return model.visible.reduce((width, l) => width + rowLength(model.layers[l] as Layer), 0);
}
