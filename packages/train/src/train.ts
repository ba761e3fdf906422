import {
  type AbortSignalLike,
  type Backend,
  type Batch,
  type Buffer,
  checkNormalisable,
  type EnergyModel,
  type Estimate,
  type Estimation,
  type EstimatorSnapshot,
  type EstimatorState,
  type Generator,
  type GradientEstimator,
  type Monitor,
  type Optimizer,
  type Program,
  RbmError,
  type Samples,
  throwIfAborted,
} from '@rbm/core';
import { BatchOrder } from './batches.js';
import { checkData, SampleRows } from './data.js';
import { checkSchedule, type Schedule, scheduled } from './schedule.js';

/** What `train` takes. */
export interface TrainOptions {
  /** Its parameters are where training starts, and are brought up to date with every record. */
  readonly model: EnergyModel;
  readonly data: Samples;
  readonly backend: Backend;
  readonly estimator: GradientEstimator;
  readonly optimizer: Optimizer;
  /** The learning rate. */
  readonly rate: Schedule;
  /** Samples in a batch. */
  readonly batch: number;
  /** How often each sample is seen; may be a fraction. */
  readonly epochs: number;
  /** Of data order and chains. Everything random in a training follows from it. */
  readonly random: Generator;
  /** Steps between records: about an epoch unless given. The last step always makes one. */
  readonly every?: number;
  /** What to measure. */
  readonly monitors?: readonly Monitor[];
  /** Steps between measurements; records in between have no metrics. Every record has unless given. */
  readonly measureEvery?: number;
  /** Samples for monitors only. */
  readonly heldOut?: Samples;
  /** Go on from here instead of from the start; all other options must be those of the interrupted training. */
  readonly resume?: TrainingSnapshot;
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
  /** Learning rate of the last update. */
  readonly rate: number;
  /** What the monitors measured, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /**
   * All that a training needs to go on from here, bit for bit. To be asked for before the next record is.
   *
   * @throws RbmError `STATE_CONSUMED` after that; `DISPOSED` after the loop.
   */
  snapshot(): Promise<TrainingSnapshot>;
}

/** An interrupted training as plain data that survives structured clone. */
export interface TrainingSnapshot {
  readonly version: 1;
  /** Updates done: fixes the data order too, which is a function of it. */
  readonly step: number;
  /** Laid out like the model's parameters. */
  readonly parameters: Float64Array;
  /** The optimizer's arrays, by name. */
  readonly optimizer: Readonly<Record<string, Float64Array>>;
  readonly estimator: EstimatorSnapshot;
  /** What the training was: a snapshot is refused where this differs. */
  readonly setting: string;
}

/** Steps enqueued before the loop waits for the backend, so that aborts are seen and memory stays bounded. */
const SLICE = 8;

