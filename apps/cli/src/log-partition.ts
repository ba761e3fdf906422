import { type EnergyModel, enumerate, generator, permutation, type Samples, statesToEnumerate } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import {
  annealedImportanceSampling,
  baseRates,
  bennettAcceptanceRatio,
  type DrawnSamples,
  gibbs,
  sample,
  type Verdict,
} from '@rbm/samplers';
import {
  annealingNeed,
  checkMemory,
  count,
  type MemoryLimits,
  type MemoryNeed,
  memoryLimits,
  temperingNeed,
} from './memory-need.js';
import { parseLadder, rungsOf } from './phase-options.js';
import { Progress } from './progress.js';
import { UsageError } from './usage-error.js';

/** The options of `rbm eval` that find `log Z`. */
export interface PartitionArguments {
  method: 'auto' | 'exact' | 'ais' | 'bennett';
  'ais-chains'?: number;
  'ais-temperatures'?: number;
  ladder?: string;
  chains?: number;
  'burn-in'?: number;
  sweeps?: number;
  seed: number;
}

/** As yargs takes them. */
export const partitionOptions = {
  method: {
    choices: ['auto', 'exact', 'bennett', 'ais'],
    default: 'auto',
    describe:
      'How log Z is found: by enumeration, by Bennett’s acceptance ratio along a ladder of temperatures, or by annealed importance sampling (default: enumeration where it is possible, else bennett)',
  },
  ladder: {
    type: 'string',
    describe: 'bennett: rungs, or inverse temperatures like 0:0.5:0.8:1 (default: 24 rungs, tuned)',
  },
  chains: { type: 'number', describe: 'bennett: ladders (default: 60)' },
  'burn-in': { type: 'number', describe: 'bennett: sweeps before anything is measured (default: 500)' },
  sweeps: { type: 'number', describe: 'bennett: sweeps measured (default: 1000)' },
  'ais-chains': { type: 'number', describe: 'ais: annealing chains (default: 100)' },
  'ais-temperatures': { type: 'number', describe: 'ais: annealing steps (default: 1000)' },
} as const;

/** Up to so many states, `--method auto` enumerates. */
const AUTO_LIMIT = 2 ** 16;
/** Up to so many, `--method exact` does. */
const EXACT_LIMIT = 2 ** 24;
/** Sizes that are not given. */
const DEFAULTS = { chains: 60, sweeps: 1000, annealingChains: 100 } as const;
/** Samples kept along the chains: equilibrium samples for other judgements. */
const KEPT = 3000;

/** `log Z` in nats and how far it can be trusted. */
export interface LogPartition {
  readonly value: number;
  readonly method: 'exact' | 'ais' | 'bennett';
  /** 0 when exact. */
  readonly standardError: number;
  /** 95 % interval: both ends are `value` when exact; the upper end is `null` for annealing, which does not see modes it missed. */
  readonly interval: readonly [low: number, high: number | null];
  readonly verdict: Verdict;
  /** What speaks against it, and what to do. */
  readonly reasons: readonly string[];
  /** Of the annealing weights; `null` for other methods. */
  readonly effectiveSampleSize: number | null;
  /** Of `bennett` only. */
  readonly ladder?: {
    readonly rungs: number;
    readonly chains: number;
    readonly sweeps: number;
    readonly roundTrips: number;
    readonly lowestSwapAcceptance: number;
    readonly highestSwapAcceptance: number;
  };
}

/** `log Z`, and samples of the model where the method has some. */
export interface FoundPartition {
  readonly logPartition: LogPartition;
  readonly samples?: DrawnSamples;
  /** Chains that took turns in giving the samples: of these the first half started at data, if `startedAtData`. */
  readonly chains?: number;
  readonly startedAtData?: boolean;
}

/**
 * Finds `log Z` by the method that the options name.
 *
 * @param base Where paths of temperatures begin (default: the rates of `train`).
 */
