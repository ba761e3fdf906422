import type { Buffer, Program } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import type { ChainSnapshot, ChainState, Position } from '../contracts/sampler.js';
import { type Layer, rowLength } from '../layers/layer.js';
import { layerIndex } from '../models/model.js';
import { toFloat64 } from '../numbers/arrays.js';
import type { Generator } from '../random/generator.js';

/**
 * Chains that remember nothing but their values and a count of sweeps: all the state that most kernels need. A kernel
 * starts its step with `take`, so that a state is used once.
 */
export class Chains implements ChainState {
  readonly layers: readonly Buffer[];
  readonly chains: number;
  readonly sweeps: number;
  /** Buffers that the kernel works in: released with the chains. */
  readonly room: readonly Buffer[];
  #consumed = false;

  constructor(layers: readonly Buffer[], chains: number, sweeps: number, room: readonly Buffer[] = []) {
    this.layers = layers;
    this.chains = chains;
    this.sweeps = sweeps;
    this.room = room;
  }

  /**
   * Takes the state over: its buffers now belong to the caller.
   *
   * @throws RbmError `STATE_CONSUMED` if that has been done before, or the state was released.
   */
  take(): this {
    this.#checkLive();
    this.#consumed = true;
    return this;
  }

  /** The chains after more sweeps, in the same buffers. */
  advanced(sweeps: number, room: readonly Buffer[] = this.room): Chains {
    return new Chains(this.layers, this.chains, this.sweeps + sweeps, room);
  }

  dispose(): void {
    if (this.#consumed) return;
    this.#consumed = true;
    for (const buffer of [...this.layers, ...this.room]) buffer.dispose();
  }

  /**
   * The chains as plain data.
   *
   * @throws RbmError `STATE_CONSUMED`.
   */
  async save(program: Program): Promise<ChainSnapshot> {
    this.#checkLive();
    const values = await Promise.all(this.layers.map((buffer) => program.backend.read(buffer)));
    const { names } = program.model;
    return {
      chains: this.chains,
      sweeps: this.sweeps,
      values: Object.fromEntries(names.map((name, l) => [name, values[l] as Float64Array])),
    };
  }

  #checkLive(): void {
    if (!this.#consumed) return;
    throw new RbmError(
      'STATE_CONSUMED',
      'This chain state was given to a step before or released. Go on with the state that the step returned.',
    );
  }
}

/**
 * Chains at a position. Layers that the position leaves out are sampled without input, from `random.fork('start')`.
 *
 * @throws RbmError `ARGUMENT_INVALID`, `SHAPE_MISMATCH` or `DATA_INVALID` for a position that does not fit the model.
 */
export function startChains(program: Program, random: Generator, position: Position): Chains {
  const { chains, values = {} } = position;
  if (!Number.isSafeInteger(chains) || chains < 1) {
    throw new RbmError('ARGUMENT_INVALID', `A positive whole number of chains is needed, not ${chains}.`);
  }
  const { model, backend } = program;
  for (const [name, given] of Object.entries(values))
    checkValues(model.layers[layerIndex(model, name)] as Layer, name, given, chains);
  const site = { random: random.fork('start'), step: 0 };
  const layers = model.layers.map((_, layer) => {
    const states = program.allocate({ holds: 'states', layer, rows: chains });
    const given = values[model.names[layer] as string];
    if (given) {
      backend.write(states, toFloat64(given));
    } else {
      const silence = program.allocate({ holds: 'inputs', layer, rows: chains });
      program.sample(layer, silence, states, site);
      silence.dispose();
    }
    return states;
  });
  return new Chains(layers, chains, 0);
}

function checkValues(layer: Layer, name: string, given: ArrayLike<number>, chains: number): void {
  if (given.length !== chains * rowLength(layer)) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${chains} chains of layer "${name}" need ${chains * rowLength(layer)} values, not ${given.length}.`,
    );
  }
  const invalid = layer.findInvalid(given, 'states');
  if (invalid < 0) return;
  const [row, number] = [Math.floor(invalid / rowLength(layer)), invalid % rowLength(layer)];
  throw new RbmError(
    'DATA_INVALID',
    `Chain ${row} starts layer "${name}" with ${given[invalid]} at position ${number}, which a ${layer.kind} unit cannot be.`,
  );
}

/** The chains that were saved. @throws as `startChains`. */
export function loadChains(program: Program, snapshot: ChainSnapshot): Chains {
  const { model, backend } = program;
  const layers = model.layers.map((layer, l) => {
    const name = model.names[l] as string;
    const values = snapshot.values[name];
    if (!values) throw new RbmError('ARGUMENT_INVALID', `The snapshot has no values for layer "${name}" of the model.`);
    checkValues(layer, name, values, snapshot.chains);
    return values;
  });
  const buffers = layers.map((values, layer) => {
    const states = program.allocate({ holds: 'states', layer, rows: snapshot.chains });
    backend.write(states, values);
    return states;
  });
  return new Chains(buffers, snapshot.chains, snapshot.sweeps);
}
