import { type AbortSignalLike, checkNormalisable, type Generator, RbmError, sampleWidth } from '@rbm/core';
import {
  checkArguments,
  argumentKinds as kinds,
  optional,
  type Position,
  type Program,
  type Sampler,
  throwIfAborted,
} from '@rbm/core/contracts';
import { baseKind, basePartition, checkBase, ownBase } from './base.js';
import { bennettRatio, type LadderSum, sumRatios } from './bennett.js';
import { gibbs } from './gibbs.js';
import { ladderKind, startingLadder } from './ladder.js';
import { type DrawnSamples, readVisible } from './sample.js';
import type { TemperedChains } from './tempered-chains.js';
import { TemperingKernel } from './tempering.js';

/** Options of `bennettAcceptanceRatio`. */
export interface BennettOptions {
  readonly program: Program;
  /** Moves the replicas (default: `gibbs()`). */
  readonly sampler?: Sampler;
  /** Parameters of the base, laid out like the model's, with weights 0: see `baseRates` (default: the model's own layers). */
  readonly base?: Float64Array;
  readonly random: Generator;
  /** Inverse temperatures from 0 to 1, or how many rungs, tuned to equal acceptance in the burn-in (default: 24). */
  readonly ladder?: number | readonly number[];
  /** Independent ladders, from 8 up: the error comes from their scatter (default: 60). */
  readonly chains?: number;
  /** Sweeps before anything is measured (default: 500). */
  readonly burnIn?: number;
  /** Sweeps measured, from 4 up (default: 1,000). */
  readonly sweeps?: number;
  /** Where chains start, by layer name: `[chains, units · width]` (default: samples of the layers without input). */
  readonly start?: Position['values'];
  /** How many samples at β = 1 to return, taken at equal distances along the chains (default: 0). */
  readonly keep?: number;
  readonly signal?: AbortSignalLike;
  /** Called now and then with the sweeps done, burn-in included. */
  readonly progress?: (sweeps: number) => void;
}

/** Whether a number that is not exact can be trusted. */
export type Verdict = 'trusted' | 'not trusted' | 'cannot tell';

/** An estimate of `log Z` along a ladder of temperatures, with what it takes to judge it. */
export interface BennettEstimate {
  /** Estimate of `log Z` in nats. */
  readonly logPartition: number;
  /** Standard error of `logPartition`, from the scatter of independent ladders, which includes autocorrelation. */
  readonly standardError: number;
  /** 95 % confidence interval of `log Z`: Student's, with one degree of freedom less than there are ladders. */
  readonly interval: readonly [low: number, high: number];
  readonly verdict: Verdict;
  /** What speaks against the estimate, and what to do; empty where it is trusted. */
  readonly reasons: readonly string[];
  /** `[rungs]`: inverse temperatures after the burn-in. */
  readonly ladder: Float64Array;
  /** `[rungs − 1]`: mean acceptance of swaps between neighbours. */
  readonly acceptance: Float64Array;
  /** Times a replica came from the base to the model while measured, over all ladders. */
  readonly roundTrips: number;
  readonly chains: number;
  /** Sweeps measured. */
  readonly sweeps: number;
  /** Samples at β = 1, as many as `keep`: `[keep, width of a sample]`. */
  readonly samples: DrawnSamples;
}

/** Sweeps between two looks at progress. */
const SLICE = 10;
/** Fewer ladders give no error worth its name. */
const LEAST_CHAINS = 8;
/**
 * Round trips a replica, in the burn-in and again while measured. With fewer, modes whose weight grows only near β = 1 have not filled
 * yet, and nothing else shows it: on small machines trained on MNIST, whose `log Z` is exact, such runs were low by up to 2 nats at 15
 * standard errors.
 */
const LEAST_TRIPS = 2;
/** Acceptance below which a pair of neighbours is hardly connected. */
const LEAST_ACCEPTANCE = 0.1;
/** Standard errors by which the two halves of a run may differ. */
const MOST_DRIFT = 3;

/**
 * Estimates `log Z` by Bennett's acceptance ratio between neighbours of a ladder of tempered chains (Bennett 1976; see `temper`). The
 * base's `log Z` is exact. Unlike the weights of annealing, whose errors do not see modes that no run met, chains that go back and
 * forth between the base and the model show how well they were connected: see `verdict`.
 *
 * @throws RbmError `ARGUMENT_INVALID`; `SHAPE_MISMATCH`; as `checkNormalisable`, before any work; `NOT_FINITE`; `ABORTED`.
 */