/**
 * Trains a model by stochastic gradient descent on the cost `C = −⟨log P(v)⟩_data`. An ordinary loop over the records
 * pauses it, plots, stops early and makes checkpoints; leaving the loop releases everything.
 *
 * @throws RbmError `ARGUMENT_INVALID`, `DATA_INVALID` or `SHAPE_MISMATCH` before any work; as `checkNormalisable`, at the
 * start, and at a record, naming the step; `NOT_FINITE`, naming the step and the array, when parameters diverge (the model
 * then keeps those of the last record); `ABORTED`.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingRecord, void, undefined> {
  const kinds = checkOptions(options);
  const { model, data, backend, batch: rows, random, rate, resume, signal, optimizer } = options;
  const steps = Math.ceil((options.epochs * data.count) / rows);
  const every = options.every ?? Math.max(1, Math.round(data.count / rows));
  const measureEvery = options.measureEvery ?? every;
  if (resume) model.parameters.set(resume.parameters);
  const program = await backend.prepare(model);
  const samples = new SampleRows(program, data, kinds, rows);
  const batch: Batch = { visible: samples.visible, rows, ...(samples.weights ? { weights: samples.weights } : {}) };
  const order = new BatchOrder(random, data.count, rows);
  const chainRandom = random.fork('chains');
  const slots = startOptimizer(program, optimizer, resume);
  let estimation: Estimation | undefined;
  let state: EstimatorState | undefined;
  try {
    estimation = options.estimator.bind(program, rows);
    state = resume ? await estimation.load(resume.estimator) : await estimation.init(chainRandom);
    for (let step = resume?.step ?? 0; step < steps; ) {
      throwIfAborted(signal);
      samples.fill((row) => order.sampleAt(step, row));
      const estimate: Estimate = await estimation
        .estimate(batch, state, chainRandom, signal ? { signal } : {})
        .catch((error: unknown) => explainDivergence(error, program, step));
      state = estimate.state;
      const stepRate = scheduled(rate, step, steps);
      program.update(optimizer, estimate.gradient, slots, { rate: stepRate, step });
      step++;
      if (step % SLICE === 0) await backend.sync();
      const measured = step % measureEvery === 0 || step === steps;
      if (!measured && step % every !== 0) continue;
      await bringUpToDate(program, step);
      const metrics = measured ? await measure(options, program, step) : {};
      const [here, present] = [step, state];
      let current = true;
      yield {
        step,
        steps,
        epoch: (step * rows) / data.count,
        rate: stepRate,
        metrics,
        snapshot: async () => {
          if (!current)
            throw new RbmError('STATE_CONSUMED', `The training has gone on since the record of step ${here}.`);
          return takeSnapshot(options, program, slots, estimation as Estimation, present, here);
        },
      };
      current = false;
    }
  } finally {
    state?.dispose();
    estimation?.dispose();
    samples.dispose();
    for (const slot of slots) slot.dispose();
    program.dispose();
  }
}

function checkOptions(options: TrainOptions): ReturnType<typeof checkData> {
  const { model, data, heldOut, batch, epochs, every, measureEvery, rate, resume } = options;
  const kinds = checkData(model, data, 'training');
  if (heldOut) checkData(model, heldOut, 'held-out');
  checkSchedule(rate, 'learning rate');
  for (const [name, value] of Object.entries({ batch, every: every ?? 1, measureEvery: measureEvery ?? 1 })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RbmError('ARGUMENT_INVALID', `"${name}" must be a positive whole number, not ${value}.`);
    }
  }
  if (!(epochs > 0 && Number.isFinite(epochs))) {
    throw new RbmError('ARGUMENT_INVALID', `"epochs" must be a positive number, not ${epochs}.`);
  }
  if (resume) checkSnapshot(resume, options);
  checkNormalisable(model, resume?.parameters);
  return kinds;
}

function checkSnapshot({ setting, parameters, optimizer }: TrainingSnapshot, options: TrainOptions): void {
  if (setting !== describe(options)) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `The snapshot is of another training: ${setting} where ${describe(options)} was asked for.`,
    );
  }
  const { length } = options.model.layout;
  for (const array of [parameters, ...options.optimizer.slots.map((name) => optimizer[name])]) {
    if (array?.length === length) continue;
    throw new RbmError(
      'SHAPE_MISMATCH',
      `The arrays of a snapshot of this training have ${length} numbers, not ${array?.length ?? 'none'}.`,
    );
  }
}

/** What must be the same for a snapshot to go on as the training would have. */
function describe({ model, data, estimator, optimizer, rate, batch, epochs, random }: TrainOptions): string {
  const layers = model.layers.map(({ kind, units, settings }) => ({ kind, units, settings }));
  return JSON.stringify({
    model: model.kind,
    layers,
    samples: data.count,
    estimator: [estimator.name, estimator.settings],
    optimizer: [optimizer.kind, optimizer.settings],
    rate,
    batch,
    epochs,
    key: random.key,
  });
}

function startOptimizer(program: Program, optimizer: Optimizer, resume: TrainingSnapshot | undefined): Buffer[] {
  const arrays = resume
    ? optimizer.slots.map((name) => resume.optimizer[name] as Float64Array)
    : optimizer.init(program.model.parameters);
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

/** Whoever met parameters that are not finite, or define no distribution, cannot say when: the training can. */
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

async function measure(options: TrainOptions, program: Program, step: number): Promise<Record<string, number>> {
  const { monitors = [], data: train, heldOut, random, signal } = options;
  const metrics: Record<string, number> = {};
  for (const monitor of monitors) {
    const measured = await monitor.measure({
      program,
      train,
      random: random.fork(`monitor ${monitor.name}`),
      step,
      ...(heldOut ? { heldOut } : {}),
      ...(signal ? { signal } : {}),
    });
    Object.assign(metrics, measured);
  }
  return metrics;
}

async function takeSnapshot(
  options: TrainOptions,
  program: Program,
  slots: readonly Buffer[],
  estimation: Estimation,
  state: EstimatorState,
  step: number,
): Promise<TrainingSnapshot> {
  const { backend } = program;
  // All enqueued before anything is waited for: what is enqueued later does not count.
  const [estimator, parameters, ...arrays] = await Promise.all([
    estimation.save(state),
    backend.read(program.parameters),
    ...slots.map((slot) => backend.read(slot)),
  ]);
  return {
    version: 1,
    step,
    parameters,
    optimizer: Object.fromEntries(options.optimizer.slots.map((name, i) => [name, arrays[i] as Float64Array])),
    estimator,
    setting: describe(options),
  };
}
