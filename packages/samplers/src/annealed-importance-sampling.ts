import {
  type AbortSignalLike,
  type Assignment,
  type Buffer,
  checkNormalisable,
  firstBlockLayers,
  type Generator,
  logSumExp,
  type Path,
  type Program,
  RbmError,
  throwIfAborted,
} from '@rbm/core';
import { basePartition, checkBase } from './base.js';

/** What `annealedImportanceSampling` takes. */
export interface AnnealingOptions {
  readonly program: Program;
  /** Parameters of the base, laid out like the model's: those of the layers count. See `baseRates`. */
  readonly base: Float64Array;
  readonly random: Generator;
  /** Independent runs; 100 unless given. */
  readonly chains?: number;
  /** Steps from the base to the model, at equal distances in the inverse temperature; 1,000 unless given. */
  readonly temperatures?: number;
  readonly signal?: AbortSignalLike;
  /** Called now and then with the temperatures done. */
  readonly progress?: (temperatures: number) => void;
}

/** An estimate of `log Z`, with what it takes to judge it. */
export interface PartitionEstimate {
  /** Estimate of `log Z` in nats. Its expectation is below `log Z`: the mean of the weights is unbiased, not their log. */
  readonly logPartition: number;
  /** Standard error of `logPartition` by the delta method: honest only while the effective sample size is large. */
  readonly standardError: number;
  /** `(Σ w)² / Σ w²`, between 1 and the number of chains: how many of them carry the estimate. */
  readonly effectiveSampleSize: number;
  /** `[chains]`: the log of each chain's importance weight, `log Z − log Z_base` apart from noise. */
  readonly logWeights: Float64Array;
}

/** Temperatures between two looks at the abort signal. */
const SLICE = 8;

/**
 * Annealed importance sampling (Neal 2001; for RBMs Salakhutdinov and Murray 2008): chains that start as exact samples
 * of the base and move towards the model, their weights
 *
 *     log w = Σ_k F_{β_k}(x_k) − F_{β_{k+1}}(x_k),   E_β = (1 − β) E_base + β E,
 *
 * with one block of whole layers summed out if there is one, and block Gibbs at each temperature. `Z ≈ Z_base · mean(w)`.
 *
 * @throws RbmError `ARGUMENT_INVALID`; `SHAPE_MISMATCH`; as `checkNormalisable`, before any work: annealing towards a
 * model without a distribution may end in plausible weights; `NOT_FINITE` if a weight is not finite; `ABORTED`.
 */
export async function annealedImportanceSampling(options: AnnealingOptions): Promise<PartitionEstimate> {
  const { program, base, random, chains = 100, temperatures = 1000, signal, progress } = options;
  for (const [name, value] of Object.entries({ chains, temperatures })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RbmError('ARGUMENT_INVALID', `Annealing needs a positive whole number of ${name}, not ${value}.`);
    }
  }
  const { backend, model } = program;
  checkBase(model, base);
  checkNormalisable(model, await backend.read(program.parameters));
  const run = new AnnealingRun(program, base, chains, random);
  try {
    run.start();
    for (let k = 0; k < temperatures; k++) {
      run.move(k / temperatures, (k + 1) / temperatures, k + 1);
      if (k % SLICE !== 0) continue;
      throwIfAborted(signal);
      await backend.sync();
      progress?.(k + 1);
    }
    const logWeights = await backend.read(run.logWeights);
    progress?.(temperatures);
    return summarise(logWeights, basePartition(model, base));
  } finally {
    run.dispose();
  }
}

/** The buffers of a run and the operations of one temperature. Allocates nothing after it was made. */
class AnnealingRun {
  readonly logWeights: Buffer;
  readonly #program: Program;
  readonly #base: Buffer;
  readonly #random: Generator;
  readonly #states: readonly Buffer[];
  readonly #inputs: readonly Buffer[];
  readonly #summedOut: readonly number[];
  readonly #wholeLayers: boolean;
  readonly #assignment: Assignment;

  constructor(program: Program, base: Float64Array, rows: number, random: Generator) {
    const { model, backend } = program;
    this.#program = program;
    this.#random = random;
    this.#base = program.allocate({ holds: 'parameters' });
    backend.write(this.#base, base);
    this.#states = model.layers.map((_, layer) => program.allocate({ holds: 'states', layer, rows }));
    this.#inputs = model.layers.map((_, layer) => program.allocate({ holds: 'inputs', layer, rows }));
    this.logWeights = program.allocate({ holds: 'rows', rows });
    this.#summedOut = firstBlockLayers(model);
    this.#wholeLayers = model.blocks.every((block) => block.every(({ units }) => !units));
    this.#assignment = model.layers.map((_, l) =>
      this.#summedOut.includes(l) ? { inputs: this.#inputs[l] as Buffer } : { values: this.#states[l] as Buffer },
    );
  }

  /** Exact samples of the base: inputs are still zero. */
  start(): void {
    const path: Path = { base: this.#base, beta: 0 };
    this.#states.forEach((states, layer) => {
      const site = { random: this.#random, step: 0 };
      this.#program.sample(layer, this.#inputs[layer] as Buffer, states, site, path);
    });
  }

  /** From one inverse temperature to the next: weight, then a sweep, which starts with the block that was summed out. */
  move(from: number, to: number, step: number): void {
    const program = this.#program;
    for (const layer of this.#summedOut) program.affine(layer, this.#states, this.#inputs[layer] as Buffer);
    const path = { base: this.#base, beta: to };
    program.energy(this.#assignment, { rows: this.logWeights, scale: 1 }, { base: this.#base, beta: from });
    program.energy(this.#assignment, { rows: this.logWeights, scale: -1 }, path);
    const site = { random: this.#random, step };
    if (!this.#wholeLayers) {
      program.gibbs(this.#states, 1, site, path);
      return;
    }
    // The same sweep, but the inputs of the first block are there already.
    program.model.blocks.forEach((block, n) => {
      for (const { layer } of block) {
        const inputs = this.#inputs[layer] as Buffer;
        if (n > 0) program.affine(layer, this.#states, inputs);
        program.sample(layer, inputs, this.#states[layer] as Buffer, site, path);
      }
    });
  }

  dispose(): void {
    for (const buffer of [this.#base, this.logWeights, ...this.#states, ...this.#inputs]) buffer.dispose();
  }
}

function summarise(logWeights: Float64Array, logBase: number): PartitionEstimate {
  const chains = logWeights.length;
  const bad = logWeights.findIndex((w) => !Number.isFinite(w));
  if (bad >= 0) {
    throw new RbmError(
      'NOT_FINITE',
      `The weight of annealing chain ${bad} is ${logWeights[bad]}: check the parameters.`,
    );
  }
  const logSum = logSumExp(logWeights);
  const logSumOfSquares = logSumExp(logWeights.map((w) => 2 * w));
  const effectiveSampleSize = Math.exp(2 * logSum - logSumOfSquares);
  // Var(mean w) / mean(w)², with the unbiased variance of the weights.
  const relativeVariance = chains > 1 ? (chains / effectiveSampleSize - 1) / (chains - 1) : Number.NaN;
  return {
    logPartition: logBase + logSum - Math.log(chains),
    standardError: Math.sqrt(Math.max(relativeVariance, 0)),
    effectiveSampleSize,
    logWeights,
  };
}