export async function bennettAcceptanceRatio(options: BennettOptions): Promise<BennettEstimate> {
  checkArguments('bennettAcceptanceRatio', options, {
    program: kinds.program,
    sampler: optional(kinds.sampler),
    base: optional(baseKind),
    random: kinds.generator,
    ladder: optional(ladderKind),
    chains: optional(kinds.number),
    burnIn: optional(kinds.number),
    sweeps: optional(kinds.number),
    start: optional(kinds.layerValues),
    keep: optional(kinds.number),
    signal: optional(kinds.signal),
    progress: optional(kinds.function),
  });
  const {
    program,
    base = ownBase(options.program.model),
    random,
    chains = 60,
    burnIn = 500,
    sweeps = 1000,
    start,
    keep = 0,
    signal,
  } = options;
  const ladder = startingLadder(options.ladder);
  if (ladder[0] !== 0) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `The ladder starts at ${ladder[0]}; expected 0, the base, whose log Z is known.`,
    );
  }
  checkCounts({ chains, burnIn, sweeps, keep });
  const { backend, model } = program;
  checkBase(model, base);
  checkNormalisable(model, await backend.read(program.parameters));
  const warmUp = typeof options.ladder === 'object' ? 0 : burnIn;
  const kernel = new TemperingKernel(program, options.sampler ?? gibbs(), base, ladder, warmUp);
  let state = await kernel.init(random, { chains, ...(start ? { values: start } : {}) });
  try {
    const advance = async (count: number): Promise<void> => {
      state = await kernel.advance(state, random, count, signal ? { signal } : {});
    };
    for (let done = 0; done < burnIn; done += SLICE) {
      await advance(Math.min(SLICE, burnIn - done));
      await backend.sync();
      options.progress?.(Math.min(done + SLICE, burnIn));
    }
    const { ladder: replicas } = state;
    replicas.retune(replicas.betas);
    const tripsBefore = replicas.roundTrips;
    const works = new WorksOfRun(replicas.rungs - 1, chains, Math.floor(sweeps / 2));
    const samples = new KeptSamples(keep, sampleWidth(model));
    const shows = Math.ceil(keep / chains);
    for (let n = 0; n < works.length; n++) {
      // One pass over the even and one over the odd pairs of neighbours.
      await advance(2);
      works.add(n, state);
      if (Math.floor(((n + 1) * shows) / works.length) > Math.floor((n * shows) / works.length)) {
        kernel.show(state);
        samples.add(await readVisible(program, state));
      }
      if (n % SLICE !== 0) continue;
      throwIfAborted(signal);
      await backend.sync();
      options.progress?.(burnIn + 2 * n);
    }
    const roundTrips = replicas.roundTrips - tripsBefore;
    const { acceptance, betas } = replicas;
    const { value, standardError } = works.sum(0, works.length);
    const half = Math.floor(works.length / 2);
    const drift = works.sum(half, works.length).value - works.sum(0, half).value;
    const replicaCount = chains * replicas.rungs;
    const reasons = doubts({ acceptance, tripsBefore, roundTrips, replicas: replicaCount, drift, standardError });
    const logPartition = basePartition(model, base) + value;
    const reach = studentQuantile(chains - 1) * standardError;
    return {
      logPartition,
      standardError,
      interval: [logPartition - reach, logPartition + reach],
      verdict: reasons.length === 0 ? 'trusted' : 'not trusted',
      reasons,
      ladder: betas.slice(),
      acceptance,
      roundTrips,
      chains,
      sweeps: 2 * works.length,
      samples: samples.drawn(),
    };
  } finally {
    state.dispose();
  }
}

function checkCounts({ chains, burnIn, sweeps, keep }: Record<'chains' | 'burnIn' | 'sweeps' | 'keep', number>): void {
  const least = { chains: LEAST_CHAINS, burnIn: 0, sweeps: 4, keep: 0 };
  for (const [name, value] of Object.entries({ chains, burnIn, sweeps, keep })) {
    const bound = least[name as keyof typeof least];
    if (Number.isSafeInteger(value) && value >= bound) continue;
    throw new RbmError('ARGUMENT_INVALID', `${name} is ${value}; expected a whole number from ${bound} up.`);
  }
}

