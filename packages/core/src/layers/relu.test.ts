import { describe, expect, test } from 'vitest';
import { codeOf, distance } from '../exact/brute-force.testing.js';
import { LayerDraws } from '../random/draws.js';
import { generator } from '../random/generator.js';
import { gaussian } from './gaussian.js';
import type { Draws, Layer } from './layer.js';
import { relu } from './relu.js';

/** One number of a layer of one unit: given its parameters and its input. */
function value(
  work: 'cgf' | 'mean' | 'covariance' | 'mode',
  z: number,
  precision: number,
  layer: Layer = relu(1),
): number {
  const out = Float64Array.of(99);
  // Part of `z` is field, part input.
  layer[work](Float64Array.of(z / 4, precision), Float64Array.of(0.75 * z), out);
  return out[0] as number;
}

/** The sample of one unit to which the generator gives `u`. */
function quantile(z: number, precision: number, u: number): number {
  const unused = (): never => {
    throw new Error('A ReLU unit draws one uniform and nothing else.');
  };
  const draws: Draws = {
    uniform: (row, unit, draw) => (row === 0 && unit === 0 && draw === 0 ? u : unused()),
    bernoulli: unused,
    categorical: unused,
    normal: unused,
  };
  const out = Float64Array.of(99);
  relu(1).sample(Float64Array.of(z / 4, precision), Float64Array.of(0.75 * z), out, draws);
  return out[0] as number;
}

/** `∫ f` between two finite ends, by double-exponential quadrature (Takahasi and Mori 1974). */
function integral(f: (x: number) => number, from: number, to: number): number {
  const step = 1 / 64;
  let sum = 0;
  for (let n = -256; n <= 256; n++) {
    const w = (Math.PI / 2) * Math.sinh(n * step);
    // How far from the nearer end, so that nothing cancels there.
    const share = 1 / (1 + Math.exp(2 * Math.abs(w)));
    const x = w < 0 ? from + (to - from) * share : to - (to - from) * share;
    sum += (f(x) * Math.cosh(n * step)) / Math.cosh(w) ** 2;
  }
  return (((to - from) * Math.PI) / 4) * step * sum;
}

/** Moments and probabilities from the energy alone. */
function byQuadrature(
  z: number,
  precision: number,
): { logTotal: number; moment(n: number): number; cdf(x: number): number } {
  const peak = Math.max(0, z / precision);
  const density = (x: number): number => Math.exp((x - peak) * (z - 0.5 * precision * (x + peak)));
  const reach = Math.min(13 / Math.sqrt(precision), z < 0 ? 45 / -z : Number.POSITIVE_INFINITY);
  const low = Math.max(0, peak - reach);
  const between = (f: (x: number) => number, from: number, to: number): number =>
    from < peak && peak < to ? integral(f, from, peak) + integral(f, peak, to) : integral(f, from, to);
  const total = between(density, low, peak + reach);
  return {
    logTotal: Math.log(total) + peak * (z - 0.5 * precision * peak),
    moment: (n) => between((x) => x ** n * density(x), low, peak + reach) / total,
    cdf: (x) => (x <= low ? 0 : between(density, low, x) / total),
  };
}

function relativeError(given: number, exact: number): number {
  return Math.abs(given - exact) / Math.abs(exact);
}

/** Inputs and precisions around every seam of the formulas. */
const inputs = [-1e6, -3000, -200, -40, -12, -5, -2.1, -2, -1.9, -1, -0.3, 0, 0.3, 1, 3, 9.9, 10.1, 25, 40, 300];
const precisions = [1e-6, 1e-3, 0.2, 1, 3.7, 250, 1e6];
const cases = inputs.flatMap((z) => precisions.map((precision): [number, number] => [z, precision]));

