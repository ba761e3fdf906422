import { RbmError } from '@rbm/core';
import { Branches } from '../branches.js';
import { agree, demand, demandCentred } from './agreement.js';
import { extremeCases } from './check-cumulants.js';
import { KnownDraws } from './known-draws.js';
import { RecordedDraws } from './recorded-draws.js';
import {
  type Case,
  covariance,
  describeCase,
  type Law,
  law,
  mean,
  randomInputs,
  randomParameters,
  type Subject,
  sample,
} from './subject.js';

const SAMPLES = 4000;
/** Bins hold at least so many samples on average, so that χ² has its limiting distribution. */
const FULL_ENOUGH = 10;

function repeat(input: Float64Array, rows: number): Float64Array {
  return Float64Array.from({ length: rows * input.length }, (_, n) => input[n % input.length] as number);
}

/** Samples are states, and follow the distribution: χ² of a histogram, and the first two moments. */
export function checkSampling({ unit, cases, random }: Subject): void {
  const { width } = unit;
  cases.forEach((each, n) => {
    const draws = new RecordedDraws(random.fork('samples'), n);
    const samples = sample(unit, each.parameters, repeat(each.input, SAMPLES), draws);
    const invalid = unit.findInvalid(samples, 'states');
    demand(invalid < 0, `sample ${each.where}: found ${samples[invalid]}, which is no state.`);
    const exact = law(unit, each);
    demandHistogram(unit.states !== null, samples, exact, width, each);
    const centre = mean(unit, each.parameters, each.input);
    const spread = covariance(unit, each.parameters, each.input);
    for (let k = 0; k < width; k++) {
      const moved = Float64Array.from(
        { length: SAMPLES },
        (_, row) => (samples[row * width + k] as number) - (centre[k] as number),
      );
      const variance = spread[k * width + k] as number;
      const off = moved.reduce((sum, x) => sum + x, 0) / SAMPLES;
      // From the known variance, which a rare state that never came up cannot make too small.
      const allowed = 5 * Math.sqrt(variance / SAMPLES) + 1e-9;
      demand(
        Math.abs(off) <= allowed,
        `mean of ${SAMPLES} samples ${each.where}: off by ${off}, wanted 0 within ${allowed}.`,
      );
      if (unit.states === null) {
        demandCentred(
          `variance of samples ${each.where}`,
          moved.map((x) => x * x - variance),
        );
      }
    }
  });
}

/** How far a probability may be from one that is worked out by enumerating all draws. */
const ROUNDING = 1e-9;
/** Points of the known draws where draws are no choices of a few, and how far a distribution of theirs may be from the exact one. */
const POINTS = 8192;

/**
 * The distribution of the samples without noise: choices of a few outcomes are enumerated, each with its probability; uniform and
 * normal numbers are known ones, which fill their range evenly.
 */
export function checkSampleDistribution(subject: Subject): void {
  const { unit, cases } = subject;
  const exactly = unit.states === null ? cases : [...cases, ...extremeCases(subject)];
  for (const each of exactly) {
    const exact = law(unit, each);
    const found = enumerateSamples(unit, each);
    if (found) demandProbabilities(found, exact, unit.width, each, ROUNDING);
  }
  for (const [n, each] of cases.entries()) {
    const recorded = new RecordedDraws(subject.random.fork('draws'), n);
    sample(unit, each.parameters, each.input, recorded);
    const used = [...(recorded.drawn.get('0:0') ?? [])].filter((draw) => !recorded.sines.has(draw));
    const exact = law(unit, each);
    const points = sample(unit, each.parameters, repeat(each.input, POINTS), new KnownDraws(POINTS, used));
    // A lattice of several dimensions fills its cube almost as evenly as quantiles fill a line.
    const tolerance = used.length === 1 ? 2 / POINTS : (4 * used.length ** 2) / POINTS;
    if (unit.states === null) demandCumulative(points, exact, each, tolerance);
    else demandProbabilities(frequencies(points, exact, unit.width), exact, unit.width, each, tolerance * unit.width);
  }
}

