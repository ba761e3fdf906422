import type { Dataset } from '@rbm/core';
import { type LayerChoice, parseHidden } from './layer-choice.js';
import {
  checkMemory,
  count,
  fits,
  type MemoryLimits,
  type MemoryNeed,
  memoryLimits,
  type TrainingShape,
  trainingNeed,
} from './memory-need.js';
import { type OptimizerArguments, optimizerArrays } from './optimizer-options.js';
import { type PhaseArguments, parseLadder, parsePhases, rungsOf } from './phase-options.js';

/** The options that say how large a training is. */
interface SizeArguments extends PhaseArguments, Pick<OptimizerArguments, 'optimizer' | 'centre'> {
  model: string;
  hidden?: number | string;
  backend: string;
  storage?: string;
  phase: readonly string[];
}

/**
 * Checks before a model is made that training it fits into memory. Models of plugins are not known before they are made.
 *
 * @throws RbmError `SIZE_LIMIT` with the bytes needed and what would fit
 */
export function checkTrainingMemory(
  args: SizeArguments,
  { train }: Pick<Dataset, 'train'>,
  visible: LayerChoice,
  limits: MemoryLimits = memoryLimits(args.backend),
): void {
  const shapeOf = (rows: number): TrainingShape => ({
    visible: train.width,
    samples: train.count,
    rows,
    backend: args.backend,
    optimizerArrays: optimizerArrays(args),
  });
  const phases = [args, ...parsePhases(args.phase, args).map((phase) => phase.args)];
  // Rows that no model has room for are not the model's fault: they are checked after it.
  const most = Math.max(...phases.map((phase) => rowsOf(phase, train.count)));
  if (args.model === 'rbm') {
    const hidden = parseHidden(String(args.hidden));
    const width = hidden.kind === 'potts' ? (hidden.size ?? 1) : 1;
    const parametersOf = (units: number): number => train.width * units * width + train.width + units * width;
    const needFor = (units: number, rows: number): MemoryNeed =>
      trainingNeed(parametersOf(units), units * width, shapeOf(rows));
    const rows = fits(needFor(1, most), limits) ? most : 0;
    const needOf = (units: number): MemoryNeed => needFor(units, rows);
    const what = `Training ${count(train.width)} visible numbers × ${count(hidden.units)} hidden units`;
    checkMemory({ what, size: hidden.units, unit: 'hidden units (--hidden)', needOf }, limits);
    checkRows(phases, train.count, (rows) => needFor(hidden.units, rows), limits);
  } else if (args.model === 'hopfield') {
    const width = visible.kind === 'potts' ? (visible.size ?? 1) : 1;
    const couplingsOf = (units: number): number => ((units * (units - 1)) / 2) * width ** 2;
    const parametersOf = (units: number): number => couplingsOf(units) + units * width;
    const needFor = (units: number, rows: number): MemoryNeed =>
      trainingNeed(parametersOf(units), 0, { ...shapeOf(rows), visible: units * width });
    const rows = fits(needFor(1, most), limits) ? most : 0;
    const needOf = (units: number): MemoryNeed => needFor(units, rows);
    const units = train.width / width;
    const of = width === 1 ? '' : ` of ${width} categories`;
    const what = `Training ${count(couplingsOf(units))} couplings of ${count(units)} units${of}`;
    checkMemory({ what, size: units, unit: `units${of} (fewer columns of the data)`, needOf }, limits);
    checkRows(phases, train.count, (rows) => needFor(units, rows), limits);
  }
}

/** Batches and chains of all phases, where the model itself fits. */
function checkRows(
  phases: readonly PhaseArguments[],
  samples: number,
  needOf: (rows: number) => MemoryNeed,
  limits: MemoryLimits,
): void {
  for (const phase of phases) {
    const what = phase.chains === undefined ? 'A batch with its chains' : `${count(phase.chains)} chains with a batch`;
    const unit = 'rows (--batch, and --chains times rungs)';
    checkMemory({ what, size: rowsOf(phase, samples), unit, needOf }, limits);
  }
}

function rowsOf({ batch, chains, epochs, estimator, sampler, ladder }: PhaseArguments, samples: number): number {
  const rows = Math.min(batch, Math.max(1, Math.floor(Math.min(1, epochs) * samples)));
  const rungs = estimator === 'tempered' || sampler === 'temper' ? rungsOf(parseLadder(ladder)) : 1;
  return rows + (chains ?? rows) * rungs;
}
