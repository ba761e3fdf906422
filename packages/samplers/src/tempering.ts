import { type Generator, RbmError, type SampleArray } from '@rbm/core';
import {
  type Backend,
  type Buffer,
  type ChainSnapshot,
  type ChainState,
  checkArguments,
  type Kernel,
  type KernelInfo,
  argumentKinds as kinds,
  layerParametersLength,
  loadChains,
  optional,
  type Position,
  type Program,
  type Sampler,
  type StepOptions,
  startChains,
  type Target,
  throwIfAborted,
} from '@rbm/core/contracts';
import { baseKind, basePartition, checkBase, ownBase } from './base.js';
import { bennettRatio, sumRatios } from './bennett.js';
import { gibbs } from './gibbs.js';
import { equalAcceptance, ladderKind, startingLadder } from './ladder.js';
import { LadderState, TemperedChains } from './tempered-chains.js';
import { type SwapPairs, TemperingMemory } from './tempering-memory.js';

/** Options of `temper`. */
export interface TemperOptions {
  /** Moves the replicas at their temperatures (default: `gibbs()`). */
  readonly sampler?: Sampler;
  /**
   * Parameters of the base at β = 0, laid out like the model's, with weights 0. See `baseRates`. (default: the model's own layers)
   */
  readonly base?: Float64Array;
  /**
   * Inverse temperatures that increase to 1, or how many rungs from 0 to 1 at equal distances (default: 24). One that starts above 0
   * samples more cheaply, where the model mixes at its first rung, but has no `log Z`.
   */
  readonly ladder?: number | readonly number[];
  /**
   * Sweeps in which the ladder is tuned to equal acceptance, after 16, 32, 64, … of them; then it stays as it is.
   * `Infinity` keeps tuning, for a model that changes. (default: 512 for a number of rungs, 0 for a list)
   */
  readonly warmUp?: number;
}

/** Sweeps before the ladder is tuned for the first time; each next time after twice as many. */
const FIRST_TUNING = 16;
/** Most sweeps between two tunings of a ladder that follows a model. */
const LONGEST_TUNING = 256;
/** Swaps that are counted on the host together: sweeps go on meanwhile. */
const COUNTED_TOGETHER = 64;

/**
 * Parallel tempering (Swendsen and Wang 1986; Geyer 1991; for restricted Boltzmann machines Desjardins et al. 2010): for each
 * chain a ladder of replicas at inverse temperatures between a base of independent units and the model,
 *
 *     E_β = (1 − β) E_base + β E.
 *
 * Each sweep first tries to swap neighbours on the ladder, those of even and of odd rungs in turn (Okabe et al. 2001; Syed et al.
 * 2022: such an order carries replicas along the ladder, where a random one diffuses), with the acceptance
 * `min(1, exp(F_i(x) + F_{i+1}(y) − F_i(y) − F_{i+1}(x)))` of the energies with the first block summed out, draws that block anew,
 * then moves all replicas by the sampler, each at its own target. Swaps are decided on the backend: sweeps do not wait for them.
 *
 * Callers see the chains at β = 1. `info` gives `swapAcceptance`, the mean over the ladder, `lowestSwapAcceptance`, `roundTrips`
 * (arrivals at β = 1 from β = 0, over all ladders since `init`) and, from the last two sweeps, `logPartition` by Bennett's ratio
 * with `logPartitionError`, a standard error from the scatter of the ladders.
 *
 * While the ladder is tuned, the kernel leaves no distribution invariant.
 *
 * @throws RbmError `ARGUMENT_INVALID`; at `bind`, `SHAPE_MISMATCH` for a base that is not laid out like the model's parameters.
 */
