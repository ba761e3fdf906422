import { type EnergyModel, RbmError } from '@rbm/core';
import { builtInOptimizer, type Optimizer } from '@rbm/core/contracts';
import type { OptimizerCheckOptions } from '../optimizer-suite.js';
import type { OptimizerRule } from './subject.js';

/** Optimizers to try the suite on: wrong in ways that real ones have been. */
export interface WrongOptimizer {
  readonly fault: string;
  readonly options: OptimizerCheckOptions;
  /** The check named for what is wrong; others may fail with it. */
  readonly caughtBy: string;
  readonly message: RegExp;
}

export const momentum = (): Optimizer => builtInOptimizer('sgd', { momentum: 0.5, nesterov: 0 });
export const adam = (): Optimizer => builtInOptimizer('adam', { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 });

/** The same with some members replaced. */
const wrong =
  (right: () => Optimizer, change: (right: Optimizer) => Partial<Optimizer>): (() => Optimizer) =>
  () => {
    const optimizer = right();
    return { ...optimizer, ...change(optimizer) };
  };

/** Changes how a step goes. */
const updating = (
  right: () => Optimizer,
  change: (optimizer: Optimizer) => Optimizer['update'],
): OptimizerCheckOptions => ({ optimizer: wrong(right, (optimizer) => ({ update: change(optimizer) })) });

/** Each parameter by itself: `step` gives the change, and remembers two numbers. */
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

export const momentumRule: OptimizerRule = separately((g, rate, _, memory) => {
  memory.a = 0.5 * memory.a - rate * g;
  return memory.a;
});

export const adamRule: OptimizerRule = separately((g, rate, t, memory) => {
  memory.a = 0.9 * memory.a + 0.1 * g;
  memory.b = 0.99 * memory.b + 0.01 * g * g;
  return (-rate * memory.a) / (1 - 0.9 ** t) / (Math.sqrt(memory.b / (1 - 0.99 ** t)) + 1e-8);
});

const slot = (slots: readonly Float64Array[], n: number): Float64Array => slots[n] as Float64Array;

/** Adam with something left out. */
const adamLike = (
  move: (m: number, s: number, t: number, rate: number) => number,
  decay = 0.9,
): Optimizer['update'] => {
  return (gradient, slots, parameters, { rate, step }) => {
    gradient.forEach((g, i) => {
      const m = decay * (slot(slots, 0)[i] as number) + (1 - decay) * g;
      const s = 0.99 * (slot(slots, 1)[i] as number) + 0.01 * g * g;
      slot(slots, 0)[i] = m;
      slot(slots, 1)[i] = s;
      parameters[i] = (parameters[i] as number) + move(m, s, step + 1, rate);
    });
  };
};

const against = (options: OptimizerCheckOptions, rule: OptimizerRule): OptimizerCheckOptions => ({ ...options, rule });

/** A right one with its own memory instead of slots. */
function remembering(): Optimizer {
  const own = new Map<number, Float64Array>();
  const right = momentum();
  return {
    ...right,
    update: (gradient, slots, parameters, settings, layout) => {
      const kept = own.get(parameters.length) ?? slot(slots, 0).slice();
      own.set(parameters.length, kept);
      right.update(gradient, [kept], parameters, settings, layout);
    },
  };
}

/** Counts steps by itself. */
function counting(): Optimizer {
  let step = 0;
  const right = adam();
  return {
    ...right,
    update: (gradient, slots, parameters, { rate }, layout) =>
      right.update(gradient, slots, parameters, { rate, step: step++ }, layout),
  };
}

/** Keeps the first rate. */
function firstRate(): Optimizer {
  let first: number | undefined;
  const right = momentum();
  return {
    ...right,
    update: (gradient, slots, parameters, { rate, step }, layout) => {
      first ??= rate;
      right.update(gradient, slots, parameters, { rate: first, step }, layout);
    },
  };
}

const sharedSlots = new Map<number, Float64Array>();

