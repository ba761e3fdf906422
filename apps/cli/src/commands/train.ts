import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Backend,
  type Dataset,
  type EnergyModel,
  fitVisible,
  type GradientEstimator,
  generator,
  type Layer,
  type Monitor,
  type Optimizer,
  RbmError,
  type Sampler,
  statesToEnumerate,
} from '@rbm/core';
import { encodeModel } from '@rbm/formats';
import { writeFileAtomic } from '@rbm/formats/node';
import { sample } from '@rbm/samplers';
import {
  cd,
  centring,
  exact,
  exactLikelihood,
  freeEnergies,
  maximumPseudoLikelihood,
  pcd,
  pseudoLikelihood,
  reconstructionError,
  sgd,
  type TrainingRecord,
  type TrainingSnapshot,
  train,
} from '@rbm/train';
import type { CommandModule } from 'yargs';
import packageFile from '../../package.json' with { type: 'json' };
import { type BackendArguments, backendOptions, openBackend } from '../backend-choice.js';
import { CHECKPOINT, type Checkpoint, encodeCheckpoint } from '../checkpoint.js';
import { type DataArguments, dataOptions, loadData } from '../data.js';
import type { Interruption } from '../interruption.js';
import { parseVisible, visibleSpelling } from '../layer-choice.js';
import { type ModelArguments, modelOptions, planModel } from '../model-choice.js';
import { checkNumbers } from '../numbers.js';
import { parametersPicture, samplesPicture } from '../pictures.js';
import { Pieces } from '../pieces.js';
import { duration, Progress } from '../progress.js';
import { UsageError } from '../usage-error.js';
import type { VisibleData } from '../visible-data.js';

/** The options of `rbm train`. */
export interface TrainArguments extends DataArguments, ModelArguments, BackendArguments {
  visible?: string;
  standardise?: 'none' | 'columns';
  estimator: string;
  sampler: string;
  k: number;
  chains?: number;
  epochs: number;
  batch: number;
  lr: number;
  'lr-end'?: number;
  momentum: number;
  'weight-decay': number;
  centre: boolean;
  optimizer: string;
  monitor: string[];
  'sample-sweeps': number;
  seed: number;
  out: string;
  force: boolean;
}

/** Records of training an epoch: how closely the progress line and an interruption follow. */
const RECORDS_PER_EPOCH = 50;
/** How much of a training is lost at most where a process is killed, but for the time of a record. */
const SECONDS_BETWEEN_CHECKPOINTS = 30;
/** Samples drawn for the picture. */
const PICTURE_SAMPLES = 100;
/** Up to so many states to enumerate, the exact likelihood is among the metrics. */
const EXACT_STATES = 2 ** 12;

/** `rbm train`: from data to a folder with a model, its metrics and pictures. */
export function trainCommand(interruption: Interruption): CommandModule<object, TrainArguments> {
  return {
    command: 'train',
    describe: 'Train a model on data',
    builder: (yargs) =>
      yargs.options({ ...dataOptions, ...modelOptions, ...backendOptions }).options({
        visible: {
          type: 'string',
          describe: `Kind of the visible units: ${visibleSpelling}; bernoulli, or for sequences potts, unless given`,
        },
        standardise: {
          choices: ['columns', 'none'],
          describe:
            'Units in which gaussian (mean 0, variance 1) and relu units (mean square 1) see each column; columns unless given',
        },
        estimator: {
          type: 'string',
          default: 'pcd',
          describe:
            'How the gradient is estimated: cd, pcd, exact, pseudo-likelihood (for models without hidden units), or the name of one that a plugin provides',
        },
        sampler: {
          type: 'string',
          default: 'gibbs',
          describe:
            'How persistent chains move, and those behind samples.png: gibbs, or the name of one that a plugin provides',
        },
        k: { type: 'number', default: 1, describe: 'Gibbs sweeps an update (cd, pcd)' },
        chains: { type: 'number', describe: 'Persistent chains (pcd); as many as samples in a batch unless given' },
        epochs: { type: 'number', default: 10, describe: 'How often each sample is seen' },
        batch: { type: 'number', default: 100, describe: 'Samples in a batch' },
        lr: { type: 'number', default: 0.05, describe: 'Learning rate' },
        'lr-end': { type: 'number', describe: 'Learning rate of the last step, reached linearly; --lr unless given' },
        momentum: { type: 'number', default: 0, describe: 'Share of the last step that the next one keeps' },
        'weight-decay': { type: 'number', default: 0, describe: 'L2 penalty on the weights' },
        centre: {
          type: 'boolean',
          default: false,
          describe: 'Steps in coordinates of units with mean zero: a straighter way for data that are mostly off',
        },
        optimizer: {
          type: 'string',
          default: 'sgd',
          describe: 'How a gradient becomes a step: sgd, or the name of one that a plugin provides',
        },
        monitor: {
          type: 'string',
          array: true,
          default: [],
          describe: 'Names of monitors that plugins provide, to be measured beside the usual ones',
        },
        'sample-sweeps': { type: 'number', default: 500, describe: 'Sweeps of the chains behind samples.png' },
        seed: { type: 'number', default: 1, describe: 'Seed of all that is random' },
        out: { type: 'string', demandOption: true, describe: 'Folder for the results' },
        force: { type: 'boolean', default: false, describe: 'Overwrite the results in the folder' },
      }) as never,
    handler: (args) => runTraining(args, interruption),
  };
}

