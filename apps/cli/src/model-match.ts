import { type Dataset, type EnergyModel, type ImageShape, RbmError, type Samples, sampleWidth } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { alphabet, fromOneHot } from '@rbm/datasets';
import type { ModelDetails } from '@rbm/formats';
import { hasBinarisation } from './binarisation.js';
import type { DataArguments } from './data-options.js';
import { oneLine } from './printable.js';
import type { RawData, RawSamples } from './raw-data.js';
import { shortList } from './short-list.js';
import { recordFrom } from './table-record.js';
import { summarizeValues, type ValueSummary } from './value-summary.js';

/** A saved model that data are read for. */
export interface TargetModel {
  readonly model: EnergyModel;
  readonly details: ModelDetails;
}

/** Numbers as they were parsed: not binarised, standardised or one-hot yet. */
export interface ParsedData {
  /** What messages call them, usually the path of the file. */
  readonly name: string;
  /** All rows, in one part or several of the same width. */
  readonly parts: readonly Samples[];
  /** The shape of the file's array, where it is one of several axes. */
  readonly shape?: readonly number[];
  /** The letters whose indices the values are. */
  readonly letters?: string;
  /** The names of the columns, where the file has them. */
  readonly columns?: readonly string[];
  /** Whether categories have names, which the reader compares. */
  readonly areNamed?: boolean;
  /** What categories are counted from (default: as the model's data were). */
  readonly firstCategory?: number;
}

/** Options of `matchModel`. */
export interface MatchOptions {
  /** Whether the command line has a threshold: then grey levels keep their scale. */
  readonly hasThreshold: boolean;
  /** Receives a line for each conversion and each doubt. */
  readonly log: (line: string) => void;
}

const THRESHOLD_ADVICE =
  'Use --threshold to say above which value a unit is on, or bring the data to the scale of the model.';

/** A change of parsed samples. */
type Change = (samples: Samples) => Samples;

/**
 * Compares data with the model that they are for: the only place where width, coding, scale, alphabet and categories are
 * checked. What is unambiguous is converted, with a note; the rest is an error that names both sides.
 *
 * @returns The samples in the coding and on the scale of the model's training data, before preparation.
 * @throws RbmError `SHAPE_MISMATCH` for another width or shape of images; `DATA_INVALID` for another coding, scale or
 *   alphabet
 */
export function matchModel(data: ParsedData, target: TargetModel, options: MatchOptions): Change {
  const layer = visibleLayer(target);
  const width = (data.parts[0] as Samples).width;
  noteOtherColumns(data, target, options);
  if (layer.kind === 'potts') return matchCategories(data, target, width, options);
  checkWidth(width, target, data);
  const values = summarizeValues(data.parts);
  switch (layer.kind) {
    case 'bernoulli':
    case 'spin':
      return matchBinary(data, values, target, options);
    case 'binomial':
      if (values.greatest <= (layer.settings.trials as number)) break;
      throw differ(data, `data go up to ${values.greatest}, the model has units from 0 to ${layer.settings.trials}`);
    case 'gaussian':
    case 'relu':
      noteOtherUnits(data, target.details, options);
  }
  return unchanged;
}

/** What a command knows of the model that its data are for, if there is one. */
export interface MatchContext {
  readonly model?: EnergyModel | undefined;
  readonly details?: ModelDetails | undefined;
  /** Receives a line for each conversion and each doubt. */
  readonly log: (line: string) => void;
}

/** The model, if there is one. */
function targetOf({ model, details }: Pick<MatchContext, 'model' | 'details'>): TargetModel | undefined {
  return model && { model, details: details ?? {} };
}

/** Samples of a file, brought to the coding and scale of the model that they are for. @throws as `matchModel` */
export function matchRaw(samples: RawSamples, raw: RawData, args: DataArguments, context: MatchContext): Samples {
  const target = targetOf(context);
  if (!target) return samples;
  const { shape, record, areCodes, categories } = raw;
  const data = {
    name: args.data,
    parts: [samples],
    ...(shape && { shape }),
    ...(typeof record?.alphabet === 'string' && { letters: record.alphabet }),
    ...(areCodes && { firstCategory: 0 }),
    ...(samples.names && { columns: samples.names }),
    ...(categories && { areNamed: true }),
  };
  return matchModel(data, target, { hasThreshold: args.threshold !== undefined, log: context.log })(samples);
}

