import {
  type AbortSignalLike,
  type Assignment,
  type Buffer,
  type ChainSnapshot,
  Chains,
  firstBlockLayers,
  type Generator,
  type Kernel,
  type KernelInfo,
  type Layer,
  loadChains,
  type Path,
  type Position,
  type Program,
  RbmError,
  rowLength,
  type SampleArray,
  type Sampler,
  type StepOptions,
  startChains,
  throwIfAborted,
} from '@rbm/core';
import { basePartition, checkBase } from './base.js';
import { bennettRatio, sumRatios } from './bennett.js';
import { equalAcceptance, startingLadder } from './ladder.js';
import { LadderState, TemperedChains } from './tempered-chains.js';

/** Options of `temper`. */
export interface TemperOptions {
  /**
   * Parameters of the base at β = 0, laid out like the model's: those of the layers count, its weights do not. See
   * `baseRates`. (default: the model's own layers)
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

/**
 * Parallel tempering (Swendsen and Wang 1986; Geyer 1991; for restricted Boltzmann machines Desjardins et al. 2010): for each
 * chain a ladder of replicas at inverse temperatures between a base of independent units and the model,
 *
 *     E_β = (1 − β) E_base + β E.
 *
 * Each sweep first tries to swap neighbours on the ladder, those of even and of odd rungs in turn (Okabe et al. 2001; Syed et al.
 * 2022: such an order carries replicas along the ladder, where a random one diffuses), with the acceptance
 * `min(1, exp(F_i(x) + F_{i+1}(y) − F_i(y) − F_{i+1}(x)))` of the energies with the first block summed out, then moves all
 * replicas by block Gibbs. A swap exchanges temperatures: no row moves. A replica at β = 0 is an exact, fresh sample of the base.
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
  const ladder = startingLadder(options.ladder);
  const { base, warmUp = Array.isArray(options.ladder) ? 0 : 512 } = options;
  if (!(warmUp >= 0)) {
    throw new RbmError('ARGUMENT_INVALID', `warmUp is ${warmUp}; expected a number of sweeps from 0 up, or Infinity.`);
  }
  return {
    specVersion: 1,
    name: 'temper',
    capabilities: { reversible: false },
    bind: (program) => new TemperingKernel(program, base ?? program.model.parameters, ladder, warmUp),
  };
}

/** The kernel of `temper`; `advance` and `show` are its two halves, for callers that need the chains at β = 1 only now and then. */
export class TemperingKernel implements Kernel<TemperedChains> {
  readonly #program: Program;
  readonly #base: Float64Array;
  readonly #logBase: number;
  readonly #ladder: Float64Array;
  readonly #warmUp: number;
  /** Layers of the first block, which energies sum out; none if it is a part of a layer. */
  readonly #summedOut: readonly number[];
  readonly #wholeLayers: boolean;

  constructor(program: Program, base: Float64Array, ladder: Float64Array, warmUp: number) {
    const { model } = program;
    checkBase(model, base);
    this.#program = program;
    this.#base = base.slice();
    this.#logBase = basePartition(model, base);
    this.#ladder = ladder;
    this.#warmUp = warmUp;
    this.#summedOut = firstBlockLayers(model);
    this.#wholeLayers = model.blocks.every((block) => block.every(({ units }) => !units));
  }

