import { RbmError } from '../contracts/errors.js';
import type { Layer } from '../layers/layer.js';
import type { Interaction, SparseInteraction } from './interaction.js';
import type { Block } from './model.js';

/** The parts of a model that its parameters do not change. */
export interface Structure {
  readonly layers: readonly Layer[];
  readonly names: readonly string[];
  readonly interactions: readonly Interaction[];
  readonly blocks: readonly Block[];
}

/** @throws RbmError `ARGUMENT_INVALID` as `createModel`. */
export function checkStructure(structure: Structure): void {
  const { names, interactions } = structure;
  const all = [...names, ...interactions.map(({ name }) => name)];
  if (new Set(all).size !== all.length) refuse(`Layers and interactions need different names: ${all.join(', ')}.`);
  for (const interaction of interactions) checkInteraction(structure, interaction);
  const blockOf = numberBlocks(structure);
  for (const interaction of interactions) checkIndependence(interaction, blockOf);
}

function checkInteraction({ layers }: Structure, interaction: Interaction): void {
  const { kind, name, between } = interaction;
  const [a, b] = between;
  const known = a in layers && b in layers;
  if (kind === 'dense' && !(known && a !== b)) {
    refuse(`Interaction "${name}" must join two different layers of the model.`);
  }
  if (kind === 'symmetric' && !(known && a === b))
    refuse(`Interaction "${name}" must join a layer of the model to itself.`);
  if (!known) refuse(`Interaction "${name}" must join layers of the model.`);
  if (kind === 'sparse') checkEdges(interaction, layers);
}

function checkEdges({ name, between: [a, b], edges }: SparseInteraction, layers: readonly Layer[]): void {
  const [unitsA, unitsB] = [(layers[a] as Layer).units, (layers[b] as Layer).units];
  if (edges.length % 2 !== 0)
    refuse(`The edges of interaction "${name}" are pairs of units, not ${edges.length} numbers.`);
  const seen = new Set<number>();
  for (let e = 0; e < edges.length; e += 2) {
    const [i, j] = [edges[e] as number, edges[e + 1] as number];
    if (i >= unitsA || j >= unitsB || (a === b && i === j)) {
      refuse(`Edge ${e / 2} of interaction "${name}" joins units ${i} and ${j}, of ${unitsA} and ${unitsB}.`);
    }
    const key = a === b ? Math.min(i, j) * unitsB + Math.max(i, j) : i * unitsB + j;
    if (seen.has(key)) refuse(`Edge ${e / 2} of interaction "${name}" joins units ${i} and ${j} once more.`);
    seen.add(key);
  }
}

/** The block of each unit of each layer. */
function numberBlocks({ layers, names, blocks }: Structure): Int32Array[] {
  const blockOf = layers.map((layer) => new Int32Array(layer.units).fill(-1));
  blocks.forEach((block, n) => {
    if (new Set(block.map(({ layer }) => layer)).size !== block.length) refuse(`Block ${n} names a layer twice.`);
    for (const { layer, units } of block) {
      const numbers = blockOf[layer];
      if (!numbers) refuse(`Block ${n} names layer ${layer}; the model has ${layers.length}.`);
      for (let k = 0; k < (units ?? numbers).length; k++) {
        const unit = units ? (units[k] as number) : k;
        if (numbers[unit] !== -1 || (units && k > 0 && unit <= (units[k - 1] as number))) {
          refuse(
            `The blocks of a model must hold each of its units exactly once, in increasing order: not so for unit ` +
              `${unit} of layer "${names[layer]}".`,
          );
        }
        numbers[unit] = n;
      }
    }
  });
  blockOf.forEach((numbers, l) => {
    const unit = numbers.indexOf(-1);
    if (unit >= 0) {
      refuse(
        `The blocks of a model must hold each of its units exactly once: unit ${unit} of "${names[l]}" is missing.`,
      );
    }
  });
  return blockOf;
}

function checkIndependence(interaction: Interaction, blockOf: readonly Int32Array[]): void {
  const [a, b] = interaction.between.map((l) => blockOf[l]) as [Int32Array, Int32Array];
  const block = interaction.kind === 'sparse' ? edgeInside(interaction, a, b) : a === b ? repeated(a) : shared(a, b);
  if (block >= 0) refuse(`Interaction "${interaction.name}" joins units of one block, number ${block}.`);
}

function shared(a: Int32Array, b: Int32Array): number {
  const blocks = new Set(a);
  return b.find((block) => blocks.has(block)) ?? -1;
}

function repeated(a: Int32Array): number {
  const seen = new Set<number>();
  for (const block of a) {
    if (seen.has(block)) return block;
    seen.add(block);
  }
  return -1;
}

function edgeInside({ edges }: SparseInteraction, a: Int32Array, b: Int32Array): number {
  for (let e = 0; e < edges.length; e += 2) {
    const block = a[edges[e] as number] as number;
    if (block === b[edges[e + 1] as number]) return block;
  }
  return -1;
}

function refuse(message: string): never {
  throw new RbmError('ARGUMENT_INVALID', message);
}
