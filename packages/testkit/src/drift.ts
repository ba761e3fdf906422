import { type EnergyModel, type Generator, RbmError } from '@rbm/core';
import {
  type Backend,
  type ChainState,
  joinedLayers,
  type Program,
  rowLength,
  type Sampler,
} from '@rbm/core/contracts';
import { gatherStates, type JointDistribution, jointDistribution, stateIndex } from './joint.js';
import { totalVariation, totalVariationNoise } from './total-variation.js';

/** The largest model whose joint distribution is enumerated. */
const MOST_STATES = 4096;

/** How many standard deviations of noise are allowed. */
const THRESHOLD = 5;

/** What `noDrift` takes. */
export interface DriftOptions {
  readonly sampler: Sampler;
  /** At most 4,096 joint states. */
  readonly model: EnergyModel;
  readonly backend: Backend;
  readonly random: Generator;
  /** Independent chains: the more, the smaller the error that is found. */
  readonly chains: number;
  /** When to look, in sweeps from the start, ascending (default: 1, 4 and 16). */
  readonly sweeps?: readonly number[];
}

/** What the chains looked like after some sweeps. */
export interface DriftCheck {
  readonly sweeps: number;
  /** Between the histogram of the visible states and their exact distribution. */
  readonly totalVariation: number;
  /** What sampling noise alone makes of it: mean and standard deviation. */
  readonly expectedTotalVariation: { readonly mean: number; readonly standardDeviation: number };
  /** The largest deviation of a mean, in its exact standard deviations, and which mean that was. */
  readonly largestZ: { readonly value: number; readonly observable: string };
  /** The fraction of chains that are no longer where they started. */
  readonly moves: number;
}

/** The outcome of `noDrift`: passed if `failures` is empty. */
export interface DriftReport {
  readonly checks: readonly DriftCheck[];
  /** One sentence for each thing that a kernel which leaves the distribution invariant would not do. */
  readonly failures: readonly string[];
}

/**
 * Starts independent chains exactly from the model's distribution and looks whether they leave it: the total variation
 * of the visible states, and the means of all units and of all products of units that interact, each within 5 standard
 * deviations of its noise. Tells a wrong kernel from a slow one. A kernel that does nothing would pass, so chains must
 * also move.
 *
 * @throws RbmError `SIZE_LIMIT` for a model too large to enumerate; `ARGUMENT_INVALID`; as the sampler.
 */
export async function noDrift(options: DriftOptions): Promise<DriftReport> {
  const { sampler, model, backend, random, chains, sweeps = [1, 4, 16] } = options;
  checkSweeps(sweeps);
  const joint = jointDistribution(model, MOST_STATES);
  const starts = drawStates(joint, chains, random.fork('exact start'));
  const judge = createJudge(joint, starts);
  const program = await backend.prepare(model);
  try {
    const kernel = sampler.bind(program);
    let state = await kernel.init(random, { chains, values: gatherStates(joint, starts) });
    try {
      const checks: DriftCheck[] = [];
      let done = 0;
      for (const target of sweeps) {
        ({ state } = await kernel.step(state, random, target - done));
        done = target;
        checks.push(judge(target, await readStates(program, state, joint)));
      }
      return { checks, failures: checks.flatMap(describeFailures) };
    } finally {
      state.dispose();
    }
  } finally {
    program.dispose();
  }
}

function checkSweeps(sweeps: readonly number[]): void {
  const valid = sweeps.every((s, n) => Number.isSafeInteger(s) && s > (n === 0 ? 0 : (sweeps[n - 1] as number)));
  if (!valid || sweeps.length === 0) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `Positive, ascending numbers of sweeps are needed, not ${sweeps.join(', ')}.`,
    );
  }
}

/** Independent joint states, by their numbers. */
function drawStates(joint: JointDistribution, chains: number, random: Generator): Uint32Array {
  if (!Number.isSafeInteger(chains) || chains < 1) {
    throw new RbmError('ARGUMENT_INVALID', `A positive whole number of chains is needed, not ${chains}.`);
  }
  const { probabilities, count } = joint;
  return Uint32Array.from({ length: chains }, (_, chain) =>
    random.categorical(probabilities, 0, count, chain, 0, 0, 0),
  );
}

