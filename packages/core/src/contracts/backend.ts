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
export type LayerAssignment = { readonly values: Buffer } | { readonly inputs: Buffer };

/**
 * Somewhere between a base without interactions and the model: energy `(1 − β) E_base + β E`. The layers of `base`
 * count, its weights do not.
 */
export interface Path {
  /** Laid out like the model's parameters. */
  readonly base: Buffer;
  /** Inverse temperature: one for all rows, or a `rows` buffer with one for each. */
  readonly beta: number | Buffer;
}

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

/** A `rows` buffer to which an operation adds `scale` times its result. */
export interface RowsTarget {
  readonly rows: Buffer;
  readonly scale: number;
}

/**
 * A model on a backend: its live parameters and the operations on them.
 *
 * **Order.** Operations take effect in the order of their calls, `write`, `copy` and `dispose` included, as if each
 * finished before the next began. They return nothing and do not wait. What is wrong with a call itself (a released
 * buffer, a shape that does not fit) throws at once and leaves everything as it was; what fails later rejects the
 * next `read` or `sync`, and every one after it until the program is disposed.
 *
 * **Aliasing.** An output may not be an input of the same operation, nor the live parameters, unless its documentation
 * says so.
 *
 * **Layers a backend does not know** (their `kind` is not in `capabilities.layers`) run through the layer's own
 * functions on the host, between the operations before and after: slower, but the same. `hostLayers` tells which.
 */
export interface Program {
  readonly model: EnergyModel;
  readonly backend: Backend;
  /** The live parameters, a copy of `model.parameters` at `prepare`. Owned by the program. */
  readonly parameters: Buffer;
  /** Kinds of this model's layers that run on the host. */
  readonly hostLayers: readonly string[];
  /** A buffer of zeros. */
  allocate(spec: BufferSpec): Buffer;
  /**
   * `inputs ← Σ W x`: what the values of all other units send to those of a layer. `values` has an entry a layer, of which
   * those of layers that interact with it are read, its own included if its units act on each other.
   */
  affine(layer: number, values: readonly Buffer[], inputs: Buffer): void;
  /** `out ← ⟨x | inputs⟩`. */
  mean(layer: number, inputs: Buffer, out: Buffer, path?: Path): void;
  /** `out ← a sample of P(x | inputs)`; on a path the inputs count `β` times. */
  sample(layer: number, inputs: Buffer, out: Buffer, site: Site, path?: Path): void;
  /**
   * `sweeps` sweeps of block Gibbs over all blocks in order, whole layers or parts of them; sweep `s` uses the uniforms of step `site.step + s`. The
   * buffers of `states`, one a layer, are overwritten. The first block's values need not be set beforehand.
   */
  gibbs(states: readonly Buffer[], sweeps: number, site: Site, path?: Path): void;
  /** `out ← Σ_terms Σ_rows scale · weight · (−∂E/∂λ)`, laid out like the parameters. */
  statistics(out: Buffer, terms: readonly StatisticsTerm[]): void;
  /** `target.rows ← target.rows + target.scale · E`, the energy, or free energy of what is not summed out. */
  energy(assignment: Assignment, target: RowsTarget, path?: Path): void;
  /**
   * One step of an optimizer on the live parameters, followed by the projection onto their constraints. `slots` are
   * the optimizer's arrays, in its order, and change too.
   */
  update(optimizer: Optimizer, gradient: Buffer, slots: readonly Buffer[], settings: UpdateSettings): void;
  /** Releases the live parameters and what was compiled. The caller's buffers stay his. */
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
  /** Kinds of optimizers that have a native path, or `'all'`. */
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
  /** A copy of a buffer's numbers, after all operations enqueued so far. */
  read(buffer: Buffer): Promise<Float64Array>;
  /** Resolves when all operations enqueued so far are done, and lets the event loop turn now and then. */
  sync(): Promise<void>;
  /** What is held now: back at its first value when all that was allocated is released. */
  memory(): BackendMemory;
  /** Ends workers and devices. Buffers and programs are released with it. */
  close(): Promise<void>;
}
