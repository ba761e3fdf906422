import type { Optimizer } from '@rbm/core/contracts';
import { type OptimizerRule, optimizerSuite } from '@rbm/testkit';
import { describe, it } from 'vitest';
import { adam, adamW, rmsProp, sgd } from './index.js';

/** Each parameter by itself: `step` gives the change at step `t` from 1, and remembers two numbers. */
function separately(
  step: (g: number, rate: number, t: number, memory: { a: number; b: number }, x: number) => number,
): OptimizerRule {
  return (parameters, gradients, rates) =>
    parameters.map((start, i) => {
      const memory = { a: 0, b: 0 };
      return gradients.reduce(
        (x, gradient, n) => x + step(gradient[i] as number, rates[n] as number, n + 1, memory, x),
        start,
      );
    });
}

const own: Readonly<Record<string, readonly [optimizer: () => Optimizer, rule?: OptimizerRule]>> = {
  sgd: [sgd, separately((g, rate) => -rate * g)],
  momentum: [
    () => sgd({ momentum: 0.8 }),
    separately((g, rate, _, memory) => {
      memory.a = 0.8 * memory.a - rate * g;
      return memory.a;
    }),
  ],
  rmsProp: [
    () => rmsProp({ beta: 0.95, epsilon: 1e-3 }),
    separately((g, rate, _, memory) => {
      memory.b = 0.95 * memory.b + 0.05 * g * g;
      return (-rate * g) / (Math.sqrt(memory.b) + 1e-3);
    }),
  ],
  adam: [
    () => adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-3 }),
    separately((g, rate, t, memory) => {
      memory.a = 0.9 * memory.a + 0.1 * g;
      memory.b = 0.99 * memory.b + 0.01 * g * g;
      return (-rate * (memory.a / (1 - 0.9 ** t))) / (Math.sqrt(memory.b / (1 - 0.99 ** t)) + 1e-3);
    }),
  ],
  adamW: [adamW],
  'penalties and clipping': [() => sgd({ penalties: { l1: 0.01, l2: 0.01 }, clip: { value: 2, norm: 5 } })],
};

for (const [name, [optimizer, rule]] of Object.entries(own)) {
  describe(name, () => optimizerSuite({ it, optimizer, ...(rule ? { rule } : {}) }));
}