/** Γ, mean and variance in decimal arithmetic of 100 digits, rounded to float64. */
const table: [z: number, precision: number, cgf: number, mean: number, variance: number][] = [
  [0, 1, 0.22579135264472744, 0.7978845608028654, 0.3633802276324187],
  [1, 1, 1.2461847541812228, 1.2875999709391783, 0.6296862857766053],
  [-1, 1, -0.42208311180459074, 0.5251352761609812, 0.1990976655703488],
  [-2, 1, -0.8642458004773592, 0.37321553282284087, 0.11427910041408125],
  [-2.01, 1, -0.8679722517268088, 0.37207570305353976, 0.11368750805959921],
  [3, 0.5, 10.265501078175147, 6.000069627295024, 1.999582231381895],
  [-5, 2, -1.6775975103625096, 0.1763403754931955, 0.02805313323793002],
  [8.5, 0.7, 52.7044188623169, 12.142857142857144, 1.4285714285714286],
  [12, 1, 72.91893853320467, 12, 1],
  [-30, 1, -3.4023054231385244, 0.03325966743367704, 0.001103771511890091],
  [-200, 3, -5.298392352490737, 0.004999250281094018, 2.498875702579174e-5],
  [-10000, 1, -9.210340381976183, 9.99999980000001e-5, 9.99999940000005e-9],
  [-1000000, 0.01, -13.815510557964284, 9.9999999999998e-7, 9.9999999999994e-13],
  [40, 1, 800.9189385332047, 40, 1],
  [10000, 2, 25000000.57236494, 5000, 0.5],
  [5, 1e-6, 12500007.826693812, 5000000, 1000000],
  [-5, 1e-6, -1.6094379524340963, 0.1999999840000032, 0.0399999904000032],
  [-5, 1000000, -6.68594881142754, 0.0007960703824437126, 3.622915942837026e-7],
  [5, 1000000, -6.677969956735611, 0.0007997041895021406, 3.644717302402351e-7],
  [-1e20, 1, -46.051701859880914, 1e-20, 1e-40],
  [1e20, 1, 5e39, 1e20, 1],
];

describe('given inputs', () => {
  test.each(table)('at %d with precision %d: Γ, mean and variance', (z, precision, cgf, mean, variance) => {
    expect(Math.abs(value('cgf', z, precision) - cgf)).toBeLessThan(1e-15 * (2 + Math.abs(cgf)));
    expect(relativeError(value('mean', z, precision), mean)).toBeLessThan(2e-15);
    expect(relativeError(value('covariance', z, precision), variance)).toBeLessThan(2e-14);
  });

  test('Γ normalises, and the moments are those of the energy', () => {
    for (const [z, precision] of cases) {
      const exact = byQuadrature(z, precision);
      const where = `z ${z}, precision ${precision}`;
      const mean = exact.moment(1);
      expect(Math.abs(value('cgf', z, precision) - exact.logTotal), where).toBeLessThan(
        1e-13 * (1 + Math.abs(exact.logTotal)),
      );
      expect(relativeError(value('mean', z, precision), mean), where).toBeLessThan(1e-13);
      const square = value('mean', z, precision) ** 2 + value('covariance', z, precision);
      expect(relativeError(square, exact.moment(2)), where).toBeLessThan(1e-13);
    }
  });

  test('the mean is the derivative of Γ, the variance that of the mean', () => {
    for (const [z, precision] of cases) {
      // A step of a hundredth of what matters, with differences of order 6.
      const step = 0.01 * Math.max(Math.sqrt(precision), Math.abs(z));
      const slope = (work: 'cgf' | 'mean'): number => {
        const difference = (n: number): number =>
          value(work, z + n * step, precision) - value(work, z - n * step, precision);
        return (45 * difference(1) - 9 * difference(2) + difference(3)) / (60 * step);
      };
      const where = `z ${z}, precision ${precision}`;
      const rounding = (size: number): number => (1e-14 * Math.abs(size)) / step;
      const [mean, variance] = [value('mean', z, precision), value('covariance', z, precision)];
      expect(Math.abs(slope('cgf') - mean), where).toBeLessThan(1e-9 * mean + rounding(value('cgf', z, precision)));
      expect(Math.abs(slope('mean') - variance), where).toBeLessThan(1e-9 * variance + rounding(mean));
    }
  });

  test('expected statistics are the derivatives of Γ in field and precision', () => {
    const layer = relu(2);
    for (const [z, precision] of cases.filter(([, each]) => each > 1e-6)) {
      const parameters = Float64Array.of(0.4 * z, -0.3 * z, precision, 2 * precision);
      const row = Float64Array.of(0.6 * z, 1.3 * z, 0.5 * z, z);
      const scale = Float64Array.of(1.5, -0.5);
      const total = (theta: Float64Array): number => {
        const out = new Float64Array(4);
        layer.cgf(theta, row, out);
        return out.reduce((sum, x, n) => sum + x * (scale[n >> 1] as number), 0);
      };
      const given = new Float64Array(4);
      layer.addExpectedStatistics(parameters, row, scale, given);
      for (let p = 0; p < 4; p++) {
        const step = p < 2 ? 0.01 * Math.max(Math.sqrt(precision), Math.abs(z)) : 0.01 * (parameters[p] as number);
        const at = (n: number): number => total(parameters.map((x, k) => (k === p ? x + n * step : x)));
        const difference = (n: number): number => at(n) - at(-n);
        const slope = (45 * difference(1) - 9 * difference(2) + difference(3)) / (60 * step);
        const rounding = (1e-14 * (1 + Math.abs(total(parameters)))) / step;
        expect(Math.abs((given[p] as number) - slope), `parameter ${p} at z ${z}, precision ${precision}`).toBeLessThan(
          1e-8 * Math.abs(slope) + 10 * rounding,
        );
      }
    }
  });

  test('far below 0 nothing cancels, far above nothing overflows', () => {
    for (const z of [-1e5, -1e9, -1e30, -1e150]) {
      expect(relativeError(value('mean', z, 1), 1 / -z)).toBeLessThan(3 / z ** 2 + 1e-15);
      expect(relativeError(value('covariance', z, 1), 1 / z ** 2)).toBeLessThan(7 / z ** 2 + 1e-15);
      expect(Math.abs(value('cgf', z, 1) + Math.log(-z))).toBeLessThan(2 / z ** 2 + 1e-12);
    }
    for (const z of [30, 1e9, 1e150]) {
      for (const work of ['cgf', 'mean', 'covariance'] as const) {
        expect(relativeError(value(work, z, 0.5), value(work, z, 0.5, gaussian(1)))).toBeLessThan(1e-15);
      }
    }
  });

  test('the mode is the rectified mean of the uncut distribution', () => {
    expect(value('mode', 3, 2)).toBe(1.5);
    expect(value('mode', -3, 2)).toBe(0);
    expect(value('mode', 0, 2)).toBe(0);
  });
});

