import type { Layer } from '@rbm/core/contracts';
import { agree, demand, demandFinite } from './agreement.js';
import { chooseParameters } from './check-parameters.js';
import { RecordedDraws } from './recorded-draws.js';
import {
  allStates,
  cgf,
  covariance,
  energies,
  filled,
  law,
  mean,
  mode,
  randomInputs,
  randomParameters,
  type Subject,
  sample,
  someValues,
} from './subject.js';

/** What the layer says of itself holds together: shapes, minimums, initial values, number of uniforms. */
export function checkLayout({ make }: Subject): void {
  for (const units of [1, 3, 19]) {
    const layer = make(units);
    demand(layer.units === units, `units: found ${layer.units}, wanted ${units}.`);
    demand(layer.specVersion === 1, `specVersion: found ${layer.specVersion}, wanted 1.`);
    demand(layer.kind.length > 0, 'kind: found nothing, wanted a name.');
    demand(Number.isInteger(layer.width) && layer.width >= 1, `width: found ${layer.width}, wanted 1 or more.`);
    demand(
      Number.isInteger(layer.uniforms) && layer.uniforms >= 1 && layer.uniforms <= 254,
      `uniforms: found ${layer.uniforms}, wanted 1 to 254.`,
    );
    let start = 0;
    for (const { name, shape, minimum } of layer.parameters) {
      demand(shape[0] === units, `shape of ${name}: found [${shape}], wanted [${units}, …].`);
      const end = start + shape.reduce((product, n) => product * n, 1);
      const initial = layer.initial.subarray(start, end);
      demandFinite(`initial ${name}`, initial);
      demand(!Number.isNaN(minimum), `minimum of ${name}: found NaN.`);
      const low = initial.findIndex((x) => x < minimum);
      demand(low < 0, `initial ${name}: found ${initial[low]}, wanted at least its minimum of ${minimum}.`);
      start = end;
    }
    const found = layer.initial.length;
    demand(found === start, `initial: found ${found} numbers, wanted ${start} as the shapes of the parameters say.`);
  }
}

/** `findInvalid` accepts what the layer itself makes, and finds NaN and infinities. */
export function checkValidity({ unit, make, cases }: Subject): void {
  if (unit.states !== null) {
    const states = allStates(unit);
    for (const as of ['states', 'means'] as const) {
      const invalid = unit.findInvalid(states, as);
      demand(invalid < 0, `findInvalid as ${as}: refused number ${invalid} of the states [${states}].`);
    }
    const rows = Array.from({ length: unit.states }, (_, n) =>
      states.slice(n * unit.width, (n + 1) * unit.width).join(),
    );
    const between = states
      .slice(0, unit.width)
      .map((x, k) => (x + (states[(unit.states as number) * unit.width - unit.width + k] as number)) / 2);
    if (!rows.includes(between.join())) {
      demand(
        unit.findInvalid(between, 'states') >= 0,
        `findInvalid as states: accepted [${between}], wanted a refusal: it lies between states.`,
      );
      demand(
        unit.findInvalid(between, 'means') < 0,
        `findInvalid as means: refused [${between}], wanted it accepted: it lies between states.`,
      );
    }
    demand(new Set(rows).size === rows.length, `state: two of the ${rows.length} states are equal: ${rows.join(' ')}.`);
  }
  for (const each of cases) {
    const means = mean(unit, each.parameters, each.input);
    demand(unit.findInvalid(means, 'means') < 0, `findInvalid as means: refused the mean [${means}] ${each.where}.`);
  }
  const layer = make(19);
  const valid = mode(layer, layer.initial, new Float64Array(2 * 19 * layer.width));
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const as of ['states', 'means'] as const) {
      for (const unit of [1, 17, 36]) {
        const values = valid.slice();
        values[(unit + 1) * layer.width - 1] = bad;
        const found = layer.findInvalid(values, as);
        demand(
          found >= 0 && Math.floor(found / layer.width) === unit,
          `findInvalid as ${as}: found ${found} in [${values}], wanted an index into unit ${unit}.`,
        );
      }
    }
  }
}

/** Takes what belongs to some units. */
interface Pick {
  readonly numbers: (parameters: Float64Array) => Float64Array;
  readonly values: (values: Float64Array, rows: number) => Float64Array;
}

const all: Pick = { numbers: (parameters) => parameters, values: (values) => values };

