import { bernoulli, type EnergyModel, generator, hopfield, parameter, rbm } from '@rbm/core';
import type { Optimizer } from '@rbm/core/contracts';
import { describe, expect, it } from 'vitest';
import { adam, adamW, centring, type GradientOptions, type Penalties, rmsProp, sgd } from './index.js';

/** Two visible and three hidden units, with some weights of either sign and one that is 0. */
function machine(): EnergyModel {
  const model = rbm({ visible: bernoulli(2), hidden: bernoulli(3) });
  model.parameters.set([1, -1, 2, -2, 0.5, 0.3, -0.2, 0, -0.5, 0.7, 0.4]);
  return model;
}
/** Where its weights begin. */
const WEIGHTS = 5;

/** Parameters after each of some steps, with a gradient of the step's number. */
function steps(
  optimizer: Optimizer,
  model: EnergyModel,
  gradients: readonly Float64Array[],
  rate: number,
): Float64Array[] {
  const slots = optimizer.init(model);
  return gradients.map((gradient, step) => {
    optimizer.update(gradient.slice(), slots, model.parameters, { rate, step }, model.layout);
    return model.parameters.slice();
  });
}

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  for (let i = 0; i < wanted.length; i++) expect(found[i]).toBeCloseTo(wanted[i] as number, 13);
}

const gradients = [0, 1, 2, 3, 4].map((step) =>
  Float64Array.from({ length: 11 }, (_, i) => generator(step).normal(0, i, 0, 0)),
);

/** Each parameter of its own: `rule` returns the change, and may keep what it likes in `memory`. */
function separately(
  rule: (g: number, w: number, t: number, memory: { a: number; b: number }) => number,
): Float64Array[] {
  const p = machine().parameters;
  const memories = Array.from(p, () => ({ a: 0, b: 0 }));
  return gradients.map((gradient, step) => {
    p.forEach((w, i) => {
      p[i] = w + rule(gradient[i] as number, w, step + 1, memories[i] as { a: number; b: number });
    });
    return p.slice();
  });
}

describe('rules', () => {
  const rate = 0.1;
  it.each<[string, Optimizer, Parameters<typeof separately>[0]]>([
    ['sgd', sgd(), (g) => -rate * g],
    [
      'momentum',
      sgd({ momentum: 0.8 }),
      (g, _, __, memory) => {
        memory.a = 0.8 * memory.a - rate * g;
        return memory.a;
      },
    ],
    [
      // In the paper's variables the gradient is taken at θ + μv: there θ + μv is our parameter.
      "Nesterov's momentum",
      sgd({ momentum: 0.8, nesterov: true }),
      (g, _, __, memory) => {
        const before = memory.a;
        memory.a = 0.8 * before - rate * g;
        return memory.a + 0.8 * memory.a - 0.8 * before;
      },
    ],
    [
      'RMSProp',
      rmsProp({ beta: 0.95, epsilon: 1e-3 }),
      (g, _, __, memory) => {
        memory.b = 0.95 * memory.b + 0.05 * g ** 2;
        return (-rate * g) / (Math.sqrt(memory.b) + 1e-3);
      },
    ],
    [
      'Adam',
      adam({ beta1: 0.7, beta2: 0.95, epsilon: 1e-3 }),
      (g, _, t, memory) => {
        memory.a = 0.7 * memory.a + 0.3 * g;
        memory.b = 0.95 * memory.b + 0.05 * g ** 2;
        return (-rate * (memory.a / (1 - 0.7 ** t))) / (Math.sqrt(memory.b / (1 - 0.95 ** t)) + 1e-3);
      },
    ],
  ])('%s', (_, optimizer, rule) => {
    const wanted = separately(rule);
    steps(optimizer, machine(), gradients, rate).forEach((found, n) => {
      expectClose(found, wanted[n] as Float64Array);
    });
  });

  it('Adam and RMSProp make first steps of known length, whatever the gradient', () => {
    const start = machine().parameters;
    const [first] = gradients as [Float64Array];
    for (const [optimizer, length] of [
      [adam({ epsilon: 1e-30 }), rate],
      [rmsProp({ beta: 0.75, epsilon: 1e-30 }), 2 * rate],
    ] as const) {
      const [moved] = steps(optimizer, machine(), [first], rate) as [Float64Array];
      expectClose(
        moved,
        start.map((w, i) => w - length * Math.sign(first[i] as number)),
      );
    }
  });

  it('AdamW decays weights by the rate, not the fields, and Adam does not', () => {
    const zeros = [new Float64Array(11)];
    const [decayed] = steps(adamW({ weightDecay: 0.5 }), machine(), zeros, rate) as [Float64Array];
    expectClose(
      decayed,
      machine().parameters.map((w, i) => (i < WEIGHTS ? w : 0.95 * w)),
    );
    expect(steps(adam(), machine(), zeros, rate)[0]).toEqual(machine().parameters);
  });

  it('goes on counting steps after a pause', () => {
    const whole = steps(adam(), machine(), gradients, rate).at(-1);
    const [model, optimizer] = [machine(), adam()];
    let slots = optimizer.init(model);
    gradients.forEach((gradient, step) => {
      slots = slots.map((slot) => slot.slice());
      optimizer.update(gradient.slice(), slots, model.parameters, { rate, step }, model.layout);
    });
    expect(model.parameters).toEqual(whole);
  });
});