export const wrongOptimizers: readonly WrongOptimizer[] = [
  {
    fault: 'another version of the contract',
    options: { optimizer: wrong(momentum, () => ({ specVersion: 2 as unknown as 1 })) },
    caughtBy: 'manifest',
    message: /specVersion is 2/,
  },
  {
    fault: 'no kind',
    options: { optimizer: wrong(momentum, () => ({ kind: '' })) },
    caughtBy: 'manifest',
    message: /wanted a kind/,
  },
  {
    fault: 'a setting that is no number',
    options: { optimizer: wrong(momentum, () => ({ settings: { momentum: Number.NaN } })) },
    caughtBy: 'manifest',
    message: /settings.momentum is NaN/,
  },
  {
    fault: 'two slots of one name',
    options: { optimizer: wrong(adam, () => ({ slots: ['means', 'means'] })) },
    caughtBy: 'manifest',
    message: /wanted different names/,
  },
  {
    fault: 'a slot too few',
    options: { optimizer: wrong(adam, () => ({ slots: ['means'] })) },
    caughtBy: 'slots',
    message: /init makes 2 arrays/,
  },
  {
    fault: 'slots of the weights alone',
    options: {
      optimizer: wrong(momentum, () => ({ init: (model: EnergyModel) => [new Float64Array(model.layout.length - 1)] })),
    },
    caughtBy: 'slots',
    message: /laid out like the parameters/,
  },
  {
    fault: 'slots that are shared by all models of a size',
    options: {
      optimizer: wrong(momentum, () => ({
        init: ({ layout }: EnergyModel) => {
          const kept = sharedSlots.get(layout.length) ?? new Float64Array(layout.length);
          sharedSlots.set(layout.length, kept);
          return [kept];
        },
      })),
    },
    caughtBy: 'slots',
    message: /each has its own/,
  },
  {
    fault: 'slots that start at NaN',
    options: {
      optimizer: wrong(momentum, () => ({
        init: ({ layout }: EnergyModel) => [new Float64Array(layout.length).fill(Number.NaN)],
      })),
    },
    caughtBy: 'slots',
    message: /at the start: number 0 is NaN/,
  },
  {
    fault: 'a model that is changed at the start',
    options: {
      optimizer: wrong(momentum, (right) => ({
        init: (model: EnergyModel) => {
          const slots = right.init(model);
          model.parameters[0] = 0;
          return slots;
        },
      })),
    },
    caughtBy: 'slots',
    message: /Parameters of the model after init/,
  },
  {
    fault: 'a rate that is ignored',
    options: updating(momentum, (right) => (gradient, slots, parameters, { step }, layout) => {
      right.update(gradient, slots, parameters, { rate: 0.01, step }, layout);
    }),
    caughtBy: 'rate',
    message: /step at rate 0/,
  },
  {
    fault: 'the rate of the first step for all',
    options: { optimizer: firstRate },
    caughtBy: 'rate',
    message: /half the rate of the second/,
  },
  ...(
    [
      ['the flipped sign', (g: number) => -g, /goes .* along the gradient/],
      ['no gradient', () => 0, /goes 0 along the gradient/],
      ['gradients frozen from number 64 on', (g: number, i: number) => (i < 64 ? g : 0), /was not moved/],
      ['a last number left out', (g: number, i: number, n: number) => (i < n - 1 ? g : 0), /was not moved/],
      ['a first number left out', (g: number, i: number) => (i > 0 ? g : 0), /was not moved/],
      [
        'the flipped sign of every twenty-first number',
        (g: number, i: number) => (i % 21 < 20 ? g : -g),
        /A quadratic cost of|along the gradient/,
      ],
      ['every fourth number left out', (g: number, i: number) => (i % 4 ? g : 0), /was not moved/],
    ] as const
  ).map(
    ([fault, change, message]): WrongOptimizer => ({
      fault,
      options: updating(momentum, (right) => (gradient, slots, parameters, settings, layout) => {
        const changed = gradient.map((g, i) => change(g, i, gradient.length));
        right.update(changed, slots, parameters, settings, layout);
      }),
      caughtBy: 'descent',
      message,
    }),
  ),
  {
    fault: 'a root that may be 0',
    options: updating(adam, () =>
      adamLike((m, s, t, rate) => (-rate * m) / (1 - 0.9 ** t) / Math.sqrt(s / (1 - 0.99 ** t))),
    ),
    caughtBy: 'finite',
    message: /gradients of size 0: number 0 is NaN/,
  },
  {
    fault: 'a memory of its own',
    options: { optimizer: remembering },
    caughtBy: 'resume',
    message: /what is remembered is in slots/,
  },
  {
    fault: 'a count of steps of its own',
    options: { optimizer: counting },
    caughtBy: 'resume',
    message: /the count of steps is given/,
  },
  {
    fault: 'a count of steps of its own, with several models',
    options: { optimizer: counting },
    caughtBy: 'several models',
    message: /as of an optimizer each/,
  },
  {
    fault: 'a layout that is changed',
    options: updating(momentum, (right) => (gradient, slots, parameters, settings, layout) => {
      right.update(gradient, slots, parameters, settings, layout);
      (layout.arrays[0] as { minimum: number }).minimum = -3;
    }),
    caughtBy: 'purity',
    message: /The layout of the model was changed/,
  },
  {
    fault: 'settings that are changed',
    options: {
      optimizer: wrong(momentum, (right) => {
        const settings = { momentum: 0.5, warm: 0 };
        return {
          settings,
          update: (...given) => {
            settings.warm += 1;
            right.update(...given);
          },
        };
      }),
    },
    caughtBy: 'purity',
    message: /settings of the optimizer were changed/,
  },
  {
    fault: 'the same step that is another the next time',
    options: {
      optimizer: () => {
        let calls = 0;
        return wrong(momentum, (right) => ({
          update: (gradient, slots, parameters, { rate, step }, layout) =>
            right.update(gradient, slots, parameters, { rate: rate * (1 + calls++ / 10), step }, layout),
        }))();
      },
    },
    caughtBy: 'purity',
    message: /once more/,
  },
  {
    fault: 'a step that starts from numbers it kept',
    options: {
      optimizer: () => {
        const kept = new WeakMap<object, Float64Array>();
        return wrong(momentum, (right) => ({
          update: (gradient, slots, parameters, settings, layout) => {
            // Projections of the caller are lost.
            const own = kept.get(layout) ?? parameters.slice();
            kept.set(layout, own);
            right.update(gradient, slots, own, settings, layout);
            parameters.set(own);
          },
        }))();
      },
    },
    caughtBy: 'resume',
    message: /went on from parameters and slots/,
  },
  ...(
    [
      [
        'no correction of the start',
        updating(adam, () => adamLike((m, s, _, rate) => (-rate * m) / (Math.sqrt(s) + 1e-8))),
      ],
      [
        'steps counted from 0 in the correction',
        updating(adam, (right) => (gradient, slots, parameters, { rate, step }, layout) => {
          right.update(gradient, slots, parameters, { rate, step: step + 1 }, layout);
        }),
      ],
      [
        'ε inside the root',
        updating(adam, () =>
          adamLike((m, s, t, rate) => (-rate * m) / (1 - 0.9 ** t) / Math.sqrt(s / (1 - 0.99 ** t) + 1e-8)),
        ),
      ],
      [
        'another decay of the mean',
        updating(adam, () =>
          adamLike((m, s, t, rate) => (-rate * m) / (1 - 0.9 ** t) / (Math.sqrt(s / (1 - 0.99 ** t)) + 1e-8), 0.91),
        ),
      ],
    ] as const
  ).map(
    ([fault, options]): WrongOptimizer => ({
      fault: `${fault} of Adam`,
      options: against(options, adamRule),
      caughtBy: 'rule',
      message: /as the `rule` that is given/,
    }),
  ),
  ...(
    [
      ['half a step', (g: Float64Array) => g.map((x) => x / 2)],
      ['clipping that nobody asked for', (g: Float64Array) => g.map((x) => Math.max(-2, Math.min(2, x)))],
      ['a gradient rounded to float32', (g: Float64Array) => Float64Array.from(Float32Array.from(g))],
    ] as const
  ).map(
    ([fault, change]): WrongOptimizer => ({
      fault,
      options: against(
        updating(momentum, (right) => (gradient, slots, parameters, settings, layout) => {
          right.update(change(gradient), slots, parameters, settings, layout);
        }),
        momentumRule,
      ),
      caughtBy: 'rule',
      message: /as the `rule` that is given/,
    }),
  ),
  {
    fault: 'momentum that is forgotten',
    options: against({ optimizer: () => builtInOptimizer('sgd', { momentum: 0, nesterov: 0 }) }, momentumRule),
    caughtBy: 'rule',
    message: /after 2 steps, as the `rule`/,
  },
  {
    fault: "Nesterov's momentum for the classical one",
    options: against({ optimizer: () => builtInOptimizer('sgd', { momentum: 0.5, nesterov: 1 }) }, momentumRule),
    caughtBy: 'rule',
    message: /as the `rule` that is given/,
  },
  {
    fault: 'decay of weights that nobody asked for',
    options: against(
      { optimizer: () => builtInOptimizer('sgd', { momentum: 0.5, nesterov: 0, l2: 1e-4 }) },
      momentumRule,
    ),
    caughtBy: 'rule',
    message: /as the `rule` that is given/,
  },
  {
    fault: "a rule of its own under the name of the toolkit's",
    options: updating(momentum, (right) => (gradient, slots, parameters, { rate, step }, layout) => {
      right.update(gradient, slots, parameters, { rate: rate / 2, step }, layout);
    }),
    caughtBy: 'on a backend',
    message: /Call a kind of your own/,
  },
  {
    fault: 'settings other than those it works with',
    options: { optimizer: wrong(adam, () => ({ settings: { beta1: 0.5, beta2: 0.99, epsilon: 1e-8 } })) },
    caughtBy: 'on a backend',
    message: /Call a kind of your own/,
  },
  {
    fault: 'a refusal of every model',
    options: {
      optimizer: wrong(momentum, () => ({
        init: () => {
          throw new RbmError('UNSUPPORTED', 'Never.');
        },
      })),
    },
    caughtBy: 'slots',
    message: /refuses every model/,
  },
];