/**
 * The same for a data set that is prepared by its name: its grey levels are binary already where they should be.
 *
 * @throws as `matchModel`
 */
export function matchDataset(dataset: Dataset, args: DataArguments, context: MatchContext): Dataset {
  const target = targetOf(context);
  if (!target) return dataset;
  const { name, train, test, image, preparation } = dataset;
  const { binarisation, maximum, threshold } = target.details.preparation ?? {};
  const data = { name, parts: test ? [train, test] : [train] };
  const change = matchModel(data, target, { hasThreshold: true, log: context.log });
  checkImage({ name, image }, context);
  const isOther = typeof preparation.maximum === 'number' && maximum !== preparation.maximum;
  if (!hasBinarisation(args) && binarisation === 'threshold' && isOther) {
    throw differ(
      dataset,
      `data go from 0 to ${preparation.maximum}, the model's training data from 0 to ${maximum}, with the threshold ${threshold}`,
      THRESHOLD_ADVICE,
    );
  }
  return { ...dataset, train: change(train), ...(test ? { test: change(test) } : {}) };
}

/**
 * Compares a width with the visible units of a model.
 *
 * @throws RbmError `SHAPE_MISMATCH`
 */
export function checkWidth(
  width: number,
  { model }: Pick<TargetModel, 'model'>,
  data: Omit<ParsedData, 'parts'>,
): void {
  const units = sampleWidth(model);
  if (width === units) return;
  throw otherWidth(width, `${units} visible units`, data);
}

/** Compares the shape of images with that of a model's images. @throws RbmError `SHAPE_MISMATCH` */
export function checkImage(
  { name, image }: { readonly name: string; readonly image: ImageShape | undefined },
  { details }: Pick<MatchContext, 'details'>,
): void {
  const own = details?.image;
  if (!image || !own || (image[0] === own[0] && image[1] === own[1])) return;
  throw new RbmError(
    'SHAPE_MISMATCH',
    `${name}: data are images of ${image.join(' × ')} pixels, the model has images of ${own.join(' × ')}.`,
  );
}

/** The visible units that some data make: of an interrupted training, or of its data as they are now. */
export interface VisibleShape {
  readonly units: number;
  /** Of Potts units. */
  readonly categories?: number;
}

/** Of a model with Potts units. */
export function visibleShape(model: EnergyModel): VisibleShape {
  const { units, settings } = visibleLayer({ model });
  return { units, ...(settings.categories !== undefined && { categories: settings.categories }) };
}

/**
 * Compares the visible units that data make with those of a model.
 *
 * @throws RbmError `SHAPE_MISMATCH`
 */
export function checkShape(name: string, found: VisibleShape, model: VisibleShape): void {
  const { units, categories } = model;
  const kind = categories === undefined ? '' : ` of ${categories} categories`;
  if (found.units !== units) throw otherWidth(found.units, `${units} visible units${kind}`, { name });
  if (found.categories === categories) return;
  throw new RbmError(
    'SHAPE_MISMATCH',
    `${name}: data have ${found.categories ?? 'no'} categories, the model has ${units} visible units${kind}.`,
  );
}

/**
 * Checks sequences against a model before they are read.
 *
 * @param letters Of the alphabet that would be used.
 * @throws RbmError `DATA_INVALID` for a model of numbers, or of another number of categories.
 */
export function matchAlphabet(name: string, letters: string, context: MatchContext): void {
  const target = targetOf(context);
  if (!target) return;
  const { kind, settings } = visibleLayer(target);
  const recorded = target.details.preparation?.alphabet;
  if (recorded === letters) return;
  const found = `data are sequences of the alphabet "${letters}"`;
  if (recorded !== undefined) throw differ({ name }, `${found}, the model has the alphabet "${recorded}"`);
  if (kind !== 'potts') throw differ({ name }, `${found}, the model has ${kind} units`);
  if (settings.categories !== letters.length) {
    throw differ(
      { name },
      `${found} (${letters.length} categories), the model has units of ${settings.categories} categories and no alphabet`,
      'Name the letters with --alphabet.',
    );
  }
  context.log(
    `Note: ${name}: the model names no alphabet; its categories are taken to be "${letters}" (otherwise: --alphabet).`,
  );
}