/** Differences of free energies between neighbours along a run. */
class WorksOfRun {
  /** Measurements of each pair. */
  readonly length: number;
  readonly #chains: number;
  /** For each pair `[chains, length]`: at samples of the lower and of the upper rung. */
  readonly #forward: readonly Float64Array[];
  readonly #backward: readonly Float64Array[];

  constructor(pairs: number, chains: number, length: number) {
    this.length = length;
    this.#chains = chains;
    const allocate = (): Float64Array[] => Array.from({ length: pairs }, () => new Float64Array(chains * length));
    this.#forward = allocate();
    this.#backward = allocate();
  }

  add(n: number, { ladder }: TemperedChains): void {
    for (let pair = 0; pair < this.#forward.length; pair++) {
      const [forward, backward] = [this.#forward[pair] as Float64Array, this.#backward[pair] as Float64Array];
      for (let c = 0; c < this.#chains; c++) {
        forward[c * this.length + n] = ladder.forward[pair * this.#chains + c] as number;
        backward[c * this.length + n] = ladder.backward[pair * this.#chains + c] as number;
      }
    }
  }

  /** `log Z − log Z_base` from some of the measurements. */
  sum(from: number, to: number): LadderSum {
    const cut = (works: Float64Array): Float64Array => {
      if (to - from === this.length) return works;
      const part = new Float64Array(this.#chains * (to - from));
      for (let c = 0; c < this.#chains; c++) {
        part.set(works.subarray(c * this.length + from, c * this.length + to), c * (to - from));
      }
      return part;
    };
    const ratios = this.#forward.map((forward, pair) => {
      return bennettRatio({ forward: cut(forward), backward: cut(this.#backward[pair] as Float64Array) }, this.#chains);
    });
    return sumRatios(ratios);
  }
}

/** Samples gathered until there are enough. */
class KeptSamples {
  readonly #values: Float64Array;
  readonly #means: Float64Array;
  #filled = 0;

  constructor(count: number, width: number) {
    this.#values = new Float64Array(count * width);
    this.#means = new Float64Array(count * width);
  }

  add({ values, means }: DrawnSamples): void {
    const space = this.#values.length - this.#filled;
    this.#values.set(values.subarray(0, space), this.#filled);
    this.#means.set(means.subarray(0, space), this.#filled);
    this.#filled += Math.min(space, values.length);
  }

  drawn(): DrawnSamples {
    return { values: this.#values, means: this.#means };
  }
}

interface Evidence {
  readonly acceptance: Float64Array;
  readonly tripsBefore: number;
  readonly roundTrips: number;
  readonly replicas: number;
  readonly drift: number;
  readonly standardError: number;
}

/** What speaks against an estimate, each with a cure. */
function doubts({ acceptance, tripsBefore, roundTrips, replicas, drift, standardError }: Evidence): string[] {
  const reasons: string[] = [];
  const lowest = acceptance.reduce((least, rate) => Math.min(least, rate), 1);
  if (lowest < LEAST_ACCEPTANCE) {
    reasons.push(`two neighbours swap in ${(100 * lowest).toFixed(1)} % of the attempts: use more rungs`);
  }
  if (tripsBefore < LEAST_TRIPS * replicas) {
    reasons.push(
      `${tripsBefore} round trips of ${replicas} replicas in the burn-in, fewer than two each: use a longer burn-in`,
    );
  }
  if (roundTrips < LEAST_TRIPS * replicas) {
    reasons.push(
      `${roundTrips} round trips of ${replicas} replicas while measured, fewer than two each: use more sweeps`,
    );
  }
  // Halves of a run scatter by twice the error of the whole, if nothing drifts.
  const halves = Math.abs(drift) / (2 * standardError);
  if (halves > MOST_DRIFT) {
    reasons.push(`the halves of the run differ by ${halves.toFixed(1)} standard errors: use a longer burn-in`);
  }
  return reasons;
}

/** The 97.5 % point of Student's distribution (Abramowitz and Stegun 1964, 26.7.5), to 0.1 % from 7 degrees of freedom up. */
function studentQuantile(freedom: number): number {
  const z = 1.959963984540054;
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}
