import type { Samples } from '@rbm/core';
import type { ModelDetails, TrainingData } from '@rbm/formats';
import { findRows, hashRows, unpackHashes } from './content-hash.js';
import type { LoadedData } from './data.js';
import { shortList } from './short-list.js';
import { UsageError } from './usage-error.js';

/** What judged rows are to a model. */
export type Relation =
  /** Rows of its training data that were held out. */
  | 'held out'
  /** Rows that it was trained on. */
  | 'trained on'
  /** Rows of other data. */
  | 'other data'
  /** The model file does not say what it was trained on. */
  | 'unknown';

/** Rows by which a model is judged. */
export interface JudgedRows {
  readonly samples: Samples;
  readonly split: 'train' | 'test' | 'all';
  readonly relation: Relation;
  /** Rows of the data, judged or not. */
  readonly of: number;
  /** The model's training data, by name, where it is known. */
  readonly trainingData?: string;
  /**
   * Those among the judged rows that were trained on, as indices (from 0), and how many could be compared. Absent where that is
   * unknown.
   */
  readonly trainedOn?: { readonly rows: readonly number[]; readonly checked: number };
}

/**
 * The rows of some data by which a model is judged: of its training data the held-out rows, of other data the test part, or
 * all rows.
 *
 * @param asked By the command line.
 * @throws UsageError for a test part that does not exist.
 */
export function chooseRows(data: LoadedData, details: ModelDetails, asked?: 'train' | 'test'): JudgedRows {
  const { dataset, content } = data;
  const { train, test, name } = dataset;
  const { training } = details;
  const isSame = training?.sha256 === content.sha256;
  if (asked === 'test' && !test && (isSame || !training)) {
    throw new UsageError(
      isSame
        ? `${name}: no row was held out when the model was trained on it. Use --split train, or judge other data.`
        : `${name} has no test part, and the model file does not say what it was trained on. Leave out --split to judge all rows, or use --test-fraction.`,
    );
  }
  const judgesTest = test !== undefined && asked !== 'train';
  const samples = judgesTest ? test : train;
  const relation = relationOf(training, isSame, judgesTest && content.heldOut > 0);
  return {
    samples,
    split: judgesTest ? 'test' : test ? 'train' : isSame ? 'train' : 'all',
    relation,
    of: content.rows,
    ...(training && { trainingData: training.name }),
    ...trainedRows(samples, training, relation, dataset.preparation.binarisation === 'stochastic'),
  };
}

function relationOf(training: TrainingData | undefined, isSame: boolean, isHeldOut: boolean): Relation {
  if (!training) return 'unknown';
  if (!isSame) return 'other data';
  return isHeldOut ? 'held out' : 'trained on';
}

function trainedRows(
  samples: Samples,
  training: TrainingData | undefined,
  relation: Relation,
  areDrawn: boolean,
): Pick<JudgedRows, 'trainedOn'> {
  if (relation === 'trained on' || !training?.rowHashes || areDrawn) return {};
  const among = { hashes: unpackHashes(training.rowHashes), distinct: training.distinctRows };
  return { trainedOn: findRows(hashRows(samples), among) };
}

/** What is judged, in a line or two for a person. */
export function describeRows(
  { samples, relation, of, split, trainingData, trainedOn }: JudgedRows,
  name: string,
): string[] {
  const { count } = samples;
  const rows = count === of ? `${of} rows` : `${count} rows of ${of}`;
  switch (relation) {
    case 'held out':
      return [`${name}: ${count} held-out rows of ${of}`, ...describeTrained(trainedOn, count, 'held-out rows', false)];
    case 'trained on':
      return [`${name}: ${rows}: these rows were trained on`];
    case 'other data': {
      const part = split === 'all' ? '' : ` (the ${split} part)`;
      return [
        `${name}: ${rows}${part}; other data than those that the model was trained on (${trainingData})`,
        ...describeTrained(trainedOn, count, 'rows', split === 'all'),
      ];
    }
    case 'unknown':
      return [`${name}: ${rows}; whether the model was trained on them is unknown: its file does not say`];
  }
}

function describeTrained(
  trainedOn: JudgedRows['trainedOn'],
  count: number,
  what: 'rows' | 'held-out rows',
  isWhole: boolean,
): string[] {
  if (!trainedOn)
    return [`whether the model was trained on some of them is unknown: rows drawn at random cannot be compared`];
  const { rows, checked } = trainedOn;
  const from = checked === count ? `of ${count} ${what}` : `of the ${checked} of ${count} ${what} that can be compared`;
  if (rows.length === 0) return what === 'rows' ? [`none ${from} was trained on`] : [];
  const places = isWhole ? `: row${rows.length === 1 ? '' : 's'} ${shortList(rows)} (from 0)` : '';
  return [`${rows.length} ${from} ${rows.length === 1 ? 'was' : 'were'} trained on${places}`];
}
