import { type Dataset, RbmError, type SampleArray, type Samples } from '@rbm/core';
import {
  constantColumns,
  fromOneHot,
  measureStandardisation,
  oneHot,
  type Standardisation,
  standardise,
  unstandardise,
} from '@rbm/datasets';
import type { ModelDetails } from '@rbm/formats';
import type { LayerChoice } from './layer-choice.js';
import { negativeSpins } from './model-match.js';
import { shortList } from './short-list.js';

/** Data as the visible units of a model take them, and the way back. */
export interface VisibleData {
  readonly dataset: Dataset;
  /** Of the visible units, with all that was left to the data. */
  readonly visible: LayerChoice;
  readonly standardisation?: Standardisation;
}

/** What is asked of the data beside the kind of the units. */
export interface VisibleDataOptions {
  readonly visible: LayerChoice;
  readonly standardise?: 'none' | 'columns' | undefined;
  /** Of the model that the data are for: they are prepared as its training data were. */
  readonly details?: ModelDetails | undefined;
  readonly log: (line: string) => void;
}

/**
 * Refuses numbers that units of a kind cannot be, with their place in the file.
 *
 * @throws RbmError `DATA_INVALID`
 */
export function checkRange({ values, width }: Samples, { kind, size = 0 }: LayerChoice, name: string): void {
  const [isValid, expected] = rangeOf(kind, size, values);
  const bad = values.findIndex((x) => !isValid(x));
  if (bad < 0) return;
  throw new RbmError(
    'DATA_INVALID',
    `${name}: row ${Math.floor(bad / width)}, column ${bad % width} (from 0) is ${values[bad]}; ${expected}`,
  );
}

function rangeOf(
  kind: LayerChoice['kind'],
  size: number,
  values: SampleArray,
): readonly [isValid: (x: number) => boolean, expected: string] {
  const others = '--binarise threshold makes 0 and 1 of other numbers, and --visible gaussian takes them as they are.';
  switch (kind) {
    case 'bernoulli':
      return [(x) => x >= 0 && x <= 1, `Bernoulli units take 0, 1, or means in between. ${others}`];
    case 'spin':
      return values.some((x) => x < 0)
        ? [(x) => x === -1 || x === 1, `spin units take −1 and 1, or 0 and 1, not both. ${others}`]
        : [(x) => x >= 0 && x <= 1, `spin units take −1 and 1, or 0 and 1. ${others}`];
    case 'potts':
      return size > 0
        ? [(x) => Number.isInteger(x) && x >= 0 && x < size, `categories are whole numbers from 0 to ${size - 1}.`]
        : [(x) => Number.isInteger(x) && x >= 0 && x < 4096, 'categories are whole numbers from 0 up, below 4096.'];
    case 'binomial':
      return [(x) => Number.isInteger(x) && x >= 0 && x <= size, `they should be whole numbers from 0 to ${size}.`];
    case 'gaussian':
      return [Number.isFinite, 'every value must be a finite number. Leave out the row, or fill in the value.'];
    case 'relu':
      return [
        (x) => Number.isFinite(x) && x >= 0,
        'ReLU units take finite numbers from 0 up. --visible gaussian takes negative ones too.',
      ];
    default:
      // What a plugin's units take, only they know: they are asked before training.
      return [Number.isFinite, 'every value must be a finite number.'];
  }
}

/**
 * Brings samples into the form that visible units take: spins from 0 and 1, one-hot units from categories, standardised
 * numbers. What was done is recorded in the dataset's preparation, or found there when data are for a model that exists.
 *
 * @throws RbmError `DATA_INVALID`, `SHAPE_MISMATCH`.
 */
export function fitToUnits(dataset: Dataset, options: VisibleDataOptions): VisibleData {
  const { visible, log } = options;
  if (!dataset.image) warnOfConstantColumns(dataset, visible, log);
  switch (visible.kind) {
    case 'spin':
      return { dataset: asSpins(dataset, options), visible };
    case 'potts':
      return asCategories(dataset, options);
    case 'gaussian':
    case 'relu':
      return inStandardUnits(dataset, options);
    default:
      return { dataset, visible };
  }
}

/**
 * Values of visible units in the form and units of the data they were trained on: the way back from `fitToUnits`.
 *
 * @param values `[count, width of a sample]`: states, or means.
 */
