import { bernoulli, couplingMatrix, energy, generator, potts, type Samples, spin } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { overlap, recall } from './recall.js';
import { hebb, pseudoInverse, store, storkey } from './storage.js';

function random(count: number, width: number, seed: number): Samples {
  const draws = generator(seed);
  const values = Float64Array.from({ length: count * width }, (_, i) => 2 * draws.bernoulli(0.5, 0, i, 0, 0) - 1);
  return { values, count, width };
}

const rules = { hebb, pseudoInverse, storkey };

describe.each(Object.entries(rules))('%s', (_, rule) => {
  it('is symmetric, without self-couplings', () => {
    const n = 12;
    const couplings = rule(random(4, n, 1));
    for (let i = 0; i < n; i++) {
      expect(couplings[i * n + i]).toBe(0);
      for (let j = 0; j < i; j++) expect(couplings[i * n + j]).toBe(couplings[j * n + i]);
    }
  });

  it('gives one pattern Hebb’s couplings', () => {
    const pattern = random(1, 9, 2);
    const wanted = hebb(pattern);
    rule(pattern).forEach((J, at) => {
      expect(J).toBeCloseTo(wanted[at] as number, 12);
    });
  });

  it('does not tell a pattern from its opposite, nor ±1 from 0 and 1', () => {
    const patterns = random(3, 10, 3);
    const wanted = rule(patterns);
    const close = (found: Float64Array): void => {
      found.forEach((J, at) => {
        expect(J).toBeCloseTo(wanted[at] as number, 12);
      });
    };
    close(rule({ ...patterns, values: patterns.values.map((x) => -x) }));
    close(rule({ ...patterns, values: patterns.values.map((x) => (x + 1) / 2) }));
  });
});

it('Hebb’s couplings are the average of products', () => {
  expect([...hebb({ values: Float64Array.of(1, -1, 1, 1, 1, 1), count: 2, width: 3 })]).toEqual([
    0,
    0,
    2 / 3,
    0,
    0,
    0,
    2 / 3,
    0,
    0,
  ]);
});

it('Storkey’s rule is its definition, pattern by pattern', () => {
  const [n, patterns] = [7, random(3, 7, 5)];
  let J = new Float64Array(n * n);
  for (let mu = 0; mu < 3; mu++) {
    const xi = Float64Array.from(patterns.values.subarray(mu * n, (mu + 1) * n));
    const field = (i: number, j: number): number =>
      xi.reduce((sum: number, x, k) => (k === i || k === j ? sum : sum + (J[i * n + k] as number) * x), 0);
    const next = J.slice();
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (i === j) continue;
        const [x, y] = [xi[i] as number, xi[j] as number];
        next[i * n + j] = (J[i * n + j] as number) + (x * y - x * field(j, i) - field(i, j) * y) / n;
      }
    }
    J = next;
  }
  storkey(patterns).forEach((found, at) => {
    expect(found).toBeCloseTo(J[at] as number, 13);
  });
});

it('the pseudo-inverse makes every independent pattern a fixed point, at loads where Hebb’s rule fails', async () => {
  const n = 60;
  const patterns = random(30, n, 6);
  const errors = async (rule: typeof hebb): Promise<number> => {
    const { states } = await recall(store({ visible: spin(n), patterns, rule }), patterns.values);
    return overlap(states, patterns.values, n).filter((m) => m < 1).length;
  };
  expect(await errors(pseudoInverse)).toBe(0);
  expect(await errors(hebb)).toBeGreaterThan(20);
  // A pattern twice, and its opposite, add nothing.
  const again = {
    ...patterns,
    count: 32,
    values: Float64Array.of(
      ...patterns.values,
      ...patterns.values.subarray(0, n),
      ...patterns.values.subarray(0, n).map((x) => -x),
    ),
  };
  const [once, thrice] = [pseudoInverse(patterns), pseudoInverse(again)];
  thrice.forEach((J, at) => {
    expect(J).toBeCloseTo(once[at] as number, 9);
  });
});

it('the same network with units 0 and 1 has the same energies', () => {
  const n = 8;
  const patterns = random(3, n, 7);
  const bias = random(1, n, 8).values;
  const spins = store({ visible: spin(n), patterns });
  const bits = store({ visible: bernoulli(n), patterns });
  const states = random(20, n, 9).values;
  const wanted = energy(spins, { visible: states });
  energy(bits, { visible: states.map((s) => (s + 1) / 2) }).forEach((e, row) => {
    expect(e).toBeCloseTo(wanted[row] as number, 12);
  });
  // Biases of the layer are added to what the patterns need.
  const biased = store({ visible: bernoulli(n, { bias }), patterns });
  biased.parameters.subarray(0, n).forEach((a, i) => {
    expect(a).toBeCloseTo((bits.parameters[i] as number) + (bias[i] as number), 13);
  });
  expect(couplingMatrix(spins)).toEqual(hebb(patterns));
});

describe('refused:', () => {
  const good = random(2, 4, 1);
  it.each<[string, string, () => unknown]>([
    ['DATA_INVALID', 'no patterns', () => hebb({ values: new Float64Array(0), count: 0, width: 4 })],
    ['DATA_INVALID', 'grey levels', () => storkey({ ...good, values: Float64Array.of(0, 1, 0.5, 1, 0, 0, 1, 1) })],
    ['DATA_INVALID', '−1 beside 0', () => pseudoInverse({ ...good, values: Float64Array.of(0, 1, -1, 1, 0, 0, 1, 1) })],
    ['SHAPE_MISMATCH', 'half a pattern', () => hebb({ ...good, count: 3 })],
    ['SHAPE_MISMATCH', 'another width', () => store({ visible: spin(5), patterns: good })],
    ['ARGUMENT_INVALID', 'other units', () => store({ visible: potts(4, { categories: 2 }), patterns: good })],
  ])('%s for %s', (code, _, work) => {
    expect(work).toThrow(expect.objectContaining({ code }));
  });
});
