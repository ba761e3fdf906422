import type { Generator } from '@rbm/core';
import type { Program } from '@rbm/core/contracts';
import { annealedImportanceSampling } from '@rbm/samplers';
import { type ProcessorClock, timeSteps } from './stopwatch.js';
import type { AnnealingSettings, Contestant, Outcome, Timing, Workload } from './workload.js';

/** Annealed importance sampling; its steps are temperatures. */
export class AnnealingSteps implements Contestant {
  readonly name: string;
  readonly #program: Program;
  readonly #base: Float64Array;
  readonly #settings: AnnealingSettings;
  readonly #random: Generator;
  readonly #processorTime: ProcessorClock | undefined;
  #runs = 0;

  constructor(
    name: string,
    program: Program,
    workload: Workload,
    settings: AnnealingSettings,
    random: Generator,
    processorTime: ProcessorClock | undefined,
  ) {
    this.name = name;
    this.#program = program;
    this.#base = new Float64Array(program.model.layout.length);
    if (workload.base) this.#base.set(workload.base);
    this.#settings = settings;
    this.#random = random;
    this.#processorTime = processorTime;
  }

  run(steps: number): Promise<Timing> {
    return timeSteps(steps, this.#processorTime, () => this.#anneal(steps));
  }

  async check(repeats: number): Promise<Outcome> {
    const logWeights: number[] = [];
    for (let n = 0; n < repeats; n++) logWeights.push(...(await this.#anneal(this.#settings.temperatures)));
    return { log_weights: logWeights };
  }

  async close(): Promise<void> {
    this.#program.dispose();
  }

  async #anneal(temperatures: number): Promise<Float64Array> {
    const random = this.#random.fork(this.#runs++);
    const { chains } = this.#settings;
    const options = { program: this.#program, base: this.#base, random, chains, temperatures };
    return (await annealedImportanceSampling(options)).logWeights;
  }
}
