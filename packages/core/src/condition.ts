import { Workspace } from './arrays.js';
import type { SampleArray } from './dataset.js';
import { RbmError } from './errors.js';
import { addInputsBackward, addInputsForward, addInteractionEnergy } from './interactions.js';
import { type Layer, type LayerParameter, parameterRange, rowLength, size } from './layer.js';
import { createModel, type EnergyModel, type Interaction, layerParameters, type Range, sampleWidth } from './model.js';

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
 * other, with the same log-weights: its `log Z` is the log of `Z` restricted to the clamped values.
 *
 * @param clamped `[visible units]`, not 0 where a unit is clamped; units of several visible layers one after the other.
 * @param values `[width of a sample]`; only those of clamped units are read.
 * @throws RbmError `SHAPE_MISMATCH`; `DATA_INVALID` if a clamped value is none that the unit can take.
 */
export function condition(model: EnergyModel, clamped: ArrayLike<number>, values: SampleArray): ConditionedModel {
  const split = splitUnits(model, clamped, values);
  const kept = model.layers.flatMap((_, l) => ((split[l] as LayerSplit).free.length > 0 ? [l] : []));
  const renumber = (l: number): number => kept.indexOf(l);
  const isKept = (l: number): boolean => renumber(l) >= 0;
  const interactions = model.interactions.filter(({ between: [a, b] }) => isKept(a) && isKept(b));
  const conditioned = createModel({
    kind: model.kind,
    layers: kept.map((l) => ({
      name: model.names[l] as string,
      layer: (model.layers[l] as Layer).select((split[l] as LayerSplit).free),
      visible: model.visible.includes(l),
    })),
    interactions: interactions.map(
      ({ kind, name, between: [a, b] }): Interaction => ({ kind, name, between: [renumber(a), renumber(b)] }),
    ),
    blocks: model.blocks.map((block) => block.filter(isKept).map(renumber)).filter((block) => block.length > 0),
    constant: constantEnergy(model, split),
  });
  kept.forEach((l, index) => {
    fillLayerParameters(model, split, l, layerParameters(conditioned, index, conditioned.parameters));
  });
  interactions.forEach((interaction, n) => {
    const { start } = model.layout.interactions[model.interactions.indexOf(interaction)] as Range;
    const target = conditioned.layout.interactions[n] as Range;
    const [a, b] = interaction.between;
    const columns = rowLength(model.layers[b] as Layer);
    let next = target.start;
    for (const i of (split[a] as LayerSplit).freeNumbers) {
      for (const j of (split[b] as LayerSplit).freeNumbers) {
        conditioned.parameters[next++] = model.parameters[start + i * columns + j] as number;
      }
    }
  });
  return { ...conditioned, complete: (free) => complete(model, split, free) };
}

/** Which units of a layer are free, and what the others are clamped to. */
interface LayerSplit {
  /** Units. */
  readonly free: Uint32Array;
  readonly clamped: Uint32Array;
  /** Positions of the free units' numbers within a row of the layer. */
  readonly freeNumbers: Uint32Array;
  /** One row of the layer, 0 where it is free. */
  readonly values: Float64Array;
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
  for (const k of numbersOf(layer, clamped)) values[k] = (row as SampleArray)[k] as number;
  if (clamped.length > 0) checkClamped(layer, clamped, values);
  const free = Uint32Array.from(all.filter((i) => !isClamped(i)));
  return { free, clamped, freeNumbers: numbersOf(layer, free), values };
}

function checkClamped(layer: Layer, clamped: Uint32Array, values: Float64Array): void {
  const numbers = Array.from(numbersOf(layer, clamped), (k) => values[k] as number);
  const invalid = layer.select(clamped).findInvalid(numbers, 'states');
  if (invalid < 0) return;
  throw new RbmError(
    'DATA_INVALID',
    `Unit ${clamped[Math.floor(invalid / layer.width)]}, of kind ${layer.kind}, cannot be clamped to ${numbers[invalid]}.`,
  );
}

/** Positions within a row of the numbers of some units. */
function numbersOf(layer: Layer, units: Uint32Array): Uint32Array {
  const numbers = new Uint32Array(units.length * layer.width);
  units.forEach((unit, n) => {
    for (let k = 0; k < layer.width; k++) numbers[n * layer.width + k] = unit * layer.width + k;
  });
  return numbers;
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
      Float64Array.from(numbersOf(layer, clamped), (k) => values[k] as number),
      out,
    );
  });
  model.interactions.forEach(({ between: [a, b] }, n) => {
    const { start, end } = model.layout.interactions[n] as Range;
    const weights = model.parameters.subarray(start, end);
    const [valuesA, valuesB] = [(splits[a] as LayerSplit).values, (splits[b] as LayerSplit).values];
    addInteractionEnergy(weights, valuesA.length, valuesB.length, valuesA, valuesB, 1, out);
  });
  return out[0] as number;
}

/** The parameters of a layer's free units, with what the clamped units send them absorbed. */
function fillLayerParameters(model: EnergyModel, splits: readonly LayerSplit[], l: number, target: Float64Array): void {
  const layer = model.layers[l] as Layer;
  const received = new Float64Array(rowLength(layer));
  const workspace = new Workspace();
  model.interactions.forEach(({ between: [a, b] }, n) => {
    const { start, end } = model.layout.interactions[n] as Range;
    const weights = model.parameters.subarray(start, end);
    const [valuesA, valuesB] = [(splits[a] as LayerSplit).values, (splits[b] as LayerSplit).values];
    if (l === b) addInputsForward(weights, valuesA.length, valuesB.length, valuesA, received, workspace);
    if (l === a) addInputsBackward(weights, valuesA.length, valuesB.length, valuesB, received, workspace);
  });
  const absorbed = new Float64Array(layer.initial.length);
  layer.absorb(layerParameters(model, l, model.parameters), received, absorbed);
  target.set(gather(layer, absorbed, (splits[l] as LayerSplit).free));
}

/** The parameters of some units: every array of a layer has the units as its first axis. */
function gather(layer: Layer, parameters: Float64Array, units: Uint32Array): Float64Array {
  const gathered: number[] = [];
  layer.parameters.forEach((array: LayerParameter, index) => {
    const [start] = parameterRange(layer, index);
    const perUnit = size(array) / layer.units;
    for (const unit of units) {
      for (let k = 0; k < perUnit; k++) gathered.push(parameters[start + unit * perUnit + k] as number);
    }
  });
  return Float64Array.from(gathered);
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
