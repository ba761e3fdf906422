import type { Layer } from '../layers/layer.js';
import { interactionParameters } from '../models/hamiltonian.js';
import { isPairwise } from '../models/interaction.js';
import { type EnergyModel, layerParameters } from '../models/model.js';
import { listEntries } from '../models/pairs.js';
import { eliminate, type QuadraticForm, quadraticForm, solve } from '../models/quadratic-form.js';
import type { Exact } from './exact.js';

/**
 * Whether all units of a model are real numbers with parabolas for energies, coupled in pairs, so that it is one normal
 * distribution.
 */
export function isGaussian(model: EnergyModel): boolean {
  return (
    model.interactions.every(isPairwise) &&
    model.layers.every(({ unbounded }) => unbounded?.support === 'real' && unbounded.parabola)
  );
}

/**
 * Exact quantities of a model of Gaussian units alone, whose joint distribution is normal: with fields `θ` and the
 * quadratic form `A`, curvatures beside minus the couplings,
 *
 *     log Z = −constant + Σ_i log Z_i + ½ θᵀ (A⁻¹ − Γ⁻¹) θ − ½ log det(A Γ⁻¹),   ⟨x⟩ = A⁻¹ θ,   cov x = A⁻¹,
 *
 * where `Z_i` belongs to unit `i` alone and `Γ` is the diagonal of `A`. No state is visited.
 *
 * @param model Normalisable: see `checkNormalisable`.
 * @throws as `quadraticForm`.
 */
export function integrateGaussian(model: EnergyModel): Exact {
  const all = model.layers.map((_, l) => l);
  const form = quadraticForm(model, model.parameters, all);
  const alone = aloneUnits(model, form);
  eliminate(form, 0, form.units);
  const means = alone.means.map((mean, i) => mean * (form.curvatures[i] as number));
  solve(form, means);
  let logPartition = alone.logPartition - model.constant;
  for (let i = 0; i < form.units; i++) {
    const gamma = form.curvatures[i] as number;
    const own = alone.means[i] as number;
    logPartition += 0.5 * own * gamma * ((means[i] as number) - own);
    logPartition -= 0.5 * Math.log((form.matrix[i * form.units + i] as number) / gamma);
  }
  const covariance = inverse(form);
  return {
    logPartition,
    states: 0,
    statistics: statisticsOf(model, form, means, covariance),
    means: Object.fromEntries(model.names.map((name, l) => [name, means.slice(...rangeOf(model, form, l))])),
  };
}

/** The units of one layer in the form. */
function rangeOf(model: EnergyModel, { first }: QuadraticForm, l: number): [start: number, end: number] {
  const start = first[l] as number;
  return [start, start + (model.layers[l] as Layer).units];
}

/** Means and the sum of `log Z_i` of units without input. */
function aloneUnits(model: EnergyModel, form: QuadraticForm): { means: Float64Array; logPartition: number } {
  const means = new Float64Array(form.units);
  let logPartition = 0;
  model.layers.forEach((layer, l) => {
    const theta = layerParameters(model, l, model.parameters);
    const silence = new Float64Array(layer.units);
    layer.mean(theta, silence, means.subarray(...rangeOf(model, form, l)));
    const cumulants = new Float64Array(layer.units);
    layer.cgf(theta, silence, cumulants);
    for (const cumulant of cumulants) logPartition += cumulant;
  });
  return { means, logPartition };
}

/** `A⁻¹` of a form that was eliminated completely: `[units, units]`. */
function inverse(form: QuadraticForm): Float64Array {
  const { units } = form;
  const out = new Float64Array(units * units);
  for (let i = 0; i < units; i++) {
    const column = out.subarray(i * units, (i + 1) * units);
    column[i] = 1;
    solve(form, column);
  }
  return out;
}

function statisticsOf(
  model: EnergyModel,
  form: QuadraticForm,
  means: Float64Array,
  covariance: Float64Array,
): Float64Array {
  const { units } = form;
  const out = new Float64Array(model.layout.length);
  model.layers.forEach((layer, l) => {
    const [start, end] = rangeOf(model, form, l);
    const values = new Float64Array(2 * layer.units);
    for (let i = start; i < end; i++) {
      // A layer's statistics are quadratic in each unit: two points with the right mean and variance give them exactly.
      const deviation = Math.sqrt(covariance[i * units + i] as number);
      values[i - start] = (means[i] as number) - deviation;
      values[i - start + layer.units] = (means[i] as number) + deviation;
    }
    const theta = layerParameters(model, l, model.parameters);
    layer.addStatistics(theta, values, Float64Array.of(0.5, 0.5), layerParameters(model, l, out));
  });
  model.interactions.forEach((interaction, n) => {
    if (!isPairwise(interaction)) return; // See isGaussian.
    const [fromA, fromB] = interaction.between.map((l) => form.first[l]) as [number, number];
    const entries = listEntries(interaction, model.layers);
    const target = interactionParameters(model, n, out);
    for (let e = 0; e < target.length; e++) {
      const [i, j] = [fromA + (entries.a[e] as number), fromB + (entries.b[e] as number)];
      target[e] = (means[i] as number) * (means[j] as number) + (covariance[i * units + j] as number);
    }
  });
  return out;
}
