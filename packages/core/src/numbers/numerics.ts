import { argumentKinds, checkArgument } from '../contracts/arguments.js';

/** `log(1 + e^x)` without overflow, accurate at both ends. */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** The logistic function `1 / (1 + e^−x)` without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** `log(p / (1 − p))`, the inverse of `sigmoid`. */
export function logit(p: number): number {
  return Math.log(p) - Math.log1p(-p);
}

/** `log Σ exp(x_i)` without overflow; `−∞` for an empty list. Neumaier-compensated, so that order hardly matters. */
export function logSumExp(values: ArrayLike<number>): number {
  checkArgument('logSumExp', 'values', values, argumentKinds.numbers);
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i] as number);
  if (!Number.isFinite(largest)) return largest;
  const sum = new CompensatedSum();
  for (let i = 0; i < values.length; i++) sum.add(Math.exp((values[i] as number) - largest));
  return largest + Math.log(sum.value);
}

/** A sum whose rounding error does not grow with its length (Neumaier 1974). */
export class CompensatedSum {
  #sum = 0;
  #lost = 0;

  add(x: number): void {
    const total = this.#sum + x;
    this.#lost += Math.abs(this.#sum) >= Math.abs(x) ? this.#sum - total + x : x - total + this.#sum;
    this.#sum = total;
  }

  get value(): number {
    return this.#sum + this.#lost;
  }
}

/** Sample mean and its standard error, from a list of independent numbers. */
export function meanAndStandardError(values: ArrayLike<number>): { mean: number; standardError: number } {
  checkArgument('meanAndStandardError', 'values', values, argumentKinds.numbers);
  const count = values.length;
  const sum = new CompensatedSum();
  for (let i = 0; i < count; i++) sum.add(values[i] as number);
  const mean = sum.value / count;
  const squares = new CompensatedSum();
  for (let i = 0; i < count; i++) squares.add(((values[i] as number) - mean) ** 2);
  return { mean, standardError: count > 1 ? Math.sqrt(squares.value / (count - 1) / count) : Number.NaN };
}
