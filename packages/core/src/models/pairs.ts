import { type Layer, rowLength } from '../layers/layer.js';
import type { PairInteraction } from './interaction.js';

/**
 * Interactions that are lists of pairs, `−Σ_e x_iᵀ w_e x_j`, on host arrays. Batches are `[rows, a]` and `[rows, b]`, the
 * parameters one number an entry.
 */

/** Which two numbers, of the rows of layers a and b, each parameter of an interaction multiplies. */
export interface Entries {
  /** `[parameters]`: positions in a row of layer a. */
  readonly a: Uint32Array;
  /** `[parameters]`: positions in a row of layer b. */
  readonly b: Uint32Array;
}

/** The entries of a built-in interaction, in the order of its parameters. */
export function listEntries(interaction: PairInteraction, layers: readonly Layer[]): Entries {
  const [{ units: unitsA, width: widthA }, { units: unitsB, width: widthB }] = interaction.between.map(
    (l) => layers[l],
  ) as [Layer, Layer];
  if (interaction.kind === 'dense') {
    const columns = unitsB * widthB;
    const length = unitsA * widthA * columns;
    return {
      a: Uint32Array.from({ length }, (_, n) => Math.floor(n / columns)),
      b: Uint32Array.from({ length }, (_, n) => n % columns),
    };
  }
  const pairs = interaction.kind === 'sparse' ? interaction.edges : allPairs(unitsA);
  const [a, b] = [0, 1].map(() => new Uint32Array((pairs.length / 2) * widthA * widthB)) as [Uint32Array, Uint32Array];
  let next = 0;
  for (let e = 0; e < pairs.length; e += 2) {
    for (let k = 0; k < widthA; k++) {
      for (let m = 0; m < widthB; m++, next++) {
        a[next] = (pairs[e] as number) * widthA + k;
        b[next] = (pairs[e + 1] as number) * widthB + m;
      }
    }
  }
  return { a, b };
}

/** The pairs (0, 1), (0, 2), …, (1, 2), …: `[pairs, 2]`. */
export function allPairs(units: number): Uint32Array {
  const pairs = new Uint32Array(units * (units - 1));
  let next = 0;
  for (let i = 0; i < units; i++) {
    for (let j = i + 1; j < units; j++) {
      pairs[next++] = i;
      pairs[next++] = j;
    }
  }
  return pairs;
}

/** What each number of one layer is coupled to through one interaction, number by number. */
export interface Neighbours {
  /** `[numbers + 1]`: those of number i stand at `start[i]` up to `start[i + 1]`. */
  readonly start: Uint32Array;
  /** Positions in a row of the layer at the other end. */
  readonly other: Uint32Array;
  /** Positions in the interaction's parameters. */
  readonly parameter: Uint32Array;
}

/** The neighbours of the numbers of `layer`; an interaction within the layer counts from both ends. */
export function listNeighbours(interaction: PairInteraction, layers: readonly Layer[], layer: number): Neighbours {
  const entries = listEntries(interaction, layers);
  const [a, b] = interaction.between;
  const ends: [own: Uint32Array, other: Uint32Array][] = [];
  if (layer === a) ends.push([entries.a, entries.b]);
  if (layer === b) ends.push([entries.b, entries.a]);
  const start = new Uint32Array(rowLength(layers[layer] as Layer) + 1);
  for (const [own] of ends) {
    for (const i of own) start[i + 1] = (start[i + 1] as number) + 1;
  }
  for (let i = 1; i < start.length; i++) start[i] = (start[i] as number) + (start[i - 1] as number);
  const next = start.slice();
  const count = start[start.length - 1] as number;
  const [other, parameter] = [new Uint32Array(count), new Uint32Array(count)];
  for (const [own, far] of ends) {
    for (let e = 0; e < own.length; e++) {
      const at = next[own[e] as number] as number;
      next[own[e] as number] = at + 1;
      other[at] = far[e] as number;
      parameter[at] = e;
    }
  }
  return { start, other, parameter };
}

/** Adds what layer a sends to layer b to `out`: `[rows, lengthB]`. Backwards with the entries exchanged. */
export function addInputs(
  { a, b }: Entries,
  weights: Float64Array,
  lengthA: number,
  lengthB: number,
  values: Float64Array,
  out: Float64Array,
): void {
  const rows = values.length / lengthA;
  for (let row = 0; row < rows; row++) {
    const [firstA, firstB] = [row * lengthA, row * lengthB];
    for (let e = 0; e < weights.length; e++) {
      const to = firstB + (b[e] as number);
      out[to] = (out[to] as number) + (weights[e] as number) * (values[firstA + (a[e] as number)] as number);
    }
  }
}

/** Adds `−scale · Σ_e x_a w_e x_b` to `out`: `[rows]`. */
export function addEnergy(
  { a, b }: Entries,
  weights: Float64Array,
  lengthA: number,
  lengthB: number,
  valuesA: Float64Array,
  valuesB: Float64Array,
  scale: number,
  out: Float64Array,
): void {
  for (let row = 0; row < out.length; row++) {
    const [firstA, firstB] = [row * lengthA, row * lengthB];
    let sum = 0;
    for (let e = 0; e < weights.length; e++) {
      const product = (valuesA[firstA + (a[e] as number)] as number) * (valuesB[firstB + (b[e] as number)] as number);
      sum += (weights[e] as number) * product;
    }
    out[row] = (out[row] as number) - scale * sum;
  }
}

/** Adds `Σ_row scale[row] · x_a x_b` of each entry to `out`: `[parameters]`. */
export function addStatistics(
  { a, b }: Entries,
  lengthA: number,
  lengthB: number,
  valuesA: Float64Array,
  valuesB: Float64Array,
  scale: Float64Array,
  out: Float64Array,
): void {
  for (let row = 0; row < scale.length; row++) {
    const [firstA, firstB] = [row * lengthA, row * lengthB];
    for (let e = 0; e < out.length; e++) {
      const product = (valuesA[firstA + (a[e] as number)] as number) * (valuesB[firstB + (b[e] as number)] as number);
      out[e] = (out[e] as number) + (scale[row] as number) * product;
    }
  }
}
