/** Steps in coordinates whose units count from offsets, carried back to plain ones: see `centredCoordinates` in @rbm/core. */
import { splat } from './functions';

/** The sum of four lanes. */
// @ts-ignore: decorator
@inline
function total(v: v128): f32 {
  const pairs = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** `Σ_j λ_j Δw_ij` of the rows of a tile of steps, and `Σ_i μ_i Δw_ij` of its columns, `[32]` each. */
export function sumSteps(steps: usize, mu: usize, lambda: usize, rowSums: usize, columnSums: usize): void {
  memory.fill(columnSums, 0, 128);
  for (let i: usize = 0; i < 32; i++) {
    const row = steps + (i << 7);
    const m = splat(load<f32>(mu + (i << 2)));
    let sum = splat(0);
    for (let c: usize = 0; c < 128; c += 16) {
      const step = v128.load(row + c);
      sum = f32x4.add(sum, f32x4.mul(v128.load(lambda + c), step));
      v128.store(columnSums + c, f32x4.add(v128.load(columnSums + c), f32x4.mul(m, step)));
    }
    store<f32>(rowSums + (i << 2), total(sum));
  }
}

/**
 * `a_i ← a_i − Σ_j λ_j Δw_ij`, `b_j ← b_j − Σ_i μ_i Δw_ij`, from the sums of all tiles.
 *
 * @param rowSums `[panels][32 · tiles]`; `columnSums`: `[panels][tiles][32]`.
 */
export function centreFields(
  fieldsA: usize,
  fieldsB: usize,
  rowSums: usize,
  columnSums: usize,
  panels: u32,
  tiles: u32,
  thread: u32,
  threads: u32,
): void {
  const lines = tiles << 3;
  const stride = <usize>tiles << 7;
  const lastLine = lines * (thread + 1) / threads;
  for (let line = lines * thread / threads; line < lastLine; line++) {
    const at = <usize>line << 4;
    let sum = v128.load(fieldsA + at);
    for (let panel: u32 = 0; panel < panels; panel++) {
      sum = f32x4.sub(sum, v128.load(rowSums + <usize>panel * stride + at));
    }
    v128.store(fieldsA + at, sum);
  }
  const columns = panels << 3;
  const lastColumn = columns * (thread + 1) / threads;
  for (let column = columns * thread / threads; column < lastColumn; column++) {
    const at = columnSums + <usize>(column >>> 3) * stride + (<usize>(column & 7) << 4);
    const field = fieldsB + (<usize>column << 4);
    let sum = v128.load(field);
    for (let tile: u32 = 0; tile < tiles; tile++) sum = f32x4.sub(sum, v128.load(at + (<usize>tile << 7)));
    v128.store(field, sum);
  }
}
