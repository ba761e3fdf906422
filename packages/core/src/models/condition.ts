import { checkArgument, argumentKinds as kinds } from '../contracts/arguments.js';
import type { SampleArray } from '../contracts/dataset.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength, unitNumbers, unitParameters } from '../layers/layer.js';
import { type ClampedUnits, clampedInteraction } from './clamped-interaction.js';
import { createModel } from './create-model.js';
import { interactionParameters } from './hamiltonian.js';
import {
  type FreeInteraction,
  type Interaction,
  isPairwise,
  type OpenInteraction,
  type PairInteraction,
} from './interaction.js';
import { addInputs, addInteractionEnergy } from './interaction-sums.js';
import { type Block, type BlockPart, type EnergyModel, layerParameters, sampleWidth } from './model.js';
import { type Entries, listEntries } from './pairs.js';
import { Workspace } from './workspace.js';

/** A model over the units that are not clamped. Its energies are those of the whole model with the clamped values. */
export interface ConditionedModel extends EnergyModel {
  /**
   * Puts the clamped values back: whole samples from samples of the free units.
   *
   * @param free `[rows, width of a sample of this model]`
   * @returns `[rows, width of a sample of the whole model]`
   */
  complete(free: SampleArray): Float64Array;
}

/**
 * Clamps some visible units: the distribution of all other units given theirs. The result is an `EnergyModel` like any
 * other, with the same log-weights: its `log Z` is the log of `Z` restricted to the clamped values. An open interaction without a
 * `condition` of its own stays whole, with the clamped values put in: then the result cannot be saved.
 *
 * @param clamped `[visible units]`, not 0 where a unit is clamped; units of several visible layers one after the other.
 * @param values `[width of a sample]`; only those of clamped units are read.
 * @throws RbmError `SHAPE_MISMATCH`; `DATA_INVALID` if a clamped value is none that the unit can take.
 */
export function condition(model: EnergyModel, clamped: ArrayLike<number>, values: SampleArray): ConditionedModel {
  checkArgument('condition', 'model', model, kinds.model);
  checkArgument('condition', 'clamped', clamped, kinds.numbers);
  checkArgument('condition', 'values', values, kinds.sampleArray);
  const split = splitUnits(model, clamped, values);
  const kept = model.layers.flatMap((_, l) => ((split[l] as LayerSplit).free.length > 0 ? [l] : []));
  const interactions = freeInteractions(model, split, kept);
  const conditioned = createModel({
    kind: model.kind,
    layers: kept.map((l) => ({
      name: model.names[l] as string,
      layer: (model.layers[l] as Layer).select((split[l] as LayerSplit).free),
      visible: model.visible.includes(l),
    })),
    interactions: interactions.map(({ interaction }) => interaction),
    blocks: model.blocks.map((block) => freeBlock(block, split, kept)).filter((block) => block.length > 0),
    constant: constantEnergy(model, split),
  });
  kept.forEach((l, index) => {
    fillLayerParameters(model, split, l, layerParameters(conditioned, index, conditioned.parameters));
  });
  interactions.forEach(({ parameters }, n) => {
    interactionParameters(conditioned, n, conditioned.parameters).set(parameters);
  });
  return { ...conditioned, complete: (free) => complete(model, split, free) };
}

function freeInteractions(
  model: EnergyModel,
  splits: readonly LayerSplit[],
  kept: readonly number[],
): FreeInteraction[] {
  return model.interactions.flatMap((interaction, n): readonly FreeInteraction[] => {
    if (!isPairwise(interaction)) return freeOpen(model, splits, kept, interaction, n);
    const [a, b] = interaction.between;
    const parameters = freeEntries(model, splits, n, listEntries(interaction, model.layers));
    if (parameters.length === 0) return [];
    const between = [kept.indexOf(a), kept.indexOf(b)] as const;
    if (interaction.kind !== 'sparse') return [{ interaction: { ...interaction, between }, parameters }];
    const edges = freeEdges(interaction.edges, splits[a] as LayerSplit, splits[b] as LayerSplit);
    return [{ interaction: { ...interaction, between, edges }, parameters }];
  });
}

