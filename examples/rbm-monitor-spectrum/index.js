import { RbmError } from '@rbm/core';
import { definePlugin, rowLength } from '@rbm/core/contracts';

/**
 * The singular values s of the weights of a model with one dense interaction (Decelle, Fissore and Furtlehner 2017, "Spectral
 * dynamics of learning in restricted Boltzmann machines"): the largest one, `largestSingularValue`, and how many of them carry the
 * weights, `weightRank = (Σ s²)² / Σ s⁴`, from 1 to the number of units of the smaller layer.
 */
export function spectrum({ tolerance = 1e-6 } = {}) {
  return {
    specVersion: 1,
    name: 'acme/spectrum',
    async measure({ program }) {
      const { layers, interactions, layout } = program.model;
      const dense = interactions.flatMap((each, n) => (each.kind === 'dense' ? [{ ...each, n }] : []));
      if (dense.length !== 1) {
        throw new RbmError(
          'UNSUPPORTED',
          `acme/spectrum is for models with one dense interaction; given ${dense.length}.`,
        );
      }
      const [{ between, n }] = dense;
      const [rows, columns] = between.map((l) => rowLength(layers[l]));
      const { start, end } = layout.interactions[n];
      const weights = (await program.backend.read(program.parameters)).subarray(start, end);
      const gram = gramMatrix(weights, rows, columns);
      const order = Math.min(rows, columns);
      let [trace, squares] = [0, 0];
      for (let i = 0; i < order; i++) trace += gram[i * order + i];
      for (const entry of gram) squares += entry * entry;
      return {
        largestSingularValue: Math.sqrt(largestEigenvalue(gram, order, tolerance)),
        // Weights of 0 have no direction at all.
        weightRank: squares > 0 ? (trace * trace) / squares : 0,
      };
    },
  };
}

/** `W Wᵀ` or `Wᵀ W`, whichever is smaller. */
function gramMatrix(weights, rows, columns) {
  const order = Math.min(rows, columns);
  const gram = new Float64Array(order * order);
  const [step, along, length] = rows <= columns ? [columns, 1, columns] : [1, columns, rows];
  for (let i = 0; i < order; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += weights[i * step + k * along] * weights[j * step + k * along];
      gram[i * order + j] = sum;
      gram[j * order + i] = sum;
    }
  }
  return gram;
}

/** Of a symmetric matrix without negative eigenvalues, by power iteration. */
function largestEigenvalue(matrix, order, tolerance) {
  // The row of the largest diagonal entry is not orthogonal to the leading eigenvectors.
  let largest = 0;
  for (let i = 1; i < order; i++) if (matrix[i * order + i] > matrix[largest * order + largest]) largest = i;
  let vector = matrix.slice(largest * order, (largest + 1) * order);
  let value = 0;
  for (let iteration = 0; iteration < 10_000; iteration++) {
    const size = Math.hypot(...vector);
    if (size === 0) return 0;
    vector = vector.map((x) => x / size);
    const next = new Float64Array(order);
    for (let i = 0; i < order; i++) {
      for (let j = 0; j < order; j++) next[i] += matrix[i * order + j] * vector[j];
    }
    const estimate = next.reduce((sum, x, i) => sum + x * vector[i], 0);
    if (Math.abs(estimate - value) <= (tolerance * estimate) / 10) return estimate;
    value = estimate;
    vector = next;
  }
  return value;
}

export default () =>
  definePlugin({
    name: 'rbm-monitor-spectrum',
    specVersion: { monitors: 1 },
    provides: {
      monitors: {
        'acme/spectrum': {
          options: {
            tolerance: {
              type: 'number',
              minimum: 1e-12,
              maximum: 0.1,
              default: 1e-6,
              describe: 'Of the largest value',
            },
          },
          create: spectrum,
        },
      },
    },
  });
