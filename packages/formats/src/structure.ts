import { type Block, type BlockPart, type EnergyModel, type Interaction, type Layer, RbmError } from '@rbm/core';
import type { Tensor } from './safetensors.js';

/**
 * The structure of a model as it stands in the metadata, as JSON. What grows with the number of units stands in tensors:
 * the edges of a sparse interaction, U32 `NAME.edges` `[edges, 2]`, and for a layer whose units are in different blocks
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
  readonly interactions: readonly {
    readonly kind: Interaction['kind'];
    readonly name: string;
    readonly between: readonly [number, number];
  }[];
  /** The layers that have units in each block. */
  readonly blocks: readonly (readonly number[])[];
  readonly constant: number;
}

/** What the metadata say of a model's structure. */
export function describeStructure(model: EnergyModel): Structure {
  return {
    layers: model.layers.map(({ kind, units, settings }, l) => ({
      name: model.names[l] as string,
      kind,
      units,
      settings,
      visible: model.visible.includes(l),
    })),
    interactions: model.interactions.map(({ kind, name, between }) => ({ kind, name, between })),
    blocks: model.blocks.map((block) => block.map(({ layer }) => layer)),
    constant: model.constant,
  };
}

/** What tensors say of it. */
export function structureTensors(model: EnergyModel): Record<string, Tensor<'U32'>> {
  const tensors: Record<string, Tensor<'U32'>> = {};
  for (const interaction of model.interactions) {
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
/** The tensor with the block of each unit of a layer. */
export const blockTensor = (layer: string): string => `${layer}.block`;

/** @throws RbmError `FILE_INVALID` for edges that are missing or no pairs of whole numbers. */
export function readInteractions(
  { interactions }: Structure,
  tensors: Readonly<Record<string, Tensor>>,
  file: string,
): Interaction[] {
  return interactions.map(({ kind, name, between }): Interaction => {
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
  return (
    isRecord(value) &&
    ['dense', 'symmetric', 'sparse'].includes(value.kind as string) &&
    typeof value.name === 'string' &&
    isIndices(value.between) &&
    (value.between as number[]).length === 2
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
