import { type Block, type BlockPart, type EnergyModel, RbmError } from '@rbm/core';
import {
  type Interaction,
  type InteractionPlace,
  isPairwise,
  type Layer,
  type OpenInteraction,
  type PairInteraction,
} from '@rbm/core/contracts';
import type { Tensor } from './safetensors.js';

/**
 * The structure of a model as it stands in the metadata, as JSON. What grows with the number of units stands in tensors:
 * the edges of a sparse interaction, U32 `NAME.edges` `[edges, 2]`, the lists of a third party's, U32 `NAME.LIST` `[length]`, and for a layer whose units are in different blocks
 * the block of each unit, U32 `LAYER.block` `[units]`.
 */
export interface Structure {
  readonly layers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly units: number;
    readonly settings: Readonly<Record<string, number>>;
    readonly visible: boolean;
  }[];
  readonly interactions: readonly InteractionEntry[];
  /** The layers that have units in each block. */
  readonly blocks: readonly (readonly number[])[];
  readonly constant: number;
}

/** What metadata say of an interaction. */
export type InteractionEntry =
  | { readonly kind: PairInteraction['kind']; readonly name: string; readonly between: readonly [number, number] }
  | {
      readonly kind: OpenInteraction['kind'];
      readonly name: string;
      readonly between: readonly number[];
      readonly settings: Readonly<Record<string, number | string | boolean>>;
      /** Names of its lists. */
      readonly indices: readonly string[];
    };

/**
 * What the metadata say of a model's structure.
 *
 * @throws RbmError `UNSUPPORTED` for an interaction that cannot be saved.
 */
export function describeStructure(model: EnergyModel): Structure {
  return {
    layers: model.layers.map(({ kind, units, settings }, l) => ({
      name: model.names[l] as string,
      kind,
      units,
      settings,
      visible: model.visible.includes(l),
    })),
    interactions: model.interactions.map(describeInteraction),
    blocks: model.blocks.map((block) => block.map(({ layer }) => layer)),
    constant: model.constant,
  };
}

function describeInteraction(interaction: Interaction): InteractionEntry {
  if (isPairwise(interaction)) {
    const { kind, name, between } = interaction;
    return { kind, name, between };
  }
  const { kind, name, between, settings, indices = {} } = interaction;
  if (settings) return { kind, name, between: [...between], settings, indices: Object.keys(indices) };
  throw new RbmError(
    'UNSUPPORTED',
    `Interaction "${name}" (${kind}) has no settings and cannot be saved: it is what clamped units left. Save the whole model.`,
  );
}

/** What tensors say of it. */
export function structureTensors(model: EnergyModel): Record<string, Tensor<'U32'>> {
  const tensors: Record<string, Tensor<'U32'>> = {};
  for (const interaction of model.interactions) {
    if (!isPairwise(interaction)) {
      for (const [list, data] of Object.entries(interaction.indices ?? {})) {
        tensors[listTensor(interaction.name, list)] = { dtype: 'U32', shape: [data.length], data };
      }
      continue;
    }
    if (interaction.kind !== 'sparse') continue;
    const { edges } = interaction;
    tensors[edgesTensor(interaction.name)] = { dtype: 'U32', shape: [edges.length / 2, 2], data: edges };
  }
  model.blocks.forEach((block, n) => {
    for (const { layer, units } of block) {
      if (!units) continue;
      const name = blockTensor(model.names[layer] as string);
      const length = (model.layers[layer] as Layer).units;
      tensors[name] ??= { dtype: 'U32', shape: [length], data: new Uint32Array(length) };
      for (const unit of units) (tensors[name].data as Uint32Array)[unit] = n;
    }
  });
  return tensors;
}

/** The tensor with the edges of a sparse interaction. */
export const edgesTensor = (interaction: string): string => `${interaction}.edges`;
/** The tensor with a list of a third party's interaction. */
export const listTensor = (interaction: string, list: string): string => `${interaction}.${list}`;
/** The tensor with the block of each unit of a layer. */
export const blockTensor = (layer: string): string => `${layer}.block`;

/** Makes a third party's interaction from what a model file says of it. */
export type InteractionFactory = (
  place: InteractionPlace,
  settings: Readonly<Record<string, number | string | boolean>>,
) => OpenInteraction;

/**
 * @param layers Those of the model.
 * @throws RbmError `FILE_INVALID` for edges that are missing or no pairs of whole numbers, a list that is missing, or a factory that makes
 * another kind.
 */
export function readInteractions(
  { interactions }: Structure,
  layers: readonly Layer[],
  factories: Readonly<Record<string, InteractionFactory>>,
  tensors: Readonly<Record<string, Tensor>>,
  file: string,
): Interaction[] {
  return interactions.map((entry): Interaction => {
    if ('settings' in entry) return readOpen(entry, layers, factories, tensors, file);
    const { kind, name, between } = entry;
    if (kind !== 'sparse') return { kind, name, between };
    const tensor = ownTensor(tensors, edgesTensor(name));
    if (tensor?.dtype !== 'U32' || tensor.shape.length !== 2 || tensor.shape[1] !== 2) {
      throw new RbmError(
        'FILE_INVALID',
        `${file}: the tensor "${edgesTensor(name)}" should be there, U32 with two columns.`,
      );
    }
    return { kind, name, between, edges: tensor.data as Uint32Array };
  });
}