/**
 * Trains as the options say.
 *
 * @param checkpoint Where a training with the same options goes on from.
 */
export async function runTraining(
  args: TrainArguments,
  interruption: Interruption,
  checkpoint?: Checkpoint,
): Promise<void> {
  checkNumbers(args, {
    k: 'count',
    chains: 'count',
    batch: 'count',
    epochs: 'positive',
    lr: 'nonNegative',
    'lr-end': 'nonNegative',
    momentum: 'share',
    'weight-decay': 'nonNegative',
    'sample-sweeps': 'count',
    threads: 'count',
    seed: 'seed',
  });
  if (args.estimator === 'pseudo-likelihood' && args.model === 'rbm') {
    throw new UsageError('--estimator pseudo-likelihood is for models without hidden units. Use cd or pcd.');
  }
  // Said here rather than as a default, since other models take none; the run's settings should tell.
  if (args.model === 'rbm') args.hidden ??= 64;
  if (args.sampler !== 'gibbs' && ['cd', 'exact', 'pseudo-likelihood'].includes(args.estimator)) {
    throw new UsageError(`--sampler goes with --estimator pcd or a plugin's, not ${args.estimator}.`);
  }
  const pieces = await Pieces.here();
  const sampler = await pieces.sampler(args.sampler);
  const estimator = await estimatorOf(args, sampler, pieces);
  const optimizer = await plannedOptimizer(args, pieces);
  const monitors = await Promise.all(args.monitor.map((name) => pieces.monitor(name)));
  const plan = await planModel(args, pieces);
  const data = await loadData(args, {
    signal: interruption.signal,
    log: (line) => console.error(line),
    pieces,
    visible: args.visible === undefined ? undefined : parseVisible(args.visible),
    standardise: args.standardise,
  });
  const { dataset, visible } = data;
  if (args.standardise !== undefined && visible.kind !== 'gaussian' && visible.kind !== 'relu') {
    throw new UsageError(`--standardise is for gaussian and relu units, not ${visible.kind}.`);
  }
  const model = await plan(dataset, visible, generator(args.seed));
  const backend = await openBackend(args, model, pieces);
  try {
    if (!checkpoint) await prepareFolder(args.out, args.force);
    const method = { backend, sampler, estimator, optimizer, monitors };
    await trainBy(method, args, data, model, interruption, checkpoint);
  } finally {
    await backend.close();
  }
}

/** With what a model is trained. */
interface Method {
  readonly backend: Backend;
  readonly sampler: Sampler;
  readonly estimator: GradientEstimator;
  /** A plugin's; `sgd` by the command line's settings unless given. */
  readonly optimizer: Optimizer | undefined;
  /** Of plugins. */
  readonly monitors: readonly Monitor[];
}

async function trainBy(
  method: Method,
  args: TrainArguments,
  data: VisibleData,
  model: EnergyModel,
  interruption: Interruption,
  checkpoint: Checkpoint | undefined,
): Promise<void> {
  const { dataset } = data;
  console.error(`On ${method.backend.info}.`);
  const folder = new RunFolder(args, data, model, method, checkpoint);
  await folder.begin();
  if (args.storage !== undefined) return folder.end(undefined, false, 0);
  fitVisible(model, dataset.train);
  const records = trainingOf(args, dataset, model, method, checkpoint?.snapshot);
  let last: TrainingRecord | undefined;
  const progress = new Progress('Training');
  const before = checkpoint?.seconds ?? 0;
  const firstStep = checkpoint?.snapshot.step ?? 0;
  let saved = 0;
  try {
    for await (const record of records) {
      last = record;
      const rate = ((record.step - firstStep) * args.batch) / progress.seconds;
      progress.update(record.step / record.steps, `epoch ${record.epoch.toFixed(1)}, ${Math.round(rate)} samples/s`);
      if (Object.keys(record.metrics).length > 0) {
        await folder.addMetrics(record, before + progress.seconds);
        progress.note(describeMetrics(record, before + progress.seconds));
      }
      if (interruption.happened || progress.seconds - saved > SECONDS_BETWEEN_CHECKPOINTS) {
        await folder.save(record, before + progress.seconds);
        saved = progress.seconds;
      }
      if (interruption.happened) break;
    }
  } finally {
    progress.done();
  }
  await folder.end(last, interruption.happened, before + progress.seconds);
}

