import type { EnergyModel } from '../models/model.js';
import type { Generator } from '../random/generator.js';
import type { SampleArray } from './dataset.js';
import type { Optimizer, UpdateSettings } from './optimizer.js';

/** What a buffer holds, and so its shape. How its numbers are stored is the backend's business. */
export type BufferSpec =
  /** Values that a layer's units can take, one configuration a row: `[rows, units · width]`. */
  | { readonly holds: 'states'; readonly layer: number; readonly rows: number }
  /** Means of a layer's units, or grey levels that stand for them: `[rows, units · width]`. */
  | { readonly holds: 'means'; readonly layer: number; readonly rows: number }
  /** Inputs that a layer's units receive: `[rows, units · width]`. */
  | { readonly holds: 'inputs'; readonly layer: number; readonly rows: number }
  /** Numbers laid out like the model's parameters: `[layout.length]`. */
  | { readonly holds: 'parameters' }
  /**
   * Parameters of the layers alone, laid out like the start of the model's parameters; all interactions are 0:
   * `[layout.layers.at(-1).end]`.
   */
  | { readonly holds: 'layerParameters' }
  /** Which units of a layer are clamped, 0 or 1: `[rows, units]`, or one row for all: `[1, units]`. */
  | { readonly holds: 'mask'; readonly layer: number; readonly rows: number }
  /** One number a row, such as an energy or a weight: `[rows]`. */
  | { readonly holds: 'rows'; readonly rows: number };

/** Memory that a backend gave to a caller, who owns it from then on and releases it with `dispose`. */
export interface Buffer {
  readonly spec: BufferSpec;
  /** How many numbers `read` returns. */
  readonly length: number;
  readonly disposed: boolean;
  /** Releases the memory after the operations enqueued so far. Twice is allowed. */
  dispose(): void;
}

/**
 * For each layer of the model, in order, either the values of its units or the inputs they receive. Layers given by
 * their inputs are summed out: energies become free energies and statistics become expectations. They must be whole
 * layers of one block, and the inputs must be those that the other layers' values cause.
 */
export type Assignment = readonly LayerAssignment[];

/** One entry of an `Assignment`. */
export type LayerAssignment = { readonly values: Buffer } | Inputs;

/**
 * What a layer's units receive, as `affine` computes it. It does not depend on an inverse temperature, so that one product
 * serves every temperature.
 */
export interface Inputs {
  /** Through the weights of the target's parameters. */
  readonly inputs: Buffer;
  /** Through the weights of the target's base: required where that is a `parameters` buffer, an error elsewhere. */
  readonly base?: Buffer;
}

/**
 * The distribution that an operation or a kernel works at. Without a base the energy is that of the model at `parameters`;
 * with one it is `(1 − β) E_base + β E`, the layers' parameters interpolated by `Layer.anneal`.
 *
 * A base of `layerParameters` is a model of independent units without the model's constant; one of `parameters` has weights
 * of its own and the model's constant.
 */
export type Target = {
  /** A `parameters` buffer (default: the program's live parameters). */
  readonly parameters?: Buffer;
  /**
   * A `mask` buffer a layer, where units of it are held fixed: an operation that draws or averages leaves their values in its
   * output as they are.
   */
  readonly clamp?: readonly (Buffer | undefined)[];
} & (
  | { readonly base?: undefined; readonly beta?: undefined }
  | {
      /** A `layerParameters` or `parameters` buffer. */
      readonly base: Buffer;
      /** The inverse temperature β: one for all rows, or a `rows` buffer with one for each. */
      readonly beta: number | Buffer;
    }
);

/** Where the uniforms of an operation come from. Row `r` of a batch is chain `firstChain + r`. */
export interface Site {
  readonly random: Generator;
  readonly step: number;
  /** 0 when absent. */
  readonly firstChain?: number;
}

/** One term of a sum of statistics. */
export interface StatisticsTerm {
  readonly assignment: Assignment;
  /** What each row counts. */
  readonly scale: number;
  /** A `rows` buffer whose entries multiply `scale`. */
  readonly weights?: Buffer;
}

/** A `rows` buffer and a factor: a term of a sum, or where an operation adds its result to. */
export interface ScaledRows {
  readonly rows: Buffer;
  readonly scale: number;
}

/**
 * A model on a backend: its live parameters and the operations on them.
 *
 * **Order.** Operations take effect in the order of their calls, `write`, `copy` and `dispose` included, as if each
 * finished before the next began. They return nothing and do not wait. Invalid arguments (a released buffer, a shape that
 * does not fit) throw synchronously and change nothing; what fails later rejects the next `read` or `sync`, and every one
 * after it until the program is disposed.
 *
 * **Aliasing.** An output may not be an input of the same operation, nor the live parameters, unless its documentation
 * says so.
 *
 * **Layers a backend does not know** (their `kind` is not in `capabilities.layers`) run through the layer's own
 * functions on the host, between the operations before and after: slower, but the same. `hostLayers` tells which. So do
 * interactions of third parties without a fast path for the backend; `hostInteractions` tells which.
 */
