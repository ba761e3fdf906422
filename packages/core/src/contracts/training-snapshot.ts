import type { EstimatorSnapshot } from './estimator.js';

/** Settings by name. A number that JSON has not, such as infinity, stands as its name. */
export type PlainSettings = Readonly<Record<string, number | string>>;

/** What a model is made of, without the values of its parameters. */
export interface ModelStructure {
  readonly kind: string;
  readonly layers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly units: number;
    readonly settings: PlainSettings;
    readonly visible: boolean;
  }[];
  readonly interactions: readonly {
    readonly name: string;
    readonly kind: string;
    /** The layers, as indices. */
    readonly between: readonly number[];
    /** Of a third party's. */
    readonly settings?: PlainSettings;
  }[];
  /** The parameter arrays, in the order of the flat buffer. */
  readonly arrays: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Checksum of what the lists above leave out: the edges of sparse interactions, the lists of third parties' and the units of blocks. */
  readonly checksum: string;
}

/** One phase of a training: how gradients are estimated, how large the steps are, and how long it lasts. */
export interface PhaseDescription {
  readonly estimator: string;
  /** Those of the estimator, with the number of its persistent chains. */
  readonly settings: PlainSettings;
  /** Whether the estimator goes on from the phase before. */
  readonly goesOn: boolean;
  readonly rate: number | { readonly from: number; readonly to: number };
  readonly batch: number;
  readonly epochs: number;
  readonly average: boolean;
}

/** Description of a training: compared when it is resumed, to report each difference. */
export interface TrainingDescription {
  readonly model: ModelStructure;
  readonly data: {
    readonly count: number;
    readonly width: number;
    /** Of the values and weights, in order; of a source, of its blocks. */
    readonly checksum: string;
    /** How the rows of a source are shuffled; absent for samples in memory. */
    readonly blocks?: {
      /** Rows that are read at once. */
      readonly rows: number;
      /** Blocks whose rows are shuffled together. */
      readonly window: number;
    };
  };
  readonly optimizer: {
    readonly kind: string;
    readonly slots: readonly string[];
    readonly settings: PlainSettings;
  };
  readonly phases: readonly PhaseDescription[];
  /** The key of the generator that everything random follows from. */
  readonly key: readonly [number, number];
  /** Name of the backend. */
  readonly backend: string;
}

/**
 * An interrupted or finished training as plain data that survives structured clone. `encodeSnapshot` of `@rbm/formats` makes a
 * file of it.
 */
export interface TrainingSnapshot {
  readonly version: 1;
  /** Updates done. */
  readonly step: number;
  /** Samples seen, repetitions counted: fixes the order of the rest, which is a function of it and of the generator. */
  readonly seen: number;
  /** The phase of the last update, from 0, with its part of `step` and `seen`. */
  readonly phase: { readonly number: number; readonly step: number; readonly seen: number };
  /** Laid out like the model's parameters. */
  readonly parameters: Float64Array;
  /** The optimizer's arrays by name, each laid out like the parameters. */
  readonly optimizer: Readonly<Record<string, Float64Array>>;
  readonly estimator: EstimatorSnapshot;
  /** Parameters added up over a phase that averages them, and how often; absent at the start and the end of a phase. */
  readonly average?: { readonly sum: Float64Array; readonly count: number };
  /** What the training was. */
  readonly training: TrainingDescription;
}