export function temper(options: TemperOptions = {}): Sampler {
  checkArguments('temper', options, {
    sampler: optional(kinds.sampler),
    base: optional(baseKind),
    ladder: optional(ladderKind),
    warmUp: optional(kinds.number),
  });
  const ladder = startingLadder(options.ladder);
  const { sampler = gibbs(), base, warmUp = Array.isArray(options.ladder) ? 0 : 512 } = options;
  if (!(warmUp >= 0)) {
    throw new RbmError('ARGUMENT_INVALID', `warmUp is ${warmUp}; expected a number of sweeps from 0 up, or Infinity.`);
  }
  return {
    specVersion: 1,
    name: 'temper',
    settings: { sampler: sampler.name, ladder: Array.from(ladder), warmUp },
    capabilities: { invariant: warmUp === 0, reversible: false },
    bind: (program) => new TemperingKernel(program, sampler, base ?? ownBase(program.model), ladder, warmUp),
  };
}

/** The kernel of `temper`; `advance` and `show` are its two halves, for callers that need the chains at β = 1 only now and then. */
export class TemperingKernel implements Kernel<TemperedChains> {
  readonly #program: Program;
  /** Moves the replicas. */
  readonly #kernel: Kernel;
  /** Parameters of the layers at β = 0 for chains that start; a snapshot brings its own, for the model may have changed since. */
  readonly #base: Float64Array;
  readonly #ladder: Float64Array;
  readonly #warmUp: number;

  constructor(program: Program, sampler: Sampler, base: Float64Array, ladder: Float64Array, warmUp: number) {
    const { model } = program;
    checkBase(model, base);
    this.#program = program;
    this.#kernel = sampler.bind(program);
    this.#base = base.slice(0, layerParametersLength(model));
    this.#ladder = ladder;
    this.#warmUp = warmUp;
  }

