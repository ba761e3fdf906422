import type { EnergyModel } from '@rbm/core';
import type { Backend, Monitor, Optimizer, Sampler } from '@rbm/core/contracts';
import { encodeModel } from '@rbm/formats';
import type { TrainingRecord } from '@rbm/train';
import packageFile from '../package.json' with { type: 'json' };
import { type Checkpoint, keepLastCheckpoint, saveCheckpoint } from './checkpoint.js';
import type { TrainArguments } from './commands/train.js';
import type { DataRecord } from './data-record.js';
import type { Fingerprint } from './fingerprint.js';
import { compareWithIndependent, describeFailure, type IndependentComparison } from './independent-comparison.js';
import { type DrawnPicture, drawPicture } from './picture-samples.js';
import { parametersPicture } from './pictures.js';
import { duration } from './progress.js';
import type { RunChange } from './run-change.js';
import { DESCRIPTION, type RunFolder } from './run-folder.js';
import type { TrainingPlan } from './training-plan.js';
import type { VisibleData } from './visible-data.js';

/** With what a model is trained. */
export interface Method {
  readonly backend: Backend;
  readonly plan: TrainingPlan;
  /** A plugin's (default: the built-in ones). */
  readonly sampler: Sampler | undefined;
  readonly optimizer: Optimizer;
  /** Of plugins. */
  readonly monitors: readonly Monitor[];
}

/** What is trained, on what, how, and where its results go. */
export interface TrainingSetup {
  readonly folder: RunFolder;
  readonly args: TrainArguments;
  readonly data: VisibleData;
  /** Training samples: of data that are read in blocks, more than `data` has. */
  readonly count: number;
  readonly model: EnergyModel;
  readonly method: Method;
  readonly fingerprint: Fingerprint;
  /** What the model file and `run.json` say of the data. */
  readonly record: DataRecord;
  /** Packages of plugins that the model needs, by kind of layer or interaction. */
  readonly packages: Readonly<Record<string, string>>;
  /** Of all plugins that were loaded, by name. */
  readonly versions: Readonly<Record<string, string | null>>;
  /** Of named pieces, by the config. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The command line as typed, the name of the program included. */
  readonly command?: readonly string[];
  /** Options that were changed on the way. */
  readonly changes: readonly RunChange[];
}

/** How far a training is. */
type Position = Pick<TrainingRecord, 'step' | 'epoch'>;

/** The results of a training: the contents of the files in its folder. */
export class TrainingResults {
  readonly #setup: TrainingSetup;
  readonly #resumed: boolean;
  readonly #metrics: string[];
  readonly #started: string;
  readonly #at: Position | undefined;
  #hasAny: boolean;

  /**
   * @param checkpoint Where the training goes on from.
   * @param started When it was started (default: by the checkpoint, or now).
   */
  constructor(setup: TrainingSetup, checkpoint: Checkpoint | undefined, started?: string) {
    this.#setup = setup;
    this.#resumed = checkpoint !== undefined;
    this.#hasAny = this.#resumed;
    this.#metrics = [...(checkpoint?.metrics ?? [])];
    this.#started = checkpoint?.started ?? started ?? new Date().toISOString();
    this.#at = checkpoint && { step: checkpoint.snapshot.step, epoch: checkpoint.epoch };
  }