function trainingOf(
  args: TrainArguments,
  dataset: Dataset,
  model: EnergyModel,
  { backend, estimator, optimizer, monitors }: Method,
  resume: TrainingSnapshot | undefined,
): AsyncGenerator<TrainingRecord, void, undefined> {
  const epoch = Math.max(1, Math.round(dataset.train.count / args.batch));
  return train({
    model,
    data: dataset.train,
    ...(dataset.test ? { heldOut: dataset.test } : {}),
    backend,
    estimator,
    optimizer:
      optimizer ??
      sgd({
        momentum: args.momentum,
        weightDecay: args['weight-decay'],
        ...(args.centre ? { centre: centring(model, dataset.train) } : {}),
      }),
    rate: args['lr-end'] === undefined ? args.lr : { from: args.lr, to: args['lr-end'] },
    batch: args.batch,
    epochs: args.epochs,
    random: generator(args.seed).fork('training'),
    every: Math.max(1, Math.ceil(epoch / RECORDS_PER_EPOCH)),
    measureEvery: epoch,
    monitors: [...monitorsFor(model, dataset), ...monitors],
    ...(resume ? { resume } : {}),
  });
}

/** A plugin's optimizer, which has its own settings; none for `sgd`, which waits for the model. */
async function plannedOptimizer(args: TrainArguments, pieces: Pieces): Promise<Optimizer | undefined> {
  if (args.optimizer === 'sgd') return undefined;
  if (args.momentum !== 0 || args['weight-decay'] !== 0 || args.centre) {
    throw new UsageError(
      `--momentum, --weight-decay and --centre are for --optimizer sgd. Give those of ${args.optimizer} in the config.`,
    );
  }
  return pieces.optimizer(args.optimizer);
}

async function estimatorOf(
  { estimator, k, chains }: TrainArguments,
  sampler: Sampler,
  pieces: Pieces,
): Promise<GradientEstimator> {
  switch (estimator) {
    case 'cd':
      return cd({ k });
    case 'exact':
      return exact();
    case 'pseudo-likelihood':
      return maximumPseudoLikelihood();
    case 'pcd':
      return pcd({ sampler, k, ...(chains === undefined ? {} : { chains }) });
    default:
      return pieces.estimator(estimator, sampler);
  }
}

/** What can be measured: the pseudo-likelihood of states, the likelihood where few states are to be summed over. */
function monitorsFor(model: EnergyModel, { train, test }: Dataset): Monitor[] {
  const [visible] = model.layers as [Layer];
  const areStates = [train, ...(test ? [test] : [])].every(({ values }) => visible.findInvalid(values, 'states') < 0);
  const monitors = [reconstructionError(), freeEnergies()];
  if (visible.states !== null && areStates) monitors.push(pseudoLikelihood());
  if (statesToEnumerate(model) <= EXACT_STATES) monitors.push(exactLikelihood());
  return monitors;
}

function describeMetrics({ epoch, metrics }: TrainingRecord, seconds: number): string {
  const shown = Object.entries(metrics)
    .filter(([name]) => !name.endsWith('Error') || name === 'reconstructionError')
    .map(([name, value]) => `${name} ${value.toPrecision(5)}`);
  return `epoch ${epoch.toFixed(0)} (${duration(seconds)}): ${shown.join(', ')}`;
}

/** Refuses a folder that holds anything, unless asked to overwrite. */
async function prepareFolder(path: string, force: boolean): Promise<void> {
  await mkdir(path, { recursive: true });
  const entries = await readdir(path);
  if (entries.length > 0 && !force) {
    throw new RbmError('FILE_EXISTS', `The folder ${path} is not empty. Name another with --out, or say --force.`);
  }
}

/** What a training leaves behind. Files are whole at any time: written under another name and renamed. */
class RunFolder {
  readonly #args: TrainArguments;
  readonly #data: VisibleData;
  readonly #model: EnergyModel;
  readonly #method: Method;
  readonly #resumed: boolean;
  readonly #metrics: string[];
  readonly #started: string;

