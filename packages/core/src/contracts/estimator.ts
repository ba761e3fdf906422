import type { Generator } from '../random/generator.js';
import type { AbortSignalLike } from './abort.js';
import type { Buffer, Program } from './backend.js';
import type { Samples } from './dataset.js';
import type { ChainSnapshot, ChainState } from './sampler.js';

/** Some samples on the backend. */
export interface Batch {
  /** One `states` or `means` buffer a visible layer, in the order of `model.visible`. */
  readonly visible: readonly Buffer[];
  readonly rows: number;
  /** A `rows` buffer whose entries sum to 1: what each sample counts. Equal when absent. */
  readonly weights?: Buffer;
}

/** What an estimator carries from step to step as plain data. Empty for those without chains. */
export interface EstimatorSnapshot {
  readonly steps: number;
  readonly chains?: ChainSnapshot;
  /** What else the estimator remembers. */
  readonly extra?: Readonly<Record<string, Float64Array>>;
}

/** The two phases, laid out like the parameters; the gradient of the cost is negative − positive. */
export interface EstimatedPhases {
  readonly positive: Float64Array;
  readonly negative: Float64Array;
}

/** The state of an estimator: steps done, and live chains if it has any. */
export interface EstimatorState {
  readonly steps: number;
  /** Releases live chains. */
  dispose(): void;
}

/** What one call of `estimate` gives. */
export interface Estimate<State extends EstimatorState = EstimatorState> {
  /**
   * A `parameters` buffer with the gradient of the cost `C = −⟨log P(v)⟩`. It belongs to the estimation and is
   * overwritten by the next call.
   */
  readonly gradient: Buffer;
  readonly state: State;
  readonly info: {
    /** The two phases on their own, computed when asked for; only until the next `estimate` or parameter update. */
    phases?(): Promise<EstimatedPhases>;
    /** Numbers by name for records and monitors: rates of acceptance, `logPartition` with `logPartitionError`. */
    readonly numbers?: Readonly<Record<string, number>>;
    /** Chains that follow the model, if there are any. Read-only, until the next `estimate`. */
    readonly chains?: ChainState;
  };
}

/** An estimator at work on one program. */
export interface Estimation<State extends EstimatorState = EstimatorState> {
  /** The state before the first step. */
  init(random: Generator): Promise<State>;
  /** The gradient at the live parameters. Takes ownership of `state`. */
  estimate(
    batch: Batch,
    state: State,
    random: Generator,
    options?: { readonly signal?: AbortSignalLike },
  ): Promise<Estimate<State>>;
  /** Copies a state into plain data, from which `load` goes on bit for bit. */
  save(state: State): Promise<EstimatorSnapshot>;
  /** A state like the saved one. */
  load(snapshot: EstimatorSnapshot): Promise<State>;
  /** Releases the gradient and working memory. */
  dispose(): void;
}

/** A negative phase that is the average over one thing, with the hidden units summed out. */
export type PureNegativePhase =
  /** The model's distribution itself, without noise. */
  | { readonly over: 'model' }
  /** Chains that start at the batch, each with its sample's weight, after this many sweeps of block Gibbs. */
  | { readonly over: 'data chains'; readonly sweeps: number }
  /** Chains that go on from step to step and, at parameters that stay, come to be distributed like the model. */
  | { readonly over: 'persistent chains' };

/** What the negative phase of an estimator is the average over, with the hidden units summed out. */
export type NegativePhase =
  | PureNegativePhase
  /** A weighted mean: some chains start at the batch, say, and some go on. The shares sum to 1. */
  | { readonly over: 'mixture'; readonly parts: readonly (PureNegativePhase & { readonly share: number })[] };

/** A way to estimate the gradient of the cost. */
export interface GradientEstimator {
  readonly specVersion: 1;
  readonly name: string;
  /** Its settings, for run files. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** What the gradient is, for those who test it. Nothing is demanded of what is left out. */
  readonly capabilities?: {
    readonly negativePhase?: NegativePhase;
  };
  /** `batchRows`: the rows of the batches that `estimate` will be given; the last of an epoch may have fewer. */
  bind(program: Program, batchRows: number): Estimation;
}

/** What a monitor may look at. */
export interface MonitorContext {
  readonly program: Program;
  /** The training data; of a source, an excerpt. */
  readonly train: Samples;
  readonly heldOut?: Samples;
  /** What the estimator reported at the last step: `info.numbers` of its `Estimate`. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** The estimator's chains, if it has any. Read-only. */
  readonly chains?: ChainState;
  /** A generator of the monitor's own, the same at every call. */
  readonly random: Generator;
  /** Steps of training done so far: makes the addresses of its random numbers differ from call to call. */
  readonly step: number;
  readonly signal?: AbortSignalLike;
}

/** Something to measure while training goes on. */
export interface Monitor {
  readonly specVersion: 1;
  readonly name: string;
  /** Numbers by name. Names of different monitors must differ. */
  measure(context: MonitorContext): Promise<Readonly<Record<string, number>>>;
}
