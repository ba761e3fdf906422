import {
  type AbortSignalLike,
  checkNormalisable,
  type EnergyModel,
  type Generator,
  RbmError,
  type Samples,
} from '@rbm/core';
import {
  type Backend,
  type Buffer,
  type Estimate,
  type Monitor,
  type Optimizer,
  optional,
  type Program,
  type Source,
  type TrainingDescription,
  type TrainingSnapshot,
  throwIfAborted,
} from '@rbm/core/contracts';
import { Average } from './average.js';
import { type BatchFeed, SampleFeed } from './batch-feed.js';
import { checkData } from './data.js';
import { type NextPhase, type PlannedPhase, planPhases, samplesBefore, type TrainingPhase } from './phase.js';
import { PhaseAtWork } from './phase-at-work.js';
import { checkSnapshot } from './resume.js';
import { scheduled } from './schedule.js';
import { SampleSource } from './source.js';
import { isStream, type SampleStream } from './stream.js';
import { StreamFeed } from './stream-feed.js';
import { checkTrainArguments, snapshotKind } from './train-arguments.js';
import { type OpenTrainOptions, openData } from './training-data.js';
import { describeTraining } from './training-description.js';

/** Options of `train`. */
export interface TrainOptions extends TrainingPhase {
  /** Its parameters are where training starts, and are brought up to date with every record. */
  readonly model: EnergyModel;
  /**
   * Samples in memory, or a source that is read in blocks: see `streamSamples`, whose result can be given too. Monitors see the excerpt of
   * a source.
   */
  readonly data: Samples | Source | SampleStream;
  readonly backend: Backend;
  readonly optimizer: Optimizer;
  /** Further phases, each with what differs from the one before. */
  readonly laterPhases?: readonly NextPhase[];
  /** Of data order and chains. Everything random in a training follows from it. */
  readonly random: Generator;
  /** Measured at records. */
  readonly monitors?: readonly Monitor[];
  /** Samples for monitors only. */
  readonly heldOut?: Samples;
  /**
   * Goes on from here instead of from the start. With the options of the training that the snapshot is of, to the same bits as without
   * an interruption; `resumeChanges` tells which options may be others, and what that does.
   */
  readonly resume?: TrainingSnapshot;
  /** With `resume`: whether the data may be others than those of the snapshot (default: false). */
  readonly acceptOtherData?: boolean;
  readonly signal?: AbortSignalLike;
}

/** Where a training stands. */
export interface TrainingRecord {
  /** Updates done. */
  readonly step: number;
  /** Updates in all. */
  readonly steps: number;
  /** Times each sample was seen. */
  readonly epoch: number;
  /** The phase of the last update, from 0. */
  readonly phase: number;
  /** Learning rate of the last update. */
  readonly rate: number;
  /** What the estimator reported and the monitors measured, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /**
   * What runs through its own functions on the host since the backend has no native path for it: `layer relu`,
   * `interaction acme/convolution`, `optimizer acme/step`. Every step then waits for the host. Empty where everything runs on the backend.
   */
  readonly onHost: readonly string[];
  /**
   * All that a training needs to go on from here, bit for bit. To be asked for before the next record is.
   *
   * @throws RbmError `STATE_CONSUMED` after that; `DISPOSED` after the loop.
   */
  snapshot(): Promise<TrainingSnapshot>;
}

/** Steps enqueued before the loop waits for the backend, so that aborts are seen and memory stays bounded. */
const SLICE = 8;

/**
 * Trains a model by stochastic gradient descent on the cost `C = −⟨log P(v)⟩_data`. An ordinary loop over the records
 * pauses it, plots, stops early and makes checkpoints; leaving the loop releases everything. Without a loop nothing happens: neither a
 * call alone nor `await` of its result trains, or checks the options.
 *
 * ```ts
 * for await (const { epoch, metrics } of train(options)) console.log(epoch, metrics);
 * ```
 *
 * @throws RbmError `ARGUMENT_INVALID`, `DATA_INVALID` or `SHAPE_MISMATCH` before any work; as `resumeChanges`; as `source.read`, where the
 * model keeps the parameters of the last record; as
 * `checkNormalisable`, at the start, and at a record, naming the step; `NOT_FINITE`, naming the step and the array, when parameters diverge (the model
 * then keeps those of the last record); `ABORTED`.
 */
