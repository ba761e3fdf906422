import { describe, expect, test } from 'vitest';
import { codeOf, distance, normals } from '../exact/brute-force.testing.js';
import { LayerDraws } from '../random/draws.js';
import { generator } from '../random/generator.js';
import { bernoulli } from './bernoulli.js';
import type { Draws } from './layer.js';

const units = 5;
const rows = 3;
const layer = bernoulli(units);
const bias = normals(1, units, 2);
const inputs = normals(2, rows * units, 2);

/** Probabilities of 0 and 1 by their energies, for every unit of every row. */
const table = Array.from(inputs, (input, n) => {
  const z = (bias[n % units] as number) + input;
  const total = 1 + Math.exp(z);
  return { logTotal: Math.log(total), one: Math.exp(z) / total };
});

function filled(work: (out: Float64Array) => void, length = rows * units): Float64Array {
  const out = new Float64Array(length).fill(99);
  work(out);
  return out;
}

describe('given inputs', () => {
  test('the cumulants normalise, the mean and the covariance are those of two states', () => {
    expect(
      distance(
        filled((out) => layer.cgf(bias, inputs, out)),
        table.map((t) => t.logTotal),
      ),
    ).toBeLessThan(1e-14);
    expect(
      distance(
        filled((out) => layer.mean(bias, inputs, out)),
        table.map((t) => t.one),
      ),
    ).toBeLessThan(1e-14);
    const variance = table.map(({ one }) => one * (1 - one));
    expect(
      distance(
        filled((out) => layer.covariance(bias, inputs, out)),
        variance,
      ),
    ).toBeLessThan(1e-14);
  });

  test('mean and covariance are the derivatives of the cumulants', () => {
    const step = 1e-4;
    const at = (change: number): Float64Array =>
      filled((out) =>
        layer.cgf(
          bias,
          inputs.map((input) => input + change),
          out,
        ),
      );
    const [above, here, below] = [at(step), at(0), at(-step)];
    const first = here.map((_, n) => ((above[n] as number) - (below[n] as number)) / (2 * step));
    const second = here.map((c, n) => ((above[n] as number) - 2 * c + (below[n] as number)) / step ** 2);
    expect(
      distance(
        filled((out) => layer.mean(bias, inputs, out)),
        first,
      ),
    ).toBeLessThan(1e-8);
    expect(
      distance(
        filled((out) => layer.covariance(bias, inputs, out)),
        second,
      ),
    ).toBeLessThan(1e-6);
  });

  test('out may be the inputs', () => {
    for (const work of ['cgf', 'mean', 'mode'] as const) {
      const inPlace = inputs.slice();
      layer[work](bias, inPlace, inPlace);
      expect(inPlace).toEqual(filled((out) => layer[work](bias, inputs, out)));
    }
  });

  test('the mode is the likelier state, 0 of equals', () => {
    const mode = filled((out) => layer.mode(bias, inputs, out));
    expect([...mode]).toEqual(table.map(({ one }) => (one > 0.5 ? 1 : 0)));
    expect([...filled((out) => bernoulli(1).mode(Float64Array.of(2), Float64Array.of(-2), out), 1)]).toEqual([0]);
  });

  test('covariance does not vanish too early', () => {
    const one = bernoulli(1);
    const far = filled((out) => one.covariance(Float64Array.of(0), Float64Array.of(60), out), 1);
    expect(far[0] as number).toBeCloseTo(Math.exp(-60), 40);
  });
});

describe('sampling', () => {
  test('asks for one number a unit, with the probability of a 1', () => {
    const asked: number[][] = [];
    const unused = (): never => {
      throw new Error('A Bernoulli layer draws with bernoulli alone.');
    };
    const draws: Draws = {
      uniform: unused,
      categorical: unused,
      normal: unused,
      bernoulli: (probability, row, unit, draw) => {
        asked.push([probability, row, unit, draw]);
        return unit % 2 === 0 ? 1 : 0;
      },
    };
    const out = filled((target) => layer.sample(bias, inputs, target, draws));
    expect([...out]).toEqual(table.map((_, n) => ((n % units) % 2 === 0 ? 1 : 0)));
    expect(asked.map(([, ...address]) => address)).toEqual(table.map((_, n) => [Math.floor(n / units), n % units, 0]));
    expect(
      distance(
        asked.map(([probability]) => probability as number),
        table.map((t) => t.one),
      ),
    ).toBeLessThan(1e-14);
    expect(layer.uniforms).toBe(1);
  });

  test('gives each unit its probability', () => {
    const draws = new LayerDraws(generator(3));
    const counts = new Float64Array(rows * units);
    const sweeps = 20_000;
    for (draws.step = 0; draws.step < sweeps; draws.step++) {
      filled((out) => layer.sample(bias, inputs, out, draws)).forEach((x, n) => {
        counts[n] = (counts[n] as number) + x;
      });
    }
    table.forEach(({ one }, n) => {
      const deviation = Math.sqrt((one * (1 - one)) / sweeps);
      expect(Math.abs((counts[n] as number) / sweeps - one)).toBeLessThan(5 * deviation);
    });
  });
});