export function toDataUnits(
  values: Float64Array,
  { kind, size = 0 }: LayerChoice,
  details: ModelDetails,
  as: 'states' | 'means',
): Float64Array {
  if (details.standardisation) return unstandardise(values, details.standardisation);
  if (kind === 'spin' && details.preparation?.spins === '0, 1') return values.map((s) => (s + 1) / 2);
  if (kind === 'potts' && as === 'states') {
    const first = Number(details.preparation?.firstCategory ?? 0);
    return Float64Array.from(fromOneHot(values, size), (category) => category + first);
  }
  return values;
}

/**
 * What a change of units adds to each log-likelihood: `−Σ_i log scale_i`, so that densities are per unit of the data.
 */
export function logJacobian(standardisation: Standardisation | undefined): number {
  return standardisation ? -standardisation.scale.reduce((sum, scale) => sum + Math.log(scale), 0) : 0;
}

function mapParts(dataset: Dataset, change: (samples: Samples) => Samples, record: Dataset['preparation']): Dataset {
  const { train, test, preparation } = dataset;
  return {
    ...dataset,
    train: change(train),
    ...(test ? { test: change(test) } : {}),
    preparation: { ...preparation, ...record },
  };
}

/** 0 and 1 become −1 and 1; data with negative numbers are spins already. */
function asSpins(dataset: Dataset, { details }: VisibleDataOptions): Dataset {
  const recorded = details?.preparation?.spins;
  const parts = [dataset.train, ...(dataset.test ? [dataset.test] : [])];
  const signed = parts.some(({ values }) => values.some((x) => x < 0));
  const spins = recorded ?? (signed ? '-1, 1' : '0, 1');
  if (recorded === '0, 1' && signed) throw negativeSpins(dataset.name);
  const change = ({ values, ...rest }: Samples): Samples => ({
    ...rest,
    values: Float64Array.from(values, (x) => 2 * x - 1),
  });
  return mapParts(dataset, spins === '0, 1' ? change : (samples) => samples, { spins });
}

function asCategories(dataset: Dataset, { visible, log }: VisibleDataOptions): VisibleData {
  const parts = [dataset.train, ...(dataset.test ? [dataset.test] : [])];
  let most = 1;
  for (const { values } of parts) for (const x of values) most = Math.max(most, x);
  const size = visible.size ?? most + 1;
  if (visible.size === undefined) noteUnused(dataset.name, parts, size, log);
  // A unit is several numbers now, which make no picture.
  const { image: _, ...rest } = dataset;
  return {
    dataset: mapParts(rest, (samples) => oneHot(samples, size), { categories: size }),
    visible: { ...visible, size },
  };
}

/** A note on categories that the numbers in a file leave out: units have them nevertheless. */
function noteUnused(name: string, parts: readonly Samples[], size: number, log: (line: string) => void): void {
  const occurs = new Uint8Array(size);
  for (const { values } of parts) for (const x of values) occurs[x] = 1;
  const unused = Array.from(occurs.keys()).filter((category) => occurs[category] === 0);
  if (unused.length === 0) return;
  log(
    `Note: ${name}: units have ${size} categories, of which ${unused.length} never occur (${shortList(unused)}). ` +
      'Number categories from 0 without gaps; of a table, --columns NAME:potts does it.',
  );
}

function inStandardUnits(dataset: Dataset, options: VisibleDataOptions): VisibleData {
  const { visible, details, standardise: how = 'columns' } = options;
  const method = visible.kind === 'relu' ? 'root-mean-square' : 'columns';
  const given = details && { standardisation: details.standardisation };
  const standardisation = given
    ? given.standardisation
    : how === 'none'
      ? undefined
      : measureStandardisation(dataset.train, method);
  if (!standardisation) return { dataset: mapParts(dataset, (samples) => samples, { standardise: 'none' }), visible };
  const change = (samples: Samples): Samples => standardise(samples, standardisation);
  return { dataset: mapParts(dataset, change, { standardise: method }), visible, standardisation };
}

function warnOfConstantColumns({ train, name }: Dataset, { kind }: LayerChoice, log: (line: string) => void): void {
  const columns = constantColumns(train);
  if (columns.length === 0) return;
  const named = shortList(columns);
  const advice = {
    potts: 'only one category occurs there',
    gaussian: 'they are kept, with scale 1, and densities there mean little',
    relu: 'they are kept, and densities there mean little',
    bernoulli: 'they are kept',
    spin: 'they are kept',
    binomial: 'they are kept',
  }[kind as string];
  const which =
    columns.length === 1 ? `column ${named} (from 0) is` : `${columns.length} columns (${named}; from 0) are`;
  log(
    `Warning: ${name}: ${which} constant in the training samples; ${advice ?? 'they are kept'}. Consider leaving such columns out.`,
  );
}
