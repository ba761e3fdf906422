import type { Generator } from '../random/generator.js';
import type { AbortSignalLike } from './abort.js';
import type { Buffer, Inputs, Program, Target } from './backend.js';
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
  /**
   * The chains' values, a `states` buffer a layer of the model, in order. Combinators change them between steps: they exchange
   * rows, or draw a block. So a kernel remembers nothing beside them that depends on them. Read-only to everyone else.
   */
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
  /** The distribution to leave invariant (default: the model at the live parameters). */
  readonly target?: Target;
  /**
   * Whether a step starts by drawing the first block, or takes its values as a sample given the others at the target: then it
   * starts with the second block (default: `draw`). Only for kernels with `sharesInputs`.
   */
  readonly firstBlock?: 'draw' | 'given';
  /**
   * Where to leave what the layers of the first block receive from the values that are returned, an entry a layer; from the base
   * too where the target's has weights. Only for kernels with `sharesInputs`: others compute no such thing on the way.
   */
  readonly inputs?: readonly (Inputs | undefined)[];
  readonly signal?: AbortSignalLike;
}

/**
 * A Markov kernel on a program. It leaves the target of each step invariant, whatever the targets before it were; the live
 * parameters may change between steps.
 */
export interface Kernel<State extends ChainState = ChainState> {
  /**
   * Whether a step can start after the first block and leave what that receives: for kernels that move block by block, on models
   * whose first block consists of whole layers. It saves those a product who need these inputs for energies or statistics.
   */
  readonly sharesInputs?: boolean;
  /** Chains at a position. */
  init(random: Generator, position: Position): Promise<State>;
  /**
   * `sweeps` sweeps, all at once so that a backend can fuse them. Takes ownership of `state`, which may not be used
   * again, and releases it on failure; the returned state may share its buffers.
   *
   * @throws RbmError `STATE_CONSUMED` if the state was given to a step before; `ARGUMENT_INVALID`; `UNSUPPORTED` for a target or an
   * option that the kernel cannot follow; `ABORTED`.
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

/** Settings as plain data, for run files: what makes two samplers of one name different. */
export type SamplerSettings = Readonly<Record<string, number | string | boolean | readonly number[]>>;

/** A way to sample: makes kernels for programs. */
export interface Sampler {
  readonly specVersion: 1;
  readonly name: string;
  /** Recorded in run files, and compared when a run is resumed. */
  readonly settings: SamplerSettings;
  readonly capabilities: {
    /** Whether a kernel leaves its target invariant. Not one that adapts, or anneals. */
    readonly invariant: boolean;
    /** Whether the kernel satisfies detailed balance on the joint states, rather than only leaving them invariant. */
    readonly reversible: boolean;
    /** Whether a sweep draws from the same addresses of the generator whatever the chains' values. */
    readonly fixedUniforms?: boolean;
  };
  /** The kernel for one program: its model on its backend. */
  bind(program: Program): Kernel;
}