/**
 * Refuses texts as categories of a model that has none by name: which text would be which category is not known.
 *
 * @param categories Of the columns that have some: their names, as the reader found or took them.
 * @throws RbmError `DATA_INVALID`
 */
export function matchCategoryNames(
  name: string,
  categories: readonly (readonly string[] | null)[],
  names: readonly string[] | undefined,
  context: MatchContext,
): void {
  const target = targetOf(context);
  if (!target || recordFrom(target.details).categories) return;
  const { kind, settings } = visibleLayer(target);
  const c = categories.findIndex((texts) => texts !== null);
  const title = names?.[c]?.trim() || String(c + 1);
  const own = settings.categories === undefined ? '' : ` of ${settings.categories} categories`;
  throw differ(
    { name },
    `data have categories by name (column ${title}: ${oneLine(shortList(categories[c] ?? []))}), the model has ${kind} units${own} without names`,
    'Write the categories as numbers.',
  );
}

/**
 * Checks whole numbers against the categories of a model.
 *
 * @throws RbmError `DATA_INVALID`, naming row and column
 */
export function checkCategories({ values, width }: Samples, first: number, last: number, name: string): void {
  const bad = values.findIndex((x) => !Number.isInteger(x) || x < first || x > last);
  if (bad < 0) return;
  const place = `row ${Math.floor(bad / width)}, column ${bad % width} (from 0) is ${values[bad]}`;
  throw differ({ name }, `${place}; the model has categories from ${first} to ${last}`);
}

/** Of data that a model of 0 and 1 has no coding for. */
export function negativeSpins(name: string): RbmError {
  return differ({ name }, 'data have negative numbers, the model was trained on 0 and 1');
}

/** Adds the model's alphabet to an error about letters. */
export async function explainLetters<T>(details: ModelDetails | undefined, read: () => T | Promise<T>): Promise<T> {
  const recorded = details?.preparation?.alphabet;
  try {
    return await read();
  } catch (error) {
    if (typeof recorded !== 'string' || !RbmError.isInstance(error) || !/alphabet|letter of/.test(error.message)) {
      throw error;
    }
    throw new RbmError(error.code, `${error.message} The model has the alphabet "${recorded}".`, { cause: error });
  }
}

/**
 * Refuses grey levels where an operation is about states: a binary model has no likelihood of them.
 *
 * @param samples As the visible units take them.
 * @throws RbmError `DATA_INVALID`
 */
export function requireStates(name: string, { values, width }: Samples, layer: Layer): void {
  if (layer.states === null) return;
  const at = layer.findInvalid(values, 'states');
  if (at < 0) return;
  throw differ(
    { name },
    `row ${Math.floor(at / width)}, column ${at % width} (from 0) is ${values[at]}, a grey level; the model has ${layer.kind} units, ` +
      `which have no likelihood of it`,
    'Use --binarise threshold or --binarise stochastic: the binary samples are judged then.',
  );
}

function visibleLayer({ model }: Pick<TargetModel, 'model'>): Layer {
  return model.layers[model.visible[0] as number] as Layer;
}

const unchanged: Change = (samples) => samples;

function converted(change: (x: number) => number): Change {
  return (samples) => ({ ...samples, values: Float64Array.from(samples.values, change) });
}

function differ({ name }: Pick<ParsedData, 'name'>, difference: string, advice?: string): RbmError {
  return new RbmError('DATA_INVALID', `${name}: ${difference}.${advice ? ` ${advice}` : ''}`);
}

function otherWidth(width: number, units: string, { name, shape }: Omit<ParsedData, 'parts'>): RbmError {
  const array = shape && shape.length > 2 ? ` (an array of ${shape.join(' × ')})` : '';
  return new RbmError(
    'SHAPE_MISMATCH',
    `${name}: data have ${width} column${width === 1 ? '' : 's'}${array}, the model has ${units}.`,
  );
}

