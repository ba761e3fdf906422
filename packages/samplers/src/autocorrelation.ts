import { type AbortSignalLike, type Generator, RbmError } from '@rbm/core';
import {
  type Assignment,
  type Buffer,
  checkArgument,
  checkArguments,
  firstBlockLayers,
  argumentKinds as kinds,
  optional,
  type Program,
  type Sampler,
  throwIfAborted,
} from '@rbm/core/contracts';

/** How long a chain remembers. */
export interface AutocorrelationTime {
  /** Integrated autocorrelation time `1 + 2 Σ_t ρ(t)`, in sweeps: so many sweeps are worth one independent sample. */
  readonly time: number;
  /** Standard error of `time`, `τ √(2 (2 W + 1) / N)` (Madras and Sokal 1988, appendix), if the series saw all there is. */
  readonly standardError: number;
  /** The lag at which the sum was cut. */
  readonly window: number;
  /**
   * Whether each series is at least 50 times as long as `time`: below that the estimate is likely too small. Also false
   * where the sum came out negative.
   */
  readonly reliable: boolean;
}

/** Lags are summed up to this many autocorrelation times. */
const WINDOW = 5;
/** A series shorter than this many autocorrelation times is not to be trusted. */
const TRUST = 50;
/** A series shorter than this says nothing. */
const SHORTEST = 4;

/**
 * The integrated autocorrelation time of parallel series of one quantity, with Sokal's automatic window (Sokal 1997,
 * "Monte Carlo methods in statistical mechanics", §3): the smallest `W` with `W ≥ 5 max(τ(W), 1)`. Autocovariances are
 * averaged over the series, about their common mean, so that chains that sit apart count as slow.
 *
 * @param series `[chains, length]`, row-major.
 * @throws RbmError `ARGUMENT_INVALID` for a series too short to say anything; `NOT_FINITE`.
 */
export function integratedAutocorrelationTime(series: Float64Array, chains: number): AutocorrelationTime {
  const { length, mean, still } = inspect('integratedAutocorrelationTime', series, chains);
  // A quantity that never changes has nothing to forget.
  if (still) return { time: 1, standardError: 0, window: 0, reliable: true };
  const variance = covariance(series, chains, length, mean, 0);
  let time = 1;
  let window = 0;
  // A series that goes to and fro would otherwise be cut while the partial sums still do.
  while (window < length - 1 && window < WINDOW * Math.max(time, 1)) {
    window++;
    time += (2 * covariance(series, chains, length, mean, window)) / variance;
  }
  // No time is negative: if the sum is, the window was too small for so strong an anticorrelation.
  const positive = Math.max(time, 1 / length);
  const standardError = positive * Math.sqrt((2 * (2 * window + 1)) / series.length);
  return { time: positive, standardError, window, reliable: time > 0 && length >= TRUST * time };
}

/**
 * The autocorrelation `ρ(t)` of parallel series of one quantity about their common mean, averaged over the series, for lags
 * from 0 to `lags`: `[lags + 1]`. All 1 for a quantity that never changes.
 *
 * @param series `[chains, length]`, row-major.
 * @throws RbmError `ARGUMENT_INVALID` for a series too short to say anything, or for lags that are no whole number below its
 * length; `NOT_FINITE`.
 */
export function autocorrelation(series: Float64Array, chains: number, lags: number): Float64Array {
  const { length, mean, still } = inspect('autocorrelation', series, chains);
  if (!Number.isSafeInteger(lags) || lags < 0 || lags >= length) {
    throw new RbmError('ARGUMENT_INVALID', `Lags go from 0 to ${length - 1} in series of ${length}, not to ${lags}.`);
  }
  if (still) return new Float64Array(lags + 1).fill(1);
  const variance = covariance(series, chains, length, mean, 0);
  return Float64Array.from({ length: lags + 1 }, (_, lag) => covariance(series, chains, length, mean, lag) / variance);
}

/** A mean of measurements along chains, which are not independent. */
export interface ChainMean {
  readonly mean: number;
  /** Standard error `√(τ s² / N)`: the variance of the N measurements, of which τ are worth one. */
  readonly standardError: number;
  readonly autocorrelation: AutocorrelationTime;
}

/**
 * The mean of parallel series of one quantity, with an error that counts their autocorrelation.
 *
 * @param series `[chains, length]`, row-major: after burn-in.
 * @throws RbmError as `integratedAutocorrelationTime`.
 */
