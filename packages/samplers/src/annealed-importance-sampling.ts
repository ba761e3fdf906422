import { type AbortSignalLike, checkNormalisable, type Generator, logSumExp, RbmError } from '@rbm/core';
import {
  type Buffer,
  type ChainState,
  checkArguments,
  FirstBlock,
  type Kernel,
  argumentKinds as kinds,
  layerParametersLength,
  optional,
  type Program,
  type Sampler,
  type Target,
  throwIfAborted,
} from '@rbm/core/contracts';
import { baseKind, basePartition, checkBase, ownBase } from './base.js';
import { gibbs } from './gibbs.js';

/** Options of `annealedImportanceSampling`. */
export interface AnnealingOptions {
  readonly program: Program;
  /** Moves the chains at each temperature (default: `gibbs()`). */
  readonly sampler?: Sampler;
  /** Parameters of the base, laid out like the model's, with weights 0: see `baseRates` (default: the model's own layers). */
  readonly base?: Float64Array;
  readonly random: Generator;
  /** Independent runs (default: 100). */
  readonly chains?: number;
  /** Steps from the base to the model, at equal distances in the inverse temperature (default: 1,000). */
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
 * with the first block summed out if it consists of whole layers, and a sweep of the sampler at each temperature.
 * `Z ≈ Z_base · mean(w)`.
 *
 * @throws RbmError `ARGUMENT_INVALID`; `SHAPE_MISMATCH`; as `checkNormalisable`, before any work: annealing towards a
 * model without a distribution may end in plausible weights; `NOT_FINITE` if a weight is not finite; `ABORTED`.
 */
export async function annealedImportanceSampling(options: AnnealingOptions): Promise<PartitionEstimate> {
  checkArguments('annealedImportanceSampling', options, {
    program: kinds.program,
    sampler: optional(kinds.sampler),
    base: optional(baseKind),
    random: kinds.generator,
    chains: optional(kinds.number),
    temperatures: optional(kinds.number),
    signal: optional(kinds.signal),
    progress: optional(kinds.function),
  });
  const { program, sampler = gibbs(), random, chains = 100, temperatures = 1000, signal, progress } = options;
  const { base = ownBase(program.model) } = options;
  for (const [name, value] of Object.entries({ chains, temperatures })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RbmError('ARGUMENT_INVALID', `Annealing needs a positive whole number of ${name}, not ${value}.`);
    }
  }
  const { backend, model } = program;
  checkBase(model, base);
  checkNormalisable(model, await backend.read(program.parameters));
  const run = await AnnealingRun.start(program, sampler, base, chains, random);
  try {
    for (let k = 0; k < temperatures; k++) {
      await run.move(k / temperatures, (k + 1) / temperatures);
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

/** Chains between the base and the model, with their weights. */
class AnnealingRun {
  readonly logWeights: Buffer;
  readonly #program: Program;
  readonly #kernel: Kernel;
  readonly #base: Buffer;
  readonly #random: Generator;
  readonly #firstBlock: FirstBlock;
  #chains: ChainState;

  /** Chains that are exact samples of the base. */
  static async start(
    program: Program,
    sampler: Sampler,
    base: Float64Array,
    chains: number,
    random: Generator,
  ): Promise<AnnealingRun> {
    const kernel = sampler.bind(program);
    const state = await kernel.init(random, { chains });
    const buffers: { dispose(): void }[] = [state];
    try {
      const parameters = program.allocate({ holds: 'layerParameters' });
      buffers.push(parameters);
      program.backend.write(parameters, base.subarray(0, layerParametersLength(program.model)));
      const logWeights = program.allocate({ holds: 'rows', rows: chains });
      buffers.push(logWeights);
      const firstBlock = new FirstBlock(program, chains, undefined);
      buffers.push(firstBlock);
      const run = new AnnealingRun(program, kernel, state, parameters, logWeights, firstBlock, random);
      run.#drawBase();
      return run;
    } catch (error) {
      for (const buffer of buffers) buffer.dispose();
      throw error;
    }
  }

  private constructor(
    program: Program,
    kernel: Kernel,
    chains: ChainState,
    base: Buffer,
    logWeights: Buffer,
    firstBlock: FirstBlock,
    random: Generator,
  ) {
    this.#program = program;
    this.#kernel = kernel;
    this.#chains = chains;
    this.#base = base;
    this.logWeights = logWeights;
    this.#firstBlock = firstBlock;
    this.#random = random;
  }

  /** From one inverse temperature to the next: weight, then a sweep. Its first block, which was summed out, is drawn from the same inputs. */
  async move(from: number, to: number): Promise<void> {
    const program = this.#program;
    const { layers, sweeps } = this.#chains;
    const target = this.#at(to);
    this.#firstBlock.receive(layers, target);
    const assignment = this.#firstBlock.summedOut(layers);
    program.energy(assignment, { rows: this.logWeights, scale: 1 }, this.#at(from));
    program.energy(assignment, { rows: this.logWeights, scale: -1 }, target);
    this.#firstBlock.draw(layers, { random: this.#random, step: sweeps }, target);
    const given = this.#kernel.sharesInputs === true && this.#firstBlock.layers.length > 0;
    const options = { target, firstBlock: given ? 'given' : 'draw' } as const;
    ({ state: this.#chains } = await this.#kernel.step(this.#chains, this.#random, 1, options));
  }

  dispose(): void {
    this.#chains.dispose();
    this.#firstBlock.dispose();
    for (const buffer of [this.#base, this.logWeights]) buffer.dispose();
  }

  #drawBase(): void {
    const site = { random: this.#random.fork('base'), step: 0 };
    this.#program.model.layers.forEach((_, layer) => {
      const silence = this.#program.allocate({ holds: 'inputs', layer, rows: this.#chains.chains });
      this.#program.sample(layer, silence, this.#chains.layers[layer] as Buffer, site, this.#at(0));
      silence.dispose();
    });
  }

  #at(beta: number): Target {
    return { base: this.#base, beta };
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
