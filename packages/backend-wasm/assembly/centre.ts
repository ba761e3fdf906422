/** The gradient in coordinates whose units count from offsets: see `centring` in @rbm/train. */
import { splat } from './functions';

/** The sum of four lanes. */
// @ts-ignore: decorator
@inline
function total(v: v128): f32 {
  const pairs = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/**
 * `∇w_ij ← ∇w_ij − μ_i ∇b_j − λ_j ∇a_i`, and of the results the sums `Σ_j λ_j ∇w_ij` and `Σ_i μ_i ∇w_ij`.
 *
 * @param gradient `[panels][32 · tiles][32]`, of the weights.
 * @param fieldsA The gradient of the fields of the rows' layer, `fieldsB` of the columns'; `offsetsA`, `offsetsB`: μ and λ.
 * @param rowSums `[panels][32 · tiles]`: a part of the sum over j from each panel.
 * @param columnSums `[panels][32]`.
 */
export function centreWeights(
  gradient: usize,
  panels: u32,
  tiles: u32,
  fieldsA: usize,
  fieldsB: usize,
  offsetsA: usize,
  offsetsB: usize,
  rowSums: usize,
  columnSums: usize,
  thread: u32,
  threads: u32,
): void {
  const rows = tiles << 5;
  const end = panels * (thread + 1) / threads;
  for (let panel = panels * thread / threads; panel < end; panel++) {
    const at = gradient + ((<usize>panel * tiles) << 12);
    const sums = rowSums + ((<usize>panel * rows) << 2);
    const b = fieldsB + (<usize>panel << 7);
    const lambda = offsetsB + (<usize>panel << 7);
    const columns = columnSums + (<usize>panel << 7);
    memory.fill(columns, 0, 128);
    for (let i: u32 = 0; i < rows; i++) {
      const row = at + (<usize>i << 7);
      const mu = splat(load<f32>(offsetsA + (<usize>i << 2)));
      const a = splat(load<f32>(fieldsA + (<usize>i << 2)));
      let sum = splat(0);
      for (let c: usize = 0; c < 128; c += 16) {
        const l = v128.load(lambda + c);
        const shift = f32x4.add(f32x4.mul(mu, v128.load(b + c)), f32x4.mul(l, a));
        const g = f32x4.sub(v128.load(row + c), shift);
        v128.store(row + c, g);
        sum = f32x4.add(sum, f32x4.mul(l, g));
        v128.store(columns + c, f32x4.add(v128.load(columns + c), f32x4.mul(mu, g)));
      }
      store<f32>(sums + (<usize>i << 2), total(sum));
    }
  }
}

/** `∇a_i ← ∇a_i − Σ_j λ_j ∇w_ij`, `∇b_j ← ∇b_j − Σ_i μ_i ∇w_ij`, from the sums of `centreWeights`. */
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
    const at = <usize>column << 4;
    v128.store(fieldsB + at, f32x4.sub(v128.load(fieldsB + at), v128.load(columnSums + at)));
  }
}