  constructor(
    args: TrainArguments,
    data: VisibleData,
    model: EnergyModel,
    method: Method,
    checkpoint: Checkpoint | undefined,
  ) {
    this.#resumed = checkpoint !== undefined;
    this.#metrics = [...(checkpoint?.metrics ?? [])];
    this.#started = checkpoint?.started ?? new Date().toISOString();
    this.#args = args;
    this.#data = data;
    this.#model = model;
    this.#method = method;
  }

  async begin(): Promise<void> {
    // That of another training, where --force was said.
    if (!this.#resumed) await rm(join(this.#args.out, CHECKPOINT), { force: true });
    await this.#describe('running', undefined, 0);
  }

  async addMetrics({ step, epoch, rate, metrics }: TrainingRecord, seconds: number): Promise<void> {
    this.#metrics.push(JSON.stringify({ step, epoch, rate, seconds, ...metrics }));
    await this.#write('metrics.jsonl', new TextEncoder().encode(`${this.#metrics.join('\n')}\n`));
  }

  /** Saves all that `rbm resume` needs to go on from here. */
  async save(record: TrainingRecord, seconds: number): Promise<void> {
    const checkpoint = {
      settings: this.#settings(),
      snapshot: await record.snapshot(),
      metrics: this.#metrics,
      seconds,
      started: this.#started,
    };
    await this.#write(CHECKPOINT, encodeCheckpoint(checkpoint));
  }

  /** The model first: pictures take time, and a second Ctrl-C ends the process. */
  async end(last: TrainingRecord | undefined, interrupted: boolean, seconds: number): Promise<void> {
    const { dataset, standardisation } = this.#data;
    const { image, preparation } = dataset;
    const details = { ...(image ? { image } : {}), preparation, ...(standardisation ? { standardisation } : {}) };
    await this.#write('model.safetensors', encodeModel(this.#model, details));
    await this.#describe(interrupted ? 'interrupted' : 'finished', last, seconds);
    if (!interrupted) await rm(join(this.#args.out, CHECKPOINT), { force: true });
    const picture = parametersPicture(this.#model);
    if (picture) await this.#write(picture.name, picture.draw(this.#model, image));
    const sweeps = interrupted ? Math.min(50, this.#args['sample-sweeps']) : this.#args['sample-sweeps'];
    const progress = new Progress('Sampling');
    try {
      const { means } = await sample({
        model: this.#model,
        backend: this.#method.backend,
        sampler: this.#method.sampler,
        random: generator(this.#args.seed).fork('picture'),
        count: PICTURE_SAMPLES,
        burnIn: sweeps,
        progress: (done) => progress.update(done / sweeps),
      });
      await this.#write('samples.png', samplesPicture(means, PICTURE_SAMPLES, this.#model.layers[0] as Layer, image));
    } finally {
      progress.done();
    }
    const { out } = this.#args;
    console.error(
      `${interrupted ? 'Interrupted; saved what there is' : 'Done'} after ${duration(seconds)}:\n` +
        ['model.safetensors', 'metrics.jsonl', 'samples.png', ...(picture ? [picture.name] : []), 'run.json']
          .map((name) => `  ${join(out, name)}`)
          .join('\n') +
        (interrupted && last ? `\nTo go on: rbm resume ${out}` : ''),
    );
  }

  async #describe(status: string, last: TrainingRecord | undefined, seconds: number): Promise<void> {
    const { name, preparation, train: samples, test } = this.#data.dataset;
    const run = {
      status,
      started: this.#started,
      seconds,
      step: last?.step ?? 0,
      epoch: last?.epoch ?? 0,
      settings: this.#settings(),
      data: { name, preparation, train: samples.count, test: test?.count ?? 0, width: samples.width },
      backend: this.#method.backend.info,
      versions: { rbm: packageFile.version, node: process.versions.node },
    };
    await this.#write('run.json', new TextEncoder().encode(`${JSON.stringify(run, null, 2)}\n`));
  }

  /** The options, without what yargs adds. */
  #settings(): Record<string, unknown> {
    const { $0: _, _: __, ...settings } = this.#args as TrainArguments & { $0?: unknown; _?: unknown };
    return Object.fromEntries(Object.entries(settings).filter(([key]) => !/[A-Z]/.test(key)));
  }

  #write(name: string, bytes: Uint8Array): Promise<void> {
    return writeFileAtomic(join(this.#args.out, name), bytes);
  }
}
