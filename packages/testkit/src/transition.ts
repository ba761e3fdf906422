import { type EnergyModel, generator, RbmError, reference } from '@rbm/core';
import type { Backend, ChainSnapshot, Kernel, Program, Sampler, Target } from '@rbm/core/contracts';
import { Branches } from './branches.js';
import { gatherStates, type JointDistribution, jointDistribution, stateIndex } from './joint.js';

/** The largest model whose transition matrix is worked out. */
const MOST_STATES = 64;

/** Options of `transitionMatrix`. */
export interface TransitionOptions {
  /** Sweeps asked of the kernel at once (default: 1). */
  readonly sweeps?: number;
  /**
   * `joint`: from all layers' values to all layers' values. `visible`: of the visible units alone, the others being distributed as
   * the model has them given the visible ones: `P(v′ | v) = Σ_h P(h | v) T(v, h → v′)` (default: `joint`).
   */
  readonly of?: 'joint' | 'visible';
  /** One that draws through the generator (default: the reference backend). */
  readonly backend?: Backend;
  /** Where the kernel works (default: the model at the live parameters). */
  readonly at?: TransitionTarget;
}

/** A target with its exact distribution. */
export interface TransitionTarget {
  /** Makes the target on a program; its buffers go with the backend. */
  readonly target: (program: Program) => Target;
  /**
   * The probability of each joint state, whose values are given by layer: not normalised. States of probability 0 are no
   * starting points.
   */
  readonly weight: (values: Readonly<Record<string, Float64Array>>) => number;
}

/** What a kernel does to a small discrete model, without any noise. */
export interface TransitionMatrix {
  readonly count: number;
  /** `[count, count]`, row-major: from row to column. Rows sum to 1. */
  readonly matrix: Float64Array;
  /** `[count]`: the exact distribution of the model, which the kernel should leave alone. */
  readonly stationary: Float64Array;
  /**
   * The states by layer name, `[count, units · width]`: of all layers, or of the visible ones. Joint states count with
   * the first unit of the first layer fastest.
   */
  readonly states: Readonly<Record<string, Float64Array>>;
}

/**
 * The transition matrix of a sampler's kernel: from each state, every outcome of a step with its probability, found by
 * a generator that enumerates the draws.
 *
 * @throws RbmError `SIZE_LIMIT` for more than 64 joint states; `UNSUPPORTED` for a backend that makes its own random
 * numbers or a kernel that draws from a continuum; `DATA_INVALID` if the kernel draws twice from one address.
 */
export async function transitionMatrix(
  sampler: Sampler,
  model: EnergyModel,
  options: TransitionOptions = {},
): Promise<TransitionMatrix> {
  const { sweeps = 1, of = 'joint', backend = reference(), at } = options;
  if (backend.capabilities.random !== 'generator') {
    throw new RbmError(
      'UNSUPPORTED',
      `Backend "${backend.name}" makes random numbers from a key, so its draws cannot be enumerated. Use reference().`,
    );
  }
  const own = jointDistribution(model, MOST_STATES);
  const joint = at ? { ...own, probabilities: weigh(own, at) } : own;
  const program = await backend.prepare(model);
  try {
    const kernel = sampler.bind(program);
    const find = stateIndex(joint);
    const matrix = new Float64Array(joint.count ** 2);
    const target = at?.target(program);
    for (let start = 0; start < joint.count; start++) {
      const row = matrix.subarray(start * joint.count, (start + 1) * joint.count);
      if (joint.probabilities[start] === 0) {
        // Clamped units would have to move to get here.
        row[start] = 1;
        continue;
      }
      const snapshot = await snapshotAt(kernel, joint, start);
      await addOutcomes(kernel, snapshot, sweeps, target, model, find, row);
    }
    return of === 'visible' ? collapse(joint, matrix) : whole(joint, matrix);
  } finally {
    program.dispose();
  }
}