function readOpen(
  { kind, name, between, settings, indices }: Extract<InteractionEntry, { readonly settings: unknown }>,
  layers: readonly Layer[],
  factories: Readonly<Record<string, InteractionFactory>>,
  tensors: Readonly<Record<string, Tensor>>,
  file: string,
): OpenInteraction {
  const lists = indices.map((list): [string, Uint32Array] => {
    const tensor = ownTensor(tensors, listTensor(name, list));
    if (tensor?.dtype === 'U32' && tensor.shape.length === 1) return [list, tensor.data as Uint32Array];
    throw new RbmError('FILE_INVALID', `${file}: the tensor "${listTensor(name, list)}" should be U32 with one axis.`);
  });
  const joined = between.map((l) => layers[l]);
  if (joined.some((layer) => !layer)) {
    throw new RbmError('FILE_INVALID', `${file}: interaction "${name}" joins a layer that is not there.`);
  }
  const place = { name, between, layers: joined as Layer[], indices: Object.fromEntries(lists) };
  const made = (factories[kind] as InteractionFactory)(place, settings);
  // Where it stands is the file's business, not the factory's.
  if (made.kind === kind) return { ...made, name, between };
  throw new RbmError(
    'FILE_INVALID',
    `${file}: the factory of interactions of kind ${kind} made one of kind ${made.kind}.`,
  );
}

/** @throws RbmError `FILE_INVALID` for numbers of blocks that do not fit the units. */
export function readBlocks(
  { layers, blocks }: Structure,
  tensors: Readonly<Record<string, Tensor>>,
  file: string,
): (number | BlockPart)[][] {
  const numbers = layers.map(({ name, units }) => {
    const tensor = ownTensor(tensors, blockTensor(name));
    if (tensor && (tensor.dtype !== 'U32' || tensor.shape.length !== 1 || tensor.shape[0] !== units)) {
      throw new RbmError(
        'FILE_INVALID',
        `${file}: the tensor "${blockTensor(name)}" should be U32 of shape [${units}].`,
      );
    }
    return tensor?.data as Uint32Array | undefined;
  });
  const byBlock = numbers.map((blockOf) => blockOf && unitsByBlock(blockOf));
  return blocks.map((block, n) =>
    block.map((layer): Block[number] | number => {
      const units = byBlock[layer];
      if (!units) return layer;
      const members = units.get(n);
      if (members) return { layer, units: Uint32Array.from(members) };
      throw new RbmError('FILE_INVALID', `${file}: block ${n} has no unit of layer ${layer}, though it names it.`);
    }),
  );
}

/** The units of each block, in increasing order. */
function unitsByBlock(blockOf: Uint32Array): Map<number, number[]> {
  const units = new Map<number, number[]>();
  blockOf.forEach((block, unit) => {
    const members = units.get(block);
    if (members) members.push(unit);
    else units.set(block, [unit]);
  });
  return units;
}

/** The tensor of that name, never something inherited. */
export function ownTensor(tensors: Readonly<Record<string, Tensor>>, name: string): Tensor | undefined {
  return Object.hasOwn(tensors, name) ? tensors[name] : undefined;
}

/** Whether metadata have the form of a structure. Whether it makes sense is for `createModel` to say. */
export function isStructure(value: unknown): value is Structure {
  if (!isRecord(value)) return false;
  const { layers, interactions, blocks, constant } = value;
  return (
    Array.isArray(layers) &&
    layers.every(isLayerEntry) &&
    Array.isArray(interactions) &&
    interactions.every(isInteraction) &&
    Array.isArray(blocks) &&
    blocks.every((block) => isIndices(block) && (block as number[]).length > 0) &&
    Number.isFinite(constant)
  );
}

function isLayerEntry(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    typeof value.kind === 'string' &&
    Number.isSafeInteger(value.units) &&
    (value.units as number) > 0 &&
    isRecord(value.settings) &&
    Object.values(value.settings).every(Number.isFinite) &&
    typeof value.visible === 'boolean'
  );
}

function isInteraction(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { kind, name, between, settings, indices } = value;
  if (typeof kind !== 'string' || typeof name !== 'string' || !isIndices(between)) return false;
  if (['dense', 'symmetric', 'sparse'].includes(kind)) {
    return (between as number[]).length === 2 && settings === undefined && indices === undefined;
  }
  return (
    kind.includes('/') &&
    isRecord(settings) &&
    Object.values(settings).every((x) => ['string', 'boolean'].includes(typeof x) || Number.isFinite(x)) &&
    Array.isArray(indices) &&
    indices.every((list) => typeof list === 'string')
  );
}

/** Whether a value is an object with keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a list of whole numbers from 0 up. */
export function isIndices(value: unknown): boolean {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);
}
