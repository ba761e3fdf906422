import { agree, demand, demandFinite } from './agreement.js';
import { RecordedDraws } from './recorded-draws.js';
import {
  added,
  allStates,
  cgf,
  describeCase,
  dot,
  energies,
  filled,
  law,
  randomInputs,
  randomParameters,
  type Subject,
  sample,
  someValues,
} from './subject.js';

/** Annealed parameters have the energy `(1 − β) E_from + β E_to` at every state; at the ends they act like either. */
export function checkAnnealing({ unit, cases }: Subject): void {
  for (let n = 1; n < cases.length; n++) {
    const [from, to] = [cases[n - 1] as Subject['cases'][0], cases[n] as Subject['cases'][0]];
    const values = someValues(unit, law(unit, to));
    const [start, end] = [from, to].map(({ parameters }) => energies(unit, parameters, values)) as [
      Float64Array,
      Float64Array,
    ];
    for (const beta of [0, 0.3, 0.85, 1]) {
      const between = filled(to.parameters.length, (out) => unit.anneal(from.parameters, to.parameters, beta, out));
      const wanted = start.map((e, row) => (1 - beta) * e + beta * (end[row] as number));
      agree(`energy annealed to β = ${beta}, ${to.where}`, energies(unit, between, values), wanted, 1e-10);
      const own = beta === 0 ? from : beta === 1 ? to : undefined;
      if (!own) continue;
      const ends = cgf(unit, own.parameters, to.input);
      agree(`cgf annealed to β = ${beta}, ${to.where}`, cgf(unit, between, to.input), ends, 1e-12);
    }
  }
}

/** Absorbed inputs: `E_out(x) = E(x) − I · x` at every state. */
export function checkAbsorption({ unit, cases }: Subject): void {
  for (const each of cases) {
    const values = someValues(unit, law(unit, each));
    const out = filled(each.parameters.length, (target) => unit.absorb(each.parameters, each.input, target));
    const wanted = energies(unit, each.parameters, values).map(
      (e, row) => e - dot(each.input, values, row * unit.width),
    );
    agree(`energy with the input absorbed, ${each.where}`, energies(unit, out, values), wanted, 1e-10);
    const silent = new Float64Array(unit.width);
    const received = cgf(unit, each.parameters, each.input);
    agree(`cgf with the input absorbed, ${each.where}`, cgf(unit, out, silent), received, 1e-9);
  }
}

/**
 * Fitted parameters maximise the likelihood: expected statistics are those of the data. For finite units also with a
 * pseudocount, whose samples come from what is fitted to nothing. What is left out of a fit stays finite.
 */
