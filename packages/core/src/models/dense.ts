import type { Workspace } from './workspace.js';

/**
 * The dense interaction `−x_aᵀ W x_b` on host arrays. Batches are `[rows, a]` and `[rows, b]`, `W` is `[a, b]`. States
 * are mostly zeros, which are skipped.
 */

/** Adds `x_aᵀ W`, what layer a sends to layer b, to `out`: `[rows, b]`. */
export function addInputsForward(
  weights: Float64Array,
  a: number,
  b: number,
  values: Float64Array,
  out: Float64Array,
  workspace: Workspace,
): void {
  const rows = values.length / a;
  const active = workspace.indices(a + 3);
  for (let row = 0; row < rows; row++) {
    const first = row * a;
    const count = findActive(values, first, a, active);
    // Four rows of W at a time: a quarter of the trips to `out`. Indices beyond `count` stand for a unit that is off.
    for (let n = 0; n < count; n += 4) {
      const i0 = active[n] as number;
      const i1 = active[n + 1] as number;
      const i2 = active[n + 2] as number;
      const i3 = active[n + 3] as number;
      const x0 = values[first + i0] as number;
      const x1 = n + 1 < count ? (values[first + i1] as number) : 0;
      const x2 = n + 2 < count ? (values[first + i2] as number) : 0;
      const x3 = n + 3 < count ? (values[first + i3] as number) : 0;
      for (let j = 0; j < b; j++) {
        out[row * b + j] =
          (out[row * b + j] as number) +
          (x0 * (weights[i0 * b + j] as number) + x1 * (weights[i1 * b + j] as number)) +
          (x2 * (weights[i2 * b + j] as number) + x3 * (weights[i3 * b + j] as number));
      }
    }
  }
}

/** Adds `W x_b`, what layer b sends to layer a, to `out`: `[rows, a]`. */
export function addInputsBackward(
  weights: Float64Array,
  a: number,
  b: number,
  values: Float64Array,
  out: Float64Array,
  workspace: Workspace,
): void {
  const rows = values.length / b;
  const active = workspace.indices(b + 3);
  for (let row = 0; row < rows; row++) {
    const first = row * b;
    const count = findActive(values, first, b, active);
    for (let i = 0; i < a; i++) {
      // Four sums at a time, since each addition waits for the one before.
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      let n = 0;
      for (; n + 3 < count; n += 4) {
        const j0 = active[n] as number;
        const j1 = active[n + 1] as number;
        const j2 = active[n + 2] as number;
        const j3 = active[n + 3] as number;
        sum0 += (weights[i * b + j0] as number) * (values[first + j0] as number);
        sum1 += (weights[i * b + j1] as number) * (values[first + j1] as number);
        sum2 += (weights[i * b + j2] as number) * (values[first + j2] as number);
        sum3 += (weights[i * b + j3] as number) * (values[first + j3] as number);
      }
      for (; n < count; n++) {
        const j = active[n] as number;
        sum0 += (weights[i * b + j] as number) * (values[first + j] as number);
      }
      out[row * a + i] = (out[row * a + i] as number) + (sum0 + sum1 + (sum2 + sum3));
    }
  }
}

/** Lists the units of a row that are not 0, followed by three zeros. @returns How many there are. */
function findActive(values: Float64Array, first: number, length: number, active: Int32Array): number {
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (values[first + i] !== 0) active[count++] = i;
  }
  active[count] = 0;
  active[count + 1] = 0;
  active[count + 2] = 0;
  return count;
}

/** Adds `−scale · x_aᵀ W x_b` to `out`: `[rows]`. */
export function addEnergy(
  weights: Float64Array,
  a: number,
  b: number,
  valuesA: Float64Array,
  valuesB: Float64Array,
  scale: number,
  out: Float64Array,
): void {
  const rows = valuesA.length / a;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = 0; i < a; i++) {
      const x = valuesA[row * a + i] as number;
      if (x === 0) continue;
      let field = 0;
      for (let j = 0; j < b; j++) field += (weights[i * b + j] as number) * (valuesB[row * b + j] as number);
      sum += x * field;
    }
    out[row] = (out[row] as number) - scale * sum;
  }
}

/** Adds `Σ_row scale[row] · x_a x_bᵀ` to `out`: `[a, b]`. */
export function addStatistics(
  a: number,
  b: number,
  valuesA: Float64Array,
  valuesB: Float64Array,
  scale: Float64Array,
  out: Float64Array,
): void {
  for (let row = 0; row < scale.length; row++) {
    for (let i = 0; i < a; i++) {
      const x = (valuesA[row * a + i] as number) * (scale[row] as number);
      if (x === 0) continue;
      const start = i * b;
      const source = row * b;
      for (let j = 0; j < b; j++) out[start + j] = (out[start + j] as number) + x * (valuesB[source + j] as number);
    }
  }
}