export function chainMean(series: Float64Array, chains: number): ChainMean {
  const { length, mean, still } = inspect('chainMean', series, chains);
  const time = integratedAutocorrelationTime(series, chains);
  const variance = still ? 0 : covariance(series, chains, length, mean, 0);
  return { mean, standardError: Math.sqrt((time.time * variance) / series.length), autocorrelation: time };
}

/** Length and mean of checked series, and whether they never change: their variance would then be rounding, not zero. */
function inspect(
  owner: string,
  series: Float64Array,
  chains: number,
): { length: number; mean: number; still: boolean } {
  checkArgument(owner, 'series', series, kinds.sampleArray);
  const length = series.length / chains;
  checkLength(chains, length);
  const mean = series.reduce((sum, x) => sum + x, 0) / series.length;
  if (!Number.isFinite(mean)) throw new RbmError('NOT_FINITE', 'The series holds a NaN or an infinity.');
  return { length, mean, still: series.every((x) => x === series[0]) };
}

function checkLength(chains: number, length: number): void {
  if (Number.isInteger(length) && length >= SHORTEST) return;
  throw new RbmError(
    'ARGUMENT_INVALID',
    `${chains} series of ${length} numbers: at least ${SHORTEST} each are needed.`,
  );
}

/** The autocovariance at one lag, averaged over series and times. */
function covariance(series: Float64Array, chains: number, length: number, mean: number, lag: number): number {
  let sum = 0;
  for (let c = 0; c < chains; c++) {
    for (let t = c * length; t < (c + 1) * length - lag; t++) {
      sum += ((series[t] as number) - mean) * ((series[t + lag] as number) - mean);
    }
  }
  return sum / (chains * (length - lag));
}

/** What `measureAutocorrelation` takes. */
export interface AutocorrelationOptions {
  readonly program: Program;
  readonly sampler: Sampler;
  readonly random: Generator;
  readonly chains: number;
  /** Sweeps before the measurement. */
  readonly burnIn: number;
  /** Sweeps measured. */
  readonly sweeps: number;
  readonly signal?: AbortSignalLike;
}

/**
 * The integrated autocorrelation time, in sweeps, of the free energy along a sampler's chains.
 *
 * @throws RbmError `ARGUMENT_INVALID` for fewer than 4 sweeps; `ABORTED`; as the sampler's `init` and `step`.
 */
export async function measureAutocorrelation(options: AutocorrelationOptions): Promise<AutocorrelationTime> {
  checkArguments('measureAutocorrelation', options, {
    program: kinds.program,
    sampler: kinds.sampler,
    random: kinds.generator,
    chains: { ...kinds.number, example: '100' },
    burnIn: { ...kinds.number, example: '1000' },
    sweeps: { ...kinds.number, example: '1000' },
    signal: optional(kinds.signal),
  });
  const { program, sampler, random, chains, burnIn, sweeps, signal } = options;
  checkLength(chains, sweeps);
  const { model, backend } = program;
  const kernel = sampler.bind(program);
  const stepOptions = signal ? { signal } : {};
  let state = await kernel.init(random, { chains });
  const inputs = model.layers.map((_, layer) => program.allocate({ holds: 'inputs', layer, rows: chains }));
  const energies = program.allocate({ holds: 'rows', rows: chains });
  const zeros = new Float64Array(chains);
  const series = new Float64Array(chains * sweeps);
  try {
    ({ state } = await kernel.step(state, random, burnIn, stepOptions));
    for (let t = 0; t < sweeps; t++) {
      ({ state } = await kernel.step(state, random, 1, stepOptions));
      backend.write(energies, zeros);
      program.energy(sumOutFirstBlock(program, state.layers, inputs), { rows: energies, scale: 1 });
      const row = await backend.read(energies);
      for (let c = 0; c < chains; c++) series[c * sweeps + t] = row[c] as number;
      throwIfAborted(signal);
    }
  } finally {
    for (const buffer of [energies, ...inputs]) buffer.dispose();
    state.dispose();
  }
  return integratedAutocorrelationTime(series, chains);
}

/** The layers' values, with the first block, an RBM's hidden layer, summed out. */
function sumOutFirstBlock(program: Program, states: readonly Buffer[], inputs: readonly Buffer[]): Assignment {
  const block = firstBlockLayers(program.model);
  for (const layer of block) program.affine(layer, states, inputs[layer] as Buffer);
  return program.model.layers.map((_, l) =>
    block.includes(l) ? { inputs: inputs[l] as Buffer } : { values: states[l] as Buffer },
  );
}
