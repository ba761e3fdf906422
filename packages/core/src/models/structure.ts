import { RbmError } from '../contracts/errors.js';
import type { Layer } from '../layers/layer.js';
import { type Interaction, isPairwise, type OpenInteraction, type SparseInteraction } from './interaction.js';
import type { Block } from './model.js';
import { allPairs } from './pairs.js';

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
  const arrays = interactions.flatMap((interaction) =>
    isPairwise(interaction)
      ? [interaction.name]
      : interaction.parameters.map(({ name }) => `${interaction.name}.${name}`),
  );
  if (new Set(arrays).size !== arrays.length) refuse(`Parameters need different names: ${arrays.join(', ')}.`);
  const blockOf = numberBlocks(structure);
  for (const interaction of interactions) checkIndependence(interaction, blockOf);
}

function checkInteraction({ layers }: Structure, interaction: Interaction): void {
  if (!isPairwise(interaction)) {
    checkOpen(interaction, layers);
    return;
  }
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

function checkOpen(interaction: OpenInteraction, layers: readonly Layer[]): void {
  const { kind, name, between, units, widths, joins, parameters, initial, indices = {} } = interaction;
  const label = `Interaction "${name}" (${kind})`;
  if (!kind.includes('/')) refuse(`${label} is of no built-in kind; expected a name with a namespace: "acme/${kind}".`);
  if (between.length === 0 || new Set(between).size !== between.length || between.some((l) => !(l in layers))) {
    refuse(`${label} joins layers ${between.join(', ')}; expected layers of the model, each once.`);
  }
  between.forEach((l, position) => {
    const layer = layers[l] as Layer;
    if (units[position] === layer.units && widths[position] === layer.width) return;
    refuse(
      `${label} is for ${units[position]} units of width ${widths[position]} at position ${position}, but layer ${l} has ` +
        `${layer.units} of width ${layer.width}.`,
    );
  });
  if (joins.some((pair) => pair.some((position) => !(position in between)))) {
    refuse(`${label} has joins ${JSON.stringify(joins)}; expected positions 0 to ${between.length - 1}.`);
  }
  const names = [...parameters.map((array) => array.name), ...Object.keys(indices)];
  if (new Set(names).size !== names.length) refuse(`${label} has arrays of the same name: ${names.join(', ')}.`);
  const length = parameters.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);
  if (length === 0) refuse(`${label} has no parameters.`);
  if (initial.length !== length) {
    refuse(`${label} has ${initial.length} initial parameters; expected ${length}, as its arrays have.`);
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
  if (!isPairwise(interaction)) {
    checkPairs(interaction, blockOf);
    return;
  }
  const [a, b] = interaction.between.map((l) => blockOf[l]) as [Int32Array, Int32Array];
  const block = interaction.kind === 'sparse' ? edgeInside(interaction, a, b) : a === b ? repeated(a) : shared(a, b);
  if (block >= 0) refuse(`Interaction "${interaction.name}" joins units of one block, number ${block}.`);
}

function checkPairs(interaction: OpenInteraction, blockOf: readonly Int32Array[]): void {
  const { name, kind, between, joins } = interaction;
  const declared = new Set(joins.flatMap(([a, b]) => [a * between.length + b, b * between.length + a]));
  const blocks = between.map((l) => blockOf[l] as Int32Array);
  interaction.visitPairs((a, unitA, b, unitB) => {
    const [first, second] = [blocks[a]?.[unitA], blocks[b]?.[unitB]];
    const pair = `unit ${unitA} at position ${a} with unit ${unitB} at position ${b}`;
    if (first === undefined || second === undefined || (a === b && unitA === unitB)) {
      refuse(`Interaction "${name}" (${kind}) visits ${pair}; expected two different units of its layers.`);
    }
    if (!declared.has(a * between.length + b)) {
      refuse(`Interaction "${name}" (${kind}) visits ${pair}, but [${a}, ${b}] is missing from its joins.`);
    }
    if (first === second) refuse(`Interaction "${name}" joins units of one block, number ${first}.`);
  });
}

/**
 * The pairs of units that act on each other through interactions of any kind: edges of the graph that `colour` takes, with units
 * numbered across all layers in order.
 *
 * @returns `[pairs, 2]`; a pair may stand there more than once.
 */
export function listPairs(layers: readonly Layer[], interactions: readonly Interaction[]): Uint32Array {
  const first = layers.map((_, l) => layers.slice(0, l).reduce((sum, { units }) => sum + units, 0));
  const pairs: number[] = [];
  for (const interaction of interactions) {
    const [a, b] = interaction.between.map((l) => first[l] as number) as [number, number];
    if (!isPairwise(interaction)) {
      const { between } = interaction;
      interaction.visitPairs((p, i, q, j) => {
        pairs.push((first[between[p] as number] as number) + i, (first[between[q] as number] as number) + j);
      });
    } else if (interaction.kind === 'dense') {
      const [unitsA, unitsB] = interaction.between.map((l) => (layers[l] as Layer).units) as [number, number];
      for (let i = 0; i < unitsA; i++) for (let j = 0; j < unitsB; j++) pairs.push(a + i, b + j);
    } else {
      const edges =
        interaction.kind === 'sparse' ? interaction.edges : allPairs((layers[interaction.between[0]] as Layer).units);
      for (let e = 0; e < edges.length; e += 2) pairs.push(a + (edges[e] as number), b + (edges[e + 1] as number));
    }
  }
  return Uint32Array.from(pairs);
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