/** The probability of each state, over all outcomes of the draws; nothing if a draw has a continuum of them. */
function enumerateSamples(unit: Subject['unit'], each: Case): Float64Array | undefined {
  if (unit.states === null) return undefined;
  const branches = new Branches();
  const exact = law(unit, each);
  const found = new Float64Array(exact.probabilities.length);
  do {
    let values: Float64Array;
    try {
      values = sample(unit, each.parameters, each.input, new RecordedDraws(branches.begin(), 0));
    } catch (error) {
      if (RbmError.isInstance(error) && error.code === 'UNSUPPORTED') return undefined;
      throw new Error(`sample ${each.where}: ${(error as Error).message}`, { cause: error });
    }
    const state = stateOf(values, 0, exact, unit.width);
    found[state] = (found[state] as number) + branches.probability;
  } while (branches.advance());
  return found;
}

function frequencies(samples: Float64Array, exact: Law, width: number): Float64Array {
  const found = new Float64Array(exact.probabilities.length);
  const share = width / samples.length;
  for (let start = 0; start < samples.length; start += width) {
    const state = stateOf(samples, start, exact, width);
    found[state] = (found[state] as number) + share;
  }
  return found;
}

function demandProbabilities(
  found: Float64Array,
  { points, probabilities }: Law,
  width: number,
  { where }: Case,
  tolerance: number,
): void {
  probabilities.forEach((wanted, n) => {
    demand(
      Math.abs((found[n] as number) - wanted) <= tolerance,
      `sample ${where}: the state [${points.slice(n * width, (n + 1) * width)}] comes with probability ${found[n]}, wanted ${wanted} ` +
        `within ${tolerance}, over all outcomes of the draws.`,
    );
  });
}

/** The shares of samples below the ends of the panels. */
function demandCumulative(samples: Float64Array, { panels }: Law, { where }: Case, tolerance: number): void {
  const sorted = samples.slice().sort();
  let [below, wanted] = [0, 0];
  for (const { end, mass } of panels) {
    wanted += mass;
    while (below < sorted.length && (sorted[below] as number) <= end) below++;
    const found = below / sorted.length;
    demand(
      Math.abs(found - wanted) <= tolerance,
      `sample ${where}: a share of ${found} is at most ${end}, wanted ${wanted} within ${tolerance}, over draws that fill their range ` +
        'evenly.',
    );
  }
}

/** χ² of the samples in bins, brought to a normal number by Wilson and Hilferty (1931), below 5. */
function demandHistogram(finite: boolean, samples: Float64Array, exact: Law, width: number, { where }: Case): void {
  const masses = finite ? exact.probabilities : Float64Array.from(exact.panels, ({ mass }) => mass);
  const counts = new Float64Array(masses.length);
  for (let start = 0; start < samples.length; start += width) {
    const bin = finite ? stateOf(samples, start, exact, width) : panelOf(samples[start] as number, exact);
    counts[bin] = (counts[bin] as number) + 1;
  }
  let [chiSquare, bins, expected, found] = [0, 0, 0, 0];
  const rest = { expected: 0, found: 0 };
  masses.forEach((mass, bin) => {
    expected += SAMPLES * mass;
    found += counts[bin] as number;
    if (expected < FULL_ENOUGH) return;
    chiSquare += (found - expected) ** 2 / expected;
    bins += 1;
    [expected, found] = [0, 0];
  });
  [rest.expected, rest.found] = [expected, found];
  // What is left over after the last full bin: a few counts, Poisson distributed.
  demand(
    rest.found <= rest.expected + 5 * Math.sqrt(rest.expected) + 5,
    `sample ${where}: found ${rest.found} of ${SAMPLES} in the rarest states, wanted about ${rest.expected}.`,
  );
  const freedom = bins - 1;
  if (freedom < 1) return;
  const variance = 2 / (9 * freedom);
  const score = (Math.cbrt(chiSquare / freedom) - (1 - variance)) / Math.sqrt(variance);
  demand(
    score < 5,
    `sample ${where}: χ² of ${SAMPLES} samples is ${chiSquare} in ${bins} bins, ${score} standard deviations above what ` +
      'it should be, wanted less than 5.',
  );
}

