import { type Layer, rowLength } from '../layers/layer.js';
import * as dense from './dense.js';
import { type Interaction, isPairwise, type OpenInteraction, type PairInteraction } from './interaction.js';
import * as pairs from './pairs.js';
import type { Workspace } from './workspace.js';

/** Interactions of any kind on host arrays: what is dense goes its own, faster way, and open ones use their own functions. */

/** The shape of the parameter array of a built-in interaction. */
export function interactionShape(interaction: PairInteraction, layers: readonly Layer[]): number[] {
  const [a, b] = interaction.between.map((l) => layers[l]) as [Layer, Layer];
  if (interaction.kind === 'dense') return [rowLength(a), rowLength(b)];
  const count = interaction.kind === 'sparse' ? interaction.edges.length / 2 : (a.units * (a.units - 1)) / 2;
  return a.width * b.width === 1 ? [count] : [count, a.width, b.width];
}

/** Values of layers, an entry a layer of the model; those left out are summed out, or not needed. */
export type ValuesByLayer = readonly (Float64Array | undefined)[];

/** Adds what the values of other units send to a layer to `out`: `[rows, units · width]`. */
export function addInputs(
  interaction: Interaction,
  layers: readonly Layer[],
  weights: Float64Array,
  layer: number,
  values: ValuesByLayer,
  out: Float64Array,
  workspace: Workspace,
): void {
  if (!isPairwise(interaction)) {
    const to = interaction.between.indexOf(layer);
    if (to >= 0) interaction.addInputs(weights, to, byPosition(interaction, values), out);
    return;
  }
  const [a, b] = interaction.between;
  if (layer !== a && layer !== b) return;
  const [lengthA, lengthB] = [rowLength(layers[a] as Layer), rowLength(layers[b] as Layer)];
  const [valuesA, valuesB] = [values[a] as Float64Array, values[b] as Float64Array];
  if (interaction.kind === 'dense') {
    if (layer === b) dense.addInputsForward(weights, lengthA, lengthB, valuesA, out, workspace);
    else dense.addInputsBackward(weights, lengthA, lengthB, valuesB, out, workspace);
    return;
  }
  const entries = workspace.entries(interaction, layers);
  if (layer === b) pairs.addInputs(entries, weights, lengthA, lengthB, valuesA, out);
  if (layer === a) pairs.addInputs({ a: entries.b, b: entries.a }, weights, lengthB, lengthA, valuesB, out);
}

/**
 * Adds `scale` times the interaction's energy to `out` (`[rows]`), but for the terms with a unit of a layer left out: those are inside
 * the inputs that the cumulants of that layer are taken of.
 */
export function addInteractionEnergy(
  interaction: Interaction,
  layers: readonly Layer[],
  weights: Float64Array,
  values: ValuesByLayer,
  scale: number,
  out: Float64Array,
  workspace: Workspace,
): void {
  if (!isPairwise(interaction)) {
    // Units at 0 take their terms with them; each term has at most one unit of the layers that are summed out.
    const filled = interaction.between.map((l) => {
      const length = out.length * rowLength(layers[l] as Layer);
      return values[l] ?? workspace.take(`zeros for layer ${l}`, length).fill(0);
    });
    interaction.addEnergy(weights, filled, scale, out);
    return;
  }
  const [valuesA, valuesB] = interaction.between.map((l) => values[l]);
  if (!valuesA || !valuesB) return;
  const [lengthA, lengthB] = interaction.between.map((l) => rowLength(layers[l] as Layer)) as [number, number];
  if (interaction.kind === 'dense') dense.addEnergy(weights, lengthA, lengthB, valuesA, valuesB, scale, out);
  else {
    const entries = workspace.entries(interaction, layers);
    pairs.addEnergy(entries, weights, lengthA, lengthB, valuesA, valuesB, scale, out);
  }
}

/** Adds `Σ_row scale[row] · (−∂E/∂w)` to `out`, laid out like the interaction's parameters. */
export function addInteractionStatistics(
  interaction: Interaction,
  layers: readonly Layer[],
  values: readonly Float64Array[],
  scale: Float64Array,
  out: Float64Array,
  workspace: Workspace,
): void {
  if (!isPairwise(interaction)) {
    interaction.addStatistics(byPosition(interaction, values) as Float64Array[], scale, out);
    return;
  }
  const [a, b] = interaction.between;
  const [lengthA, lengthB] = [rowLength(layers[a] as Layer), rowLength(layers[b] as Layer)];
  const [valuesA, valuesB] = [values[a] as Float64Array, values[b] as Float64Array];
  if (interaction.kind === 'dense') dense.addStatistics(lengthA, lengthB, valuesA, valuesB, scale, out);
  else pairs.addStatistics(workspace.entries(interaction, layers), lengthA, lengthB, valuesA, valuesB, scale, out);
}

/** Entries a layer of the model as entries a position of an interaction. */
export function byPosition({ between }: OpenInteraction, values: ValuesByLayer): (Float64Array | undefined)[] {
  return between.map((l) => values[l]);
}
