import { agree, demand, demandCentred } from './agreement.js';
import { extremeCases } from './check-cumulants.js';
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
  const layer = make(3);
  const draws = new RecordedDraws(random, 0);
  sample(layer, layer.initial, new Float64Array(2 * 3 * layer.width), draws);
  const wanted = ['0:0', '0:1', '0:2', '1:0', '1:1', '1:2'].join();
  const found = [...draws.drawn.keys()].sort().join();
  demand(found === wanted, `sample: drew at row:unit ${found}, wanted ${wanted}.`);
  agree(
    'draws',
    [...draws.drawn.values()].map((list) => list.length),
    new Array(6).fill(first?.split(',').length),
    0,
  );
}
