import { generator, reference } from '@rbm/core';
import type { Backend, ChainState, Kernel, Program } from '@rbm/core/contracts';
import { type AutocorrelationTime, autocorrelation, gibbs, integratedAutocorrelationTime } from '@rbm/samplers';
import { countOn, makeLandscape, STATES, UNITS } from './landscape.js';

/** Chains that run side by side. */
export const CHAINS = 8;
/** Sweeps of the past that a report shows. */
export const RECENT = 240;
/** Lags of the estimated autocorrelation. */
export const LAGS = 60;
/** A run is over after so many sweeps. */
export const LONGEST = 20_000;

/** A run: a landscape, and where the chains start. */
export interface RunSettings {
  /** Tells the reports of one run from those of another. */
  readonly id: number;
  readonly coupling: number;
  readonly tilt: number;
  /** All in the mode with all units off, or every other one in the mode with all units on. */
  readonly start: 'one' | 'both';
  readonly seed: number;
}

/** What the chains say of their memory. */
export interface Memory extends AutocorrelationTime {
  /** `[LAGS + 1]`: autocorrelation from lag 0; all 1 for chains that never moved. */
  readonly correlations: Float64Array;
}

/** Where a run stands. */
export interface EnsembleReport {
  readonly run: number;
  readonly sweeps: number;
  /** `[CHAINS]`: the state that each is in. */
  readonly states: Uint8Array;
  /** `[8]`: how often each state was come to. */
  readonly visits: Float64Array;
  /** `[8, 8]`: how often a sweep led from the first state to the second. */
  readonly moves: Float64Array;
  /** `[CHAINS, up to RECENT]`: units that were on, the last sweep last. */
  readonly recent: Uint8Array;
  /** Absent while there are too few sweeps; brought up to date each time the run has grown by a tenth. */
  readonly memory?: Memory;
}

/** Chains of block Gibbs, all at once. */
export class Ensemble {
  readonly #settings: RunSettings;
  readonly #backend: Backend;
  readonly #program: Program;
  readonly #kernel: Kernel;
  readonly #visits: Float64Array = new Float64Array(STATES);
  readonly #moves: Float64Array = new Float64Array(STATES * STATES);
  /** `[CHAINS, LONGEST]` */
  readonly #on: Uint8Array = new Uint8Array(CHAINS * LONGEST);
  readonly #states: Uint8Array = new Uint8Array(CHAINS);
  #state: ChainState;
  #memory: Memory | undefined;
  #rememberedAt = 0;
  #work: Promise<void> | undefined;
  #closed = false;

  private constructor(settings: RunSettings, backend: Backend, program: Program, kernel: Kernel, state: ChainState) {
    this.#settings = settings;
    this.#backend = backend;
    this.#program = program;
    this.#kernel = kernel;
    this.#state = state;
    this.#states.set(startingStates(settings));
  }

  static async start(settings: RunSettings): Promise<Ensemble> {
    const backend = reference();
    const program = await backend.prepare(makeLandscape(settings.coupling, settings.tilt));
    const kernel = gibbs().bind(program);
    const visible = Float64Array.from(
      Array.from(startingStates(settings)).flatMap((state) => new Array<number>(UNITS).fill(state === 0 ? 0 : 1)),
    );
    const state = await kernel.init(generator(settings.seed), { chains: CHAINS, values: { visible } });
    return new Ensemble(settings, backend, program, kernel, state);
  }

  /** More sweeps, each of which is looked at; none after `LONGEST`. */
  async advance(sweeps: number): Promise<EnsembleReport> {
    this.#work = this.#sweep(sweeps);
    await this.#work;
    if (this.#state.sweeps >= 1.1 * this.#rememberedAt && this.#state.sweeps >= LAGS) this.#remember();
    return this.report();
  }

  async #sweep(sweeps: number): Promise<void> {
    const random = generator(this.#settings.seed);
    for (let n = 0; n < sweeps && this.#state.sweeps < LONGEST && !this.#closed; n++) {
      ({ state: this.#state } = await this.#kernel.step(this.#state, random, 1));
      this.#record(await this.#backend.read(this.#state.layers[0] as ChainState['layers'][number]));
    }
  }

  report(): EnsembleReport {
    const sweeps = this.#state.sweeps;
    const shown = Math.min(RECENT, sweeps);
    const recent = new Uint8Array(CHAINS * shown);
    for (let c = 0; c < CHAINS; c++) {
      recent.set(this.#on.subarray(c * LONGEST + sweeps - shown, c * LONGEST + sweeps), c * shown);
    }
    return {
      run: this.#settings.id,
      sweeps,
      states: this.#states.slice(),
      visits: this.#visits.slice(),
      moves: this.#moves.slice(),
      recent,
      ...(this.#memory ? { memory: this.#memory } : {}),
    };
  }

  /** Ends the sweeps that are under way, and releases everything. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#work;
    this.#state.dispose();
    this.#program.dispose();
    await this.#backend.close();
  }

  #record(visible: Float64Array): void {
    for (let c = 0; c < CHAINS; c++) {
      let state = 0;
      for (let i = 0; i < UNITS; i++) state += (visible[c * UNITS + i] as number) * 2 ** i;
      const move = (this.#states[c] as number) * STATES + state;
      this.#moves[move] = (this.#moves[move] as number) + 1;
      this.#visits[state] = (this.#visits[state] as number) + 1;
      this.#states[c] = state;
      this.#on[c * LONGEST + this.#state.sweeps - 1] = countOn(state);
    }
  }

  #remember(): void {
    const length = this.#state.sweeps;
    const series = new Float64Array(CHAINS * length);
    for (let c = 0; c < CHAINS; c++) series.set(this.#on.subarray(c * LONGEST, c * LONGEST + length), c * length);
    const time = integratedAutocorrelationTime(series, CHAINS);
    this.#memory = { ...time, correlations: autocorrelation(series, CHAINS, Math.min(LAGS, length - 1)) };
    this.#rememberedAt = length;
  }
}

function startingStates({ start }: RunSettings): Uint8Array {
  return Uint8Array.from({ length: CHAINS }, (_, c) => (start === 'both' && c % 2 === 1 ? STATES - 1 : 0));
}