export interface Program {
  readonly model: EnergyModel;
  readonly backend: Backend;
  /** The live parameters, a copy of `model.parameters` at `prepare`. Owned by the program. */
  readonly parameters: Buffer;
  /** Kinds of this model's layers that run on the host. */
  readonly hostLayers: readonly string[];
  /** Kinds of this model's interactions that run on the host. */
  readonly hostInteractions: readonly string[];
  /** A buffer of zeros. */
  allocate(spec: BufferSpec): Buffer;
  /**
   * `inputs ← −∂E_interactions/∂x`, `Σ W x` for pairs: what the values of all other units send to those of a layer. `values` has an entry a layer, of which
   * those of layers that interact with it are read, its own included if its units act on each other.
   *
   * @param parameters A `parameters` buffer (default: the live parameters).
   */
  affine(layer: number, values: readonly Buffer[], inputs: Buffer, parameters?: Buffer): void;
  /** `out ← ⟨x | inputs⟩` at the target. Clamped units stay as they are in `out`. */
  mean(layer: number, inputs: Buffer | Inputs, out: Buffer, target?: Target): void;
  /** `out ← a sample of P(x | inputs)` at the target. Clamped units stay as they are in `out`. */
  sample(layer: number, inputs: Buffer | Inputs, out: Buffer, site: Site, target?: Target): void;
  /**
   * `sweeps` sweeps of block Gibbs at the target, over all blocks in order, whole layers or parts of them; sweep `s` uses the
   * uniforms of step `site.step + s`. The buffers of `states`, one a layer, are overwritten. The values of the first block's
   * free units need not be set beforehand.
   */
  gibbs(states: readonly Buffer[], sweeps: number, site: Site, target?: Target): void;
  /**
   * `out ← Σ_terms Σ_rows scale · weight · (−∂E/∂λ)`, laid out like the parameters.
   *
   * @param parameters Where the derivative is taken: a `parameters` buffer (default: the live parameters).
   */
  statistics(out: Buffer, terms: readonly StatisticsTerm[], parameters?: Buffer): void;
  /**
   * `sum.rows ← sum.rows + sum.scale · E` at the target: the energy, or the free energy of what is not summed out. A layer with
   * clamped units cannot be summed out.
   */
  energy(assignment: Assignment, sum: ScaledRows, target?: Target): void;
  /**
   * One step of an optimizer on the live parameters, followed by the projection onto their constraints. `slots` are
   * the optimizer's arrays, in its order, and change too. What `gradient` holds afterwards is not specified.
   */
  update(optimizer: Optimizer, gradient: Buffer, slots: readonly Buffer[], settings: UpdateSettings): void;
  /**
   * Whether `update` with this optimizer runs through the optimizer's own functions on the host, between the operations before
   * and after: slower, but the same. True for all kinds that `capabilities.optimizers` does not list, and where this model has
   * something that the native path cannot follow.
   */
  updatesOnHost(optimizer: Optimizer): boolean;
  /** Releases the live parameters and what was compiled. Caller-allocated buffers stay valid. */
  dispose(): void;
}

/** What a backend says of itself; the conformance suite demands just that. */
export interface BackendCapabilities {
  /** Width of the floats in which parameters, inputs and means are kept. */
  readonly floatBits: 32 | 64;
  /** Bound on the relative error of a conditional mean, from rounding the sum and the function. */
  readonly error: number;
  /** `key`: makes core's uniforms itself from a generator's key. `generator`: draws through its methods, on the host. */
  readonly random: 'key' | 'generator';
  readonly threads: number;
  /** Numbers that one buffer may hold. Data with more are handed over batch by batch. */
  readonly largestBuffer: number;
  /** Kinds of layers that have a native path. `'all'`: every layer runs where the backend runs. */
  readonly layers: readonly string[] | 'all';
  /** Kinds of optimizers that have a native path, with all their settings; or `'all'`. */
  readonly optimizers: readonly string[] | 'all';
}

/** Live memory of a backend. Returns to where it was when all that was allocated has been disposed. */
export interface BackendMemory {
  readonly buffers: number;
  readonly bytes: number;
}

/** An engine that runs energy models. */
export interface Backend {
  readonly specVersion: 1;
  /** `reference`, `wasm`, `gpujs`. */
  readonly name: string;
  /** One line for people: engine, adapter, what really computes. */
  readonly info: string;
  readonly capabilities: BackendCapabilities;
  /** Compiles what the model needs, once per shape, and uploads its parameters. */
  prepare(model: EnergyModel): Promise<Program>;
  /** Overwrites a buffer from the host, in program order. `data` is copied before the call returns. */
  write(buffer: Buffer, data: SampleArray): void;
  /** `target ← source`: same shape; means may be copied to means, states to states or means. */
  copy(source: Buffer, target: Buffer): void;
  /**
   * Rows by their numbers: `target[r] ← source[rows[r]]`. Both buffers hold the same numbers of the same layer, each of as
   * many rows as it likes; rows may repeat. `rows` is copied before the call returns.
   */
  gather(source: Buffer, rows: Uint32Array, target: Buffer): void;
  /**
   * Exchanges rows: `a[rowsA[k]] ↔ b[rowsB[k]]` for each k with `accepted[k] ≠ 0`. Both buffers hold the same numbers of the same
   * layer, and may be one buffer. No row may be named twice. The arrays are copied before the call returns.
   *
   * @param accepted A `rows` buffer: `[rowsA.length]`.
   */
  exchange(a: Buffer, rowsA: Uint32Array, b: Buffer, rowsB: Uint32Array, accepted: Buffer): void;
  /**
   * Metropolis decisions: `accepted[r] ← 1` where `u_r < exp(Σ_terms scale · rows[r])`, else 0, with `u_r` the uniform of chain
   * `site.firstChain + r`, unit 0, draw 0. A sum that is not a number is rejected.
   *
   * @param accepted A `rows` buffer, as long as those of `logRatios`, and none of them.
   */
  metropolis(accepted: Buffer, logRatios: readonly ScaledRows[], site: Site): void;
  /** A copy of a buffer's numbers, after all operations enqueued so far. */
  read(buffer: Buffer): Promise<Float64Array>;
  /** Resolves when all operations enqueued so far are done, and lets the event loop turn now and then. */
  sync(): Promise<void>;
  /** What is held now: back at its first value when all that was allocated is released. */
  memory(): BackendMemory;
  /** Ends workers and devices. Buffers and programs are released with it. */
  close(): Promise<void>;
}
