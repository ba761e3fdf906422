import { describe, expect, test } from 'vitest';
import { normals } from '../exact/brute-force.testing.js';
import { bernoulli } from '../layers/bernoulli.js';
import { gaussian } from '../layers/gaussian.js';
import type { Layer } from '../layers/layer.js';
import { potts } from '../layers/potts.js';
import { relu } from '../layers/relu.js';
import { createModel } from './create-model.js';
import { type EnergyModel, parameter } from './model.js';
import { checkNormalisable } from './normalisable.js';
import { rbm } from './rbm.js';

function verdict(model: EnergyModel, parameters?: Float64Array): string {
  try {
    checkNormalisable(model, parameters);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'fine';
}

function message(model: EnergyModel): string {
  try {
    checkNormalisable(model);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

const pair = (visible: Layer, hidden: Layer, weights: number[]): EnergyModel => rbm({ visible, hidden, weights });

describe('one layer', () => {
  test.each([0, -2])('a precision of %s defines no distribution', (precision) => {
    for (const [visible, hidden] of [
      [gaussian(2), bernoulli(1)],
      [relu(2), potts(1, { categories: 3 })],
    ] as const) {
      const model = rbm({ visible, hidden });
      parameter(model, 'visible.precision')[1] = precision;
      expect(verdict(model)).toBe('NOT_NORMALISABLE');
      expect(message(model)).toMatch(new RegExp(`Unit 1 of layer "visible" \\(${visible.kind}\\).* ${precision}\\.`));
    }
  });

  test('a parameter that is not finite is refused by its name, whatever the units', () => {
    const model = pair(bernoulli(2), bernoulli(1), [1, 2]);
    parameter(model, 'weights')[1] = Number.NaN;
    expect(verdict(model)).toBe('NOT_FINITE');
    expect(message(model)).toContain('Number 1 of "weights" is NaN');
  });

  test('other parameters than the own may be asked about', () => {
    const model = pair(gaussian(1), gaussian(1), [0.5]);
    const strong = model.parameters.slice();
    strong[4] = 2;
    expect([verdict(model), verdict(model, strong), verdict(model, strong.subarray(1))]).toEqual([
      'fine',
      'NOT_NORMALISABLE',
      'SHAPE_MISMATCH',
    ]);
  });

  test('weights of any strength are fine while one side is bounded', () => {
    expect(verdict(pair(gaussian(2), bernoulli(2), [50, -50, 80, 100]))).toBe('fine');
    expect(verdict(pair(potts(1, { categories: 2 }), relu(2), [50, 50, 80, 100]))).toBe('fine');
  });
});

describe('Gaussian – Gaussian', () => {
  test.each([
    [0.999999, 'fine'],
    [1, 'NOT_NORMALISABLE'],
    [-1, 'NOT_NORMALISABLE'],
    [1.000001, 'NOT_NORMALISABLE'],
  ])('1 × 1 with w² = %s γγ: %s', (factor, expected) => {
    const layers = [gaussian(1, { precision: [0.1] }), gaussian(1, { precision: [10] })] as const;
    expect(verdict(pair(...layers, [Math.sign(factor) * Math.sqrt(Math.abs(factor))]))).toBe(expected);
    const small = [gaussian(1, { precision: [0.1] }), gaussian(1, { precision: [0.1] })] as const;
    expect(verdict(pair(...small, [0.1 * factor]))).toBe(expected);
  });

  test.each([
    [0.1, 0.3],
    [0.1, 0.7],
    [1.3, 1.9],
  ])('rounding makes no distribution of a border: precisions %s² and %s²', (a, b) => {
    const [precisionA, precisionB, weight] = [a * a, b * b, a * b];
    // In floating-point numbers, something is left.
    expect(precisionB - (weight / precisionA) * weight).toBeGreaterThan(0);
    const model = pair(gaussian(1, { precision: [precisionA] }), gaussian(1, { precision: [precisionB] }), [weight]);
    expect(verdict(model)).toBe('NOT_NORMALISABLE');
  });

  test('says which unit, and what is left of its precision', () => {
    const model = pair(gaussian(2), gaussian(2, { precision: [1, 3] }), [0.1, 1.5, 0.2, 1]);
    expect(message(model)).toMatch(/precision 3 of unit 1 of layer "hidden", −?-0\.\d+ is left .* necessary\./);
  });

  test('the border lies where the largest singular value of the scaled weights is 1', () => {
    // Orthogonal columns: the singular values are known.
    const model = (s: number): EnergyModel =>
      pair(gaussian(2, { precision: [2, 2] }), gaussian(2, { precision: [3, 3] }), [
        s * Math.SQRT1_2 * Math.sqrt(6),
        0.5 * Math.SQRT1_2 * Math.sqrt(6),
        s * Math.SQRT1_2 * Math.sqrt(6),
        -0.5 * Math.SQRT1_2 * Math.sqrt(6),
      ]);
    expect([verdict(model(0.9999)), verdict(model(1.0001))]).toEqual(['fine', 'NOT_NORMALISABLE']);
  });

  test('more than two layers count together', () => {
    const chain = (w: number): EnergyModel => {
      const model = createModel({
        kind: 'test/chain',
        layers: ['a', 'b', 'c'].map((name) => ({ name, layer: gaussian(1), visible: name === 'a' })),
        interactions: [
          { kind: 'dense', name: 'ab', between: [0, 1] },
          { kind: 'dense', name: 'cb', between: [2, 1] },
        ],
        blocks: [[1], [0, 2]],
      });
      parameter(model, 'ab')[0] = w;
      parameter(model, 'cb')[0] = w;
      return model;
    };
    // The eigenvalues are 1 and 1 ± √2 w; each pair alone is fine up to w = 1.
    expect([verdict(chain(0.7)), verdict(chain(0.71))]).toEqual(['fine', 'NOT_NORMALISABLE']);
  });

  test('more units than can be judged are refused as that', () => {
    const strong = rbm({ visible: gaussian(2000), hidden: gaussian(49) });
    parameter(strong, 'weights').fill(0.01);
    expect(verdict(strong)).toBe('SIZE_LIMIT');
    parameter(strong, 'weights').fill(0.003);
    expect(verdict(strong)).toBe('fine');
    expect(verdict(rbm({ visible: gaussian(2000), hidden: bernoulli(49) }))).toBe('fine');
  });

  test('as many as it has to judge take a moment only', () => {
    const model = rbm({ visible: gaussian(784), hidden: gaussian(200) });
    parameter(model, 'weights').set(normals(1, 784 * 200, 0.02));
    const start = performance.now();
    expect(verdict(model)).toBe('fine');
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('with units from 0 up', () => {
  test('couplings that only inhibit are fine, however strong', () => {
    expect(verdict(pair(relu(2), relu(2), [-5, -3, 0, -100]))).toBe('fine');
  });

  test('couplings that excite count alone, and to the same border as for Gaussian units', () => {
    const model = (w: number): EnergyModel => pair(relu(1), relu(2), [w, -50]);
    expect([verdict(model(0.999)), verdict(model(1.001))]).toEqual(['fine', 'NOT_NORMALISABLE']);
  });

  test('a form that is positive definite is fine where its part without inhibition is not', () => {
    const w = 0.65;
    // A ring of four units with one inhibiting coupling: eigenvalues 1 ± √2 w. Without it, a path: 1 ± 1.618 w.
    const model = pair(relu(2), relu(2), [w, w, w, -w]);
    expect(1.618 * w).toBeGreaterThan(1);
    expect(verdict(model)).toBe('fine');
    expect(verdict(pair(relu(2), relu(2), [0.72, 0.72, 0.72, -0.72]))).toBe('NOT_NORMALISABLE');
  });

  test('Gaussian units are integrated out: both signs of a coupling mediate attraction', () => {
    expect([verdict(pair(gaussian(1), relu(1), [0.999])), verdict(pair(gaussian(1), relu(1), [-1.001]))]).toEqual([
      'fine',
      'NOT_NORMALISABLE',
    ]);
    // Coupled to the Gaussian unit with opposite signs, two ReLU units inhibit each other: −w₁w₂ > 0.
    expect(verdict(pair(gaussian(1), relu(2), [0.95, -0.95]))).toBe('fine');
    expect(verdict(pair(gaussian(1), gaussian(2), [0.95, -0.95]))).toBe('NOT_NORMALISABLE');
    expect(verdict(pair(gaussian(1), relu(2), [0.95, 0.95]))).toBe('NOT_NORMALISABLE');
    expect(verdict(pair(relu(2), gaussian(1), [0.95, 0.95]))).toBe('NOT_NORMALISABLE');
  });

  test('the message says that the condition is only sufficient', () => {
    expect(message(pair(relu(1), relu(1), [2]))).toMatch(/sufficient, not necessary/);
    expect(message(pair(gaussian(1), gaussian(1), [2]))).not.toMatch(/sufficient/);
  });

  test.each(Array.from({ length: 12 }, (_, n) => n))(
    'agrees with a search for a falling direction, case %s',
    (seed) => {
      // Random models near the border: what is called fine must grow in every direction x ≥ 0, or any real x.
      const weights = [...normals(seed, 4, 0.8)];
      const layers = seed % 2 === 0 ? [relu(2), relu(2)] : [gaussian(2), relu(2)];
      const model = pair(layers[0] as Layer, layers[1] as Layer, weights);
      const random = normals(seed + 100, 4 * 20_000);
      let least = Number.POSITIVE_INFINITY;
      for (let n = 0; n < random.length; n += 4) {
        const x = [...random.subarray(n, n + 4)].map((value, i) => (i < 2 && seed % 2 === 1 ? value : Math.abs(value)));
        const [a, b, c, d] = x as [number, number, number, number];
        const [p, q, r, s] = weights as [number, number, number, number];
        const form = a * a + b * b + c * c + d * d - 2 * (a * (p * c + q * d) + b * (r * c + s * d));
        least = Math.min(least, form / (a * a + b * b + c * c + d * d));
      }
      if (verdict(model) === 'fine') expect(least).toBeGreaterThan(0);
      // These couplings are small enough that the sufficient condition is seldom far from the truth.
      else expect(least).toBeLessThan(0.15);
    },
  );
});

test("a third party's layer takes part through what it declares", () => {
  const own: Layer = { ...gaussian(1), kind: 'vendor/real' };
  expect(verdict(pair(own, gaussian(1), [2]))).toBe('NOT_NORMALISABLE');
  const { unbounded: _, ...steep } = own;
  expect(verdict(pair(steep, gaussian(1), [2]))).toBe('fine');
});