test('it is the limit of a two-sided unit whose precision below 0 grows', () => {
  const steep = 1e8;
  for (const [z, precision] of [
    [-2, 1],
    [0.5, 0.3],
    [3, 2],
  ] as const) {
    const above = byQuadrature(z, precision);
    // The energy above 0 is a ReLU unit's; below, −x is one as well, of another precision and the opposite input.
    const twoSided = (below: number): { cgf: number; mean: number } => {
      const negative = byQuadrature(-z, below);
      const share = 1 / (1 + Math.exp(negative.logTotal - above.logTotal));
      return {
        cgf: above.logTotal - Math.log(share),
        mean: share * above.moment(1) - (1 - share) * negative.moment(1),
      };
    };
    for (const [work, exact] of [
      ['cgf', (below: number) => twoSided(below).cgf],
      ['mean', (below: number) => twoSided(below).mean],
    ] as const) {
      const [near, nearer] = [steep, 100 * steep].map((below) => Math.abs(exact(below) - value(work, z, precision)));
      // What is left below 0 falls like 1/√γ₋: √(π / 2γ₋) in units of the whole.
      expect(near).toBeLessThan(3e-3);
      expect((near as number) / (nearer as number)).toBeCloseTo(10, 1);
    }
  }
});

describe('sampling', () => {
  test('inverts the distribution function, in the middle and in both tails', () => {
    const uniforms = [2 ** -24, 1e-5, 0.01, 0.2, 0.4999, 0.5, 0.5001, 0.8, 0.99, 1 - 1e-5, 1 - 2 ** -24];
    for (const [z, precision] of cases) {
      const exact = byQuadrature(z, precision);
      for (const u of uniforms) {
        const x = quantile(z, precision, u);
        expect(Number.isFinite(x) && x >= 0).toBe(true);
        // Far above 0 the distribution is narrow for the spacing of numbers.
        const spacing = (2 ** -52 * Math.max(z, 0)) / Math.sqrt(precision);
        expect(Math.abs(exact.cdf(x) - u), `z ${z}, precision ${precision}, u ${u}`).toBeLessThan(1e-13 + spacing);
      }
    }
  });

  test('has the right upper tail', () => {
    const upper = 2 ** -24;
    for (const [z, precision] of cases) {
      const x = quantile(z, precision, 1 - upper);
      // P(X > x) = exp(z x − ½ γ x² + Γ(z − γ x) − Γ(z)): beyond x the unit is again one of its kind.
      const exponent = (z - 0.5 * precision * x) * x;
      const left = exponent + value('cgf', z - precision * x, precision) - value('cgf', z, precision);
      const rounding = 1e-14 * (Math.abs(exponent) + Math.abs(value('cgf', z, precision)));
      expect(Math.abs(left - Math.log(upper)), `z ${z}, precision ${precision}`).toBeLessThan(1e-12 + rounding);
    }
  });

  test('grows with the uniform, and is finite for every one and any input', () => {
    for (const [z, precision] of [...cases, [-1e100, 1], [1e100, 1], [-1e150, 1e-6]] as const) {
      let before = 0;
      for (let n = 0; n < 100; n++) {
        const x = quantile(z, precision, (n + 0.5) / 100);
        expect(x >= before && Number.isFinite(x)).toBe(true);
        before = x;
      }
    }
  });

  test('midpoints reproduce mean and variance', () => {
    const count = 20_000;
    for (const [z, precision] of [
      [-8, 1],
      [-0.5, 2],
      [2, 0.5],
    ] as const) {
      const samples = Float64Array.from({ length: count }, (_, n) => quantile(z, precision, (n + 0.5) / count));
      const mean = samples.reduce((sum, x) => sum + x, 0) / count;
      const variance = samples.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
      // The midpoint rule cuts the upper tail short, by about 1 / count.
      expect(relativeError(mean, value('mean', z, precision))).toBeLessThan(1e-4);
      expect(relativeError(variance, value('covariance', z, precision))).toBeLessThan(2e-3);
    }
  });

  test('gives mean and variance', () => {
    const field = [-6, -1, 0, 2, 8];
    const precision = [1, 0.5, 1, 3, 0.25];
    const units = field.length;
    const layer = relu(units, { field, precision });
    const rows = 100_000;
    const silence = new Float64Array(rows * units);
    const samples = new Float64Array(rows * units);
    layer.sample(layer.initial, silence, samples, new LayerDraws(generator(11)));
    for (let i = 0; i < units; i++) {
      const z = field[i] as number;
      const gamma = precision[i] as number;
      const exact = byQuadrature(z, gamma);
      const [mean, variance] = [exact.moment(1), exact.moment(2) - exact.moment(1) ** 2];
      let [sum, squares, quads] = [0, 0, 0];
      for (let row = 0; row < rows; row++) {
        const x = (samples[row * units + i] as number) - mean;
        sum += x;
        squares += x * x;
        quads += x ** 4;
      }
      expect(Math.abs(sum / rows) / Math.sqrt(variance / rows)).toBeLessThan(4);
      const spread = Math.sqrt((quads / rows - variance ** 2) / rows);
      expect(Math.abs(squares / rows - variance) / spread).toBeLessThan(4);
    }
  });
});

