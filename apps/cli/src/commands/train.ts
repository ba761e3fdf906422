import {
  type Dataset,
  type EnergyModel,
  fitVisible,
  generator,
  hasTractableHiddenLayers,
  type Samples,
  statesToEnumerate,
} from '@rbm/core';
import { type Layer, type Monitor, type Optimizer, throwIfAborted } from '@rbm/core/contracts';
import {
  exactLikelihood,
  freeEnergies,
  heldOutLikelihood,
  pseudoLikelihood,
  reconstructionError,
  resumeChanges,
  type SampleStream,
  type TrainingRecord,
  type TrainOptions,
  train,
} from '@rbm/train';
import type { Options } from 'yargs';
import { type BackendArguments, backendOptions, openBackend } from '../backend-choice.js';
import type { Checkpoint } from '../checkpoint.js';
import type { Command } from '../command.js';
import type { ConfigArguments } from '../config.js';
import { type DataArguments, dataOptions, type LoadedData, loadData } from '../data.js';
import { noteDuplicates, recordData, recordStream } from '../data-record.js';
import { type FileSystem, machineFiles } from '../file-system.js';
import { checkFingerprint, fingerprintOf } from '../fingerprint.js';
import type { Interruption } from '../interruption.js';
import { parseVisible, visibleSpelling } from '../layer-choice.js';
import { type ModelArguments, type ModelPlan, modelOptions, planModel } from '../model-choice.js';
import { checkNumbers } from '../numbers.js';
import { defaultRate, type OptimizerArguments, optimizerOptions, planOptimizer } from '../optimizer-options.js';
import type { PhaseArguments } from '../phase-options.js';
import { Pieces } from '../pieces.js';
import { duration, Progress } from '../progress.js';
import type { RunChange } from '../run-change.js';
import { RunFolder } from '../run-folder.js';
import { openStream, type StreamedFile } from '../stream-data.js';
import { checkTrainingMemory } from '../training-memory.js';
import { type PlanTraining, planPhasesOf } from '../training-plan.js';
import { type Method, TrainingResults } from '../training-results.js';
import { trainingToRun } from '../training-to-run.js';
import { UsageError } from '../usage-error.js';
import type { VisibleData } from '../visible-data.js';

/** The options of `rbm train`. */
export interface TrainArguments
  extends ConfigArguments,
    DataArguments,
    ModelArguments,
    BackendArguments,
    OptimizerArguments,
    PhaseArguments {
  stream?: boolean;
  visible?: string;
  standardise?: 'none' | 'columns';
  phase: string[];
  monitor: string[];
  'sample-sweeps': number;
  seed: number;
  /** Seconds. */
  'checkpoint-every': number;
  out: string;
  force: boolean;
}

/** As `dataOptions`, but `--again` says what the data are. */
const optionalData: typeof dataOptions = { ...dataOptions, data: { ...dataOptions.data, demandOption: false } };
/** Up to so many states to enumerate, the exact likelihood is among the metrics. */
const EXACT_STATES = 2 ** 12;