export function checkFit({ unit, cases, random }: Subject): void {
  const { width } = unit;
  const fit = (values: Float64Array, weights: Float64Array, pseudocount: number): Float64Array => {
    const theta = filled(unit.initial.length, (out) => unit.fit(values, weights, pseudocount, out));
    const what = `fit of ${weights.length} samples with pseudocount ${pseudocount}`;
    demandFinite(what, theta);
    minimumOf(unit).forEach((least, i) => {
      const found = theta[i] as number;
      demand(found >= least, `${what}: parameter ${i} is ${found}, below its minimum of ${least}.`);
    });
    return theta;
  };
  const expected = (theta: Float64Array): Float64Array =>
    added(theta.length, (out) => {
      unit.addExpectedStatistics(theta, new Float64Array(width), Float64Array.of(1), out);
    });
  const nothing = new Float64Array(0);
  const featureless = fit(nothing, nothing, 1);
  agree('fit to no samples, without a pseudocount', fit(nothing, nothing, 0), featureless, 1e-12);
  cases.forEach((each, n) => {
    const draws = new RecordedDraws(random.fork('fit'), n);
    const values =
      unit.states === null
        ? sample(unit, each.parameters, new Float64Array(200).fill(each.input[0] as number), draws)
        : allStates(unit);
    const rows = values.length / width;
    const weights = Float64Array.from({ length: rows }, (_, row) => 0.5 + random.uniform(row, 0, n, 1));
    const total = weights.reduce((sum, w) => sum + w, 0);
    const theta = fit(values, weights, 0);
    const observed = (at: Float64Array): Float64Array =>
      added(theta.length, (out) =>
        unit.addStatistics(
          at,
          values,
          weights.map((w) => w / total),
          out,
        ),
      );
    agree('statistics expected after a fit, against those of the data', expected(theta), observed(theta), 1e-6);
    const mixed = fit(values, weights, 3);
    if (unit.states === null) return;
    const share = 3 / (total + 3);
    const neutral = expected(featureless);
    const wanted = observed(mixed).map((o, i) => (1 - share) * o + share * (neutral[i] as number));
    agree('statistics expected after a fit with a pseudocount of 3', expected(mixed), wanted, 1e-9);
  });
  // The same value again and again would ask for infinite parameters.
  const each = cases[0] as Subject['cases'][0];
  const constant = someValues(unit, law(unit, each)).slice(0, width);
  fit(constant, Float64Array.of(5), 0.5);
  let refused = false;
  try {
    unit.fit(new Float64Array(width).fill(Number.NaN), Float64Array.of(1), 1, new Float64Array(unit.initial.length));
  } catch (error) {
    refused = (error as { readonly code?: unknown }).code === 'DATA_INVALID';
  }
  demand(refused, 'fit: NaN was not refused with an error of code DATA_INVALID.');
}

function minimumOf(unit: Subject['unit']): number[] {
  return unit.parameters.flatMap(({ shape, minimum }) =>
    Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => minimum),
  );
}

/** Chosen units of a layer behave as they did in it, in the chosen order, and start from the same values. */
export function checkSelection({ make, random }: Subject): void {
  const layer = make(19);
  const chosen = Uint32Array.of(18, 1);
  const selected = layer.select(chosen);
  for (const name of ['kind', 'width', 'states', 'uniforms', 'specVersion'] as const) {
    demand(selected[name] === layer[name], `select: ${name} is ${selected[name]}, wanted ${layer[name]}.`);
  }
  demand(selected.units === 2, `select: found ${selected.units} units, wanted 2.`);
  const settings = [selected, layer].map((each) => JSON.stringify(Object.entries(each.settings).sort())) as [
    string,
    string,
  ];
  demand(settings[0] === settings[1], `select: settings are ${settings[0]}, wanted ${settings[1]}.`);
  agree('select: initial values', selected.initial, chooseParameters(layer, layer.initial, chosen), 0);
  const parameters = randomParameters(layer, random.fork('selection'), 0);
  const inputs = randomInputs(19 * layer.width, 2, random.fork('selection inputs'), 0);
  const taken = Array.from(chosen, (i) => Array.from(inputs.subarray(i * layer.width, (i + 1) * layer.width))).flat();
  const whole = cgf(layer, parameters, inputs);
  const found = cgf(selected, chooseParameters(layer, parameters, chosen), Float64Array.from(taken));
  agree(
    `select: cgf ${describeCase(parameters, inputs)}`,
    found,
    Array.from(chosen, (i) => whole[i] as number),
    1e-12,
  );
  demand(
    (selected.unbounded === undefined) === (layer.unbounded === undefined) &&
      JSON.stringify(selected.native) === JSON.stringify(layer.native),
    'select: `unbounded` or `native` of the layer is lost, wanted that of the whole.',
  );
}

/** The parameters of some units: each array is `[units, …]`. */
export function chooseParameters(
  { parameters, units }: Subject['unit'],
  from: Float64Array,
  chosen: Uint32Array,
): Float64Array {
  const taken: number[] = [];
  let start = 0;
  for (const { shape } of parameters) {
    const length = shape.reduce((product, n) => product * n, 1);
    const each = length / units;
    for (const i of chosen) taken.push(...from.subarray(start + i * each, start + (i + 1) * each));
    start += length;
  }
  return Float64Array.from(taken);
}
