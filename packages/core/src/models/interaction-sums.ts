import { type Layer, rowLength } from '../layers/layer.js';
import * as dense from './dense.js';
import type { Interaction } from './interaction.js';
import * as pairs from './pairs.js';
import type { Workspace } from './workspace.js';

/** Interactions of any kind on host arrays: what is dense goes its own, faster way. */

/** The shape of an interaction's parameter array. */
export function interactionShape(interaction: Interaction, layers: readonly Layer[]): number[] {
  const [a, b] = interaction.between.map((l) => layers[l]) as [Layer, Layer];
  if (interaction.kind === 'dense') return [rowLength(a), rowLength(b)];
  const count = interaction.kind === 'sparse' ? interaction.edges.length / 2 : (a.units * (a.units - 1)) / 2;
  return a.width * b.width === 1 ? [count] : [count, a.width, b.width];
}

/** Adds what the values of other units send to a layer to `out`: `[rows, units · width]`. */
export function addInputs(
  interaction: Interaction,
  layers: readonly Layer[],
  weights: Float64Array,
  layer: number,
  values: readonly (Float64Array | undefined)[],
  out: Float64Array,
  workspace: Workspace,
): void {
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

/** Adds `scale` times the interaction's energy to `out`: `[rows]`. */
export function addInteractionEnergy(
  interaction: Interaction,
  layers: readonly Layer[],
  weights: Float64Array,
  valuesA: Float64Array,
  valuesB: Float64Array,
  scale: number,
  out: Float64Array,
  workspace: Workspace,
): void {
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
  valuesA: Float64Array,
  valuesB: Float64Array,
  scale: Float64Array,
  out: Float64Array,
  workspace: Workspace,
): void {
  const [lengthA, lengthB] = interaction.between.map((l) => rowLength(layers[l] as Layer)) as [number, number];
  if (interaction.kind === 'dense') dense.addStatistics(lengthA, lengthB, valuesA, valuesB, scale, out);
  else pairs.addStatistics(workspace.entries(interaction, layers), lengthA, lengthB, valuesA, valuesB, scale, out);
}
