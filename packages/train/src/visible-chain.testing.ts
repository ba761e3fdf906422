import { type EnergyModel, parameter } from '@rbm/core';

/**
 * For tests only: the Markov chain of the visible units of a small binary RBM under block Gibbs, written directly from
 * the formulas with none of the code under test.
 */
export interface VisibleChain {
  /** All visible states, the first unit fastest. */
  readonly states: readonly (readonly number[])[];
  /** `T(v → v′) = Σ_h P(h | v) P(v′ | h)`. */
  readonly transition: readonly (readonly number[])[];
  /** `P(v)`. */
  readonly stationary: readonly number[];
  /** `⟨−∂E/∂λ⟩` given visible values: laid out `visible.bias`, `hidden.bias`, `weights`. Grey levels are allowed. */
  statistics(v: readonly number[]): number[];
  /** The distribution of the visible units `sweeps` sweeps after `start`, a distribution over `states`. */
  after(start: readonly number[], sweeps: number): number[];
  /** `Σ_v weights[v] statistics(v)`. */
  average(weights: readonly number[]): number[];
}

export function visibleChain(model: EnergyModel): VisibleChain {
  const [a, b, w] = ['visible.bias', 'hidden.bias', 'weights'].map((name) => Array.from(parameter(model, name))) as [
    number[],
    number[],
    number[],
  ];
  const logistic = (z: number): number => 1 / (1 + Math.exp(-z));
  const hiddenMeans = (v: readonly number[]): number[] =>
    b.map((bias, j) => logistic(bias + v.reduce((sum, x, i) => sum + x * (w[i * b.length + j] as number), 0)));
  const visibleMeans = (h: readonly number[]): number[] =>
    a.map((bias, i) => logistic(bias + h.reduce((sum, x, j) => sum + x * (w[i * b.length + j] as number), 0)));
  const probability = (x: readonly number[], means: readonly number[]): number =>
    x.reduce((product, on, i) => product * (on ? (means[i] as number) : 1 - (means[i] as number)), 1);
  const states = bitStates(a.length);
  const hidden = bitStates(b.length);
  const transition = states.map((v) => {
    const row = states.map(() => 0);
    for (const h of hidden) {
      const p = probability(h, hiddenMeans(v));
      states.forEach((next, n) => {
        row[n] = (row[n] as number) + p * probability(next, visibleMeans(h));
      });
    }
    return row;
  });
  const weightOf = (v: readonly number[], h: readonly number[]): number =>
    Math.exp(
      v.reduce((sum, x, i) => sum + x * (a[i] as number), 0) +
        h.reduce((sum, x, j) => sum + x * (b[j] as number), 0) +
        v.reduce((sum, x, i) => sum + h.reduce((part, y, j) => part + x * y * (w[i * b.length + j] as number), 0), 0),
    );
  const weights = states.map((v) => hidden.reduce((sum, h) => sum + weightOf(v, h), 0));
  const partition = weights.reduce((sum, x) => sum + x, 0);
  const statistics = (v: readonly number[]): number[] => {
    const h = hiddenMeans(v);
    return [...v, ...h, ...v.flatMap((x) => h.map((y) => x * y))];
  };
  return {
    states,
    transition,
    stationary: weights.map((x) => x / partition),
    statistics,
    after(start, sweeps) {
      let now = [...start];
      for (let s = 0; s < sweeps; s++) {
        const before = now;
        now = states.map((_, to) => before.reduce((sum, p, from) => sum + p * (transition[from]?.[to] as number), 0));
      }
      return now;
    },
    average(over) {
      const rows = states.map(statistics);
      return (rows[0] as number[]).map((_, i) =>
        rows.reduce((sum, row, n) => sum + (over[n] as number) * (row[i] as number), 0),
      );
    },
  };
}

function bitStates(units: number): number[][] {
  return Array.from({ length: 2 ** units }, (_, n) => Array.from({ length: units }, (_, i) => (n >> i) & 1));
}
