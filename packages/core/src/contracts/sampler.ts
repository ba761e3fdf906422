import type { Generator } from '../random/generator.js';
import type { AbortSignalLike } from './abort.js';
import type { Buffer, Program } from './backend.js';
import type { SampleArray } from './dataset.js';

/**
 * Where chains start: how many, and optionally the values of some layers by name, `[chains, units · width]` each.
 * Layers left out start from a sample of their own units without input.
 */
export interface Position {
  readonly chains: number;
  readonly values?: Readonly<Record<string, SampleArray>>;
}

/** Chains on a backend. Kernels extend it with what else they must remember. */
export interface ChainState {
  readonly chains: number;
  /** The chains' values, a `states` buffer a layer of the model, in order. Read-only to all but the kernel. */
  readonly layers: readonly Buffer[];
  /** Sweeps done since `init`; the step of the next sweep's uniforms. */
  readonly sweeps: number;
  /** Releases the state's buffers. */
  dispose(): void;
}

/** Chains as plain data: typed arrays and counters that survive structured clone. */
export interface ChainSnapshot {
  readonly chains: number;
  readonly sweeps: number;
  /** The chains' values by layer name, `[chains, units · width]`. */
  readonly values: Readonly<Record<string, Float64Array>>;
  /** What else the kernel remembers. */
  readonly extra?: Readonly<Record<string, Float64Array | number | string>>;
}

/** What one call of `step` tells beside the state: acceptance rates, exchange rates. Numbers by name. */
export type KernelInfo = Readonly<Record<string, number>>;

/** Options of a step. */
export interface StepOptions {
  /**
   * What the layers of the model's first block receive from the chains' values, an entry a layer, where the caller knows it
   * already: a kernel may draw them from that at the start of its first sweep instead of working it out. It may be of the
   * parameters before their last change: each block is then drawn from a distribution that the model had a moment ago.
   */
  readonly received?: readonly (Buffer | undefined)[];
  readonly signal?: AbortSignalLike;
}

/**
 * A Markov kernel on the live parameters of a program, which may change between steps. It leaves the model's
 * distribution invariant.
 */
export interface Kernel<State extends ChainState = ChainState> {
  /** Chains at a position. */
  init(random: Generator, position: Position): Promise<State>;
  /**
   * `sweeps` sweeps, all at once so that a backend can fuse them. Takes ownership of `state`, which may not be used
   * again, and releases it on failure; the returned state may share its buffers.
   *
   * @throws RbmError `STATE_CONSUMED` if the state was given to a step before; `ABORTED`.
   */
  step(
    state: State,
    random: Generator,
    sweeps: number,
    options?: StepOptions,
  ): Promise<{ readonly state: State; readonly info: KernelInfo }>;
  /** The state as plain data. The state stays usable. */
  save(state: State): Promise<ChainSnapshot>;
  /** The state that was saved: it goes on bit for bit as the original would have. */
  load(snapshot: ChainSnapshot): Promise<State>;
}

/** A way to sample: makes kernels for programs. */
export interface Sampler {
  readonly specVersion: 1;
  readonly name: string;
  /** What the kernel is, for those who test it. */
  readonly capabilities: {
    /** Whether the kernel satisfies detailed balance on the joint states, rather than only leaving them invariant. */
    readonly reversible: boolean;
    /** Whether a sweep draws from the same addresses of the generator whatever the chains' values. */
    readonly fixedUniforms?: boolean;
  };
  /** The kernel for one program: its model on its backend. */
  bind(program: Program): Kernel;
}
