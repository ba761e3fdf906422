/** What the conformance suite found. */
export interface SuiteReport {
  readonly isolated: boolean;
  readonly info: string;
  readonly random: string;
  readonly checks: number;
  /** The message of each check that failed, by name. */
  readonly failures: Readonly<Record<string, string>>;
}

/** What a training came to. */
export interface TrainingReport {
  readonly info: string;
  /** From the data to the trained model, exact, in nats. */
  readonly divergence: number;
  readonly seconds: number;
  readonly memory: { readonly buffers: number; readonly bytes: number };
}

/** What became of a training whose device was lost, and of the memory of one that was not. */
export interface LossReport {
  /** The code of the error that the loss gave. */
  readonly code: string;
  readonly message: string;
  /** The step of the snapshot that training went on from, on another backend, and where it ended. */
  readonly from: number;
  readonly to: number;
  /** Textures or buffers of the device that an undisturbed training made, and how many lived when it was closed. */
  readonly made: number;
  readonly left: number;
  /** How many of them were made in the second half of that training. */
  readonly late: number;
}

/** A large machine against the reference backend. */
export interface LargeReport {
  readonly states: number;
  /** How many of the states differ. */
  readonly different: number;
  /** Of the statistics, the largest. */
  readonly error: number;
}
