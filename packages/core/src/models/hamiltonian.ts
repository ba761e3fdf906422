import type { Layer } from '../layers/layer.js';
import { addInputs, addInteractionEnergy, addInteractionStatistics } from './interaction-sums.js';
import type { Range } from './layout.js';
import { type EnergyModel, layerParameters } from './model.js';
import type { Workspace } from './workspace.js';

/**
 * Energies, inputs and statistics of any model on host arrays in float64: what the functions for people (`energy.ts`),
 * the enumeration and the reference backend have in common.
 */

/** One entry a layer: its values, or the inputs it receives, in which case it is summed out. */
export type HostAssignment = readonly HostLayerAssignment[];
export type HostLayerAssignment = { readonly values: Float64Array } | { readonly inputs: Float64Array };

/** Overwrites `out` (`[rows, units · width]`) with what the values of other units send to a layer. */
export function computeInputs(
  model: EnergyModel,
  parameters: Float64Array,
  layer: number,
  values: readonly (Float64Array | undefined)[],
  out: Float64Array,
  workspace: Workspace,
): void {
  out.fill(0);
  model.interactions.forEach((interaction, n) => {
    const weights = interactionParameters(model, n, parameters);
    addInputs(interaction, model.layers, weights, layer, values, out, workspace);
  });
}

/**
 * Adds the energy of each row to `out` (`[rows]`), at inverse temperature `beta` of the path from a base without
 * interactions, `(1 − β) E_base + β E`; without a base, `beta` is 1.
 */
export function addEnergies(
  model: EnergyModel,
  parameters: Float64Array,
  assignment: HostAssignment,
  out: Float64Array,
  workspace: Workspace,
  base?: Float64Array,
  beta = 1,
): void {
  for (let row = 0; row < out.length; row++) out[row] = (out[row] as number) + beta * model.constant;
  model.layers.forEach((layer, l) => {
    const theta = annealedParameters(model, l, parameters, workspace, base, beta);
    const entry = assignment[l] as HostLayerAssignment;
    if ('values' in entry) layer.addEnergy(theta, entry.values, out);
    else subtractCumulants(layer, theta, entry.inputs, beta, out, workspace);
  });
  model.interactions.forEach((interaction, n) => {
    const [a, b] = interaction.between;
    const [entryA, entryB] = [assignment[a] as HostLayerAssignment, assignment[b] as HostLayerAssignment];
    // With one side summed out, the interaction is already inside the inputs that its cumulants were taken of.
    if (!('values' in entryA && 'values' in entryB)) return;
    const weights = interactionParameters(model, n, parameters);
    addInteractionEnergy(interaction, model.layers, weights, entryA.values, entryB.values, beta, out, workspace);
  });
}

function subtractCumulants(
  layer: Layer,
  theta: Float64Array,
  inputs: Float64Array,
  beta: number,
  out: Float64Array,
  workspace: Workspace,
): void {
  const cumulants = workspace.take('cumulants', out.length * layer.units);
  layer.cgf(theta, scaledInputs(inputs, beta, workspace), cumulants);
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let i = 0; i < layer.units; i++) sum += cumulants[row * layer.units + i] as number;
    out[row] = (out[row] as number) - sum;
  }
}

/**
 * Adds `Σ_row scale[row] · (−∂E/∂λ)` to `out`, laid out like the parameters. Layers given by their inputs contribute
 * their expectation.
 *
 * @param scale `[rows]`.
 */
export function addModelStatistics(
  model: EnergyModel,
  parameters: Float64Array,
  assignment: HostAssignment,
  scale: Float64Array,
  out: Float64Array,
  workspace: Workspace,
): void {
  const means = model.layers.map((layer, l): Float64Array => {
    const entry = assignment[l] as HostLayerAssignment;
    const theta = layerParameters(model, l, parameters);
    const target = layerParameters(model, l, out);
    if ('values' in entry) {
      layer.addStatistics(theta, entry.values, scale, target);
      return entry.values;
    }
    layer.addExpectedStatistics(theta, entry.inputs, scale, target);
    const mean = workspace.take(`mean of layer ${l}`, entry.inputs.length);
    layer.mean(theta, entry.inputs, mean);
    return mean;
  });
  model.interactions.forEach((interaction, n) => {
    const [a, b] = interaction.between.map((l) => means[l]) as [Float64Array, Float64Array];
    addInteractionStatistics(interaction, model.layers, a, b, scale, interactionParameters(model, n, out), workspace);
  });
}

/** The parameters of a layer at `beta` of the path from `base`; the model's own without a base. */
export function annealedParameters(
  model: EnergyModel,
  layer: number,
  parameters: Float64Array,
  workspace: Workspace,
  base?: Float64Array,
  beta = 1,
): Float64Array {
  const own = layerParameters(model, layer, parameters);
  if (!base) return own;
  const annealed = workspace.take(`annealed parameters of layer ${layer}`, own.length);
  (model.layers[layer] as Layer).anneal(layerParameters(model, layer, base), own, beta, annealed);
  return annealed;
}

/** `β I`: on a path, interactions count `β` times. */
export function scaledInputs(inputs: Float64Array, beta: number, workspace: Workspace): Float64Array {
  if (beta === 1) return inputs;
  const scaled = workspace.take('scaled inputs', inputs.length);
  for (let i = 0; i < inputs.length; i++) scaled[i] = beta * (inputs[i] as number);
  return scaled;
}

/** The parameters of one interaction inside a flat buffer, as a view. */
export function interactionParameters(model: EnergyModel, interaction: number, parameters: Float64Array): Float64Array {
  const { start, end } = model.layout.interactions[interaction] as Range;
  return parameters.subarray(start, end);
}