export async function findLogPartition(
  backend: Backend,
  model: EnergyModel,
  train: Samples,
  args: PartitionArguments,
  signal: AbortSignal,
  base: Float64Array = baseRates(model, train),
): Promise<FoundPartition> {
  const method = methodFor(model, args.method);
  if (method === 'exact') return byEnumeration(model, signal);
  const program = await backend.prepare(model);
  const progress = new Progress(method === 'ais' ? 'Annealing' : 'Tempering');
  try {
    const common = { program, base, random: generator(args.seed), signal, train };
    return method === 'ais' ? await byAnnealing(common, args, progress) : await byTempering(common, args, progress);
  } finally {
    progress.done();
    program.dispose();
  }
}

function methodFor(model: EnergyModel, method: PartitionArguments['method']): LogPartition['method'] {
  if (method !== 'auto') return method;
  return statesToEnumerate(model) <= AUTO_LIMIT ? 'exact' : 'bennett';
}

/**
 * Refuses options of another method than the one that was asked for. With `auto` the model decides, and options may stand ready
 * for either.
 *
 * @throws UsageError
 */
export function checkPartitionOptions(args: PartitionArguments): void {
  const { method } = args;
  if (method === 'auto') return;
  const owners = { 'ais-chains': 'ais', 'ais-temperatures': 'ais' } as const;
  const ofBennett = ['ladder', 'chains', 'burn-in', 'sweeps'] as const;
  const given = [
    ...Object.entries(owners),
    ...ofBennett.map((name) => [name, 'bennett'] as const),
  ] as readonly (readonly [keyof PartitionArguments, string])[];
  for (const [name, owner] of given) {
    if (args[name] === undefined || owner === method) continue;
    throw new UsageError(`--${name} is for --method ${owner}, not ${method}.`);
  }
}

/** Chains that Bennett's ratio needs at least, and sweeps. */
const LEAST: { readonly chains: number; readonly sweeps: number } = { chains: 8, sweeps: 4 };

/**
 * Checks before any work that the chains behind `log Z` fit into memory: first the rungs, then the sweeps, then the chains, so that
 * the number that is too large is the one that is named.
 *
 * @throws RbmError `SIZE_LIMIT` with the bytes needed and what would fit
 */
export function checkPartitionMemory(
  model: EnergyModel,
  args: PartitionArguments & { readonly backend: string },
  limits: MemoryLimits = memoryLimits(args.backend),
): void {
  const { backend } = args;
  switch (methodFor(model, args.method)) {
    case 'exact':
      return;
    case 'ais': {
      const chains = args['ais-chains'] ?? DEFAULTS.annealingChains;
      const needOf = (size: number): MemoryNeed => annealingNeed(model, size, backend);
      const what = `Annealing ${count(chains)} chains`;
      checkMemory({ what, size: chains, unit: 'chains (--ais-chains)', needOf }, limits);
      return;
    }
    case 'bennett': {
      const { chains = DEFAULTS.chains, sweeps = DEFAULTS.sweeps } = args;
      const rungs = rungsOf(parseLadder(args.ladder));
      const shape = { ...LEAST, rungs };
      const needOf = (given: Partial<typeof shape>): MemoryNeed =>
        temperingNeed(model, { ...shape, ...given }, backend);
      const request = (size: number, unit: string, need: (size: number) => MemoryNeed, what: string): void =>
        checkMemory({ what, size, unit, needOf: need }, limits);
      request(rungs, 'rungs (--ladder)', (size) => needOf({ rungs: size }), `Tempering over ${count(rungs)} rungs`);
      request(
        sweeps,
        'sweeps (--sweeps)',
        (size) => needOf({ sweeps: size }),
        `Measuring ${count(sweeps)} sweeps of ${count(rungs)} rungs`,
      );
      request(
        chains,
        'ladders (--chains)',
        (size) => needOf({ chains: size, sweeps }),
        `Tempering ${count(chains)} ladders of ${count(rungs)} rungs for ${count(sweeps)} sweeps`,
      );
    }
  }
}

interface Common {
  readonly program: Parameters<typeof annealedImportanceSampling>[0]['program'];
  readonly base: Float64Array;
  readonly random: ReturnType<typeof generator>;
  readonly signal: AbortSignal;
  readonly train: Samples;
}

