import {
  bernoulli,
  condition,
  type Dataset,
  type EnergyModel,
  enumerate,
  fitVisible,
  freeEnergy,
  type Generator,
  generator,
  independent,
  logLikelihood,
  meanAndStandardError,
  parameter,
  RbmError,
  rbm,
} from '@rbm/core';
import type { Backend, TrainingSnapshot } from '@rbm/core/contracts';
import { decodeModel, encodeModel } from '@rbm/formats';
import { annealedImportanceSampling, baseRates, gibbs, sample } from '@rbm/samplers';
import { cd, centring, pcd, pseudoLikelihood, sgd, train } from '@rbm/train';

/** What a training is, as the page's controls say. */
export interface LabSettings {
  readonly hidden: number;
  readonly estimator: 'pcd' | 'cd';
  readonly k: number;
  /** Of the first step; it falls linearly to zero. */
  readonly rate: number;
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
}

/** How a training stands. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  /** Training images a second, of late. */
  readonly speed: number;
  /** `[hidden, pixels]`: the weights of the first hidden units, each an image. */
  readonly filters: Float32Array;
  /** Log pseudo-likelihood of held-out images in nats, where it was just measured. */
  readonly pseudoLikelihood?: number;
}

/** How likely a model makes images that it was not trained on. Nats an image. */
export interface Judgement {
  readonly epoch: number;
  readonly logLikelihood: number;
  /** Standard error over the images. */
  readonly error: number;
  readonly logPartition: number;
  /** Standard error of `logPartition`, which moves all images alike. */
  readonly partitionError: number;
  /** Of the annealing chains. */
  readonly effectiveSampleSize: number;
  readonly chains: number;
  /** The same of pixels that do not act on each other, exact. */
  readonly independent: number;
  readonly images: number;
}

/** What there is to train on. */
export interface DataSummary {
  readonly name: string;
  readonly train: number;
  readonly test: number;
  readonly width: number;
  readonly height: number;
  /** Some training images. */
  readonly examples: Uint8Array;
}

/** Lets the event loop turn once: by a message, since timers that follow each other are slowed down in pages. */
function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** Filters and examples that are shown. */
const SHOWN = 100;
/** Held-out images that a judgement is made of: their free energies are computed in float64. */
const JUDGED = 500;
/** Annealing chains, and temperatures. */
const [CHAINS, TEMPERATURES] = [100, 2000];
/** Milliseconds between two reports. */
const REPORT = 200;

/**
 * A laboratory for machines of binary pixels: a data set, a model, a training that can be paused and resumed, and what is
 * done with the model meanwhile. Knows nothing of the page.
 */
export class Lab {
  #backend: Backend;
  #data: Dataset;
  #settings: LabSettings | undefined;
  #model: EnergyModel | undefined;
  #snapshot: TrainingSnapshot | undefined;
  #epoch = 0;
  #running = false;
  #pausing = false;
  #dreams: Float64Array | undefined;
  #dreamt = 0;

  constructor(backend: Backend, data: Dataset) {
    this.#backend = backend;
    this.#data = data;
  }

  get backend(): Backend {
    return this.#backend;
  }

  get summary(): DataSummary {
    const { name, train: samples, test } = this.#data;
    const [height, width] = this.#data.image ?? [1, samples.width];
    const examples = Uint8Array.from(samples.values.subarray(0, SHOWN * samples.width));
    return { name, train: samples.count, test: test?.count ?? 0, width, height, examples };
  }

  /** Other data: the model was for the last ones, and is forgotten. @throws RbmError `DATA_INVALID` for grey levels. */
  use(data: Dataset): void {
    this.#checkIdle('Other data');
    const bad = [data.train, ...(data.test ? [data.test] : [])].some(({ values }) =>
      values.some((x) => x !== 0 && x !== 1),
    );
    if (bad) throw new RbmError('DATA_INVALID', `${data.name} has values other than 0 and 1.`);
    this.#data = data;
    this.reset();
  }

  /** Forgets the model. */
  reset(): void {
    this.#checkIdle('Another model');
    this.#model = undefined;
    this.#snapshot = undefined;
    this.#dreams = undefined;
    this.#epoch = 0;
  }

