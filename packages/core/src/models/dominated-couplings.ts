import type { Layer } from '../layers/layer.js';
import { interactionParameters } from './hamiltonian.js';
import { isPairwise } from './interaction.js';
import { type EnergyModel, layerParameters } from './model.js';
import { listEntries } from './pairs.js';

/** Steps of the iteration. Each is linear in the number of couplings. */
const STEPS = 32;
/** What rounding may hide. */
const MARGIN = 1e-9;

/**
 * Whether the quadratic form of some unbounded layers is positive definite for the simple reason that its couplings are
 * weak: with curvatures c and couplings w, that there is an x > 0 with `Σ_j |w_ij| x_j < c_i x_i` for all units i. Then
 * `D^-1 |W|` has a spectral radius below 1 (Collatz and Wielandt), and so the form is positive definite. Looks for such an
 * x by a power iteration, which finds one whenever the radius is clearly below 1.
 *
 * @returns false where no such x was found, which proves nothing.
 */
export function couplingsAreDominated(
  model: EnergyModel,
  parameters: Float64Array,
  layers: readonly number[],
): boolean {
  const first = new Map<number, number>();
  let units = 0;
  for (const l of layers) {
    first.set(l, units);
    units += (model.layers[l] as Layer).units;
  }
  const curvatures = new Float64Array(units);
  for (const [l, start] of first) {
    const layer = model.layers[l] as Layer;
    layer.unbounded?.curvature(layerParameters(model, l, parameters), curvatures.subarray(start, start + layer.units));
  }
  const couplings = model.interactions.flatMap((interaction, n) => {
    // Open ones join no two unbounded layers: see checkNormalisable.
    if (!isPairwise(interaction)) return [];
    const [fromA, fromB] = interaction.between.map((l) => first.get(l));
    if (fromA === undefined || fromB === undefined) return [];
    const { a, b } = listEntries(interaction, model.layers);
    return [{ a, b, fromA, fromB, weights: interactionParameters(model, n, parameters) }];
  });
  const x = new Float64Array(units).fill(1);
  const sums = new Float64Array(units);
  for (let step = 0; step < STEPS; step++) {
    sums.fill(0);
    for (const { a, b, fromA, fromB, weights } of couplings) {
      for (let e = 0; e < weights.length; e++) {
        const [i, j] = [fromA + (a[e] as number), fromB + (b[e] as number)];
        const weight = Math.abs(weights[e] as number);
        sums[i] = (sums[i] as number) + weight * (x[j] as number);
        sums[j] = (sums[j] as number) + weight * (x[i] as number);
      }
    }
    let most = 0;
    let largest = 0;
    for (let i = 0; i < units; i++) {
      const image = (sums[i] as number) / (curvatures[i] as number);
      most = Math.max(most, image / (x[i] as number));
      // Half of the old x keeps bipartite couplings from alternating, and x positive.
      x[i] = ((x[i] as number) + image) / 2;
      largest = Math.max(largest, x[i] as number);
    }
    if (most < 1 - MARGIN) return true;
    if (!(largest < Number.POSITIVE_INFINITY)) return false;
    for (let i = 0; i < units; i++) x[i] = Math.max((x[i] as number) / largest, 1e-100);
  }
  return false;
}