describe('energies and statistics', () => {
  const values = Float64Array.of(1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1);
  const scale = Float64Array.of(0.5, -2, 3);

  test('the energy is added', () => {
    const out = filled((target) => layer.addEnergy(bias, values, target), rows);
    const field = (row: number): number =>
      bias.reduce((total, b, i) => total + b * (values[row * units + i] as number), 0);
    expect(
      distance(
        out,
        [0, 1, 2].map((row) => 99 - field(row)),
      ),
    ).toBeLessThan(1e-13);
  });

  test('statistics are −∂E/∂bias, expected statistics ∂Γ/∂bias, by finite differences', () => {
    const step = 1e-5;
    const slope = (f: (theta: Float64Array) => Float64Array): Float64Array =>
      bias.map((_, i) => {
        const [above, below] = [step, -step].map((change) => f(bias.map((b, k) => (k === i ? b + change : b))));
        return (above as Float64Array).reduce((total, a, n) => {
          const row = Math.floor((n * rows) / (above as Float64Array).length);
          return total + ((scale[row] as number) * (a - ((below as Float64Array)[n] as number))) / (2 * step);
        }, 0);
      });
    const energies = slope((theta) => filled((out) => layer.addEnergy(theta, values, out.fill(0)), rows));
    const statistics = filled((out) => layer.addStatistics(bias, values, scale, out), units);
    expect(
      distance(
        statistics,
        energies.map((e) => 99 - e),
      ),
    ).toBeLessThan(1e-8);
    const cumulants = slope((theta) => filled((out) => layer.cgf(theta, inputs, out)));
    const expectations = filled((out) => layer.addExpectedStatistics(bias, inputs, scale, out), units);
    expect(
      distance(
        expectations,
        cumulants.map((c) => 99 + c),
      ),
    ).toBeLessThan(1e-8);
  });
});

test('annealed parameters mix the energies', () => {
  const other = normals(4, units);
  expect(filled((out) => layer.anneal(other, bias, 0, out), units)).toEqual(other);
  expect(filled((out) => layer.anneal(other, bias, 1, out), units)).toEqual(bias);
  const values = Float64Array.of(1, 1, 0, 1, 0);
  const energyAt = (theta: Float64Array): number =>
    filled((out) => layer.addEnergy(theta, values, out.fill(0)), 1)[0] as number;
  const between = filled((out) => layer.anneal(other, bias, 0.3, out), units);
  expect(energyAt(between)).toBeCloseTo(0.7 * energyAt(other) + 0.3 * energyAt(bias), 13);
});

test('absorbed inputs act like received ones', () => {
  const input = inputs.slice(0, units);
  const absorbed = filled((out) => layer.absorb(bias, input, out), units);
  const silence = new Float64Array(units);
  const mean = filled((out) => layer.mean(absorbed, silence, out), units);
  expect(
    distance(
      mean,
      filled((out) => layer.mean(bias, input, out), units),
    ),
  ).toBeLessThan(1e-15);
});

describe('fit', () => {
  test('gives the weighted frequencies, with a featureless pseudocount', () => {
    const one = bernoulli(2);
    const theta = filled((out) => one.fit([1, 0, 1, 1, 0, 0.5], Float64Array.of(1, 2, 1), 2, out), 2);
    const probability = filled((out) => one.mean(theta, new Float64Array(2), out), 2);
    // Unit 0: (1 + 2 + 0 + 1) / (4 + 2); unit 1: (0 + 2 + 0.5 + 1) / (4 + 2).
    expect(distance(probability, [4 / 6, 3.5 / 6])).toBeLessThan(1e-15);
    const sure = filled((out) => one.fit([1, 0], Float64Array.of(1), 0.01, out), 2);
    expect(sure.every(Number.isFinite)).toBe(true);
  });

  test('maximises the likelihood', () => {
    const one = bernoulli(1);
    const data = [1, 1, 0, 1];
    const logLikelihood = (theta: number): number =>
      data.reduce((total, x) => total + theta * x - Math.log1p(Math.exp(theta)), 0);
    const best = filled((out) => one.fit(data, new Float64Array(4).fill(1), 0, out), 1)[0] as number;
    for (const change of [-0.01, 0.01]) expect(logLikelihood(best + change)).toBeLessThan(logLikelihood(best));
  });

  test('refuses values that a unit cannot take', async () => {
    const fit = (): void => bernoulli(2).fit([1, 0, 1, 2], Float64Array.of(1, 1), 0, new Float64Array(2));
    expect(await codeOf(fit)).toBe('DATA_INVALID');
    expect(fit).toThrow(/row 1 has 2 for unit 1/);
  });
});

test('findInvalid tells states from means', () => {
  expect(layer.findInvalid([0, 1, 0, 1], 'states')).toBe(-1);
  expect(layer.findInvalid([0, 1, 0.5, 1], 'states')).toBe(2);
  expect(layer.findInvalid([0, 1, 0.5, 1], 'means')).toBe(-1);
  expect(layer.findInvalid([0, 1.01], 'means')).toBe(1);
  expect(layer.findInvalid([Number.NaN], 'means')).toBe(0);
});

test('states in order, and a choice of units', () => {
  const out = new Float64Array(3).fill(9);
  layer.state(1, out, 1);
  layer.state(0, out, 2);
  expect([...out]).toEqual([9, 1, 0]);
  const chosen = bernoulli(4, { bias: [1, 2, 3, 4] }).select(Uint32Array.of(3, 1));
  expect([chosen.units, ...chosen.initial]).toEqual([2, 4, 2]);
});

test.each([
  ['ARGUMENT_INVALID', () => bernoulli(0)],
  ['ARGUMENT_INVALID', () => bernoulli(1.5)],
  ['SHAPE_MISMATCH', () => bernoulli(2, { bias: [1] })],
  ['NOT_FINITE', () => bernoulli(2, { bias: [1, Number.NaN] })],
])('bad settings are refused: %s', async (code, make) => {
  expect(await codeOf(make)).toBe(code);
});