function stateOf(samples: Float64Array, start: number, { points }: Law, width: number): number {
  for (let n = 0; n < points.length / width; n++) {
    let same = true;
    for (let k = 0; k < width; k++) same &&= samples[start + k] === points[n * width + k];
    if (same) return n;
  }
  throw new Error(`sample: found [${samples.slice(start, start + width)}], which is none of the states.`);
}

function panelOf(x: number, { panels }: Law): number {
  let [low, high] = [0, panels.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x <= (panels[middle]?.end as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The law of total variance: over random inputs, the variance of samples is the mean of the conditional covariance plus
 * the variance of the conditional mean. Row by row the difference of the two sides has expectation 0.
 */
export function checkTotalVariance({ unit, random, inputScale }: Subject): void {
  const { width } = unit;
  const rows = 2 * SAMPLES;
  for (let n = 0; n < 3; n++) {
    const parameters = randomParameters(unit, random.fork('total variance'), n);
    const inputs = randomInputs(rows * width, inputScale / 2, random.fork('total variance inputs'), n);
    const samples = sample(unit, parameters, inputs, new RecordedDraws(random.fork('total variance samples'), n));
    const means = mean(unit, parameters, inputs);
    const spreads = covariance(unit, parameters, inputs);
    const centre = new Float64Array(width);
    means.forEach((m, i) => {
      centre[i % width] = (centre[i % width] as number) + m / rows;
    });
    for (let j = 0; j < width; j++) {
      for (let k = 0; k <= j; k++) {
        const product = (values: Float64Array, row: number): number =>
          ((values[row * width + j] as number) - (centre[j] as number)) *
          ((values[row * width + k] as number) - (centre[k] as number));
        const residuals = Float64Array.from(
          { length: rows },
          (_, row) => product(samples, row) - product(means, row) - (spreads[(row * width + j) * width + k] as number),
        );
        demandCentred(`total variance [${j}, ${k}] ${describeCase(parameters, [])}`, residuals);
      }
    }
  }
}

/** Whatever its input, a unit draws the same numbers: each once, below `uniforms`, from its own row and unit. */
export function checkUniforms(subject: Subject): void {
  const { unit, cases, random, make } = subject;
  let first: string | undefined;
  [...cases, ...extremeCases(subject)].forEach((each, n) => {
    const rows = 64;
    const draws = new RecordedDraws(random.fork('uniforms'), n);
    const samples = sample(unit, each.parameters, repeat(each.input, rows), draws);
    const invalid = unit.findInvalid(samples, 'states');
    demand(invalid < 0, `sample ${each.where}: found ${samples[invalid]}, which is no state.`);
    for (let row = 0; row < rows; row++) {
      const list = [...(draws.drawn.get(`${row}:0`) ?? [])].sort((a, b) => a - b);
      demand(
        list.every((draw) => Number.isInteger(draw) && draw >= 0 && draw < unit.uniforms),
        `sample ${each.where}: draws [${list}], wanted whole numbers from 0 to ${unit.uniforms - 1}, as declared.`,
      );
      demand(new Set(list).size === list.length, `sample ${each.where}: draws [${list}], one of them twice.`);
      first ??= list.join();
      demand(list.join() === first, `sample ${each.where}: draws [${list}], wanted [${first}] as for other inputs.`);
    }
    demand(draws.drawn.size === rows, `sample ${each.where}: drew for ${draws.drawn.size} units, wanted ${rows}.`);
  });
  const units = 19;
  const layer = make(units);
  const draws = new RecordedDraws(random, 0);
  sample(layer, layer.initial, new Float64Array(2 * units * layer.width), draws);
  const wanted = Array.from({ length: 2 * units }, (_, n) => `${Math.floor(n / units)}:${n % units}`)
    .sort()
    .join();
  const found = [...draws.drawn.keys()].sort().join();
  demand(found === wanted, `sample: drew at row:unit ${found}, wanted ${wanted}.`);
  agree(
    'draws',
    [...draws.drawn.values()].map((list) => list.length),
    new Array(2 * units).fill(first?.split(',').length),
    0,
  );
}
