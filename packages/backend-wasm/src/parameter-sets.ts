import type { EnergyModel } from '@rbm/core';
import type { WasmBuffer } from './buffer.js';
import type { Engine, Run } from './engine.js';
import type { Graph } from './graph.js';
import { INTERPOLATE, TRANSPOSE_WEIGHTS } from './opcodes.js';
import type { ParameterLayout } from './parameter-layout.js';
import type { Workspace } from './workspace.js';

/** Parameters that operations can work at: where they lie, and what follows from them. Addresses. */
export interface ParameterSet {
  readonly parameters: number;
  /** The transposed weights of each interaction, if it is dense. */
  readonly transposed: readonly number[];
  /** The weights of the graph's neighbours, if there is a graph. */
  readonly neighbourWeights: number;
}

/** The sets of parameters of a program: the live ones, other buffers, and one in between two of them. */
export class ParameterSets {
  readonly live: ParameterSet;
  readonly #live: WasmBuffer;
  readonly #model: EnergyModel;
  readonly #layout: ParameterLayout;
  readonly #graph: Graph | undefined;
  readonly #engine: Engine;
  readonly #workspace: Workspace;
  readonly #run: Run;
  /** Of which version of a buffer its derived memory was made. */
  readonly #versions: WeakMap<WasmBuffer, number> = new WeakMap();
  #between: readonly unknown[] = [];

  /** @param live Has memory for `derivedBytes` after its parameters. */
  constructor(
    model: EnergyModel,
    layout: ParameterLayout,
    graph: Graph | undefined,
    engine: Engine,
    workspace: Workspace,
    run: Run,
    live: WasmBuffer,
  ) {
    this.#model = model;
    this.#layout = layout;
    this.#graph = graph;
    this.#engine = engine;
    this.#workspace = workspace;
    this.#run = run;
    this.#live = live;
    this.live = this.#setAt(live.address, live.address + layout.bytes);
  }

  /** Brings what follows from the live parameters up to date, after a command that changes them was enqueued. */
  refreshLive(): void {
    this.#live.changed();
    this.#derive(this.live);
  }

  /** The set of a buffer of parameters, brought up to date if its content has changed. */
  of(buffer: WasmBuffer): ParameterSet {
    if (buffer === this.#live) return this.live;
    buffer.derived ??= this.#engine.heap.allocate(derivedBytes(this.#layout, this.#graph));
    const set = this.#setAt(buffer.address, buffer.derived.address);
    if (this.#versions.get(buffer) !== buffer.version) {
      this.#versions.set(buffer, buffer.version);
      this.#derive(set);
    }
    return set;
  }

  /** `(1 − β) base + β parameters` with all that follows: one product then serves where two would be needed. */
  between(base: WasmBuffer, parameters: WasmBuffer, beta: number): ParameterSet {
    const { bytes } = this.#layout;
    const address = this.#workspace.take('parameters in between', bytes + derivedBytes(this.#layout, this.#graph));
    const set = this.#setAt(address, address + bytes);
    const made = [address, base, base.version, parameters, parameters.version, beta];
    if (made.some((part, n) => part !== this.#between[n])) {
      this.#between = made;
      this.#run(INTERPOLATE, base.address, parameters.address, bytes, beta, address);
      this.#derive(set);
    }
    return set;
  }

  #setAt(parameters: number, derived: number): ParameterSet {
    const { bytes, transposed, liveBytes } = this.#layout;
    return {
      parameters,
      transposed: transposed.map((at) => derived + at - bytes),
      neighbourWeights: derived + liveBytes - bytes,
    };
  }

  #derive({ parameters, transposed, neighbourWeights }: ParameterSet): void {
    this.#layout.interactions.forEach(({ at, panels, paddedRows }, n) => {
      if (this.#model.interactions[n]?.kind !== 'dense') return;
      this.#run(TRANSPOSE_WEIGHTS, parameters + at, panels, paddedRows / 32, transposed[n] as number);
    });
    if (this.#graph) this.#run(...this.#graph.gather(parameters, neighbourWeights));
  }
}

/** Bytes of what follows from parameters. */
export function derivedBytes({ bytes, liveBytes }: ParameterLayout, graph: Graph | undefined): number {
  return liveBytes - bytes + 4 * (graph?.count ?? 0);
}