  /** Describes the training, so that it can go on from here, then removes the results of an earlier one. */
  async begin(): Promise<void> {
    await this.#describe('running', this.#at, 0);
    if (!this.#resumed) await this.#setup.folder.clear();
  }

  /** Whether there are results that are worth keeping if the training fails. */
  get hasAny(): boolean {
    return this.#hasAny;
  }

  async addMetrics({ step, epoch, rate, metrics }: TrainingRecord, seconds: number): Promise<void> {
    this.#hasAny = true;
    this.#metrics.push(JSON.stringify({ step, epoch, rate, seconds, ...metrics }));
    await this.#setup.folder.write('metrics.jsonl', new TextEncoder().encode(`${this.#metrics.join('\n')}\n`));
  }

  /** Saves all that `rbm resume` needs to go on from here. */
  async save(record: TrainingRecord, seconds: number): Promise<void> {
    const checkpoint = {
      settings: this.#settings(),
      snapshot: await record.snapshot(),
      epoch: record.epoch,
      metrics: this.#metrics,
      seconds,
      started: this.#started,
      fingerprint: this.#setup.fingerprint,
      changes: this.#setup.changes,
    };
    this.#hasAny = true;
    await saveCheckpoint(this.#setup.folder, checkpoint);
  }

  /** Saves the model first: pictures take time, in which the training may be interrupted too. */
  async end(last: TrainingRecord | undefined, signal: AbortSignal, seconds: number): Promise<void> {
    this.#hasAny = true;
    let interrupted = signal.aborted;
    const { folder, args, model, data } = this.#setup;
    const { dataset, standardisation } = data;
    const { image, preparation } = dataset;
    const { training, baseline } = this.#setup.record;
    const details = {
      ...(image ? { image } : {}),
      preparation,
      ...(standardisation ? { standardisation } : {}),
      training,
      baseline,
      plugins: this.#setup.packages,
    };
    await folder.write('model.safetensors', encodeModel(model, details));
    // Until the pictures are there a training is not finished, and `rbm resume` completes it.
    if (interrupted) await this.#describe('interrupted', last ?? this.#at, seconds);
    const picture = parametersPicture(model);
    if (picture) await folder.write(picture.name, picture.draw(model, image));
    const sweeps = args['sample-sweeps'];
    let drawn: DrawnPicture | undefined;
    try {
      drawn = await (interrupted
        ? drawPicture(this.#setup, Math.min(50, sweeps))
        : drawPicture(this.#setup, sweeps, signal));
      await folder.write('samples.png', drawn.picture);
    } catch (error) {
      if (!signal.aborted) throw error;
      interrupted = true;
      await this.#describe('interrupted', last ?? this.#at, seconds);
    }
    let comparison: IndependentComparison | undefined;
    if (!interrupted) {
      comparison = await compareWithIndependent(model, dataset.train, drawn?.logPartition);
      await this.#describe('finished', last ?? this.#at, seconds, comparison);
      await keepLastCheckpoint(folder);
    }
    console.error(
      `${interrupted ? 'Interrupted; saved what there is' : 'Done'} after ${duration(seconds)}:\n` +
        [
          'model.safetensors',
          'metrics.jsonl',
          ...(drawn ? ['samples.png'] : []),
          ...(picture ? [picture.name] : []),
          'run.json',
        ]
          .map((name) => `  ${folder.pathOf(name)}`)
          .join('\n') +
        (drawn ? `\nsamples.png: ${drawn.description}` : '') +
        (interrupted ? `\nTo go on: rbm resume ${folder.path}` : '') +
        (comparison?.farBelow ? `\n${describeFailure(comparison)}` : ''),
    );
    // The result, for scripts: all else is for people.
    console.log(folder.path);
  }

  async #describe(
    status: string,
    last: Position | undefined,
    seconds: number,
    comparison?: IndependentComparison,
  ): Promise<void> {
    const { folder, data, count, method, record, command, changes, versions, options } = this.#setup;
    const { training, duplicates } = record;
    const { name, preparation, train: samples, test } = data.dataset;
    const run = {
      status,
      started: this.#started,
      seconds,
      step: last?.step ?? 0,
      epoch: last?.epoch ?? 0,
      ...(comparison ? { comparison } : {}),
      ...(command ? { command } : {}),
      settings: this.#settings(),
      ...(changes.length > 0 ? { changes } : {}),
      data: {
        name,
        preparation,
        train: count,
        test: test?.count ?? 0,
        width: samples.width,
        sha256: training.sha256,
        rows: training.rows,
        duplicates: duplicates ?? null,
      },
      backend: method.backend.info,
      versions: { rbm: packageFile.version, node: process.versions.node, plugins: versions },
      ...(Object.keys(options).length > 0 ? { options } : {}),
    };
    await folder.write(DESCRIPTION, new TextEncoder().encode(`${JSON.stringify(run, null, 2)}\n`));
  }

  /** The options, without what yargs adds. */
  #settings(): Record<string, unknown> {
    const { $0: _, _: __, ...settings } = this.#setup.args as TrainArguments & { $0?: unknown; _?: unknown };
    return Object.fromEntries(Object.entries(settings).filter(([key]) => !/[A-Z]/.test(key)));
  }
}