/** Whether an open interaction stays whole, single units and constants included, with the clamped values put in. */
function staysWhole(interaction: Interaction, splits: readonly LayerSplit[]): boolean {
  if (isPairwise(interaction)) return false;
  const own = interaction.between.map((l) => splits[l] as LayerSplit);
  if (own.every(({ clamped }) => clamped.length === 0)) return true;
  return !interaction.condition && own.some(({ free }) => free.length > 0);
}

function freeOpen(
  model: EnergyModel,
  splits: readonly LayerSplit[],
  kept: readonly number[],
  interaction: OpenInteraction,
  n: number,
): readonly FreeInteraction[] {
  const own = interaction.between.map((l) => splits[l] as LayerSplit);
  const parameters = interactionParameters(model, n, model.parameters);
  if (!staysWhole(interaction, splits)) {
    const isFree = own.map(({ free }, position) => maskOf(free, interaction.units[position] as number));
    const values = own.map((each) => each.values);
    const left = interaction.condition?.(parameters, isFree, values) ?? [];
    return left.map((part) => ({ ...part, interaction: amongKept(part.interaction, interaction, kept) }));
  }
  const between = interaction.between.map((l) => kept.indexOf(l)).filter((l) => l >= 0);
  if (own.every(({ clamped }) => clamped.length === 0))
    return [{ interaction: { ...interaction, between }, parameters }];
  return [{ interaction: clampedInteraction(interaction, own, between), parameters }];
}

/** Positions of the whole interaction as indices into the layers that are left. */
function amongKept(part: Interaction, whole: OpenInteraction, kept: readonly number[]): Interaction {
  const between = part.between.map((position) => kept.indexOf(whole.between[position] as number));
  return isPairwise(part)
    ? ({ ...part, between } as PairInteraction & { between: typeof between })
    : { ...part, between };
}

function maskOf(units: Uint32Array, length: number): Uint8Array {
  const mask = new Uint8Array(length);
  for (const unit of units) mask[unit] = 1;
  return mask;
}

/** Parameters between free units: leaving out the others keeps the order that every kind of interaction asks for. */
function freeEntries(model: EnergyModel, splits: readonly LayerSplit[], n: number, { a, b }: Entries): Float64Array {
  const [isFreeA, isFreeB] = (model.interactions[n] as PairInteraction).between.map(
    (l) => (splits[l] as LayerSplit).isFree,
  );
  return interactionParameters(model, n, model.parameters).filter(
    (_, e) => isFreeA?.[a[e] as number] === 1 && isFreeB?.[b[e] as number] === 1,
  );
}

function freeEdges(edges: Uint32Array, a: LayerSplit, b: LayerSplit): Uint32Array {
  const free: number[] = [];
  for (let e = 0; e < edges.length; e += 2) {
    const [i, j] = [a.free.indexOf(edges[e] as number), b.free.indexOf(edges[e + 1] as number)];
    if (i >= 0 && j >= 0) free.push(i, j);
  }
  return Uint32Array.from(free);
}

function freeBlock(block: Block, splits: readonly LayerSplit[], kept: readonly number[]): Block {
  return block.flatMap(({ layer: l, units }): BlockPart[] => {
    const layer = kept.indexOf(l);
    if (layer < 0) return [];
    if (!units) return [{ layer }];
    const { free } = splits[l] as LayerSplit;
    const left = units.filter((unit) => free.includes(unit)).map((unit) => free.indexOf(unit));
    return left.length > 0 ? [{ layer, units: left }] : [];
  });
}

/** Which units of a layer are free, which are clamped and to what. */
interface LayerSplit extends ClampedUnits {
  readonly clamped: Uint32Array;
  /** 1 for each number of a row that belongs to a free unit. */
  readonly isFree: Uint8Array;
}

function splitUnits(model: EnergyModel, clamped: ArrayLike<number>, values: SampleArray): LayerSplit[] {
  const units = model.visible.reduce((sum, l) => sum + (model.layers[l] as Layer).units, 0);
  if (clamped.length !== units || values.length !== sampleWidth(model)) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `Clamping needs a mask of ${units} visible units and a sample of ${sampleWidth(model)} numbers, ` +
        `not ${clamped.length} and ${values.length}.`,
    );
  }
  const splits = model.layers.map((layer) => split(layer, () => false));
  let unit = 0;
  let offset = 0;
  for (const l of model.visible) {
    const layer = model.layers[l] as Layer;
    const first = unit;
    splits[l] = split(layer, (i) => clamped[first + i] !== 0, values.subarray(offset, offset + rowLength(layer)));
    unit += layer.units;
    offset += rowLength(layer);
  }
  return splits;
}