/** Several units in several rows are as many layers of one unit: nothing leaks from one to another. */
export function checkIndependence({ make, unit, random }: Subject): void {
  const [units, rows] = [19, 2];
  const layer = make(units);
  const { width } = layer;
  const parameters = randomParameters(layer, random.fork('units'), 0);
  const inputs = randomInputs(rows * units * width, 1.5, random.fork('units inputs'), 0);
  const values = sample(layer, parameters, inputs, new RecordedDraws(random, 7));
  const whole = {
    cgf: cgf(layer, parameters, inputs),
    mean: mean(layer, parameters, inputs),
    covariance: covariance(layer, parameters, inputs),
    mode: mode(layer, parameters, inputs),
    sample: values,
  };
  const scale = Float64Array.of(1, -2);
  const total = filled(rows, (out) => layer.addEnergy(parameters, values, out));
  const statistics = filled(parameters.length, (out) => layer.addStatistics(parameters, values, scale, out));
  const expected = filled(parameters.length, (out) => layer.addExpectedStatistics(parameters, inputs, scale, out));
  const sums = new Float64Array(rows).fill(99);
  const other = randomParameters(layer, random.fork('units'), 1);
  const constant = inputs.slice(0, units * width);
  const weights = Float64Array.of(1, 3);
  const parts: readonly (readonly [name: string, work: (layer: Layer, of: Pick) => (out: Float64Array) => void])[] = [
    [
      'anneal',
      (each, { numbers }) =>
        (out) =>
          each.anneal(numbers(parameters), numbers(other), 0.3, out),
    ],
    [
      'absorb',
      (each, { numbers, values: of }) =>
        (out) =>
          each.absorb(numbers(parameters), of(constant, 1), out),
    ],
    [
      'fit',
      (each, { values: of }) =>
        (out) =>
          each.fit(of(values, rows), weights, 2, out),
    ],
  ];
  for (let i = 0; i < units; i++) {
    const own = chooseParameters(layer, parameters, Uint32Array.of(i));
    const ownStatistics = new Float64Array(own.length).fill(99);
    const ownExpected = new Float64Array(own.length).fill(99);
    const pick: Pick = {
      numbers: (array) => chooseParameters(layer, array, Uint32Array.of(i)),
      values: (array, count) =>
        Float64Array.from(
          { length: count * width },
          (_, n) => array[(Math.floor(n / width) * units + i) * width + (n % width)] as number,
        ),
    };
    for (const [name, work] of parts) {
      const together = filled(parameters.length, work(layer, all));
      const alone = filled(own.length, work(unit, pick));
      agree(`${name} of unit ${i}, against it alone`, pick.numbers(together), alone, 1e-9);
    }
    for (let row = 0; row < rows; row++) {
      const start = (row * units + i) * width;
      const input = inputs.slice(start, start + width);
      const value = values.slice(start, start + width);
      const single = {
        cgf: cgf(unit, own, input),
        mean: mean(unit, own, input),
        covariance: covariance(unit, own, input),
        mode: mode(unit, own, input),
        sample: sample(unit, own, input, new RecordedDraws(random, 7, row, i)),
      };
      for (const name of Object.keys(single) as (keyof typeof single)[]) {
        const size = single[name].length;
        const at = (row * units + i) * size;
        agree(
          `${name} of unit ${i} in row ${row}, against it alone`,
          whole[name].slice(at, at + size),
          single[name],
          1e-12,
        );
      }
      sums[row] = (sums[row] as number) + (energies(unit, own, value)[0] as number);
      unit.addStatistics(own, value, scale.slice(row, row + 1), ownStatistics);
      unit.addExpectedStatistics(own, input, scale.slice(row, row + 1), ownExpected);
    }
    const chosen = Uint32Array.of(i);
    agree(
      `statistics of unit ${i}, against it alone`,
      chooseParameters(layer, statistics, chosen),
      ownStatistics,
      1e-12,
    );
    agree(`expected statistics of unit ${i}`, chooseParameters(layer, expected, chosen), ownExpected, 1e-12);
  }
  agree('energy, added to 99, against the sum over units', total, sums, 1e-12);
}

/** A layer made from its settings by its factory, as when a model file is read, is the same layer. */
export function checkSettings({ make, create, random }: Subject): void {
  for (const units of [1, 3]) {
    const layer = make(units);
    for (const [name, value] of Object.entries(layer.settings)) {
      demand(
        Number.isFinite(value),
        `settings.${name}: found ${String(value)}, wanted a finite number for model files.`,
      );
    }
    const again = create?.({ ...layer.settings }, { units });
    if (!again) return;
    for (const name of ['kind', 'units', 'width', 'states', 'uniforms'] as const) {
      demand(
        again[name] === layer[name],
        `create(settings, { units }) of settings ${JSON.stringify(layer.settings)}: ${name} is ${again[name]}, wanted ` +
          `${layer[name]}. \`settings\` hold all that defines the layer beside its units and parameters.`,
      );
    }
    const parameters = randomParameters(layer, random.fork('settings'), units);
    const inputs = randomInputs(2 * units * layer.width, 2, random.fork('settings inputs'), units);
    const what = `of a layer made again from settings ${JSON.stringify(layer.settings)}`;
    agree(`cgf ${what}`, cgf(again, parameters, inputs), cgf(layer, parameters, inputs), 1e-12);
    agree(`mean ${what}`, mean(again, parameters, inputs), mean(layer, parameters, inputs), 1e-12);
  }
}

