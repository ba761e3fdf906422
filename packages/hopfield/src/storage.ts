import { type EnergyModel, hopfield, RbmError, type Samples } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import { pseudoInverse as invert, Matrix } from 'ml-matrix';
import { asSpins } from './patterns.js';

/**
 * A storage rule: from patterns `[count, n]` of ±1, or of 0 and 1, to couplings between spins, `[n, n]`, symmetric, with
 * zeros on the diagonal.
 */
export type StorageRule = (patterns: Samples) => Float64Array;

/**
 * Hebb's rule (Hebb 1949; Hopfield 1982): `J_ij = (1/n) Σ_μ ξ_i^μ ξ_j^μ`. Stores about 0.138 n random patterns, almost without
 * errors; beyond, all of them are lost (Amit, Gutfreund and Sompolinsky 1985).
 *
 * @throws as `asSpins`: `DATA_INVALID`, `SHAPE_MISMATCH`.
 */
export function hebb(patterns: Samples): Float64Array {
  checkArgument('hebb', 'patterns', patterns, kinds.samples);
  const { count, width: n } = patterns;
  const spins = asSpins(patterns);
  const couplings = new Float64Array(n * n);
  for (let mu = 0; mu < count; mu++) {
    const pattern = spins.subarray(mu * n, (mu + 1) * n);
    for (let i = 0; i < n; i++) {
      const share = (pattern[i] as number) / n;
      for (let j = 0; j < i; j++)
        couplings[i * n + j] = (couplings[i * n + j] as number) + share * (pattern[j] as number);
    }
  }
  return mirrored(couplings, n);
}

/**
 * The pseudo-inverse rule (Personnaz, Guyon and Dreyfus 1985; without self-couplings Kanter and Sompolinsky 1987):
 * `J = (1/n) Σ_μν ξ^μ (Q⁺)_μν ξ^νᵀ` with the overlaps `Q_μν = ξ^μ · ξ^ν / n`, the projection on the patterns. Every pattern is a
 * fixed point, up to n linearly independent ones; dependent ones do no harm.
 *
 * @throws as `hebb`.
 */
export function pseudoInverse(patterns: Samples): Float64Array {
  checkArgument('pseudoInverse', 'patterns', patterns, kinds.samples);
  const { count, width: n } = patterns;
  const xi = Matrix.from1DArray(count, n, asSpins(patterns));
  const overlaps = xi.mmul(xi.transpose()).div(n);
  const projection = xi.transpose().mmul(invert(overlaps)).mmul(xi).div(n);
  return mirrored(Float64Array.from(projection.to1DArray()), n);
}

/**
 * Storkey's rule (Storkey 1997): pattern after pattern, `J_ij ← J_ij + (ξ_i ξ_j − ξ_i h_ji − h_ij ξ_j) / n` with the local fields
 * `h_ij = Σ_{k≠i,j} J_ik ξ_k`. Like Hebb's, local and incremental; stores more, `n / √(2 log n)` patterns.
 *
 * @throws as `hebb`.
 */
export function storkey(patterns: Samples): Float64Array {
  checkArgument('storkey', 'patterns', patterns, kinds.samples);
  const { count, width: n } = patterns;
  const spins = asSpins(patterns);
  const couplings = new Float64Array(n * n);
  const fields = new Float64Array(n);
  for (let mu = 0; mu < count; mu++) {
    const xi = spins.subarray(mu * n, (mu + 1) * n);
    for (let i = 0; i < n; i++) {
      let field = 0;
      for (let k = 0; k < n; k++) field += (couplings[i * n + k] as number) * (xi[k] as number);
      fields[i] = field;
    }
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const [x, y, coupling] = [xi[i] as number, xi[j] as number, couplings[i * n + j] as number];
        const [hij, hji] = [(fields[i] as number) - coupling * y, (fields[j] as number) - coupling * x];
        couplings[i * n + j] = coupling + (x * y - x * hji - hij * y) / n;
        couplings[j * n + i] = couplings[i * n + j] as number;
      }
    }
  }
  return couplings;
}

/** The lower triangle on both sides, and zeros on the diagonal. */
function mirrored(couplings: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) {
    couplings[i * n + i] = 0;
    for (let j = 0; j < i; j++) couplings[j * n + i] = couplings[i * n + j] as number;
  }
  return couplings;
}

/** What `store` takes. */
export interface StoreOptions {
  /** `spin(n)` or `bernoulli(n)`. Their biases are added to what the patterns need. */
  readonly visible: Layer;
  /** `[count, n]`: of ±1, or of 0 and 1; which, need not be that of the units. */
  readonly patterns: Samples;
  /** `hebb` unless given. */
  readonly rule?: StorageRule;
}

/**
 * A Hopfield network with patterns stored. With units 0 and 1 it is the network of spins under `s = 2x − 1`: couplings `4 J`,
 * biases `−2 Σ_j J_ij`, energies the same.
 *
 * @throws RbmError `ARGUMENT_INVALID` for other units; `SHAPE_MISMATCH` for patterns of another width; as the rule.
 */
export function store(options: StoreOptions): EnergyModel {
  checkArguments('store', options, {
    visible: kinds.layer,
    patterns: kinds.samples,
    rule: optional({ ...kinds.function, noun: 'a storage rule', example: 'hebb' }),
  });
  const { visible, patterns, rule = hebb } = options;
  const { kind, units: n } = visible;
  if (kind !== 'spin' && kind !== 'bernoulli') {
    throw new RbmError('ARGUMENT_INVALID', `Patterns are stored in spin or bernoulli units, not in ${kind} ones.`);
  }
  if (patterns.width !== n) {
    throw new RbmError('SHAPE_MISMATCH', `Patterns of ${patterns.width} numbers do not fit ${n} units.`);
  }
  const couplings = rule(patterns);
  if (kind === 'spin') return hopfield({ visible, couplings });
  const model = hopfield({ visible, couplings: couplings.map((J) => 4 * J) });
  const biases = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += couplings[i * n + j] as number;
    biases[i] = -2 * sum;
    total += sum;
  }
  const own = model.parameters.subarray(0, n);
  visible.absorb(own.slice(), biases, own);
  return { ...model, constant: model.constant - total / 2 };
}