  /** Computes on another backend from now on; a training goes on from where it stands. Returns the one before. */
  move(backend: Backend): Backend {
    this.#checkIdle('Another backend');
    const before = this.#backend;
    this.#backend = backend;
    return before;
  }

  /**
   * Trains until the end or until `pause`, and says which it was. Goes on where it was paused if the settings are the same;
   * with others, or with a model that was loaded, a training begins with the parameters there are.
   */
  async run(settings: LabSettings, report: (progress: Progress) => void): Promise<'paused' | 'finished'> {
    this.#checkIdle('A training');
    const { train: data, test } = this.#data;
    const random = generator(settings.seed);
    const same = JSON.stringify(settings) === JSON.stringify(this.#settings);
    const resume = same ? this.#snapshot : undefined;
    const model = this.#modelFor(settings, random);
    this.#settings = settings;
    this.#running = true;
    this.#pausing = false;
    const epoch = Math.ceil(data.count / settings.batch);
    const every = Math.max(1, Math.min(10, epoch));
    const { estimator, k } = settings;
    try {
      const records = train({
        model,
        data,
        ...(test ? { heldOut: test } : {}),
        backend: this.#backend,
        estimator: estimator === 'cd' ? cd({ k }) : pcd({ sampler: gibbs(), k }),
        optimizer: sgd({ centre: centring(model, data) }),
        rate: { from: settings.rate, to: 0 },
        batch: Math.min(settings.batch, data.count),
        epochs: settings.epochs,
        random: random.fork('training'),
        every,
        measureEvery: Math.ceil(epoch / 2),
        monitors: [pseudoLikelihood({ samples: JUDGED })],
        ...(resume ? { resume } : {}),
      });
      let [since, seen] = [performance.now(), resume ? resume.step : 0];
      for await (const record of records) {
        this.#epoch = record.epoch;
        const now = performance.now();
        const pseudo = record.metrics.pseudoLogLikelihood;
        if (now - since > REPORT || pseudo !== undefined || record.step === record.steps) {
          report({
            step: record.step,
            steps: record.steps,
            epoch: record.epoch,
            speed: ((record.step - seen) * settings.batch * 1000) / Math.max(1, now - since),
            filters: this.#filters(model),
            ...(pseudo === undefined ? {} : { pseudoLikelihood: pseudo }),
          });
          [since, seen] = [now, record.step];
        }
        // What was asked for in the meantime, a pause included, is heard here.
        await turn();
        if (this.#pausing) {
          this.#snapshot = await record.snapshot();
          return 'paused';
        }
      }
      this.#snapshot = undefined;
      return 'finished';
    } finally {
      this.#running = false;
    }
  }

  /** Asks a training to stop at its next record. */
  pause(): void {
    this.#pausing = true;
  }

  /**
   * Lets fantasy particles, chains of their own, go on for some sweeps at the present parameters.
   *
   * @returns `[count, pixels]`: the probability of each pixel to be on.
   */
  async dream(count: number, sweeps: number): Promise<Float32Array> {
    const model = this.#ready();
    const start = this.#dreams?.length === count * this.#data.train.width ? this.#dreams : undefined;
    const { values, means } = await sample({
      model,
      backend: this.#backend,
      sampler: gibbs(),
      random: generator(this.#dreamt++).fork('dreams'),
      count,
      burnIn: sweeps,
      ...(start ? { start: { visible: start } } : {}),
    });
    this.#dreams = values;
    return Float32Array.from(means);
  }

  /**
   * Finishes an image some of whose pixels are known: samples of all others given those.
   *
   * @param known `[pixels]`, not 0 where the image counts.
   * @param image `[pixels]`
   * @returns `[count, pixels]`: the probability of each pixel to be on.
   */
  async complete(known: Uint8Array, image: Uint8Array, count: number): Promise<Float32Array> {
    const model = this.#ready();
    const conditioned = condition(model, known, image);
    const { means } = await sample({
      model: conditioned,
      backend: this.#backend,
      sampler: gibbs(),
      random: generator(this.#dreamt++).fork('completions'),
      count,
      burnIn: 200,
    });
    return Float32Array.from(conditioned.complete(means));
  }

  /**
   * Estimates the log-likelihood of held-out images, or of training images where none are held out.
   *
   * @param report Receives the share that is done, whenever another percent is.
   */
  async judge(report: (share: number) => void): Promise<Judgement> {
    const model = this.#ready();
    const { train: data, test = data } = this.#data;
    const epoch = this.#epoch;
    const images = Math.min(JUDGED, test.count);
    const held = test.values.subarray(0, images * test.width);
    // The training may go on: this is of the parameters as they are now.
    const free = freeEnergy(model, held);
    let percent = 0;
    const progress = (done: number): void => {
      const now = Math.floor((100 * done) / TEMPERATURES);
      if (now > percent) report(now / 100);
      percent = now;
    };
    const program = await this.#backend.prepare(model);
    try {
      const { logPartition, standardError, effectiveSampleSize } = await annealedImportanceSampling({
        program,
        base: baseRates(model, data),
        random: generator(1),
        chains: CHAINS,
        temperatures: TEMPERATURES,
        progress,
      });
      const { mean, standardError: error } = meanAndStandardError(free.map((f) => -f - logPartition));
      const alone = independent(bernoulli(test.width));
      fitVisible(alone, data);
      const { logPartition: aloneLogZ } = await enumerate(alone);
      return {
        epoch,
        logLikelihood: mean,
        error,
        logPartition,
        partitionError: standardError,
        effectiveSampleSize,
        chains: CHAINS,
        independent: meanAndStandardError(logLikelihood(alone, held, aloneLogZ)).mean,
        images,
      };
    } finally {
      program.dispose();
    }
  }

  /** The model as a file, as the command line writes it. */
  save(): Uint8Array {
    const { image, preparation } = this.#data;
    return encodeModel(this.#ready(), { ...(image ? { image } : {}), preparation });
  }

  /**
   * A model from a file, for the data at hand.
   *
   * @returns How many hidden units it has.
   * @throws RbmError as `decodeModel`; `UNSUPPORTED` for another kind of model; `SHAPE_MISMATCH` for other images.
   */
  load(bytes: Uint8Array, name: string): { hidden: number; filters: Float32Array } {
    this.#checkIdle('Another model');
    const { model } = decodeModel(bytes, name);
    const [visible, hidden] = model.layers;
    if (model.kind !== 'rbm' || visible?.kind !== 'bernoulli' || hidden?.kind !== 'bernoulli') {
      throw new RbmError('UNSUPPORTED', `${name} is no RBM of binary units, which is what this page is for.`);
    }
    const { width } = this.#data.train;
    if (visible.units !== width) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `${name} is for images of ${visible.units} pixels; those of ${this.#data.name} have ${width}. Choose its data first.`,
      );
    }
    this.reset();
    this.#model = model;
    return { hidden: hidden.units, filters: this.#filters(model) };
  }

  /** The model to train: the one there is, if it is of that size. */
  #modelFor({ hidden }: LabSettings, random: Generator): EnergyModel {
    const there = this.#model;
    if (there?.layers[1]?.units === hidden) return there;
    const { train: data } = this.#data;
    const model = rbm({ visible: bernoulli(data.width), hidden: bernoulli(hidden), random: random.fork('weights') });
    fitVisible(model, data);
    this.#snapshot = undefined;
    this.#model = model;
    return model;
  }

  #filters(model: EnergyModel): Float32Array {
    const weights = parameter(model, 'weights');
    const { width } = this.#data.train;
    const hidden = weights.length / width;
    const shown = Math.min(SHOWN, hidden);
    const filters = new Float32Array(shown * width);
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < shown; j++) filters[j * width + i] = weights[i * hidden + j] as number;
    }
    return filters;
  }

  #ready(): EnergyModel {
    if (!this.#model) throw new RbmError('ARGUMENT_INVALID', 'There is no model yet: train one, or load one.');
    return this.#model;
  }

  #checkIdle(what: string): void {
    if (this.#running) throw new RbmError('ARGUMENT_INVALID', `${what} has to wait: pause the training first.`);
  }
}