  async init(random: Generator, position: Position): Promise<TemperedChains> {
    const shown = startChains(this.#program, random, position);
    try {
      const rungs = this.#ladder.length;
      // All replicas of a ladder start where its chain does.
      const values = Object.entries(position.values ?? {}).map(([name, given]) => {
        return [name, repeatRows(given, shown.chains, rungs)] as const;
      });
      const ladder = new LadderState(
        shown.chains,
        this.#ladder,
        this.#base,
        this.#warmUp > 0 ? FIRST_TUNING : Infinity,
      );
      const replicas = await this.#kernel.init(random.fork('replicas'), {
        chains: shown.chains * rungs,
        values: Object.fromEntries(values),
      });
      return this.#furnish(shown, replicas, ladder);
    } catch (error) {
      shown.dispose();
      throw error;
    }
  }

  async step(
    state: TemperedChains,
    random: Generator,
    sweeps: number,
    options: StepOptions = {},
  ): Promise<{ state: TemperedChains; info: KernelInfo }> {
    const next = await this.advance(state, random, sweeps, options);
    this.show(next);
    return { state: next, info: this.#info(next.ladder, sweeps, options.target) };
  }

  /** Swaps and sweeps. Takes ownership of `state`; the chains at β = 1 stay what they were until `show`. */
  async advance(
    state: TemperedChains,
    random: Generator,
    sweeps: number,
    options: StepOptions = {},
  ): Promise<TemperedChains> {
    let { replicas } = state.take();
    const { ladder, sweeps: done } = state;
    const memory = state.workspace as TemperingMemory;
    const { target, signal } = options;
    let transient: TemperingMemory | undefined;
    try {
      this.#check(sweeps, options);
      throwIfAborted(signal);
      // Clamped units ask for masks of all rungs, and may forbid to sum the first block out.
      if (target?.clamp) transient = new TemperingMemory(this.#program, ladder, replicas.chains, target.clamp);
      const at = transient ?? memory;
      const pending: Swaps[] = [];
      for (let step = done; step < done + sweeps; step++) {
        pending.push(this.#swap(at, replicas, random, step, target));
        const given = this.#kernel.sharesInputs === true && at.firstBlock.layers.length > 0;
        ({ state: replicas } = await this.#kernel.step(replicas, random, 1, {
          target: at.target(at.betas, target),
          firstBlock: given ? 'given' : 'draw',
          ...(signal ? { signal } : {}),
        }));
        const tune = step + 1 >= ladder.tuneAt;
        if (tune || pending.length === COUNTED_TOGETHER || step + 1 === done + sweeps) await count(ladder, pending);
        if (tune) this.#tune(ladder, memory, step + 1);
        throwIfAborted(signal);
      }
      return state.advanced(sweeps, replicas);
    } catch (error) {
      state.advanced(0, replicas).dispose();
      throw error;
    } finally {
      transient?.dispose();
    }
  }

  /** Copies the replicas at β = 1 to where callers see them. */
  show({ replicas, shown, ladder }: TemperedChains): void {
    const { ladders, rungs } = ladder;
    const top = Uint32Array.from({ length: ladders }, (_, n) => (n + 1) * rungs - 1);
    replicas.layers.forEach((buffer, l) => {
      this.#program.backend.gather(buffer, top, shown.layers[l] as Buffer);
    });
  }

  async save({ shown, replicas, ladder }: TemperedChains): Promise<ChainSnapshot> {
    const [chains, rows] = await Promise.all([shown.save(this.#program), this.#kernel.save(replicas)]);
    const values = Object.entries(rows.values).map(([name, array]) => [`replicas of ${name}`, array] as const);
    const extra = Object.entries(rows.extra ?? {}).map(([name, value]) => [`sampler: ${name}`, value] as const);
    return { ...chains, extra: { ...Object.fromEntries([...values, ...extra]), ...ladder.save() } };
  }

  async load(snapshot: ChainSnapshot): Promise<TemperedChains> {
    const shown = loadChains(this.#program, snapshot);
    try {
      const ladder = LadderState.load(shown.chains, this.#ladder.length, this.#base.length, snapshot.extra);
      const saved = Object.entries(snapshot.extra ?? {});
      const values = this.#program.model.names.map((name) => {
        const found = snapshot.extra?.[`replicas of ${name}`];
        if (found instanceof Float64Array) return [name, found] as const;
        throw new RbmError('ARGUMENT_INVALID', `The snapshot has no replicas of layer "${name}".`);
      });
      const own = 'sampler: ';
      const extra = saved.flatMap(([name, value]) =>
        name.startsWith(own) ? [[name.slice(own.length), value] as const] : [],
      );
      const { chains, sweeps } = snapshot;
      const replicas = await this.#kernel.load({
        chains: chains * ladder.rungs,
        sweeps,
        values: Object.fromEntries(values),
        ...(extra.length > 0 ? { extra: Object.fromEntries(extra) } : {}),
      });
      return this.#furnish(shown, replicas, ladder);
    } catch (error) {
      shown.dispose();
      throw error;
    }
  }

  #furnish(shown: TemperedChains['shown'], replicas: ChainState, ladder: LadderState): TemperedChains {
    try {
      const memory = new TemperingMemory(this.#program, ladder, replicas.chains);
      return new TemperedChains(shown, replicas, ladder, memory);
    } catch (error) {
      replicas.dispose();
      throw error;
    }
  }

  #check(sweeps: number, { target, firstBlock = 'draw', inputs }: StepOptions): void {
    if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
      throw new RbmError('ARGUMENT_INVALID', `The number of sweeps is ${sweeps}; expected a whole number from 0 up.`);
    }
    if (target?.base) {
      throw new RbmError(
        'UNSUPPORTED',
        'Tempering interpolates to a base of its own; expected a target without one. Give the base to temper.',
      );
    }
    if (firstBlock !== 'draw' || inputs) {
      throw new RbmError(
        'UNSUPPORTED',
        'Tempering draws the first block itself; expected no `firstBlock` and no `inputs`.',
      );
    }
  }

  /** Tries swaps of every second pair of neighbours: of even rungs at even steps, of odd ones at odd steps. */
  #swap(
    memory: TemperingMemory,
    replicas: ChainState,
    random: Generator,
    step: number,
    target: Target | undefined,
  ): Swaps {
    const program = this.#program;
    const { backend } = program;
    const { firstBlock, works } = memory;
    const pairs = memory.pairs[step % 2] as SwapPairs;
    const here = memory.target(memory.betas, target);
    firstBlock.receive(replicas.layers, here);
    const assignment = firstBlock.summedOut(replicas.layers);
    backend.copy(memory.zeros, works);
    program.energy(assignment, { rows: works, scale: -1 }, here);
    program.energy(assignment, { rows: works, scale: 1 }, memory.target(pairs.partners, target));
    if (pairs.rungs.length === 0) {
      firstBlock.draw(replicas.layers, { random, step }, here);
      return { rungs: [], growth: backend.read(works), accepted: Promise.resolve(new Float64Array(0)) };
    }
    // What the energies of both rows would grow by, were they exchanged.
    backend.gather(works, pairs.lower, pairs.up);
    backend.gather(works, pairs.upper, pairs.down);
    const ratios = [pairs.up, pairs.down].map((rows) => ({ rows, scale: -1 }));
    backend.metropolis(pairs.accepted, ratios, { random: random.fork('swaps'), step });
    exchange(backend, pairs, [
      ...replicas.layers.filter((_, layer) => !firstBlock.layers.includes(layer)),
      ...firstBlock.buffers,
    ]);
    firstBlock.draw(replicas.layers, { random, step }, here);
    return { rungs: pairs.rungs, growth: backend.read(works), accepted: backend.read(pairs.accepted) };
  }

  #tune(ladder: LadderState, memory: TemperingMemory, sweeps: number): void {
    if (sweeps <= this.#warmUp) {
      ladder.retune(equalAcceptance(ladder.betas, ladder.acceptance));
      memory.writeBetas(ladder);
    }
    const next = sweeps + Math.min(sweeps, LONGEST_TUNING);
    ladder.tuneAt = next <= this.#warmUp ? next : Number.POSITIVE_INFINITY;
  }

  #info(ladder: LadderState, sweeps: number, target: Target | undefined): KernelInfo {
    const rates = ladder.acceptance.filter(Number.isFinite);
    const rest = { roundTrips: ladder.roundTrips };
    if (sweeps === 0 || rates.length < ladder.rungs - 1) return rest;
    const swaps = {
      ...rest,
      swapAcceptance: rates.reduce((sum, rate) => sum + rate, 0) / rates.length,
      lowestSwapAcceptance: rates.reduce((least, rate) => Math.min(least, rate), 1),
    };
    const { ladders, rungs, forward, backward, betas } = ladder;
    // Clamped units leave the base another log Z.
    if (betas[0] !== 0 || target?.clamp) return swaps;
    const ratios = Array.from({ length: rungs - 1 }, (_, pair) => {
      const [start, end] = [pair * ladders, (pair + 1) * ladders];
      return bennettRatio({ forward: forward.subarray(start, end), backward: backward.subarray(start, end) }, ladders);
    });
    const { value, standardError } = sumRatios(ratios);
    return {
      ...swaps,
      logPartition: basePartition(this.#program.model, ladder.base) + value,
      ...(ladders > 1 ? { logPartitionError: standardError } : {}),
    };
  }
}

/** Swaps that were decided on the backend and are not counted yet. */
interface Swaps {
  readonly rungs: readonly number[];
  readonly growth: Promise<Float64Array>;
  readonly accepted: Promise<Float64Array>;
}

async function count(ladder: LadderState, pending: Swaps[]): Promise<void> {
  for (const { rungs, growth, accepted } of pending.splice(0)) ladder.count(rungs, await growth, await accepted);
}

function exchange(backend: Backend, { lower, upper, accepted }: SwapPairs, buffers: readonly Buffer[]): void {
  for (const buffer of buffers) backend.exchange(buffer, lower, buffer, upper, accepted);
}

/** Each row of an array of `rows` rows so many times. */
function repeatRows(values: SampleArray, rows: number, times: number): Float64Array {
  const length = values.length / rows;
  const repeated = new Float64Array(values.length * times);
  for (let row = 0; row < rows * times; row++) {
    const from = Math.floor(row / times) * length;
    repeated.set(values.subarray(from, from + length), row * length);
  }
  return repeated;
}