async function byEnumeration(model: EnergyModel, signal: AbortSignal): Promise<FoundPartition> {
  const progress = new Progress('Enumerating');
  try {
    const limit = EXACT_LIMIT;
    const { logPartition: value } = await enumerate(model, {
      limit,
      signal,
      progress: (part) => progress.update(part),
    });
    const exact = { standardError: 0, interval: [value, value] as const, verdict: 'trusted' as const, reasons: [] };
    return { logPartition: { value, method: 'exact', ...exact, effectiveSampleSize: null } };
  } finally {
    progress.done();
  }
}

async function byAnnealing(
  { train: _, ...common }: Common,
  args: PartitionArguments,
  progress: Progress,
): Promise<FoundPartition> {
  const { 'ais-chains': chains = DEFAULTS.annealingChains, 'ais-temperatures': temperatures = 1000 } = args;
  const estimate = await annealedImportanceSampling({
    ...common,
    chains,
    temperatures,
    progress: (done) => progress.update(done / temperatures),
  });
  const { logPartition: value, standardError, effectiveSampleSize } = estimate;
  return {
    logPartition: {
      value,
      method: 'ais',
      standardError,
      interval: [value - 1.96 * standardError, null],
      verdict: 'cannot tell',
      reasons: ['annealing weights do not see modes that no chain met: log Z may be larger. Use --method bennett'],
      effectiveSampleSize,
    },
  };
}

async function byTempering(
  { train, ...common }: Common,
  args: PartitionArguments,
  progress: Progress,
): Promise<FoundPartition> {
  const { chains = DEFAULTS.chains, 'burn-in': burnIn = 500, sweeps = DEFAULTS.sweeps } = args;
  const ladder = parseLadder(args.ladder);
  const start = await halfAtData(common, train, chains);
  const estimate = await bennettAcceptanceRatio({
    ...common,
    ...(ladder === undefined ? {} : { ladder }),
    ...(start ? { start } : {}),
    chains,
    burnIn,
    sweeps,
    keep: KEPT,
    progress: (done) => progress.update(done / (burnIn + sweeps)),
  });
  const { logPartition: value, standardError, interval, verdict, reasons, acceptance, roundTrips } = estimate;
  const rates = Array.from(acceptance);
  return {
    samples: estimate.samples,
    chains,
    startedAtData: start !== undefined,
    logPartition: {
      value,
      method: 'bennett',
      standardError,
      interval,
      verdict,
      reasons,
      effectiveSampleSize: null,
      ladder: {
        rungs: estimate.ladder.length,
        chains,
        sweeps: estimate.sweeps,
        roundTrips,
        lowestSwapAcceptance: Math.min(...rates),
        highestSwapAcceptance: Math.max(...rates),
      },
    },
  };
}

/**
 * Where tempered chains start: the first half at samples of the data, the others at samples of the visible units alone. What the halves
 * do not agree about is not at equilibrium. Nothing for data that are no states, or for several visible layers.
 */
async function halfAtData(
  { program, random }: Pick<Common, 'program' | 'random'>,
  { values, count, width }: Samples,
  chains: number,
): Promise<Record<string, Float64Array> | undefined> {
  const { model, backend } = program;
  const [layer = 0] = model.visible;
  const half = Math.floor(chains / 2);
  const order = permutation(random.fork('start at data'), count, 0);
  const started = new Float64Array(chains * width);
  for (let c = 0; c < half; c++) {
    const row = (order[c % count] as number) * width;
    started.set(values.subarray(row, row + width), c * width);
  }
  const visible = model.layers[layer] as (typeof model.layers)[number];
  if (model.visible.length > 1 || visible.findInvalid(started, 'states') >= 0) return undefined;
  const sampler = gibbs();
  const alone = await sample({
    model,
    backend,
    sampler,
    random: random.fork('start'),
    count: chains - half,
    burnIn: 0,
  });
  started.set(alone.values, half * width);
  return { [model.names[layer] as string]: started };
}