/** The options of `rbm train` that describe the training. */
export const trainingOptions: Record<string, Options> = {
  ...optionalData,
  ...modelOptions,
  ...backendOptions,
  stream: {
    type: 'boolean',
    describe: 'Read the data in blocks while training: for a .npy or IDX file larger than memory',
  },
  visible: {
    type: 'string',
    describe: `Kind of the visible units: ${visibleSpelling} (default: bernoulli, potts for sequences)`,
  },
  standardise: {
    choices: ['columns', 'none'],
    describe:
      'Units in which gaussian (mean 0, variance 1) and relu units (mean square 1) see each column (default: columns)',
  },
  estimator: {
    type: 'string',
    default: 'pcd',
    describe:
      'How the gradient is estimated: cd, pcd, tempered (persistent chains with parallel tempering), exact, pseudo-likelihood (for models without hidden units), or the name of one that a plugin provides',
  },
  sampler: {
    type: 'string',
    default: 'gibbs',
    describe:
      'How persistent chains move: gibbs, temper, or the name of one that a plugin provides, which then draws samples.png too',
  },
  k: { type: 'number', default: 1, describe: 'Sweeps an update (cd, pcd, tempered)' },
  chains: {
    type: 'number',
    describe: 'Persistent chains, or ladders of tempered ones (default: the samples in a batch)',
  },
  ladder: {
    type: 'string',
    describe: 'Rungs of tempered chains, or their inverse temperatures: 0.75:0.85:0.93:1 (default: 24 rungs)',
  },
  start: {
    choices: ['model', 'data'],
    describe: 'Where persistent chains start (default: model for pcd, data for tempered and in later phases)',
  },
  epochs: { type: 'number', default: 10, describe: 'How often each sample is seen' },
  batch: { type: 'number', default: 100, describe: 'Samples in a batch' },
  lr: { type: 'number', describe: 'Learning rate (default: 0.05; 0.001 for rmsprop, adam, adamw)' },
  'lr-end': { type: 'number', describe: 'Learning rate of the last step, reached linearly (default: --lr)' },
  average: {
    type: 'boolean',
    default: false,
    describe: 'End with the mean of the parameters along the training, or along a phase',
  },
  phase: {
    type: 'string',
    array: true,
    default: [],
    describe:
      'A further phase, with what differs from the one before: epochs=5,lr=0.02,batch=500,chains=500,average; may be repeated',
  },
  ...optimizerOptions,
  monitor: {
    type: 'string',
    array: true,
    default: [],
    describe: 'Names of monitors that plugins provide, to be measured beside the usual ones',
  },
  'sample-sweeps': { type: 'number', default: 500, describe: 'Sweeps of the chains behind samples.png' },
  seed: { type: 'number', default: 1, describe: 'Seed of all that is random' },
  'checkpoint-every': {
    type: 'number',
    default: 30,
    describe: 'Seconds between checkpoints: how much is lost at most where the process is killed',
  },
};

/** `rbm train`: from data to a folder with a model, its metrics and pictures. */
/** @param typed The command line, which `run.json` keeps. */
export function trainCommand(interruption: Interruption, typed: readonly string[] = []): Command<TrainArguments> {
  return {
    builder: (yargs) =>
      yargs.options({
        ...trainingOptions,
        out: {
          type: 'string',
          describe: 'Folder for the results (default: runs/ and the time, like runs/2026-11-27-214503)',
        },
        again: {
          type: 'string',
          describe: 'Repeat the training in this folder, into another one; only --out and --force go with it',
        },
        force: { type: 'boolean', default: false, describe: 'Overwrite the results in the folder' },
      }) as never,
    handler: async (typedArgs) => {
      const { args, command } = await trainingToRun(typedArgs, typed);
      await runTraining(args, interruption, undefined, machineFiles, command);
    },
  };
}

/** A training that goes on. */
export interface ResumedRun {
  /** Open; the caller closes it. */
  readonly folder: RunFolder;
  /** When it was started. */
  readonly started?: string;
  /** How it was started. */
  readonly command?: readonly string[];
  /** Where it goes on from (default: the start). */
  readonly checkpoint?: Checkpoint;
  /** What may have changed since: see `checkFingerprint`. */
  readonly accepted: readonly string[];
  /** Options that were changed on the way, now included. */
  readonly changes: readonly RunChange[];
}

/**
 * Trains as the options say.
 *
 * @param run The training with the same options that goes on.
 * @param files Where a new training keeps its folder.
 * @param command The command line, for `run.json`.
 */
export async function runTraining(
  args: TrainArguments,
  interruption: Interruption,
  run?: ResumedRun,
  files: FileSystem = machineFiles,
  command: readonly string[] | undefined = run?.command,
): Promise<void> {
  checkNumbers(args, {
    'sample-sweeps': 'count',
    'checkpoint-every': 'nonNegative',
    threads: 'count',
    seed: 'seed',
  });
  if (args.estimator === 'pseudo-likelihood' && args.model === 'rbm') {
    throw new UsageError('--estimator pseudo-likelihood is for models without hidden units. Use cd or pcd.');
  }
  // Said here rather than as a default, since other models take none; the run's settings should tell.
  if (args.model === 'rbm') args.hidden ??= 64;
  args.lr ??= defaultRate(args.optimizer);
  const pieces = await Pieces.here(args);
  const planOf = await planPhasesOf(args, pieces);
  const optimizerOf = await planOptimizer(args, pieces);
  const monitors = await Promise.all(args.monitor.map((name) => pieces.monitor(name)));
  const plan = await planModel(args, pieces);
  const choice = args.visible === undefined ? undefined : parseVisible(args.visible);
  if (args.stream && args.storage !== undefined) throw new UsageError('--storage does not go with --stream.');
  const file = args.stream ? await openStream(args, choice, args.standardise) : undefined;
  try {
    const log = (line: string): void => console.error(line);
    const { signal } = interruption;
    const context = { signal, log, pieces, visible: choice, standardise: args.standardise };
    const data = file ?? (await loadData(args, context));
    await trainOn(data, { args, pieces, planOf, optimizerOf, monitors, plan }, interruption, run, files, command);
  } finally {
    await file?.close();
  }
}

