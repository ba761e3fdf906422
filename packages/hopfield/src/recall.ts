import {
  type AbortSignalLike,
  type EnergyModel,
  energy,
  type Generator,
  parameter,
  permutation,
  RbmError,
  type SampleArray,
} from '@rbm/core';
import {
  checkArgument,
  checkArguments,
  isPairwise,
  argumentKinds as kinds,
  type Layer,
  listEntries,
  optional,
  Pacer,
  throwIfAborted,
  toFloat64,
} from '@rbm/core/contracts';

/** What `recall` takes beside the network and the states to start from. */
export interface RecallOptions {
  /** Draws the order of the units, another one in each sweep; in their own order unless given. */
  readonly random?: Generator;
  /** After so many sweeps a row that still changes is given up; 1,000 unless given. */
  readonly sweeps?: number;
  readonly signal?: AbortSignalLike;
  /** Called after each row, with the rows done. */
  readonly progress?: (rows: number) => void;
}

/** Where the rows ended. */
export interface Recall {
  /** `[rows, n]` */
  readonly states: Float64Array;
  /** `[rows]`: the energy of each, in units of k_B T. */
  readonly energies: Float64Array;
  /** `[rows]`: sweeps until nothing changed any more, that last one included. */
  readonly sweeps: Uint32Array;
  /** `[rows]`: 1 for a fixed point, 0 for a row that was given up. */
  readonly converged: Uint8Array;
}

/**
 * Zero-temperature recall (Hopfield 1982): one unit after the other takes the state of lower energy given all others, until
 * none changes. The energy never rises, so that it ends in a local minimum; where both states have the same energy a unit
 * stays as it is.
 *
 * For any model whose one layer is of spin or bernoulli units: Hopfield networks, lattices, graphs.
 *
 * @param start `[rows, n]`
 * @throws RbmError `UNSUPPORTED` for other models; `SHAPE_MISMATCH`; `DATA_INVALID` for values the units cannot take;
 * `ARGUMENT_INVALID`; `ABORTED`.
 */
export async function recall(model: EnergyModel, start: SampleArray, options: RecallOptions = {}): Promise<Recall> {
  checkArgument('recall', 'model', model, kinds.model);
  checkArgument('recall', 'start', start, kinds.sampleArray);
  checkArguments('recall', options, {
    random: optional(kinds.generator),
    sweeps: optional(kinds.number),
    signal: optional(kinds.signal),
    progress: optional(kinds.function),
  });
  const { random, sweeps: most = 1000, signal, progress } = options;
  const network = new Network(model);
  const { n, low } = network;
  if (!Number.isSafeInteger(most) || most < 1) {
    throw new RbmError('ARGUMENT_INVALID', `A positive whole number of sweeps is needed, not ${most}.`);
  }
  const rows = start.length / n;
  if (!Number.isInteger(rows)) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `Rows of ${n} units are needed; ${start.length} numbers are not a whole number of them.`,
    );
  }
  const bad = start.findIndex((x) => x !== low && x !== 1);
  if (bad >= 0) {
    throw new RbmError(
      'DATA_INVALID',
      `Unit ${bad % n} of row ${Math.floor(bad / n)} is ${start[bad]}, not ${low} or 1.`,
    );
  }
  const states = Float64Array.from(start);
  const sweeps = new Uint32Array(rows);
  const converged = new Uint8Array(rows);
  const pacer = new Pacer();
  for (let row = 0; row < rows; row++) {
    network.enter(states.subarray(row * n, (row + 1) * n));
    for (let changed = 1; changed > 0 && (sweeps[row] as number) < most; ) {
      changed = network.sweep(random && permutation(random, n, row * most + (sweeps[row] as number)));
      sweeps[row] = (sweeps[row] as number) + 1;
      if (changed === 0) converged[row] = 1;
      throwIfAborted(signal);
      await pacer.breathe();
    }
    progress?.(row + 1);
  }
  return { states, energies: energy(model, { [model.names[0] as string]: states }), sweeps, converged };
}

/** A network in one state, with the local field of each unit, which a flip changes along the unit's couplings. */
class Network {
  readonly n: number;
  /** The lower state of a unit: −1 or 0. */
  readonly low: number;
  readonly #bias: Float64Array;
  /** Those of unit i stand at `start[i]` up to `start[i + 1]`. */
  readonly #start: Uint32Array;
  readonly #other: Uint32Array;
  readonly #coupling: Float64Array;
  readonly #fields: Float64Array;
  #state: Float64Array = new Float64Array(0);