async function readStates(program: Program, state: ChainState, joint: JointDistribution): Promise<Uint32Array> {
  const values: Float64Array[] = [];
  for (const buffer of state.layers) values.push(await program.backend.read(buffer));
  const find = stateIndex(joint);
  return Uint32Array.from({ length: state.chains }, (_, row) => find(values, row));
}

type Judge = (sweeps: number, states: Uint32Array) => DriftCheck;

function createJudge(joint: JointDistribution, starts: Uint32Array): Judge {
  const chains = starts.length;
  const marginal = visibleHistogram(joint, joint.probabilities);
  const expectedTotalVariation = totalVariationNoise(marginal, chains);
  const observables = listObservables(joint);
  return (sweeps, states) => {
    const frequencies = new Float64Array(joint.count);
    for (const state of states) frequencies[state] = (frequencies[state] as number) + 1;
    for (let n = 0; n < frequencies.length; n++) frequencies[n] = (frequencies[n] as number) / chains;
    return {
      sweeps,
      totalVariation: totalVariation(visibleHistogram(joint, frequencies), marginal),
      expectedTotalVariation,
      largestZ: findLargestZ(observables, joint.probabilities, frequencies, chains),
      moves: states.reduce((moved, state, n) => (state === starts[n] ? moved : moved + 1), 0) / chains,
    };
  };
}

function visibleHistogram({ visible, visibleCount }: JointDistribution, weights: Float64Array): Float64Array {
  const histogram = new Float64Array(visibleCount);
  weights.forEach((weight, state) => {
    const v = visible[state] as number;
    histogram[v] = (histogram[v] as number) + weight;
  });
  return histogram;
}

/** A function of the joint state, with a name for messages. */
interface Observable {
  readonly name: string;
  /** `[joint states]` */
  readonly values: Float64Array;
}

/** All units, and all products of two that interact: an RBM's sufficient statistics. */
function listObservables(joint: JointDistribution): Observable[] {
  const { model, count, values } = joint;
  const units = model.layers.map((layer, l) =>
    Array.from({ length: rowLength(layer) }, (_, i): Observable => {
      const column = Float64Array.from(
        { length: count },
        (_, row) => values[l]?.[row * rowLength(layer) + i] as number,
      );
      return { name: `${model.names[l]}[${i}]`, values: column };
    }),
  );
  const products = model.interactions.flatMap(joinedLayers).flatMap(([a, b]) =>
    (units[a] as Observable[]).flatMap((x) =>
      (units[b] as Observable[]).map(
        (y): Observable => ({
          name: `${x.name} ${y.name}`,
          values: x.values.map((value, row) => value * (y.values[row] as number)),
        }),
      ),
    ),
  );
  return [...units.flat(), ...products];
}

function findLargestZ(
  observables: readonly Observable[],
  probabilities: Float64Array,
  frequencies: Float64Array,
  chains: number,
): DriftCheck['largestZ'] {
  let largest = { value: 0, observable: 'none' };
  for (const { name, values } of observables) {
    const mean = average(values, probabilities);
    const variance = average(
      values.map((x) => (x - mean) ** 2),
      probabilities,
    );
    const difference = Math.abs(average(values, frequencies) - mean);
    // A unit that never changes has no noise to hide behind, but its sums still round.
    const z = difference < 1e-12 ? 0 : difference / Math.sqrt(variance / chains);
    if (z > largest.value) largest = { value: z, observable: name };
  }
  return largest;
}

function average(values: Float64Array, weights: Float64Array): number {
  return values.reduce((sum, x, n) => sum + x * (weights[n] as number), 0);
}

function describeFailures(check: DriftCheck): string[] {
  const { sweeps, totalVariation: distance, expectedTotalVariation: noise, largestZ, moves } = check;
  const after = `After ${sweeps} sweep${sweeps === 1 ? '' : 's'}`;
  const failures: string[] = [];
  if (!(distance <= noise.mean + THRESHOLD * noise.standardDeviation)) {
    failures.push(
      `${after} the visible states are ${distance.toPrecision(3)} from the model's distribution in total variation, ` +
        `where noise gives ${noise.mean.toPrecision(3)} ± ${noise.standardDeviation.toPrecision(2)}.`,
    );
  }
  if (!(largestZ.value < THRESHOLD)) {
    failures.push(
      `${after} the mean of ${largestZ.observable} is ${largestZ.value.toFixed(1)} standard deviations off.`,
    );
  }
  if (moves === 0) failures.push(`${after} no chain has moved.`);
  return failures;
}