/** What the options come to before there are data. */
interface Planned {
  readonly args: TrainArguments;
  readonly pieces: Pieces;
  readonly planOf: PlanTraining;
  readonly optimizerOf: (model: EnergyModel, data: Samples) => Optimizer;
  readonly monitors: readonly Monitor[];
  readonly plan: ModelPlan;
}

async function trainOn(
  given: LoadedData | StreamedFile,
  { args, pieces, planOf, optimizerOf, monitors, plan }: Planned,
  interruption: Interruption,
  run: ResumedRun | undefined,
  files: FileSystem,
  command: readonly string[] | undefined,
): Promise<void> {
  const { dataset, visible } = 'first' in given ? given.first : given;
  if (args.standardise !== undefined && visible.kind !== 'gaussian' && visible.kind !== 'relu') {
    throw new UsageError(`--standardise is for gaussian and relu units, not ${visible.kind}.`);
  }
  checkTrainingMemory(args, dataset, visible);
  const model = await plan(dataset, visible, generator(args.seed));
  if ('first' in given) console.error(`Reading ${args.data} once, to check it.`);
  const { stream, data } =
    'first' in given ? await given.check(model, interruption.signal) : { stream: undefined, data: given };
  const fingerprint = fingerprintOf(data, pieces, stream && data.content.sha256);
  if (run?.checkpoint) checkFingerprint(run.checkpoint.fingerprint, fingerprint, run.accepted, dataset.name);
  const backend = await openBackend(args, model, pieces);
  try {
    const sampler =
      args.sampler === 'gibbs' || args.sampler === 'temper' ? undefined : await pieces.sampler(args.sampler);
    if (args.storage === undefined) fitVisible(model, data.dataset.train);
    const record = stream ? recordStream(data, model) : recordData(data, model);
    const count = stream?.count ?? data.dataset.train.count;
    noteDuplicates(data, record, (line) => console.error(line));
    const method = {
      backend,
      plan: await planOf(model, data.dataset.train, (line) => console.error(line), count),
      sampler,
      optimizer: optimizerOf(model, data.dataset.train),
      monitors,
    };
    throwIfAborted(interruption.signal);
    // From here on the training can be resumed.
    const folder = run?.folder ?? (await RunFolder.create(args.out, args.force, files));
    const changes = run?.changes ?? [];
    const packages = pieces.packagesOf(model);
    const told = command ? { command } : {};
    const plugins = { packages, versions: pieces.versions, options: pieces.config.options };
    const setup = { folder, args, data, count, model, method, fingerprint, record, changes, ...plugins, ...told };
    const results = new TrainingResults(setup, run?.checkpoint, run?.started);
    try {
      await trainBy(method, args, data, stream, model, results, interruption, run);
    } catch (error) {
      // A training that never started must not be in the way of the next one.
      if (!run && !results.hasAny) await folder.abandon().catch(() => {});
      throw error;
    } finally {
      if (!run) await folder.close();
    }
  } finally {
    await backend.close();
  }
}

