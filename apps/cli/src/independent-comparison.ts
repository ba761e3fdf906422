import {
  type EnergyModel,
  enumerate,
  hasTractableHiddenLayers,
  logLikelihood,
  meanAndStandardError,
  type Samples,
  statesToEnumerate,
} from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { independentBaseline } from './independent-baseline.js';

/** A trained model against units that do not interact, on rows that both were fitted to. */
export interface IndependentComparison {
  /** Mean log-likelihoods in nats a sample. */
  readonly logLikelihood: number;
  readonly independentUnits: number;
  /** Of their difference: the scatter over the rows, and the error of `log Z`. */
  readonly standardError: number;
  readonly rows: number;
  readonly method: 'exact' | 'bennett';
  /** The model is worse by far more than its error: the training has failed, though its parameters are finite. */
  readonly farBelow: boolean;
}

/** An estimate of `log Z`, with its standard error. */
export interface EstimatedPartition {
  readonly value: number;
  readonly standardError: number;
}

/** Up to so many states, `log Z` is exact. */
const EXACT_STATES = 2 ** 14;
/** Rows that are compared, from the first on. */
const ROWS = 2000;
/** What a model must be worse by: a share of the baseline, and at least 1 nat. */
const SHARE = 0.1;

/**
 * Compares a model with independent units on its training data.
 *
 * @param estimated `log Z` where it is too much to enumerate.
 * @returns nothing where there is no `log Z`, where hidden units act on each other, or where the data are grey levels, whose
 * log-likelihood means nothing
 */
export async function compareWithIndependent(
  model: EnergyModel,
  { values, count, width }: Samples,
  estimated: EstimatedPartition | undefined,
): Promise<IndependentComparison | undefined> {
  if (!hasTractableHiddenLayers(model)) return undefined;
  const [layer] = model.visible.map((l) => model.layers[l] as Layer) as [Layer];
  const rows = Math.min(ROWS, count);
  const compared = { values: values.subarray(0, rows * width), count: rows, width };
  if (model.visible.length !== 1 || layer.findInvalid(compared.values, 'states') >= 0) return undefined;
  const isExact = statesToEnumerate(model) <= EXACT_STATES;
  if (!isExact && estimated === undefined) return undefined;
  const logZ = isExact
    ? { value: (await enumerate(model, { limit: EXACT_STATES })).logPartition, standardError: 0 }
    : (estimated as EstimatedPartition);
  const alone = await independentBaseline(model, undefined, compared, 'judged rows');
  const logs = logLikelihood(model, compared.values, logZ.value);
  const base = logLikelihood(alone.model, compared.values, alone.logPartition);
  const difference = meanAndStandardError(logs.map((log, n) => log - (base[n] as number)));
  const independentUnits = meanAndStandardError(base).mean;
  const scatter = Number.isFinite(difference.standardError) ? difference.standardError : 0;
  const standardError = Math.hypot(scatter, logZ.standardError);
  const margin = Math.max(1, SHARE * Math.abs(independentUnits)) + 5 * standardError;
  return {
    logLikelihood: meanAndStandardError(logs).mean,
    independentUnits,
    standardError,
    rows,
    method: isExact ? 'exact' : 'bennett',
    farBelow: difference.mean < -margin,
  };
}

/** The last line of a training that came to less than units that do not interact. */
export function describeFailure({ logLikelihood, independentUnits }: IndependentComparison): string {
  return (
    `Warning: the model is far worse than units that do not interact: ${logLikelihood.toFixed(2)} against ` +
    `${independentUnits.toFixed(2)} nats a sample of the training data. Lower --lr, or train longer.`
  );
}