function split(layer: Layer, isClamped: (unit: number) => boolean, row?: SampleArray): LayerSplit {
  const all = Array.from({ length: layer.units }, (_, i) => i);
  const clamped = Uint32Array.from(all.filter(isClamped));
  const values = new Float64Array(rowLength(layer));
  for (const k of unitNumbers(layer, clamped)) values[k] = (row as SampleArray)[k] as number;
  if (clamped.length > 0) checkClamped(layer, clamped, values);
  const free = Uint32Array.from(all.filter((i) => !isClamped(i)));
  const freeNumbers = unitNumbers(layer, free);
  const isFreeNumber = new Uint8Array(rowLength(layer));
  for (const k of freeNumbers) isFreeNumber[k] = 1;
  return { free, clamped, freeNumbers, isFree: isFreeNumber, values };
}

function checkClamped(layer: Layer, clamped: Uint32Array, values: Float64Array): void {
  const numbers = Array.from(unitNumbers(layer, clamped), (k) => values[k] as number);
  const invalid = layer.select(clamped).findInvalid(numbers, 'states');
  if (invalid < 0) return;
  throw new RbmError(
    'DATA_INVALID',
    `Unit ${clamped[Math.floor(invalid / layer.width)]}, of kind ${layer.kind}, cannot be clamped to ${numbers[invalid]}.`,
  );
}

/** The energy of the clamped units among themselves. */
function constantEnergy(model: EnergyModel, splits: readonly LayerSplit[]): number {
  const out = Float64Array.of(model.constant);
  model.layers.forEach((layer, l) => {
    const { clamped, values } = splits[l] as LayerSplit;
    if (clamped.length === 0) return;
    const part = layer.select(clamped);
    const theta = gather(layer, layerParameters(model, l, model.parameters), clamped);
    part.addEnergy(
      theta,
      Float64Array.from(unitNumbers(layer, clamped), (k) => values[k] as number),
      out,
    );
  });
  const workspace = new Workspace();
  const values = splits.map((split) => split.values);
  model.interactions.forEach((interaction, n) => {
    if (staysWhole(interaction, splits)) return;
    const weights = interactionParameters(model, n, model.parameters);
    addInteractionEnergy(interaction, model.layers, weights, values, 1, out, workspace);
  });
  return out[0] as number;
}

/** The parameters of a layer's free units, with what the clamped units send them absorbed. */
function fillLayerParameters(model: EnergyModel, splits: readonly LayerSplit[], l: number, target: Float64Array): void {
  const layer = model.layers[l] as Layer;
  const received = new Float64Array(rowLength(layer));
  const clamped = splits.map(({ values }) => values);
  const workspace = new Workspace();
  model.interactions.forEach((interaction, n) => {
    if (staysWhole(interaction, splits)) return;
    const weights = interactionParameters(model, n, model.parameters);
    addInputs(interaction, model.layers, weights, l, clamped, received, workspace);
  });
  const absorbed = new Float64Array(layer.initial.length);
  layer.absorb(layerParameters(model, l, model.parameters), received, absorbed);
  target.set(gather(layer, absorbed, (splits[l] as LayerSplit).free));
}

function gather(layer: Layer, parameters: Float64Array, units: Uint32Array): Float64Array {
  return Float64Array.from(unitParameters(layer, units), (position) => parameters[position] as number);
}

function complete(model: EnergyModel, splits: readonly LayerSplit[], free: SampleArray): Float64Array {
  const visible = model.visible.map((l) => splits[l] as LayerSplit);
  const freeWidth = visible.reduce((sum, { freeNumbers }) => sum + freeNumbers.length, 0);
  const width = sampleWidth(model);
  const rows = freeWidth === 0 ? 1 : free.length / freeWidth;
  if (!Number.isInteger(rows)) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `Samples of ${freeWidth} free numbers were expected, not ${free.length} numbers.`,
    );
  }
  const out = new Float64Array(rows * width);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    let offset = row * width;
    for (const { values, freeNumbers } of visible) {
      out.set(values, offset);
      for (const k of freeNumbers) out[offset + k] = free[next++] as number;
      offset += values.length;
    }
  }
  return out;
}