  async init(random: Generator, position: Position): Promise<TemperedChains> {
    const shown = startChains(this.#program, random, position);
    try {
      const rungs = this.#ladder.length;
      // All replicas of a ladder start where its chain does.
      const values = Object.entries(position.values ?? {}).map(([name, given]) => {
        return [name, repeatRows(given, shown.chains, rungs)] as const;
      });
      const replicas = startChains(this.#program, random.fork('replicas'), {
        chains: shown.chains * rungs,
        values: Object.fromEntries(values),
      });
      const ladder = new LadderState(shown.chains, this.#ladder, this.#warmUp > 0 ? FIRST_TUNING : Infinity);
      return new TemperedChains(shown, this.#furnish(replicas), ladder);
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
    const next = await this.advance(state, random, sweeps, options.signal);
    try {
      await this.show(next);
    } catch (error) {
      next.dispose();
      throw error;
    }
    return { state: next, info: this.#info(next.ladder, sweeps) };
  }

  /** Swaps and sweeps. Takes ownership of `state`; the chains at β = 1 stay what they were until `show`. */
  async advance(
    state: TemperedChains,
    random: Generator,
    sweeps: number,
    signal?: AbortSignalLike,
  ): Promise<TemperedChains> {
    const { replicas, ladder, sweeps: done } = state.take();
    const next = state.advanced(sweeps);
    try {
      if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
        throw new RbmError('ARGUMENT_INVALID', `A whole number of sweeps is needed, not ${sweeps}.`);
      }
      throwIfAborted(signal);
      for (let step = done; step < done + sweeps; step++) {
        await this.#swap(replicas, ladder, random, step);
        this.#sweep(replicas, random, step);
        if (step + 1 >= ladder.tuneAt) this.#tune(ladder, step + 1);
        throwIfAborted(signal);
      }
      return next;
    } catch (error) {
      next.dispose();
      throw error;
    }
  }

  /** Copies the replicas at β = 1 to where callers see them. */
  async show({ replicas, shown, ladder }: TemperedChains): Promise<void> {
    const { backend, model } = this.#program;
    const { ladders, rungs, rowAt } = ladder;
    const all = await Promise.all(replicas.layers.map((buffer) => backend.read(buffer)));
    all.forEach((values, l) => {
      const length = rowLength(model.layers[l] as Layer);
      const top = new Float64Array(ladders * length);
      for (let c = 0; c < ladders; c++) {
        const row = rowAt[(c + 1) * rungs - 1] as number;
        top.set(values.subarray(row * length, (row + 1) * length), c * length);
      }
      backend.write(shown.layers[l] as Buffer, top);
    });
  }

  async save({ shown, replicas, ladder }: TemperedChains): Promise<ChainSnapshot> {
    const [chains, rows] = await Promise.all([shown.save(this.#program), replicas.save(this.#program)]);
    const values = Object.entries(rows.values).map(([name, array]) => [`replicas of ${name}`, array] as const);
    return { ...chains, extra: { ...Object.fromEntries(values), ...ladder.save() } };
  }

  async load(snapshot: ChainSnapshot): Promise<TemperedChains> {
    const shown = loadChains(this.#program, snapshot);
    try {
      const ladder = LadderState.load(shown.chains, this.#ladder.length, snapshot.extra);
      const values = this.#program.model.names.map((name) => {
        const found = snapshot.extra?.[`replicas of ${name}`];
        if (found instanceof Float64Array) return [name, found] as const;
        throw new RbmError('ARGUMENT_INVALID', `The snapshot has no replicas of layer "${name}".`);
      });
      const { chains, sweeps } = snapshot;
      const rows = { chains: chains * ladder.rungs, sweeps, values: Object.fromEntries(values) };
      return new TemperedChains(shown, this.#furnish(loadChains(this.#program, rows)), ladder);
    } catch (error) {
      shown.dispose();
      throw error;
    }
  }

  /** Chains with memory to work in: see `Workspace`. */
  #furnish(chains: Chains): Chains {
    const { layers, chains: rows, sweeps } = chains;
    const buffers: Buffer[] = [];
    try {
      const base = this.#program.allocate({ holds: 'parameters' });
      buffers.push(base);
      this.#program.backend.write(base, this.#base);
      for (let n = 0; n < 3; n++) buffers.push(this.#program.allocate({ holds: 'rows', rows }));
      layers.forEach((_, layer) => {
        buffers.push(this.#program.allocate({ holds: 'inputs', layer, rows }));
      });
      return new Chains(layers, rows, sweeps, buffers);
    } catch (error) {
      chains.dispose();
      for (const buffer of buffers) buffer.dispose();
      throw error;
    }
  }

  /** Tries swaps of every second pair of neighbours: of even rungs at even steps, of odd ones at odd steps. */
  async #swap(replicas: Chains, ladder: LadderState, random: Generator, step: number): Promise<void> {
    const program = this.#program;
    const { ladders, rungs, betas, rungOf, rowAt } = ladder;
    const { base, here, there, works, inputs } = workspace(replicas);
    for (const l of this.#summedOut) program.affine(l, replicas.layers, inputs[l] as Buffer);
    const own = Float64Array.from(rungOf, (rung) => betas[rung] as number);
    const partners = Float64Array.from(rungOf, (rung) => betas[partnerOf(rung, rungs, step)] as number);
    const { backend } = program;
    backend.write(here, own);
    backend.write(there, partners);
    backend.write(works, new Float64Array(replicas.chains));
    const assignment = this.#assignment(replicas, inputs);
    program.energy(assignment, { rows: works, scale: -1 }, { base, beta: here });
    program.energy(assignment, { rows: works, scale: 1 }, { base, beta: there });
    // What the energy of each row would grow by at the temperature of its partner.
    const growth = await backend.read(works);
    const swaps = random.fork('swaps');
    for (let rung = step % 2; rung + 1 < rungs; rung += 2) {
      for (let c = 0; c < ladders; c++) {
        const at = c * rungs + rung;
        const up = growth[rowAt[at] as number] as number;
        const down = growth[rowAt[at + 1] as number] as number;
        ladder.forward[rung * ladders + c] = up;
        ladder.backward[rung * ladders + c] = -down;
        const acceptance = Math.min(1, Math.exp(-up - down));
        ladder.attempts[rung] = (ladder.attempts[rung] as number) + 1;
        ladder.accepted[rung] = (ladder.accepted[rung] as number) + acceptance;
        if (swaps.bernoulli(acceptance, c, rung, step, 0)) ladder.swap(c, rung);
      }
    }
    backend.write(
      here,
      Float64Array.from(rungOf, (rung) => betas[rung] as number),
    );
  }

  /** One sweep of all replicas; the inputs of the first block, which do not depend on β, are those that the swaps used. */
  #sweep(replicas: Chains, random: Generator, step: number): void {
    const program = this.#program;
    const { layers } = replicas;
    const { base, here, inputs } = workspace(replicas);
    const path: Path = { base, beta: here };
    const site = { random, step };
    if (!this.#wholeLayers) {
      program.gibbs(layers, 1, site, path);
      return;
    }
    program.model.blocks.forEach((block, n) => {
      for (const { layer } of block) {
        const received = inputs[layer] as Buffer;
        if (n > 0) program.affine(layer, layers, received);
        program.sample(layer, received, layers[layer] as Buffer, site, path);
      }
    });
  }

  /** Values of all layers but those that are summed out. */
  #assignment({ layers }: Chains, inputs: readonly Buffer[]): Assignment {
    return layers.map((values, l) => (this.#summedOut.includes(l) ? { inputs: inputs[l] as Buffer } : { values }));
  }

  #tune(ladder: LadderState, sweeps: number): void {
    if (sweeps <= this.#warmUp) ladder.retune(equalAcceptance(ladder.betas, ladder.acceptance));
    const next = sweeps + Math.min(sweeps, LONGEST_TUNING);
    ladder.tuneAt = next <= this.#warmUp ? next : Number.POSITIVE_INFINITY;
  }

  #info(ladder: LadderState, sweeps: number): KernelInfo {
    const rates = ladder.acceptance.filter(Number.isFinite);
    const rest = { roundTrips: ladder.roundTrips };
    if (sweeps === 0 || rates.length < ladder.rungs - 1) return rest;
    const swaps = {
      ...rest,
      swapAcceptance: rates.reduce((sum, rate) => sum + rate, 0) / rates.length,
      lowestSwapAcceptance: rates.reduce((least, rate) => Math.min(least, rate), 1),
    };
    const { ladders, rungs, forward, backward, betas } = ladder;
    if (betas[0] !== 0) return swaps;
    const ratios = Array.from({ length: rungs - 1 }, (_, pair) => {
      const [start, end] = [pair * ladders, (pair + 1) * ladders];
      return bennettRatio({ forward: forward.subarray(start, end), backward: backward.subarray(start, end) }, ladders);
    });
    const { value, standardError } = sumRatios(ratios);
    return {
      ...swaps,
      logPartition: this.#logBase + value,
      ...(ladders > 1 ? { logPartitionError: standardError } : {}),
    };
  }
}

/** The rung with which a rung tries to swap at a step; itself if it has no partner. */
function partnerOf(rung: number, rungs: number, step: number): number {
  const partner = rung % 2 === step % 2 ? rung + 1 : rung - 1;
  return partner >= 0 && partner < rungs ? partner : rung;
}

/** Memory of one set of replicas. */
interface Workspace {
  /** The base's parameters. */
  readonly base: Buffer;
  /** `[rows]`: inverse temperatures of the rows, and of their partners. */
  readonly here: Buffer;
  readonly there: Buffer;
  /** `[rows]`: differences of energies. */
  readonly works: Buffer;
  /** Inputs, a buffer a layer. */
  readonly inputs: readonly Buffer[];
}

function workspace({ room }: Chains): Workspace {
  const [base, here, there, works, ...inputs] = room as [Buffer, Buffer, Buffer, Buffer, ...Buffer[]];
  return { base, here, there, works, inputs };
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
