import { agree, demand, demandFinite } from './agreement.js';
import { derivative } from './derivative.js';
import {
  cgf,
  covariance,
  describeCase,
  dot,
  energies,
  expectation,
  law,
  mean,
  mode,
  randomParameters,
  type Subject,
  withInput,
} from './subject.js';

/** Γ is the logarithm of the sum, or integral, of `exp(I · x − E(x))`. */
export function checkNormalisation({ unit, cases }: Subject): void {
  for (const each of cases) {
    agree(`cgf ${each.where}`, cgf(unit, each.parameters, each.input), [law(unit, each).logNormaliser], 1e-9);
  }
}

/** The mean is ∂Γ/∂I, and the mean of the distribution; at extreme inputs too. */
export function checkMean(subject: Subject): void {
  const { unit, cases } = subject;
  for (const each of cases) {
    const found = mean(unit, each.parameters, each.input);
    const slopes = Float64Array.from(
      { length: unit.width },
      (_, k) => derivative((input) => cgf(unit, each.parameters, input), each.input, k)[0] as number,
    );
    agree(`mean, as ∂cgf/∂input, ${each.where}`, found, slopes, 1e-7);
  }
  for (const each of [...cases, ...extremeCases(subject)]) {
    const wanted = expectation(law(unit, each), unit.width, (x) => x);
    agree(`mean, over the distribution, ${each.where}`, mean(unit, each.parameters, each.input), wanted, 1e-8);
  }
}

/** The covariance is ∂mean/∂I, that of the distribution, symmetric and positive semidefinite. */
export function checkCovariance({ unit, cases, random }: Subject): void {
  const { width } = unit;
  for (const each of cases) {
    const found = covariance(unit, each.parameters, each.input);
    const centre = mean(unit, each.parameters, each.input);
    for (let k = 0; k < width; k++) {
      const column = derivative((input) => mean(unit, each.parameters, input), each.input, k);
      const mine = column.map((_, j) => found[j * width + k] as number);
      agree(`covariance, as ∂mean/∂input[${k}], ${each.where}`, mine, column, 1e-7);
      const row = found.slice(k * width, (k + 1) * width);
      agree(`covariance row ${k}, against column ${k}, ${each.where}`, row, mine, 1e-12);
    }
    const wanted = expectation(law(unit, each), width, (x) =>
      found.map((_, n) => {
        const [j, k] = [Math.floor(n / width), n % width];
        return ((x[j] as number) - (centre[j] as number)) * ((x[k] as number) - (centre[k] as number));
      }),
    );
    agree(`covariance, over the distribution, ${each.where}`, found, wanted, 1e-8);
    for (let trial = 0; trial < 8; trial++) {
      const direction = Float64Array.from({ length: width }, (_, k) => random.normal(trial, k, 0, 0));
      const along = direction.reduce((sum, d, j) => sum + d * dot(direction, found, j * width), 0);
      demand(along >= -1e-12, `covariance ${each.where}: ${along} along [${direction}], wanted ≥ 0.`);
    }
  }
}

/** The mode has the largest `I · x − E(x)`; of equal states it is the first. */
export function checkMode(subject: Subject): void {
  const { unit } = subject;
  for (const each of [...subject.cases, ...extremeCases(subject)]) {
    const { logWeights, points } = law(unit, each);
    const best = logWeights.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const slack = 1e-12 * (1 + Math.abs(best));
    const found = mode(unit, each.parameters, each.input);
    demand(unit.findInvalid(found, 'states') < 0, `mode ${each.where}: found [${found}], which is no state.`);
    if (unit.states !== null) {
      const first = logWeights.findIndex((w) => w >= best - slack);
      agree(`mode ${each.where}`, found, points.slice(first * unit.width, (first + 1) * unit.width), 0);
    } else {
      const here = dot(each.input, found, 0) - (energies(unit, each.parameters, found)[0] as number);
      demand(
        here >= best - 1e3 * slack,
        `mode ${each.where}: found ${found[0]} with log density ${here}, wanted at least ${best} within ${1e3 * slack}.`,
      );
    }
  }
}

/** What a declared minimum allows gives finite numbers: at the minimum, just above it, and far from it. */
export function checkConstraints({ unit, random, extremes, inputScale }: Subject): void {
  const inputs = [0, inputScale, -inputScale, ...extremes];
  const minimums = unit.parameters.flatMap(({ shape, minimum }) =>
    Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => minimum),
  );
  const raised = (by: number): Float64Array => Float64Array.from(minimums, (m) => (Number.isFinite(m) ? m + by : 0));
  const allowed = [raised(0), raised(1e-3), raised(1), raised(1e3)];
  // Where no minimum is declared, normal numbers fall on both sides of any that there should be.
  for (let row = 0; row < 16; row++) allowed.push(randomParameters(unit, random.fork('constraints'), row));
  for (const parameters of allowed) {
    for (const input of inputs) {
      demandAllFinite(unit, parameters, new Float64Array(unit.width).fill(input), 'which its minimums allow');
    }
  }
}

/** No overflow in anything computed from the largest inputs. */
export function checkExtremes(subject: Subject): void {
  for (const { parameters, input } of extremeCases(subject)) {
    demandAllFinite(subject.unit, parameters, input, 'an extreme input');
    const [spread] = covariance(subject.unit, parameters, input);
    demand(
      (spread as number) >= 0,
      `variance ${describeCase(parameters, input)}: ${spread}, wanted at least 0 at an extreme input.`,
    );
    const each = { parameters, input, where: describeCase(parameters, input) };
    agree(`cgf ${each.where}`, cgf(subject.unit, parameters, input), [law(subject.unit, each).logNormaliser], 1e-8);
  }
}

function demandAllFinite(unit: Subject['unit'], parameters: Float64Array, input: Float64Array, why: string): void {
  const where = `${describeCase(parameters, input)}, ${why}`;
  demandFinite(`cgf ${where}`, cgf(unit, parameters, input));
  demandFinite(`mean ${where}`, mean(unit, parameters, input));
  demandFinite(`covariance ${where}`, covariance(unit, parameters, input));
  demandFinite(`mode ${where}`, mode(unit, parameters, input));
  const expected = new Float64Array(parameters.length);
  unit.addExpectedStatistics(parameters, input, Float64Array.of(1), expected);
  demandFinite(`expected statistics ${where}`, expected);
}

/** The first cases, with extreme inputs in one of their numbers. */
export function extremeCases({ unit, cases, extremes }: Subject): Subject['cases'] {
  return cases.slice(0, 3).flatMap((each) =>
    extremes.map((extreme, n) => {
      const input = each.input.slice();
      input[n % unit.width] = extreme;
      return withInput(each, input);
    }),
  );
}
