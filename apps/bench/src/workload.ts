/** What every side of a comparison gets: the same data, the same parameters, the same settings. */
export interface Workload {
  readonly visible: number;
  readonly hidden: number;
  readonly settings: TrainingSettings | AnnealingSettings;
  /** Laid out like those of an `rbm` of Bernoulli units: visible biases, hidden biases, weights. */
  readonly parameters: Float64Array;
  /** `[samples, visible]`, 0 or 1: some whole batches. */
  readonly data: Uint8Array;
  /** `[batch, visible]`: where persistent chains start, if there are any. */
  readonly chains?: Uint8Array;
  /** `[visible]`: biases of the units that annealing starts from. */
  readonly base?: Float64Array;
}

/** A workload whose steps are updates of the parameters. */
export interface TrainingSettings {
  readonly kind: 'training';
  readonly batch: number;
  readonly k: number;
  readonly rate: number;
}

/** A workload whose steps are temperatures. */
export interface AnnealingSettings {
  readonly kind: 'annealing';
  readonly chains: number;
  /** Of one run. */
  readonly temperatures: number;
}

/** What a step took, in milliseconds. */
export interface Timing {
  readonly wall: number;
  /** Of all threads of the process together; NaN where that cannot be told, as in a page. */
  readonly processor: number;
}

/** One side of a comparison, ready to be measured. */
export interface Contestant {
  readonly name: string;
  /** What a step takes on average over this many steps from the workload's parameters. */
  run(steps: number): Promise<Timing>;
  /** What it did, for comparison with another side, averaged over runs from the workload's parameters. */
  check(repeats: number): Promise<Outcome>;
  close(): Promise<void>;
}

/** Arrays by name: the mean change of each parameter array in one step of rate 1, or the log weights of annealing. */
export type Outcome = Readonly<Record<string, ArrayLike<number>>>;
