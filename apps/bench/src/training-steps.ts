import type { Generator } from '@rbm/core';
import type { Batch, Buffer, Estimation, EstimatorState, Optimizer, Program } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';
import { cd, pcd, sgd } from '@rbm/train';
import { type ProcessorClock, timeSteps } from './stopwatch.js';
import type { Contestant, Outcome, Timing, TrainingSettings, Workload } from './workload.js';

/** Steps between waits for the backend, as in the training loop. */
const SLICE = 8;

/** Training steps as `train` does them: write a batch, estimate the gradient, update. */
export class TrainingSteps implements Contestant {
  readonly name: string;
  readonly #program: Program;
  readonly #workload: Workload;
  readonly #settings: TrainingSettings;
  readonly #random: Generator;
  readonly #processorTime: ProcessorClock | undefined;
  readonly #estimation: Estimation;
  readonly #optimizer: Optimizer;
  readonly #slots: readonly Buffer[];
  readonly #batch: Batch;
  readonly #batches: readonly Uint8Array[];
  #state: EstimatorState | undefined;
  #runs = 0;
  /** Another one for each run: never the same random numbers twice. */
  #runRandom: Generator;

  static async start(
    name: string,
    program: Program,
    workload: Workload,
    settings: TrainingSettings,
    random: Generator,
    processorTime: ProcessorClock | undefined,
    optimizer: Optimizer = sgd(),
  ): Promise<TrainingSteps> {
    const steps = new TrainingSteps(name, program, workload, settings, random, processorTime, optimizer);
    await steps.#reset();
    return steps;
  }

  private constructor(
    name: string,
    program: Program,
    workload: Workload,
    settings: TrainingSettings,
    random: Generator,
    processorTime: ProcessorClock | undefined,
    optimizer: Optimizer,
  ) {
    const { data, visible, chains } = workload;
    const { batch: rows, k } = settings;
    this.name = name;
    this.#program = program;
    this.#workload = workload;
    this.#settings = settings;
    this.#random = random;
    this.#runRandom = random;
    this.#processorTime = processorTime;
    this.#optimizer = optimizer;
    this.#estimation = (chains ? pcd({ sampler: gibbs(), k }) : cd({ k })).bind(program, rows);
    this.#slots = this.#optimizer.slots.map(() => program.allocate({ holds: 'parameters' }));
    this.#batch = { visible: [program.allocate({ holds: 'states', layer: 0, rows })], rows };
    const length = rows * visible;
    this.#batches = Array.from({ length: Math.floor(data.length / length) }, (_, n) =>
      data.subarray(n * length, (n + 1) * length),
    );
  }

  async run(steps: number): Promise<Timing> {
    await this.#reset();
    const { backend } = this.#program;
    return timeSteps(steps, this.#processorTime, async () => {
      for (let step = 0; step < steps; step++) {
        await this.#step(step, this.#settings.rate);
        if (step % SLICE === SLICE - 1) await backend.sync();
      }
      await backend.sync();
    });
  }

  async check(repeats: number): Promise<Outcome> {
    const { backend, parameters, model } = this.#program;
    const sum = new Float64Array(model.layout.length);
    for (let n = 0; n < repeats; n++) {
      await this.#reset();
      const before = await backend.read(parameters);
      await this.#step(0, 1);
      const after = await backend.read(parameters);
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (after[i] as number) - (before[i] as number);
    }
    return Object.fromEntries(
      model.layout.arrays.map(({ name, offset, length }) => [
        name.replace('.', '_'),
        sum.subarray(offset, offset + length).map((total) => total / repeats),
      ]),
    );
  }

  async close(): Promise<void> {
    this.#state?.dispose();
    this.#estimation.dispose();
    for (const buffer of [...this.#slots, ...this.#batch.visible]) buffer.dispose();
    this.#program.dispose();
  }

  async #step(step: number, rate: number): Promise<void> {
    const program = this.#program;
    program.backend.write(this.#batch.visible[0] as Buffer, this.#batches[step % this.#batches.length] as Uint8Array);
    const state = this.#state as EstimatorState;
    const estimate = await this.#estimation.estimate(this.#batch, state, this.#runRandom);
    this.#state = estimate.state;
    program.update(this.#optimizer, estimate.gradient, this.#slots, { rate, step });
  }

  async #reset(): Promise<void> {
    const { chains, hidden, parameters } = this.#workload;
    const { backend } = this.#program;
    const { batch } = this.#settings;
    this.#runRandom = this.#random.fork(this.#runs++);
    backend.write(this.#program.parameters, parameters);
    this.#state?.dispose();
    this.#state = chains
      ? await this.#estimation.load({
          steps: 0,
          chains: {
            chains: batch,
            sweeps: 0,
            // The first sweep draws the hidden units before it reads them.
            values: { visible: Float64Array.from(chains), hidden: new Float64Array(batch * hidden) },
          },
        })
      : await this.#estimation.init(this.#random);
    await backend.sync();
  }
}
