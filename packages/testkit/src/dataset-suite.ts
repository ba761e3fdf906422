import { type Dataset, RbmError, type Samples } from '@rbm/core';
import { type Layer, type LoadOptions, rowLength } from '@rbm/core/contracts';
import { demandCode, demandSame } from './demands.js';
import { demand, demandFinite } from './layers/agreement.js';
import { Pace, type PaceOptions } from './pace.js';
import { type Check, paced, type Runner, registerChecks } from './suite.js';

/** What the checks of a dataset need. */
export interface DatasetCheckOptions extends PaceOptions {
  /** Loads the dataset. One that returns a promise has to take an abort signal; both may write lines to `log`. */
  readonly dataset: (options: LoadOptions) => Dataset | Promise<Dataset>;
  /** The visible layer that the samples are for: their values must be ones that its units can take, or means of them. */
  readonly layer?: Layer;
  /** Declares that no sample of the training part is held out too. */
  readonly disjoint?: boolean;
  /** Calls that have to be refused, with the code of the error. */
  readonly refused?: readonly {
    readonly name: string;
    readonly code: string;
    /** The call. */
    readonly load: () => unknown;
  }[];
}

type CheckOf = (options: DatasetCheckOptions) => void | Promise<void>;

/**
 * All that a dataset promises in its contract, and what the author declares beside it, as independent checks.
 */
export function datasetChecks(options: DatasetCheckOptions): readonly Check[] {
  const checks: (readonly [name: string, check: CheckOf])[] = [
    ['version', checkVersion],
    ['shapes', checkShapes],
    ['finite', checkFinite],
    ['weights', checkWeights],
    ['labels', checkLabels],
    ['image', checkImage],
    ['preparation', checkPreparation],
    ['same twice', checkSameTwice],
    ['abort', checkAbort],
    ['progress', checkProgress],
  ];
  if (options.layer) checks.push(['values', checkValues]);
  if (options.disjoint) checks.push(['disjoint parts', checkDisjoint]);
  if (options.refused) checks.push(['errors', checkErrors]);
  const pace = new Pace('the dataset', options, 'Load fewer samples');
  return paced(
    pace,
    checks.map(([name, check]): Check => ({ name, run: () => check(options) })),
  );
}

/** Registers `datasetChecks` with a test runner: `datasetSuite({ it, dataset: (options) => myDataset(options) })`. */
export function datasetSuite({ it, describe, ...options }: DatasetCheckOptions & Runner): void {
  registerChecks(describe ? { it, describe } : { it }, 'dataset', datasetChecks(options));
}

async function checkVersion({ dataset }: DatasetCheckOptions): Promise<void> {
  const { specVersion } = await dataset({});
  demand(specVersion === 1, `Dataset: specVersion is ${specVersion}, wanted 1.`);
}

type Part = readonly [name: string, samples: Samples];

function partsOf({ train, test }: Dataset): Part[] {
  return test
    ? [
        ['train', train],
        ['test', test],
      ]
    : [['train', train]];
}

/** Calls `work` with each part of the dataset. */
async function eachPart(options: DatasetCheckOptions, work: (name: string, samples: Samples) => void): Promise<void> {
  for (const [name, samples] of partsOf(await options.dataset({}))) work(name, samples);
}

async function checkShapes(options: DatasetCheckOptions): Promise<void> {
  const { name, train } = await options.dataset({});
  demand(
    typeof name === 'string' && name.length > 0,
    `The name of the dataset is ${JSON.stringify(name)}, wanted a word.`,
  );
  await eachPart(options, (part, { values, count, width }) => {
    for (const [what, number] of [
      ['count', count],
      ['width', width],
    ] as const) {
      demand(
        Number.isSafeInteger(number) && number > 0,
        `${part}.${what} is ${number}, wanted a whole number above 0.`,
      );
    }
    demand(
      values instanceof Uint8Array || values instanceof Float32Array || values instanceof Float64Array,
      `${part}.values is ${Object.prototype.toString.call(values)}, wanted a Uint8Array, Float32Array or Float64Array.`,
    );
    demand(
      values.length === count * width,
      `${part}.values holds ${values.length} numbers, wanted count · width = ${count} · ${width} = ${count * width}.`,
    );
    demand(width === train.width, `${part} has ${width} numbers a sample, wanted ${train.width} as in train.`);
  });
}

async function checkFinite(options: DatasetCheckOptions): Promise<void> {
  await eachPart(options, (part, { values }) => demandFinite(`${part}.values`, values));
}

async function checkWeights(options: DatasetCheckOptions): Promise<void> {
  await eachPart(options, (part, { weights, count }) => {
    if (!weights) return;
    demand(weights.length === count, `${part}.weights holds ${weights.length} numbers, wanted ${count}, one a sample.`);
    for (const [n, weight] of weights.entries()) {
      demand(
        weight > 0 && Number.isFinite(weight),
        `${part}.weights: number ${n} is ${weight}, wanted a positive number: how often the sample counts.`,
      );
    }
  });
}

