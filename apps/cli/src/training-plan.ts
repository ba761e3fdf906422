import type { EnergyModel, Samples } from '@rbm/core';
import type { GradientEstimator, Sampler } from '@rbm/core/contracts';
import { baseRates, gibbs, temper } from '@rbm/samplers';
import { cd, exact, maximumPseudoLikelihood, type NextPhase, pcd, type TrainingPhase, tempered } from '@rbm/train';
import { checkNumbers } from './numbers.js';
import {
  type LaterPhase,
  type PhaseArguments,
  parseLadder,
  parsePhases,
  withoutChains,
  withoutSweeps,
} from './phase-options.js';
import type { Pieces } from './pieces.js';
import { UsageError } from './usage-error.js';

/** Records an epoch: how closely the progress line and an interruption follow. */
const RECORDS_PER_EPOCH = 50;

/** The phases of a training as `train` takes them. */
export interface TrainingPlan {
  readonly first: TrainingPhase;
  readonly laterPhases: readonly NextPhase[];
}

/**
 * Makes the plan once there are data and a model.
 *
 * @param data Samples in memory: of data that are read in blocks, an excerpt.
 * @param count Training samples in all (default: those in memory).
 */
export type PlanTraining = (
  model: EnergyModel,
  data: Samples,
  log: (line: string) => void,
  count?: number,
) => Promise<TrainingPlan>;

/**
 * Checks the phases that the options describe, before any data are read.
 *
 * @returns What makes the plan once there are data and a model.
 * @throws UsageError
 */
export async function planPhasesOf(
  args: PhaseArguments & { phase: readonly string[] },
  pieces: Pieces,
): Promise<PlanTraining> {
  const later = parsePhases(args.phase, args);
  for (const phase of [args, ...later.map((phase) => phase.args)]) checkPhase(phase);
  // A plugin's pieces are looked up now: a wrong name should not wait for the data.
  for (const { sampler } of [args, ...later.map((phase) => phase.args)]) {
    if (!isBuiltIn(sampler)) await pieces.sampler(sampler);
  }
  return async (model, data, log, count = data.count) => {
    const first = fitBatch(args, count, log);
    return {
      first: { ...phaseOf(first, count), estimator: await estimatorOf(first, model, data, pieces) },
      laterPhases: await Promise.all(
        parsePhases(args.phase, first).map(async ({ args: phase, startsAnew }: LaterPhase): Promise<NextPhase> => {
          const estimator = startsAnew ? { estimator: await estimatorOf(phase, model, data, pieces) } : {};
          return { ...phaseOf(phase, count), ...estimator };
        }),
      ),
    };
  };
}

/** A batch no larger than the data, or than the part of an epoch that is asked for. */
function fitBatch(args: PhaseArguments, count: number, log: (line: string) => void): PhaseArguments {
  const rows = Math.max(1, Math.floor(Math.min(1, args.epochs) * count));
  if (args.batch <= rows) return args;
  log(
    `Note: ${args.epochs < 1 ? `${args.epochs} epochs of ` : ''}${count} samples are fewer than a batch of ${args.batch}; ` +
      `the batch is ${rows}. Set --batch.`,
  );
  return { ...args, batch: rows };
}

function isBuiltIn(sampler: string): boolean {
  return sampler === 'gibbs' || sampler === 'temper';
}

function checkPhase(phase: PhaseArguments): void {
  checkNumbers(phase, {
    k: 'count',
    chains: 'count',
    batch: 'count',
    epochs: 'positive',
    lr: 'nonNegative',
    'lr-end': 'nonNegative',
  });
  const { estimator, sampler, ladder, start, chains, k } = phase;
  const keepsNone = withoutChains.includes(estimator);
  if (chains !== undefined && keepsNone) {
    throw new UsageError(`--chains goes with --estimator pcd, tempered or a plugin's, not ${estimator}.`);
  }
  if (k !== 1 && withoutSweeps.includes(estimator)) {
    throw new UsageError(`-k goes with --estimator cd, pcd or tempered, not ${estimator}, which makes no sweeps.`);
  }
  if (sampler !== 'gibbs' && keepsNone) {
    throw new UsageError(`--sampler goes with --estimator pcd or a plugin's, not ${estimator}.`);
  }
  if (sampler !== 'gibbs' && estimator === 'tempered') {
    throw new UsageError('--estimator tempered has a sampler of its own. Omit --sampler.');
  }
  if (start !== undefined && estimator !== 'pcd' && estimator !== 'tempered') {
    throw new UsageError(`--start goes with --estimator pcd or tempered, not ${estimator}.`);
  }
  if (start !== undefined && start !== 'model' && start !== 'data') {
    throw new UsageError(`--start is ${start}; expected model or data.`);
  }
  parseLadder(ladder);
  if (ladder !== undefined && estimator !== 'tempered' && sampler !== 'temper') {
    throw new UsageError('--ladder goes with --estimator tempered or --sampler temper.');
  }
}

function phaseOf(args: PhaseArguments, count: number): Omit<TrainingPhase, 'estimator'> {
  const { batch, epochs, average, lr, 'lr-end': end } = args;
  const epoch = Math.ceil(count / batch);
  return {
    rate: end === undefined ? lr : { from: lr, to: end },
    batch,
    epochs,
    average,
    every: Math.ceil(epoch / RECORDS_PER_EPOCH),
    measureEvery: epoch,
  };
}

async function estimatorOf(
  args: PhaseArguments,
  model: EnergyModel,
  data: Samples,
  pieces: Pieces,
): Promise<GradientEstimator> {
  const { estimator, k, chains, start } = args;
  const options = { ...(chains === undefined ? {} : { chains }), ...(start === undefined ? {} : { start }) };
  switch (estimator) {
    case 'cd':
      return cd({ k });
    case 'exact':
      return exact();
    case 'pseudo-likelihood':
      return maximumPseudoLikelihood();
    case 'pcd':
      return pcd({ sampler: await samplerOf(args, model, data, pieces), k, ...options });
    case 'tempered':
      return tempered({ sampler: ladderOf(args, model, data), sweeps: k, ...options });
    default:
      return pieces.estimator(estimator, await samplerOf(args, model, data, pieces));
  }
}

async function samplerOf(args: PhaseArguments, model: EnergyModel, data: Samples, pieces: Pieces): Promise<Sampler> {
  if (args.sampler === 'gibbs') return gibbs();
  return args.sampler === 'temper' ? ladderOf(args, model, data) : pieces.sampler(args.sampler);
}

/** A ladder that follows the model, from the rates of the data. */
function ladderOf({ ladder }: PhaseArguments, model: EnergyModel, data: Samples): Sampler {
  const rungs = parseLadder(ladder);
  return temper({
    base: baseRates(model, data),
    ...(rungs === undefined ? {} : { ladder: rungs }),
    ...(typeof rungs === 'object' ? {} : { warmUp: Number.POSITIVE_INFINITY }),
  });
}
