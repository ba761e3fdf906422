/**
 * `∂f/∂x_i` by the five-point rule, whose error is `h⁴ f⁽⁵⁾ / 30`. `f` may return an array that it reuses no further.
 *
 * @param at `[n]`, left as it is.
 * @returns As many numbers as `f` returns.
 */
export function derivative(
  f: (x: Float64Array) => Float64Array,
  at: Float64Array,
  index: number,
  step: number = 1e-3,
): Float64Array {
  const moved = (by: number): Float64Array => {
    const x = at.slice();
    x[index] = (x[index] as number) + by * step;
    return f(x);
  };
  const [a, b, c, d] = [moved(-2), moved(-1), moved(1), moved(2)];
  return a.map((first, n) => (first - 8 * (b[n] as number) + 8 * (c[n] as number) - (d[n] as number)) / (12 * step));
}