function matchCategories(data: ParsedData, target: TargetModel, width: number, { log }: MatchOptions): Change {
  const { units, settings } = visibleLayer(target);
  const size = settings.categories as number;
  const first = data.firstCategory ?? Number(target.details.preparation?.firstCategory ?? 0);
  const last = first + size - 1;
  const { least, greatest, whole } = summarizeValues(data.parts);
  if (width === units * size && width !== units && data.parts.every((part) => isOneHot(part, size))) {
    log(`Note: ${data.name}: ${width} columns of 0 and 1 are read as ${units} one-hot units of ${size} categories.`);
    return (samples) => ({
      ...samples,
      values: Float64Array.from(fromOneHot(samples.values, size), (category) => category + first),
      width: units,
    });
  }
  if (width !== units) throw otherWidth(width, `${units} visible units of ${size} categories`, data);
  if (data.areNamed) return unchanged;
  if (data.letters !== undefined) {
    noteNucleotides(data, log);
    return unchanged;
  }
  // Counted from 1 where the model counts from 0, or the reverse.
  const shift = first === 0 ? -1 : 1;
  const isShifted = shift < 0 ? least >= 1 && greatest === size : least === 0 && greatest < last;
  if (whole && isShifted && first <= 1) {
    log(
      `Note: ${data.name}: data have categories from ${least} to ${greatest}, the model from ${first} to ${last}: ` +
        `${least} is read as ${least + shift}.`,
    );
    return converted((x) => x + shift);
  }
  if (!whole || least < first || greatest > last) {
    throw differ(data, `data go from ${least} to ${greatest}, the model has categories from ${first} to ${last}`);
  }
  if (greatest < last) {
    log(`Note: ${data.name}: data have categories up to ${greatest}, the model from ${first} to ${last}.`);
  }
  return unchanged;
}

function isOneHot({ values }: Samples, size: number): boolean {
  for (let first = 0; first < values.length; first += size) {
    let ones = 0;
    for (let k = 0; k < size; k++) {
      const x = values[first + k];
      if (x === 1) ones++;
      else if (x !== 0) return false;
    }
    if (ones !== 1) return false;
  }
  return true;
}

const NUCLEOTIDES = 'ACGTUN-';

/** Whether indices into letters are of nucleotides alone, gaps aside. */
export function hasNucleotidesOnly(values: Samples['values'], letters: string): boolean {
  const found = new Set(values);
  return [...found].every((index) => NUCLEOTIDES.includes(letters[index] as string)) && found.size > 1;
}

/** Every nucleotide code is that of an amino acid too. */
function noteNucleotides({ name, parts, letters }: ParsedData, log: (line: string) => void): void {
  if (letters !== alphabet('protein').letters) return;
  const found = new Set(parts.flatMap(({ values }) => [...new Set(values)]).map((index) => letters[index] as string));
  if ([...found].some((letter) => !NUCLEOTIDES.includes(letter))) return;
  log(`Warning: ${name}: only the letters ${[...found].sort().join(', ')} occur, as in DNA; the model is of protein.`);
}

function matchBinary(data: ParsedData, found: ValueSummary, target: TargetModel, options: MatchOptions): Change {
  const { kind } = visibleLayer(target);
  const { spins } = target.details.preparation ?? {};
  const { log } = options;
  if (kind === 'spin' && spins !== '0, 1') {
    // Without a record, the data decide.
    if (found.binary) {
      log(`Note: ${data.name}: data have 0 and 1, the model −1 and 1: 0 is read as −1.`);
      // Where nothing is recorded, the preparation of spins does the same.
      return spins === undefined ? unchanged : converted((x) => 2 * x - 1);
    }
    if (spins === undefined || (found.greatest === 1 && (found.signed || found.least === 1))) return unchanged;
    throw differ(data, `data go from ${found.least} to ${found.greatest}, the model has spins −1 and 1`);
  }
  if (!found.signed) return matchScale(data, found, target, options);
  log(`Note: ${data.name}: data have −1 and 1, the model 0 and 1: −1 is read as 0.`);
  const scaled = matchScale(data, { ...found, least: 0, signed: false, binary: true }, target, options);
  const unsigned = converted((x) => (x + 1) / 2);
  return (samples) => scaled(unsigned(samples));
}