async function trainBy(
  method: Method,
  args: TrainArguments,
  data: VisibleData,
  stream: SampleStream | undefined,
  model: EnergyModel,
  results: TrainingResults,
  interruption: Interruption,
  run: ResumedRun | undefined,
): Promise<void> {
  const { dataset } = data;
  const checkpoint = run?.checkpoint;
  console.error(`On ${method.backend.info}.`);
  const options = trainOptionsOf(args, dataset, stream, model, method);
  const resume = checkpoint && {
    resume: checkpoint.snapshot,
    acceptOtherData: run.accepted.includes('data'),
  };
  // Before anything is written: what cannot change leaves the run as it was.
  for (const { name, before, now, effect } of resume ? resumeChanges({ ...options, ...resume }) : []) {
    console.error(`Changed: ${name} ${before} → ${now}${effect === '' ? '' : ` (${effect})`}.`);
  }
  await results.begin();
  if (args.storage !== undefined) return results.end(undefined, interruption.signal, 0);
  const records = train({ ...options, ...resume });
  let last: TrainingRecord | undefined;
  const progress = new Progress('Training');
  const before = checkpoint?.seconds ?? 0;
  let began: { readonly epoch: number; readonly seconds: number } | undefined;
  let saved = 0;
  try {
    for await (const record of records) {
      if (last === undefined && record.onHost.length > 0) {
        const { name } = method.backend;
        progress.note(`Note: ${name} has no kernels for ${record.onHost.join(', ')}. Every step waits for the host.`);
      }
      last = record;
      const rate = began
        ? ((record.epoch - began.epoch) * (stream ?? dataset.train).count) / (progress.seconds - began.seconds)
        : 0;
      began ??= { epoch: record.epoch, seconds: progress.seconds };
      const speed = rate > 0 ? `, ${Math.round(rate)} samples/s` : '';
      progress.update(record.step / record.steps, `epoch ${record.epoch.toFixed(1)}${speed}`);
      if (Object.keys(record.metrics).length > 0) {
        await results.addMetrics(record, before + progress.seconds);
        progress.note(describeMetrics(record, before + progress.seconds));
      }
      const finished = record.step === record.steps;
      if (finished || interruption.happened || progress.seconds - saved > args['checkpoint-every']) {
        await results.save(record, before + progress.seconds);
        saved = progress.seconds;
      }
      if (interruption.happened && !finished) break;
    }
  } finally {
    progress.done();
  }
  await results.end(last, interruption.signal, before + progress.seconds);
}

function trainOptionsOf(
  args: TrainArguments,
  dataset: Dataset,
  stream: SampleStream | undefined,
  model: EnergyModel,
  { backend, plan, optimizer, monitors }: Method,
): TrainOptions {
  return {
    ...plan.first,
    laterPhases: plan.laterPhases,
    model,
    data: stream ?? dataset.train,
    ...(dataset.test ? { heldOut: dataset.test } : {}),
    backend,
    optimizer,
    random: generator(args.seed).fork('training'),
    monitors: [...monitorsFor(model, dataset, stream), ...monitors],
  };
}

/**
 * What can be measured: the pseudo-likelihood of states, the likelihood where few states are to be summed over; nothing of what needs
 * the hidden units summed out where they act on each other.
 */
function monitorsFor(model: EnergyModel, { train, test }: Dataset, stream: SampleStream | undefined): Monitor[] {
  if (!hasTractableHiddenLayers(model)) {
    console.error(
      'Note: hidden units of this model act on each other, so reconstruction errors, free energies and likelihoods are not measured. ' +
        'Measure others with --monitor.',
    );
    return [];
  }
  const visible = model.layers[model.visible[0] as number] as Layer;
  const areStates =
    stream?.kinds.every((kind) => kind === 'states') ??
    [train, ...(test ? [test] : [])].every(({ values }) => visible.findInvalid(values, 'states') < 0);
  const monitors = [reconstructionError(), freeEnergies()];
  // Grey levels of units with states have no likelihood.
  if (!areStates) return monitors;
  monitors.push(heldOutLikelihood());
  if (visible.states !== null) monitors.push(pseudoLikelihood());
  if (statesToEnumerate(model) <= EXACT_STATES) monitors.push(exactLikelihood());
  return monitors;
}

function describeMetrics({ epoch, metrics }: TrainingRecord, seconds: number): string {
  const shown = Object.entries(metrics)
    .filter(([name]) => !(name.endsWith('Error') && name.slice(0, -'Error'.length) in metrics))
    .map(([name, value]) => {
      const error = metrics[`${name}Error`];
      return `${name} ${value.toPrecision(5)}${error === undefined ? '' : ` ± ${error.toPrecision(2)}`}`;
    });
  return `epoch ${epoch.toFixed(0)} (${duration(seconds)}): ${shown.join(', ')}`;
}