describe('penalties', () => {
  it.each<[string, Penalties, (w: Float64Array) => number]>([
    ['l1', { l1: 0.3 }, (w) => 0.3 * w.reduce((sum, x) => sum + Math.abs(x), 0)],
    ['l2', { l2: 0.3 }, (w) => 0.15 * w.reduce((sum, x) => sum + x * x, 0)],
    [
      'group',
      { group: 0.3 },
      (w) =>
        [0, 1, 2].reduce((sum, j) => sum + (Math.abs(w[j] as number) + Math.abs(w[j + 3] as number)) ** 2, 0) *
        (0.3 / 4),
    ],
  ])('%s adds its gradient to that of the weights', (_, penalties, penalty) => {
    const model = machine();
    const weights = parameter(model, 'weights');
    // Not where |w| has no derivative.
    weights[2] = 0.1;
    const before = model.parameters.slice();
    const [after] = steps(sgd({ penalties }), model, [new Float64Array(11)], 1) as [Float64Array];
    expect(after.subarray(0, WEIGHTS)).toEqual(before.subarray(0, WEIGHTS));
    const w = before.slice(WEIGHTS);
    w.forEach((x, n) => {
      const at = (shift: number): number => penalty(w.with(n, x + shift));
      const slope = (at(1e-4) - at(-1e-4)) / 2e-4;
      expect((after[WEIGHTS + n] as number) - x).toBeCloseTo(-slope, 9);
    });
  });

  it('leave weights of 0 where they are', () => {
    const [after] = steps(sgd({ penalties: { l1: 1, group: 1 } }), machine(), [new Float64Array(11)], 1) as [
      Float64Array,
    ];
    expect(after[WEIGHTS + 2]).toBe(0);
  });

  it('of groups are for dense interactions', () => {
    const model = hopfield({ visible: bernoulli(3) });
    const optimizer = sgd({ penalties: { group: 0.1 } });
    expect(() => optimizer.init(model)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    expect(sgd({ penalties: { l1: 0.1 } }).init(model)).toHaveLength(1);
  });
});

describe('clipping', () => {
  const gradient = Float64Array.of(3, 0, -4, 0, 0, 0.5, 0, 0, 0, 0, 0);
  const moved = (options: GradientOptions): Float64Array => {
    const [after] = steps(sgd(options), machine(), [gradient], 1) as [Float64Array];
    return machine().parameters.map((w, i) => w - (after[i] as number));
  };

  it('bounds each number, and the norm of all together after that', () => {
    expectClose(moved({ clip: { value: 1 } }), [1, 0, -1, 0, 0, 0.5, 0, 0, 0, 0, 0]);
    expectClose(moved({ clip: { norm: 100 } }), gradient);
    expectClose(
      moved({ clip: { norm: 2 } }),
      gradient.map((g) => (2 * g) / Math.hypot(...gradient)),
    );
    expectClose(moved({ clip: { value: 1, norm: 0.75 } }), [0.5, 0, -0.5, 0, 0, 0.25, 0, 0, 0, 0, 0]);
  });

  it('counts what penalties add', () => {
    const l2 = moved({ penalties: { l2: 1 }, clip: { value: 0.6 } });
    // 0.5 + 0.3, and the weight −0.5 alone.
    expect(l2[WEIGHTS]).toBeCloseTo(0.6, 13);
    expect(l2[WEIGHTS + 3]).toBeCloseTo(-0.5, 13);
    expect(l2[WEIGHTS + 4]).toBeCloseTo(0.6, 13);
  });
});

describe('options', () => {
  const centre = centring(machine(), { values: new Uint8Array(2), count: 1, width: 2 });

  it('are recorded as plain settings', () => {
    const full = { penalties: { l1: 1, l2: 2, group: 3 }, clip: { value: 4, norm: 5 }, centre };
    expect(sgd({ momentum: 0.5, nesterov: true, ...full })).toMatchObject({
      kind: 'sgd',
      settings: { momentum: 0.5, nesterov: 1, l1: 1, l2: 2, group: 3, clipValue: 4, clipNorm: 5, centred: 1 },
      slots: ['velocity', 'offsets'],
    });
    expect(sgd().settings).toEqual({ momentum: 0, nesterov: 0 });
    expect(adamW()).toMatchObject({
      kind: 'adamw',
      settings: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
      slots: ['means', 'squares'],
    });
  });

  it('need a model of the same size as the centring', () => {
    expect(() => adam({ centre }).init(rbm({ visible: bernoulli(3), hidden: bernoulli(3) }))).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
    );
  });

  it.each<[string, () => Optimizer]>([
    ['a momentum of 1', () => sgd({ momentum: 1 })],
    ['a negative momentum', () => sgd({ momentum: -0.1 })],
    ['a momentum that is no number', () => sgd({ momentum: Number.NaN })],
    ['Nesterov without momentum', () => sgd({ nesterov: true })],
    ['a negative penalty', () => sgd({ penalties: { l2: -1 } })],
    ['an infinite penalty', () => adam({ penalties: { group: Number.POSITIVE_INFINITY } })],
    ['clipping to 0', () => adam({ clip: { norm: 0 } })],
    ['clipping to no number', () => adam({ clip: { value: Number.NaN } })],
    ['an epsilon of 0', () => rmsProp({ epsilon: 0 })],
    ['a beta of 1', () => adam({ beta2: 1 })],
    ['a negative decay', () => adamW({ weightDecay: -1 })],
    ['a decay of what has none', () => adam({ weightDecay: 0.1 } as object)],
    ['an unknown penalty', () => sgd({ penalties: { l3: 1 } as object })],
    ['an unknown kind of clipping', () => sgd({ clip: { size: 1 } as object })],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});
