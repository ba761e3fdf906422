import { type EnergyModel, RbmError } from '@rbm/core';
import { type Interaction, isPairwise, type Layer, rowLength } from '@rbm/core/contracts';
import { type FullFileLimits, overLimit } from './limits.js';
import type { LayerFactory } from './model.js';
import type { Tensor } from './safetensors.js';
import { ownTensor, type Structure } from './structure.js';

type Tensors = Readonly<Record<string, Tensor>>;

/**
 * Compares the sizes that a structure declares with the tensors of the file, before a layer is made: what a layer allocates
 * is then bounded by the file's length.
 *
 * @param builtIn Kinds whose parameters are known: each array has as many rows as the layer has units. A third party's may
 * have any, so that only the number of its units is bounded.
 * @throws RbmError `FILE_INVALID`; `SIZE_LIMIT` for more layers or interactions than the limit
 */
export function checkDeclaredSizes(
  { layers, interactions, blocks }: Structure,
  tensors: Tensors,
  builtIn: Readonly<Record<string, LayerFactory>>,
  { entries }: FullFileLimits,
  file: string,
): void {
  if (layers.length > entries) throw overLimit(file, 'its layers are', layers.length, 'entries', entries);
  if (interactions.length > entries) {
    throw overLimit(file, 'its interactions are', interactions.length, 'entries', entries);
  }
  const numbers = Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);
  const claimed = new Set<string>();
  let units = 0;
  for (const layer of layers) {
    units += layer.units;
    const factory = Object.hasOwn(builtIn, layer.kind) ? builtIn[layer.kind] : undefined;
    if (!factory) {
      if (layer.units <= numbers) continue;
      throw wrong(
        file,
        `layer ${quote(layer.name)} has ${layer.units} units, but all tensors together ${numbers} numbers`,
      );
    }
    for (const { name, shape } of factory(1, layer.settings).parameters) {
      const array = `${layer.name}.${name}`;
      if (claimed.has(array)) throw wrong(file, `two layers have the tensor ${quote(array)}`);
      claimed.add(array);
      expectTensor(tensors, array, [layer.units, ...shape.slice(1)], file);
    }
  }
  if (blocks.length > units) throw wrong(file, `there are ${blocks.length} blocks for ${units} units`);
}

/** Compares the interactions with the tensors, before the parameters of a model are allocated. */
export function checkInteractionSizes(
  interactions: readonly Interaction[],
  layers: readonly Layer[],
  tensors: Tensors,
  file: string,
): void {
  const claimed = new Set<string>();
  for (const interaction of interactions) {
    const { name } = interaction;
    if (claimed.has(name)) throw wrong(file, `two interactions are called ${quote(name)}`);
    claimed.add(name);
    if (!isPairwise(interaction)) {
      for (const part of interaction.parameters) expectTensor(tensors, `${name}.${part.name}`, part.shape, file);
      continue;
    }
    const { kind, between } = interaction;
    const [a, b] = between.map((l) => layers[l]);
    if (!a || !b) throw wrong(file, `interaction ${quote(name)} joins a layer that is not there`);
    const block = a.width * b.width === 1 ? [] : [a.width, b.width];
    // A sparse one has as many parameters as edges, which a tensor holds.
    if (kind === 'dense') expectTensor(tensors, name, [rowLength(a), rowLength(b)], file);
    else if (kind === 'symmetric') expectTensor(tensors, name, [(a.units * (a.units - 1)) / 2, ...block], file);
    else expectTensor(tensors, name, [ownTensor(tensors, `${name}.edges`)?.shape[0] ?? 0, ...block], file);
  }
}

/** Checks what a file may say of itself beside its tensors. @throws RbmError `FILE_INVALID` */
export function checkImage(image: readonly [number, number], model: EnergyModel, width: number, file: string): void {
  const pixels = image[0] * image[1];
  const units = model.visible.reduce((sum, l) => sum + (model.layers[l] as Layer).units, 0);
  if (pixels === width || pixels === units) return;
  throw wrong(file, `an image of ${image[0]} × ${image[1]} pixels does not go with samples of ${width} numbers`);
}

/** The tensor of a parameter array. @throws RbmError `FILE_INVALID` if it is missing or of another shape or type */
export function expectTensor(tensors: Tensors, array: string, shape: readonly number[], file: string): Tensor {
  const tensor = ownTensor(tensors, array);
  if (!tensor) throw new RbmError('FILE_INVALID', `${file}: the tensor ${quote(array)} is missing.`);
  const fits = tensor.shape.length === shape.length && shape.every((length, axis) => length === tensor.shape[axis]);
  if ((tensor.dtype === 'F32' || tensor.dtype === 'F64') && fits) return tensor;
  throw new RbmError(
    'FILE_INVALID',
    `${file}: the tensor ${quote(array)} should be F32 or F64 of shape [${shape}], not ${tensor.dtype} of shape [${tensor.shape}].`,
  );
}

/** A name from a file, at a length that fits a message. */
export function quote(text: string): string {
  return `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`;
}

function wrong(file: string, what: string): RbmError {
  return new RbmError('FILE_INVALID', `${file}: the metadata "structure" do not match the file: ${what}.`);
}
