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
export type HostLayerAssignment =
  | { readonly values: Float64Array }
  /** `base`: what a base with weights sends. */
  | { readonly inputs: Float64Array; readonly base?: Float64Array | undefined };

/** Parameters, and where the path to them starts: see `Target`. */
export interface HostTarget {
  readonly parameters: Float64Array;
  readonly base?: Float64Array | undefined;
  /** Whether the base has weights and the model's constant. */
  readonly weighted?: boolean;
  /** 1 without a base. */
  readonly beta?: number;
}

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

/** Adds the energy of each row to `out` (`[rows]`), at a target. */
export function addEnergies(
  model: EnergyModel,
  target: HostTarget,
  assignment: HostAssignment,
  out: Float64Array,
  workspace: Workspace,
): void {
  const { parameters, base, weighted = false, beta = 1 } = target;
  const constant = (weighted ? 1 : beta) * model.constant;
  for (let row = 0; row < out.length; row++) out[row] = (out[row] as number) + constant;
  model.layers.forEach((layer, l) => {
    const theta = annealedParameters(model, l, target, workspace);
    const entry = assignment[l] as HostLayerAssignment;
    if ('values' in entry) layer.addEnergy(theta, entry.values, out);
    else subtractCumulants(layer, theta, annealedInputs(entry.inputs, entry.base, beta, workspace), out, workspace);
  });
  const values = assignment.map((entry) => ('values' in entry ? entry.values : undefined));
  model.interactions.forEach((interaction, n) => {
    const add = (flat: Float64Array, scale: number): void => {
      const weights = interactionParameters(model, n, flat);
      addInteractionEnergy(interaction, model.layers, weights, values, scale, out, workspace);
    };
    add(parameters, beta);
    if (base && weighted) add(base, 1 - beta);
  });
}

function subtractCumulants(
  layer: Layer,
  theta: Float64Array,
  inputs: Float64Array,
  out: Float64Array,
  workspace: Workspace,
): void {
  const cumulants = workspace.take('cumulants', out.length * layer.units);
  layer.cgf(theta, inputs, cumulants);
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
    addInteractionStatistics(interaction, model.layers, means, scale, interactionParameters(model, n, out), workspace);
  });
}

/** The parameters of a layer at a target. */
export function annealedParameters(
  model: EnergyModel,
  layer: number,
  { parameters, base, beta = 1 }: HostTarget,
  workspace: Workspace,
): Float64Array {
  const own = layerParameters(model, layer, parameters);
  if (!base) return own;
  const annealed = workspace.take(`annealed parameters of layer ${layer}`, own.length);
  (model.layers[layer] as Layer).anneal(layerParameters(model, layer, base), own, beta, annealed);
  return annealed;
}

/** `β I + (1 − β) I_base`: inputs at a target; interactions of a base without weights send nothing. */
export function annealedInputs(
  inputs: Float64Array,
  base: Float64Array | undefined,
  beta: number,
  workspace: Workspace,
): Float64Array {
  if (beta === 1) return inputs;
  const annealed = workspace.take('annealed inputs', inputs.length);
  for (let i = 0; i < inputs.length; i++) {
    annealed[i] = beta * (inputs[i] as number) + (base ? (1 - beta) * (base[i] as number) : 0);
  }
  return annealed;
}

/** The parameters of one interaction inside a flat buffer, as a view. */
export function interactionParameters(model: EnergyModel, interaction: number, parameters: Float64Array): Float64Array {
  const { start, end } = model.layout.interactions[interaction] as Range;
  return parameters.subarray(start, end);
}