test('the statistics are −∂E/∂θ, and annealed parameters mix energies', () => {
  const layer = relu(3);
  const [from, to] = [Float64Array.of(0.5, -1, 2, 1, 0.2, 3), Float64Array.of(-0.5, 0, 1, 2, 2, 0.1)];
  const values = Float64Array.of(0, 1.5, 2, 0.3, 0, 4);
  const scale = Float64Array.of(2, -0.7);
  const energy = (theta: Float64Array): Float64Array => {
    const out = new Float64Array(2);
    layer.addEnergy(theta, values, out);
    return out;
  };
  const statistics = new Float64Array(6);
  layer.addStatistics(from, values, scale, statistics);
  // Energies are linear in the parameters: differences are exact.
  const slopes = from.map((_, p) => {
    const changed = energy(from.map((x, k) => (k === p ? x + 1 : x)));
    return energy(from).reduce((sum, e, row) => sum - (scale[row] as number) * ((changed[row] as number) - e), 0);
  });
  expect(distance(statistics, slopes)).toBeLessThan(1e-13);
  const between = new Float64Array(6);
  layer.anneal(from, to, 0.3, between);
  const mixed = energy(from).map((e, row) => 0.7 * e + 0.3 * (energy(to)[row] as number));
  expect(distance(energy(between), mixed)).toBeLessThan(1e-13);
});