/** The exact distribution at a target. */
function weigh(joint: JointDistribution, { weight }: TransitionTarget): Float64Array {
  const weights = Float64Array.from({ length: joint.count }, (_, state) => weight(gatherStates(joint, [state])));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

/** Through `init` and `save`, so that what else a kernel remembers is there too. */
async function snapshotAt(kernel: Kernel, joint: JointDistribution, start: number): Promise<ChainSnapshot> {
  const state = await kernel.init(generator(0), { chains: 1, values: gatherStates(joint, [start]) });
  try {
    return await kernel.save(state);
  } finally {
    state.dispose();
  }
}

async function addOutcomes(
  kernel: Kernel,
  snapshot: ChainSnapshot,
  sweeps: number,
  target: Target | undefined,
  model: EnergyModel,
  find: ReturnType<typeof stateIndex>,
  row: Float64Array,
): Promise<void> {
  const branches = new Branches();
  do {
    const { state } = await kernel.step(
      await kernel.load(snapshot),
      branches.begin(),
      sweeps,
      target ? { target } : {},
    );
    try {
      const { values } = await kernel.save(state);
      const layers = model.names.map((name) => values[name] as Float64Array);
      const end = find(layers, 0);
      row[end] = (row[end] as number) + branches.probability;
    } finally {
      state.dispose();
    }
  } while (branches.advance());
}

function whole(joint: JointDistribution, matrix: Float64Array): TransitionMatrix {
  const { model, count, values, probabilities } = joint;
  const states = Object.fromEntries(model.names.map((name, l) => [name, values[l] as Float64Array]));
  return { count, matrix, stationary: probabilities, states };
}

function collapse(joint: JointDistribution, matrix: Float64Array): TransitionMatrix {
  const { model, visible, visibleCount: count, probabilities } = joint;
  const stationary = new Float64Array(count);
  const collapsed = new Float64Array(count ** 2);
  const representatives = new Uint32Array(count);
  for (let from = 0; from < joint.count; from++) {
    const v = visible[from] as number;
    representatives[v] = from;
    stationary[v] = (stationary[v] as number) + (probabilities[from] as number);
    for (let to = 0; to < joint.count; to++) {
      const at = v * count + (visible[to] as number);
      const flow = (probabilities[from] as number) * (matrix[from * joint.count + to] as number);
      collapsed[at] = (collapsed[at] as number) + flow;
    }
  }
  for (let at = 0; at < collapsed.length; at++) {
    collapsed[at] = (collapsed[at] as number) / (stationary[Math.floor(at / count)] as number);
  }
  const all = gatherStates(joint, representatives);
  const names = model.visible.map((l) => model.names[l] as string);
  const states = Object.fromEntries(names.map((name) => [name, all[name] as Float64Array]));
  return { count, matrix: collapsed, stationary, states };
}

/** `max_j |(p T)_j − p_j|`: rounding alone for a kernel that leaves the distribution invariant. */
export function stationaryError({ matrix, stationary, count }: TransitionMatrix): number {
  let largest = 0;
  for (let to = 0; to < count; to++) {
    let arriving = 0;
    for (let from = 0; from < count; from++) {
      arriving += (stationary[from] as number) * (matrix[from * count + to] as number);
    }
    largest = Math.max(largest, Math.abs(arriving - (stationary[to] as number)));
  }
  return largest;
}

/** `max_ij |p_i T_ij − p_j T_ji|`: rounding alone for a reversible kernel. */
export function detailedBalanceError({ matrix, stationary, count }: TransitionMatrix): number {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const forth = (stationary[i] as number) * (matrix[i * count + j] as number);
      const back = (stationary[j] as number) * (matrix[j * count + i] as number);
      largest = Math.max(largest, Math.abs(forth - back));
    }
  }
  return largest;
}

/** Whether every state can be reached from every other in some number of steps. */
export function isIrreducible({ matrix, count }: TransitionMatrix): boolean {
  const forth = (from: number, to: number): boolean => (matrix[from * count + to] as number) > 0;
  // From one state everywhere, and from everywhere to that state.
  return reachable(count, forth) === count && reachable(count, (from, to) => forth(to, from)) === count;
}

/** How many states can be reached from state 0, itself included. */
function reachable(count: number, connects: (from: number, to: number) => boolean): number {
  const reached = new Set([0]);
  // A set's iteration visits what is added meanwhile.
  for (const from of reached) {
    for (let to = 0; to < count; to++) {
      if (connects(from, to)) reached.add(to);
    }
  }
  return reached.size;
}