  constructor(model: EnergyModel) {
    const [layer, ...more] = model.layers as [Layer, ...Layer[]];
    if (more.length > 0 || (layer.kind !== 'spin' && layer.kind !== 'bernoulli')) {
      throw new RbmError(
        'UNSUPPORTED',
        'Recall is for networks of one layer of spin or bernoulli units: those of hopfield, ising and boltzmannMachine. ' +
          'An RBM completes what is missing by sampling: see condition.',
      );
    }
    this.n = layer.units;
    this.low = layer.kind === 'spin' ? -1 : 0;
    this.#bias = parameter(model, `${model.names[0]}.bias`);
    this.#fields = new Float64Array(this.n);
    const pairwise = model.interactions.filter(isPairwise);
    const open = model.interactions.find((interaction) => !isPairwise(interaction));
    if (open) {
      throw new RbmError(
        'UNSUPPORTED',
        `Interaction "${open.name}" is of kind ${open.kind}; recall needs pairs: dense, symmetric or sparse ones.`,
      );
    }
    const lists = pairwise.map((interaction) => ({
      weights: parameter(model, interaction.name),
      entries: listEntries(interaction, model.layers),
    }));
    const start = new Uint32Array(this.n + 1);
    for (const { entries } of lists) {
      for (const ends of [entries.a, entries.b]) for (const i of ends) start[i + 1] = (start[i + 1] as number) + 1;
    }
    for (let i = 0; i < this.n; i++) start[i + 1] = (start[i + 1] as number) + (start[i] as number);
    const next = start.slice();
    this.#other = new Uint32Array(start[this.n] as number);
    this.#coupling = new Float64Array(start[this.n] as number);
    for (const { weights, entries } of lists) {
      for (const [own, far] of [
        [entries.a, entries.b],
        [entries.b, entries.a],
      ] as const) {
        for (let e = 0; e < weights.length; e++) {
          const at = next[own[e] as number] as number;
          next[own[e] as number] = at + 1;
          this.#other[at] = far[e] as number;
          this.#coupling[at] = weights[e] as number;
        }
      }
    }
    this.#start = start;
  }

  /** Goes to a state, which sweeps then change in place. */
  enter(state: Float64Array): void {
    this.#state = state;
    this.#fields.set(this.#bias);
    for (let i = 0; i < this.n; i++) this.#spread(i, state[i] as number);
  }

  /** One update of each unit. @returns How many changed. */
  sweep(order: Uint32Array | undefined): number {
    let changed = 0;
    for (let k = 0; k < this.n; k++) {
      const i = order ? (order[k] as number) : k;
      const field = this.#fields[i] as number;
      const before = this.#state[i] as number;
      const after = field > 0 ? 1 : field < 0 ? this.low : before;
      if (after === before) continue;
      this.#state[i] = after;
      this.#spread(i, after - before);
      changed++;
    }
    return changed;
  }

  /** Adds to the fields what a change of unit i sends. */
  #spread(i: number, change: number): void {
    const end = this.#start[i + 1] as number;
    for (let k = this.#start[i] as number; k < end; k++) {
      const j = this.#other[k] as number;
      this.#fields[j] = (this.#fields[j] as number) + change * (this.#coupling[k] as number);
    }
  }
}

/**
 * How much states have in common with patterns: `m = (1/n) Σ_i s_i ξ_i` with 0 read as −1; 1 for equal, 0 for unrelated,
 * −1 for opposite ones.
 *
 * @param states `[rows, n]`
 * @param patterns `[rows, n]`: one for each state, or a single one for all.
 * @returns `[rows]`
 * @throws RbmError `SHAPE_MISMATCH`.
 */
export function overlap(states: SampleArray, patterns: SampleArray, n: number): Float64Array {
  checkArgument('overlap', 'states', states, kinds.sampleArray);
  checkArgument('overlap', 'patterns', patterns, kinds.sampleArray);
  const rows = states.length / n;
  const single = patterns.length === n;
  if (!Number.isInteger(rows) || !(single || patterns.length === states.length)) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${states.length} and ${patterns.length} numbers are not states of ${n} units with a pattern each, or one for all.`,
    );
  }
  const [s, xi] = [toFloat64(states), toFloat64(patterns)];
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const same = (s[row * n + i] as number) > 0 === (xi[(single ? 0 : row * n) + i] as number) > 0;
      sum += same ? 1 : -1;
    }
    return sum / n;
  });
}