/** Grey levels on another scale than those that the model was trained on. */
function matchScale(data: ParsedData, found: ValueSummary, { details }: TargetModel, options: MatchOptions): Change {
  const { binarisation = 'none', maximum = 1, threshold } = details.preparation ?? {};
  if (options.hasThreshold || typeof maximum !== 'number') return unchanged;
  const { least, greatest, binary } = found;
  const both = `data go from ${least} to ${greatest}, the model's training data from 0 to ${maximum}`;
  if (least < 0 && binarisation !== 'threshold') throw differ(data, both, THRESHOLD_ADVICE);
  if (maximum > 1 && least >= 0 && greatest <= 1) {
    if (greatest === 0) return unchanged;
    options.log(
      `Note: ${data.name}: ${both}: ${binary ? '1 is read as fully on' : `multiplied by ${maximum}`} (otherwise: --threshold).`,
    );
    return converted((x) => x * maximum);
  }
  const limit = binarisation === 'threshold' ? 2 * maximum : maximum * (1 + TOLERANCE);
  const nothingOn = typeof threshold === 'number' && greatest <= threshold && greatest > 0;
  if (greatest >= limit && greatest > maximum) throw differ(data, both, THRESHOLD_ADVICE);
  if (nothingOn) throw differ(data, `${both}: no value is above the threshold ${threshold}`, THRESHOLD_ADVICE);
  if (greatest > maximum * (1 + TOLERANCE))
    options.log(`Note: ${data.name}: ${both}; the threshold ${threshold} is kept.`);
  return unchanged;
}

/** Rounding above the largest value: what scaling to [0, 1] leaves. */
const TOLERANCE = 1e-6;

/** The columns that two tables name are to be the same, in the same order. */
function noteOtherColumns({ name, columns }: ParsedData, { details }: TargetModel, { log }: MatchOptions): void {
  const own = recordFrom(details).columns;
  if (!columns || !own || columns.length !== own.length) return;
  const at = own.findIndex((title, c) => title !== columns[c]?.trim());
  if (at < 0) return;
  log(
    `Warning: ${name}: data have other columns than the model: column ${at + 1} is "${columns[at]?.trim()}", the model's is ` +
      `"${own[at]}". They are taken in the order of the file.`,
  );
}

/** Columns that are described one by one. */
const DESCRIBED = 3;
/** Standard deviations of the training data between its mean and that of others, above which units probably differ. */
const FAR = 10;

/** Real numbers have no scale that could be wrong, but can be far from what the model has seen. */
function noteOtherUnits(data: ParsedData, { standardisation }: ModelDetails, { log }: MatchOptions): void {
  if (!standardisation) return;
  const { mean, scale } = standardisation;
  const means = columnMeans(data.parts);
  const far = Array.from(means.keys()).filter(
    (i) => Math.abs((means[i] as number) - (mean[i] as number)) > FAR * (scale[i] as number),
  );
  if (far.length === 0) return;
  const described = far.map((i) => {
    const [here, there, spread] = [means[i], mean[i], scale[i]].map((x) => Number((x as number).toPrecision(3)));
    return `column ${i} (from 0) has mean ${here}, there ${there} ± ${spread}`;
  });
  log(
    `Warning: ${data.name}: ${far.length} of ${means.length} columns are far from the model's training data: ` +
      `${shortList(described, '; ', DESCRIBED)}. Are they in the same units?`,
  );
}

function columnMeans(parts: readonly Samples[]): Float64Array {
  const sums = new Float64Array((parts[0] as Samples).width);
  let rows = 0;
  for (const { values, count, width } of parts) {
    rows += count;
    for (let n = 0; n < values.length; n++) sums[n % width] = (sums[n % width] as number) + (values[n] as number);
  }
  return sums.map((sum) => sum / rows);
}