describe('fit', () => {
  function fitted(values: ArrayLike<number>, pseudocount: number): [field: number, precision: number] {
    const out = new Float64Array(2);
    relu(1).fit(values, new Float64Array(values.length).fill(1), pseudocount, out);
    return [out[0] as number, out[1] as number];
  }

  /** Two points with a given mean and variance. */
  const pair = (mean: number, variance: number): number[] => [mean - Math.sqrt(variance), mean + Math.sqrt(variance)];

  test.each([
    [0, 1],
    [2, 1],
    [-3, 0.5],
    [30, 4],
    [-1, 1e4],
    [0.01, 1e-4],
    [-12, 0.3],
  ])('gives field %d and precision %d back from their moments', (field, precision) => {
    const [mean, variance] = [value('mean', field, precision), value('covariance', field, precision)];
    const [foundField, foundPrecision] = fitted(pair(mean, variance), 0);
    // Near the exponential limit the moments say little about the precision.
    const tolerance = field < -10 ? 1e-8 : 1e-10;
    expect(relativeError(foundPrecision, precision)).toBeLessThan(tolerance);
    expect(Math.abs(foundField - field)).toBeLessThan(tolerance * Math.max(Math.abs(field), Math.sqrt(precision)));
  });

  test('recovers parameters from a large sample', () => {
    const units = 40_000;
    for (const [field, precision] of [
      [1.5, 2],
      [-0.5, 0.7],
    ] as const) {
      const samples = new Float64Array(units);
      const layer = relu(1, { field: [field], precision: [precision] });
      layer.sample(layer.initial, new Float64Array(units), samples, new LayerDraws(generator(5)));
      const found = fitted(samples, 1);
      expect(Math.abs(found[0] - field)).toBeLessThan(0.05);
      expect(Math.abs(found[1] - precision)).toBeLessThan(0.06);
    }
  });

  test('maximises the likelihood, at the minimum of the precision too', () => {
    const logLikelihood = (data: readonly number[], field: number, precision: number): number =>
      data.reduce((sum, x) => sum + field * x - 0.5 * precision * x * x, 0) -
      data.length * value('cgf', field, precision);
    for (const data of [
      [0.2, 1, 1.7],
      [3, 3.1, 2.8, 3.3],
      [0, 0.1, 0, 5],
      [0, 0, 1],
    ]) {
      const [field, precision] = fitted(data, 0);
      const best = logLikelihood(data, field, precision);
      for (const change of [-1e-3, 1e-3]) {
        expect(logLikelihood(data, field * (1 + change), precision)).toBeLessThan(best);
        if (change > 0 || precision > 1e-6) {
          expect(logLikelihood(data, field, precision * (1 + change))).toBeLessThan(best);
        }
      }
    }
  });

  test('data as broad as an exponential distribution, or broader, leave the precision at its minimum', () => {
    for (const data of [pair(2, 4), [0, 0, 0, 8]]) {
      const [field, precision] = fitted(data, 0);
      expect(precision).toBe(1e-6);
      expect(relativeError(value('mean', field, precision), 2)).toBeLessThan(1e-13);
    }
  });

  test('the pseudocount adds a half-normal unit', () => {
    const half = integral((x) => x * Math.sqrt(2 / Math.PI) * Math.exp(-0.5 * x * x), 0, 13);
    const alone = fitted([], 1);
    expect(Math.abs(alone[0])).toBeLessThan(1e-14);
    expect(relativeError(alone[1], 1)).toBeLessThan(1e-14);
    const [field, precision] = fitted([2, 3, 4], 2);
    expect(relativeError(value('mean', field, precision), (9 + 2 * half) / 5)).toBeLessThan(1e-13);
    const square = value('covariance', field, precision) + value('mean', field, precision) ** 2;
    expect(relativeError(square, (4 + 9 + 16 + 2) / 5)).toBeLessThan(1e-13);
    for (const constant of [0, 1e-9, 3, 1e3]) expect(fitted([constant, constant], 1).every(Number.isFinite)).toBe(true);
  });

  test('never gives NaN, and refuses what no unit can be', async () => {
    for (const constant of [0, 1e-9, 3, 1e6]) expect(fitted([constant, constant], 0).some(Number.isNaN)).toBe(false);
    for (const bad of [-0.1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await codeOf(() => void fitted([1, bad], 1))).toBe('DATA_INVALID');
    }
  });
});

test('states and means are numbers from 0', () => {
  const layer = relu(2);
  expect([layer.states, layer.width, layer.uniforms, layer.kind]).toEqual([null, 1, 1, 'relu']);
  for (const as of ['states', 'means'] as const) {
    expect(layer.findInvalid([0, 2.5, 1e9, 0.1], as)).toBe(-1);
    expect(layer.findInvalid([0, 1, -1e-9, 1], as)).toBe(2);
    expect(layer.findInvalid([0, Number.NaN], as)).toBe(1);
    expect(layer.findInvalid([Number.POSITIVE_INFINITY, 1], as)).toBe(0);
  }
});

test.each([
  ['ARGUMENT_INVALID', () => relu(0)],
  ['ARGUMENT_INVALID', () => relu(1, { precision: [0] })],
  ['ARGUMENT_INVALID', () => relu(1, { precision: [-1] })],
  ['SHAPE_MISMATCH', () => relu(2, { field: [1] })],
  ['NOT_FINITE', () => relu(2, { field: [1, Number.NaN] })],
])('bad settings are refused: %s', async (code, make) => {
  expect(await codeOf(make)).toBe(code);
});