async function checkLabels(options: DatasetCheckOptions): Promise<void> {
  await eachPart(options, (part, { labels, count }) => {
    if (!labels) return;
    demand(labels instanceof Uint8Array, `${part}.labels: wanted a Uint8Array.`);
    demand(labels.length === count, `${part}.labels holds ${labels.length} numbers, wanted ${count}, one a sample.`);
  });
}

async function checkImage(options: DatasetCheckOptions): Promise<void> {
  const { image, train } = await options.dataset({});
  if (!image) return;
  const [height, width] = image;
  demand(
    train.width % (height * width) === 0,
    `image is ${height} × ${width}, but a sample has ${train.width} numbers, wanted a multiple of ${height * width} pixels.`,
  );
}

async function checkPreparation(options: DatasetCheckOptions): Promise<void> {
  const { preparation } = await options.dataset({});
  for (const [name, value] of Object.entries(preparation)) {
    demand(
      ['string', 'number', 'boolean'].includes(typeof value),
      `preparation.${name} is ${typeof value}, wanted a string, a number or a boolean: it is recorded in files.`,
    );
  }
}

async function checkValues(options: DatasetCheckOptions): Promise<void> {
  const layer = options.layer as Layer;
  await eachPart(options, (part, { values, width }) => {
    demand(
      width === rowLength(layer),
      `${part} has ${width} numbers a sample, wanted ${rowLength(layer)} for ${layer.units} ${layer.kind} units.`,
    );
    const invalid = layer.findInvalid(values, 'means');
    demand(
      invalid < 0,
      `${part}: sample ${Math.floor(invalid / width)} has ${values[invalid]} at position ${invalid % width}, wanted what a ` +
        `${layer.kind} unit can be, or the mean of one.`,
    );
  });
}

/** Everything in a part that is an array, by name. */
function arraysOf({ values, weights, labels }: Samples): [name: string, array: Samples['values']][] {
  const arrays: [string, Samples['values'] | undefined][] = [
    ['values', values],
    ['weights', weights],
    ['labels', labels],
  ];
  return arrays.filter((entry): entry is [string, Samples['values']] => entry[1] !== undefined);
}

async function checkSameTwice(options: DatasetCheckOptions): Promise<void> {
  const first = partsOf(await options.dataset({}));
  const wanted = first.map(([, samples]) => arraysOf(samples).map(([, array]) => array.slice()));
  // Who loads a dataset owns it: what he does to it must not reach the next one.
  for (const [, samples] of first) for (const [, array] of arraysOf(samples)) array.fill(1);
  for (const [p, [part, samples]] of partsOf(await options.dataset({})).entries()) {
    for (const [a, [name, array]] of arraysOf(samples).entries()) {
      demandSame(
        `${part}.${name}, loaded again after the first was overwritten`,
        array,
        wanted[p]?.[a] ?? new Uint8Array(0),
      );
    }
  }
}

async function checkDisjoint(options: DatasetCheckOptions): Promise<void> {
  const { train, test } = await options.dataset({});
  demand(test !== undefined, 'Disjoint parts are declared, but there is no part `test`.');
  const rowOf = ({ values, width }: Samples, row: number): string =>
    values.subarray(row * width, (row + 1) * width).join();
  const seen = new Map(Array.from({ length: train.count }, (_, row) => [rowOf(train, row), row]));
  for (let row = 0; row < test.count; row++) {
    const same = seen.get(rowOf(test, row));
    demand(
      same === undefined,
      `Held-out sample ${row} is training sample ${same}, wanted none in both: the parts are declared disjoint.`,
    );
  }
}

async function checkAbort({ dataset }: DatasetCheckOptions): Promise<void> {
  // One that is there at once has nothing to cancel; it may refuse, by the same code.
  const load = async (): Promise<void> => {
    const loading = dataset({ signal: { aborted: true, reason: 'the suite' } });
    if (!(loading instanceof Promise)) throw new RbmError('ABORTED', 'Loaded at once.');
    await loading;
  };
  await demandCode('Loading with a signal that has fired', 'ABORTED', load);
}

async function checkProgress({ dataset }: DatasetCheckOptions): Promise<void> {
  const lines: unknown[] = [];
  await dataset({ log: (line) => lines.push(line) });
  for (const line of lines) {
    demand(
      typeof line === 'string' && line.length > 0 && !line.includes('\n'),
      `log was called with ${JSON.stringify(line)}, wanted one line of text at a time.`,
    );
  }
}

async function checkErrors({ refused = [] }: DatasetCheckOptions): Promise<void> {
  for (const { name, code, load } of refused) await demandCode(name, code, load);
}
