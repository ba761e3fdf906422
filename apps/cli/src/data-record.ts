import { type EnergyModel, fitVisible } from '@rbm/core';
import { layerParameters } from '@rbm/core/contracts';
import type { TrainingData } from '@rbm/formats';
import { distinctRows, findRows, hashRows, packHashes } from './content-hash.js';
import type { LoadedData } from './data.js';

/** What a run keeps of the data it is trained on, in its model file and in `run.json`. */
export interface DataRecord {
  readonly training: TrainingData;
  /** See `ModelDetails.baseline`. */
  readonly baseline: Float64Array;
  /** Equal rows; absent where rows are drawn at random, and cannot be compared. */
  readonly duplicates?: Duplicates;
}

/** Rows that occur more than once. */
export interface Duplicates {
  /** Held-out rows that were trained on too. */
  readonly heldOutInTraining: number;
  /** Training rows that repeat an earlier one. */
  readonly repeatedInTraining: number;
}

/** Describes the data of a training. The rows are compared as the visible units take them. */
export function recordData(data: LoadedData, model: EnergyModel): DataRecord {
  const { dataset, content } = data;
  const { train, name, preparation } = dataset;
  const test = content.heldOut > 0 ? dataset.test : undefined;
  const baseline = fittedBaseline(model, data);
  const known = { name, ...content };
  if (preparation.binarisation === 'stochastic') {
    return { training: { ...known, distinctRows: train.count }, baseline };
  }
  const distinct = distinctRows(hashRows(train));
  const among = { hashes: distinct, distinct: distinct.length };
  return {
    training: { ...known, distinctRows: distinct.length, rowHashes: packHashes(distinct) },
    baseline,
    duplicates: {
      heldOutInTraining: test ? findRows(hashRows(test), among).rows.length : 0,
      repeatedInTraining: train.count - distinct.length,
    },
  };
}

/** As `recordData`, of data that are read in blocks: their rows are not compared. */
export function recordStream({ content, ...data }: LoadedData, model: EnergyModel): DataRecord {
  const training = { name: data.dataset.name, ...content, distinctRows: content.rows };
  return { training, baseline: fittedBaseline(model, data) };
}

/** Says which held-out rows are not new to the model. */
export function noteDuplicates(
  { dataset: { name, train }, content }: LoadedData,
  { duplicates }: DataRecord,
  log: (line: string) => void,
): void {
  if (!duplicates || duplicates.heldOutInTraining === 0) return;
  log(
    `Warning: ${name}: ${duplicates.heldOutInTraining} of ${content.heldOut} held-out rows also occur among the ${train.count} ` +
      'training rows. What is measured on held-out rows is then not all about new data.',
  );
}

/** The parameters of the visible layers for independent units. */
function fittedBaseline(model: EnergyModel, { dataset }: Pick<LoadedData, 'dataset'>): Float64Array {
  const parameters = new Float64Array(model.layout.length);
  fitVisible(model, dataset.train, parameters);
  return Float64Array.from(model.visible.flatMap((l) => Array.from(layerParameters(model, l, parameters))));
}