/** `out` may be the array of inputs wherever both have the same shape. */
export function checkAliasing({ make, random }: Subject): void {
  const layer = make(19);
  const parameters = randomParameters(layer, random.fork('aliasing'), 0);
  const inputs = randomInputs(2 * 19 * layer.width, 2, random.fork('aliasing inputs'), 0);
  const inPlace = (work: (given: Float64Array, out: Float64Array) => void): [Float64Array, Float64Array] => {
    const both = inputs.slice();
    work(both, both);
    return [both, filled(inputs.length, (out) => work(inputs, out))];
  };
  const names = layer.width === 1 ? (['mean', 'mode', 'cgf', 'covariance'] as const) : (['mean', 'mode'] as const);
  for (const name of names) {
    const [found, wanted] = inPlace((given, out) => layer[name](parameters, given, out));
    agree(`${name} in place of its inputs`, found, wanted, 0);
  }
  const [found, wanted] = inPlace((given, out) => layer.sample(parameters, given, out, new RecordedDraws(random, 3)));
  agree('sample in place of its inputs', found, wanted, 0);
}

/** No function changes what it is given, or remembers anything: the same call gives the same result. */
export function checkPurity({ make, random, unit, cases }: Subject): void {
  const layer = make(3);
  const parameters = randomParameters(layer, random.fork('purity'), 0);
  const other = randomParameters(layer, random.fork('purity'), 1);
  const inputs = randomInputs(2 * 3 * layer.width, 2, random.fork('purity inputs'), 0);
  const values = sample(layer, parameters, inputs, new RecordedDraws(random, 5));
  const input = inputs.slice(0, 3 * layer.width);
  const scale = Float64Array.of(0.5, 2);
  const chosen = Uint32Array.of(2, 0);
  const initial = layer.initial.slice();
  const size = parameters.length;
  const first = cases[0] as Subject['cases'][0];
  const some = someValues(unit, law(unit, first));
  const ones = new Float64Array(some.length / unit.width).fill(1);
  const calls: Record<string, () => Float64Array> = {
    cgf: () => cgf(layer, parameters, inputs),
    mean: () => mean(layer, parameters, inputs),
    covariance: () => covariance(layer, parameters, inputs),
    mode: () => mode(layer, parameters, inputs),
    sample: () => sample(layer, parameters, inputs, new RecordedDraws(random, 6)),
    addEnergy: () => energies(layer, parameters, values),
    addStatistics: () => filled(size, (out) => layer.addStatistics(parameters, values, scale, out)),
    addExpectedStatistics: () => filled(size, (out) => layer.addExpectedStatistics(parameters, inputs, scale, out)),
    anneal: () => filled(size, (out) => layer.anneal(other, parameters, 0.4, out)),
    absorb: () => filled(size, (out) => layer.absorb(parameters, input, out)),
    findInvalid: () => Float64Array.of(layer.findInvalid(values, 'states')),
    fit: () => filled(unit.initial.length, (out) => unit.fit(some, ones, 1, out)),
    select: () => layer.select(chosen).initial,
  };
  const given: Layer['initial'][] = [parameters, other, inputs, input, values, scale, some, ones, layer.initial];
  const names = ['parameters', 'parameters', 'inputs', 'inputs', 'values', 'scale', 'values', 'weights', 'initial'];
  const before = given.map((array) => array.slice());
  const results = new Map<string, Float64Array>();
  for (const round of [0, 1]) {
    for (const [name, call] of Object.entries(calls)) {
      const result = call().slice();
      given.forEach((array, n) => {
        const same = array.every((x, i) => Object.is(x, before[n]?.[i]));
        demand(same, `${name} changed its ${names[n]}: found [${array}], wanted [${before[n]}] as they were.`);
      });
      demand(chosen.join() === '2,0', `${name} changed its list of units: found [${chosen}], wanted [2, 0].`);
      if (round === 0) results.set(name, result);
      else agree(`${name}, called again`, result, results.get(name) as Float64Array, 0);
    }
  }
  agree('initial values of a layer after use', layer.initial, initial, 0);
}