export async function* train(given: TrainOptions): AsyncGenerator<TrainingRecord, void, undefined> {
  checkTrainArguments('train', given, optional(snapshotKind));
  checkOptions(given);
  const { open: options, kinds } = await openData(given);
  const { model, data, backend, random, resume, signal, optimizer } = options;
  const phases = planPhases(options, data.count, resume);
  // The checksum of the data is worth its time only for those who take snapshots.
  let described: TrainingDescription | undefined;
  const description = (): TrainingDescription => (described ??= describeTraining(options, phases));
  if (resume) checkSnapshot({ ...options, resume }, phases, description());
  checkNormalisable(model, resume?.parameters);
  const steps = (phases.at(-1) as PlannedPhase).end;
  if (resume) model.parameters.set(resume.parameters);
  const program = await backend.prepare(model);
  const onHost = [
    ...program.hostLayers.map((kind) => `layer ${kind}`),
    ...program.hostInteractions.map((kind) => `interaction ${kind}`),
    ...(program.updatesOnHost(optimizer) ? [`optimizer ${optimizer.kind}`] : []),
  ];
  let slots: readonly Buffer[] = [];
  let source: SampleSource | undefined;
  let feed: BatchFeed | undefined;
  let work: PhaseAtWork | undefined;
  try {
    if (isStream(data)) {
      const last = phases.at(-1) as PlannedPhase;
      feed = new StreamFeed(program, data, random, last.seen + samplesBefore(last, last.end), signal);
    } else {
      source = new SampleSource(program, data, kinds);
      feed = new SampleFeed(source, random);
    }
    slots = startOptimizer(program, optimizer, resume);
    let saved = resume?.estimator;
    for (const phase of phases) {
      const { start, end, rate, every, measureEvery } = phase;
      let step = start + phase.done.steps;
      if (phase.number < (resume?.phase.number ?? 0) || step >= end) continue;
      if (work && phase.goesOn) saved = await work.save();
      work?.dispose();
      work = undefined;
      // What was saved at the end of a phase is of that phase's estimator, with which the next may go on.
      const from = step > start || phase.goesOn ? saved : undefined;
      work = await PhaseAtWork.begin(program, feed, random, phase, from);
      const average = phase.average
        ? new Average(model.layout.length, step > start ? resume?.average : undefined)
        : undefined;
      while (step < end) {
        throwIfAborted(signal);
        const stepRate = scheduled(rate, samplesBefore(phase, step), samplesBefore(phase, end - 1));
        const gradient = await work
          .estimate(step, signal)
          .catch((error: unknown) => explainDivergence(error, program, step));
        program.update(optimizer, gradient, slots, { rate: stepRate, step });
        step++;
        if (step % SLICE === 0) await backend.sync();
        if (average && (step - start) % SLICE === 0) average.add(await backend.read(program.parameters));
        if (average && step === end) average.apply(program);
        const measured = (step - start) % measureEvery === 0 || step === end;
        if (!measured && (step - start) % every !== 0) continue;
        await bringUpToDate(program, step);
        const metrics = measured ? await measure(options, program, work.info, step) : {};
        const [here, present, running] = [step, work, step < end ? average : undefined];
        const inPhase = samplesBefore(phase, step);
        const seen = phase.seen + inPhase;
        let current = true;
        yield {
          step,
          steps,
          phase: phase.number,
          epoch: seen / data.count,
          rate: stepRate,
          metrics,
          onHost,
          snapshot: async () => {
            if (!current) {
              throw new RbmError(
                'STATE_CONSUMED',
                `The record of step ${here} is out of date. Call snapshot() before requesting the next record.`,
              );
            }
            const at = { step: here, seen, phase: { number: phase.number, step: here - start, seen: inPhase } };
            return {
              ...at,
              ...(await takeSnapshot(options, program, slots, present, running)),
              training: description(),
            };
          },
        };
        current = false;
      }
    }
  } finally {
    work?.dispose();
    await feed?.close();
    feed?.releaseBuffers();
    for (const slot of slots) slot.dispose();
    source?.dispose();
    program.dispose();
  }
}

