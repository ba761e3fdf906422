import { type EnergyModel, generator, RbmError, reference } from '@rbm/core';
import type { Backend, ChainSnapshot, Kernel, Program, Sampler, StepOptions, Target } from '@rbm/core/contracts';
import { Branches } from './branches.js';
import { gatherStates, type JointDistribution, jointDistribution, stateIndex } from './joint.js';

/** The largest model whose transition matrix is worked out. */
const MOST_STATES = 64;

/** Options of `transitionMatrix`. */
export interface TransitionOptions {
  /** Sweeps asked of the kernel at once (default: 1). */
  readonly sweeps?: number;
  /** Sweeps that the chain has done before, for a kernel that does other things at other times (default: 0). */
  readonly after?: number;
  /**
   * `joint`: from all layers' values to all layers' values. `visible`: of the visible units alone, the others being distributed as
   * the model has them given the visible ones: `P(v′ | v) = Σ_h P(h | v) T(v, h → v′)` (default: `joint`).
   */
  readonly of?: 'joint' | 'visible';
  /** One that draws through the generator (default: the reference backend). */
  readonly backend?: Backend;
  /** Where the kernel works (default: the model at the live parameters). */
  readonly at?: TransitionTarget;
  /** Called before the outcomes of each state are enumerated. */
  readonly progress?: (state: number) => void;
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
  const { sweeps = 1, after = 0, of = 'joint', backend = reference(), at, progress } = options;
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
    const target = at?.target(program);
    const matrix = await enumerateOutcomes(kernel, {
      probabilities: joint.probabilities,
      start: async (state) => ({ ...(await snapshotAt(kernel, joint, state)), sweeps: after }),
      find: ({ values }) =>
        find(
          model.names.map((name) => values[name] as Float64Array),
          0,
        ),
      sweeps,
      options: target ? { target } : {},
      ...(progress ? { progress } : {}),
    });
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

/** What a matrix of transitions is worked out from. */
export interface Outcomes {
  /** Of each state of a chain. Those of probability 0 are no starting points. */
  readonly probabilities: Float64Array;
  /** One chain in a state. */
  readonly start: (state: number) => Promise<ChainSnapshot>;
  /** The state that a chain is in. */
  readonly find: (snapshot: ChainSnapshot) => number;
  readonly sweeps: number;
  readonly options?: StepOptions;
  /** Called before the outcomes of a state are enumerated. */
  readonly progress?: (state: number) => void;
}

/** Every outcome of a step from every state: `[states, states]`, from row to column. */
export async function enumerateOutcomes(kernel: Kernel, outcomes: Outcomes): Promise<Float64Array> {
  const { probabilities, start, find, sweeps, options = {}, progress } = outcomes;
  const count = probabilities.length;
  const matrix = new Float64Array(count * count);
  for (let from = 0; from < count; from++) {
    progress?.(from);
    const row = matrix.subarray(from * count, (from + 1) * count);
    if (probabilities[from] === 0) {
      // Clamped units would have to move to get here.
      row[from] = 1;
      continue;
    }
    const snapshot = await start(from);
    const branches = new Branches();
    do {
      const { state } = await kernel.step(await kernel.load(snapshot), branches.begin(), sweeps, options);
      try {
        const end = find(await kernel.save(state));
        row[end] = (row[end] as number) + branches.probability;
      } finally {
        state.dispose();
      }
    } while (branches.advance());
  }
  return matrix;
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