function checkOptions(options: TrainOptions): void {
  const { model, heldOut, resume, acceptOtherData } = options;
  if (acceptOtherData !== undefined && !resume) {
    throw new RbmError('ARGUMENT_INVALID', 'acceptOtherData is given without resume. Remove it, or give a snapshot.');
  }
  if (heldOut) checkData(model, heldOut, 'held-out');
}

function startOptimizer(program: Program, optimizer: Optimizer, resume: TrainingSnapshot | undefined): Buffer[] {
  // Also where they are not needed: it validates the model.
  const initial = optimizer.init(program.model);
  const arrays = resume ? optimizer.slots.map((name) => resume.optimizer[name] as Float64Array) : initial;
  return arrays.map((array) => {
    const slot = program.allocate({ holds: 'parameters' });
    program.backend.write(slot, array);
    return slot;
  });
}

/** Copies the live parameters to the model. @throws RbmError `NOT_FINITE`, or as `checkNormalisable`. */
async function bringUpToDate(program: Program, step: number): Promise<void> {
  const parameters = await readFinite(program, step);
  try {
    checkNormalisable(program.model, parameters);
  } catch (error) {
    await explainDivergence(error, program, step);
  }
  program.model.parameters.set(parameters);
}

/** Code that meets parameters that are not finite, or define no distribution, cannot say when: the training can. */
async function explainDivergence(error: unknown, program: Program, step: number): Promise<never> {
  if (!RbmError.isInstance(error) || !(error.code === 'NOT_FINITE' || error.code === 'NOT_NORMALISABLE')) throw error;
  await readFinite(program, step);
  throw new RbmError(error.code, `After step ${step}: ${error.message}`, { cause: error });
}

/** The live parameters. @throws RbmError `NOT_FINITE`. */
async function readFinite(program: Program, step: number): Promise<Float64Array> {
  const { model, backend } = program;
  const parameters = await backend.read(program.parameters);
  for (const { name, offset, length } of model.layout.arrays) {
    for (let i = offset; i < offset + length; i++) {
      if (Number.isFinite(parameters[i])) continue;
      throw new RbmError(
        'NOT_FINITE',
        `After step ${step}, number ${i - offset} of "${name}" is ${parameters[i]}: the training has diverged. ` +
          'Lower the learning rate.',
      );
    }
  }
  return parameters;
}

async function measure(
  options: OpenTrainOptions,
  program: Program,
  { numbers, chains }: Estimate['info'],
  step: number,
): Promise<Record<string, number>> {
  const { monitors = [], data, heldOut, random, signal } = options;
  const metrics: Record<string, number> = { ...numbers };
  for (const monitor of monitors) {
    const measured = await monitor.measure({
      program,
      train: isStream(data) ? data.excerpt : data,
      random: random.fork(`monitor ${monitor.name}`),
      step,
      ...(numbers ? { numbers } : {}),
      ...(chains ? { chains } : {}),
      ...(heldOut ? { heldOut } : {}),
      ...(signal ? { signal } : {}),
    });
    Object.assign(metrics, measured);
  }
  return metrics;
}

async function takeSnapshot(
  options: OpenTrainOptions,
  program: Program,
  slots: readonly Buffer[],
  work: PhaseAtWork,
  average: Average | undefined,
): Promise<Pick<TrainingSnapshot, 'version' | 'parameters' | 'optimizer' | 'estimator' | 'average'>> {
  const { backend } = program;
  // All enqueued before anything is waited for: what is enqueued later does not count.
  const [estimator, parameters, ...arrays] = await Promise.all([
    work.save(),
    backend.read(program.parameters),
    ...slots.map((slot) => backend.read(slot)),
  ]);
  return {
    version: 1,
    parameters,
    optimizer: Object.fromEntries(options.optimizer.slots.map((name, i) => [name, arrays[i] as Float64Array])),
    estimator,
    ...(average ? { average: average.save() } : {}),
  };
}
