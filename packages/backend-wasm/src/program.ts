import type {
  Assignment,
  Backend,
  Buffer,
  BufferSpec,
  EnergyModel,
  Optimizer,
  Path,
  Program,
  RowsTarget,
  Site,
  StatisticsTerm,
  UpdateSettings,
} from '@rbm/core';
import { type CheckedEntry, Operands, RbmError, rowLength, rowsOf } from '@rbm/core';
import { panelsOf, shapeOf, WasmBuffer } from './buffer.js';
import type { Command } from './engine.js';
import { Graph } from './graph.js';
import type { Block } from './heap.js';
import { HostFallback } from './host-fallback.js';
import {
  BERNOULLI,
  CENTRE_FIELDS,
  CENTRE_WEIGHTS,
  CONSTANT_ENERGY,
  CUMULANTS,
  FILL,
  GAUSSIAN,
  GRAPH_ENERGY,
  GRAPH_INPUTS,
  MEAN,
  POTTS,
  PRODUCT_ENERGY,
  SAMPLE,
  SPIN,
  SWEEP,
  TRANSPOSE_WEIGHTS,
  UPDATE_LAYER,
  UPDATE_WEIGHTS,
  VALUE_ENERGY,
} from './opcodes.js';
import { type ParameterLayout, parameterLayout, type StoredArray } from './parameter-layout.js';
import { Plans } from './plans.js';
import { enqueueProduct, factorOf, type Matrix } from './products.js';
import { own, type Session } from './session.js';
import { enqueueStatistics, type Term } from './statistics.js';
import { singleAtLeast } from './transfer.js';
import { Workspace } from './workspace.js';

/** Kinds of layers with kernels of their own. */
export const nativeLayers: Readonly<Record<string, number>> = {
  bernoulli: BERNOULLI,
  spin: SPIN,
  gaussian: GAUSSIAN,
  potts: POTTS,
};

/** Sweeps that are enqueued at once. */
const SWEEPS = 32;
/** Sweeps of the reference backend between which the event loop may turn. */
const HOST_SWEEPS = 4;
/** Sweeps of a graph in one command. */
const FUSED_SWEEPS = 4;
/** Which operand of a sweep of a graph is the step; the number of sweeps is next. */
const FUSED_STEP_OPERAND = 14;
/** Which operands of a command to sample are the two words of the key, the step and the first chain: from this one on. */
const DRAWS_OPERAND = 12;
/** Which operand of a command to update is the rate. */
const RATE_OPERANDS: Readonly<Record<number, number>> = { [UPDATE_WEIGHTS]: 8, [UPDATE_LAYER]: 6 };

/** Which parameters, and what of them, makes a conditional distribution: operands of a command. */
type PathOperands = readonly [theta: number, base: number, beta: number, betas: number];

/** A model on the WebAssembly backend: each operation becomes a few commands. */
export class WasmProgram implements Program {
  readonly model: EnergyModel;
  readonly backend: Backend;
  readonly parameters: WasmBuffer;
  readonly hostLayers: readonly string[];
  readonly layout: ParameterLayout;
  readonly #session: Session;
  readonly #operands: Operands<WasmBuffer>;
  readonly #workspace: Workspace;
  readonly #plans: Plans;
  readonly #fallback: HostFallback;
  /** For each layer: which others, or it itself, it interacts with. */
  readonly #partners: readonly (readonly boolean[])[];
  /** First unit of each layer, numbered across the model. */
  readonly #unitOffsets: readonly number[];
  /** The interactions as a graph, unless all are dense and all blocks consist of whole layers. */
  readonly #graph: Graph | undefined;
  /** Layers in the order of a sweep, if it consists of whole layers that all have kernels. */
  readonly #sweep: readonly number[] | undefined;
  /** Whether the graph's own kernel can do a sweep. */
  readonly #fused: boolean;
  /** Memory of the operation that is being enqueued. */
  readonly #tables: Block[] = [];
  readonly #run: (...command: number[]) => void;
  /** Takes commands as the engine does. */
  #recording: Command[] | undefined;
  #failure: unknown;

  static prepare(backend: Backend, session: Session, model: EnergyModel): WasmProgram {
    const program = new WasmProgram(backend, session, model);
    session.programs.add(program);
    backend.write(program.parameters, model.parameters);
    return program;
  }

  private constructor(backend: Backend, session: Session, model: EnergyModel) {
    this.backend = backend;
    this.model = model;
    this.layout = parameterLayout(model);
    this.#session = session;
    this.#operands = new Operands(model, (buffer) => own(buffer, session));
    this.#workspace = new Workspace(session.engine);
    this.#plans = new Plans(this.#workspace);
    this.hostLayers = [...new Set(model.layers.map(({ kind }) => kind))].filter((kind) => !(kind in nativeLayers));
    const interact = (a: number, b: number): boolean =>
      model.interactions.some(({ between: [c, d] }) => (a === c && b === d) || (a === d && b === c));
    this.#partners = model.layers.map((_, a) => model.layers.map((_, b) => interact(a, b)));
    this.#unitOffsets = model.layers.map((_, l) => model.layers.slice(0, l).reduce((sum, { units }) => sum + units, 0));
    const parts = model.blocks.flat();
    const whole = parts.every(({ units }) => units === undefined);
    const dense = model.interactions.every(({ kind }) => kind === 'dense');
    this.#graph = dense && whole ? undefined : new Graph(model, this.layout, session.engine);
    this.#fused =
      this.#graph !== undefined && model.layers.every(({ kind }) => kind === 'bernoulli' || kind === 'spin');
    this.#sweep = whole && this.hostLayers.length === 0 ? parts.map(({ layer }) => layer) : undefined;
    this.parameters = this.#allocate({ holds: 'parameters' }, this.layout.liveBytes);
    this.#fallback = new HostFallback(model, this.parameters, session, (error) => {
      this.#failure ??= error;
    });
    this.#run = (...command) => {
      this.#recording?.push(command);
      session.engine.run(command);
    };
  }

  allocate(spec: BufferSpec): Buffer {
    own(this.parameters, this.#session); // A program that was released gives no memory.
    return this.#allocate(spec);
  }

  affine(layer: number, values: readonly Buffer[], inputs: Buffer): void {
    const operands: unknown[] = ['affine', layer, inputs];
    for (let l = 0; l < this.#partners.length; l++) if (this.#partners[layer]?.[l]) operands.push(values[l]);
    if (this.#repeat(operands)) return;
    const rows = rowsOf(inputs);
    const out = this.#operands.units(inputs, layer, rows, 'inputs');
    const senders = this.model.layers.map((_, l) =>
      this.#partners[layer]?.[l] ? this.#operands.units(values[l], l, rows, 'values') : undefined,
    );
    // The tables of a graph are given back: what was planned with them does not last.
    if (this.#graph) this.#affine(layer, senders, out.address, rows);
    else this.#plan(operands, () => this.#affine(layer, senders, out.address, rows));
    this.#releaseTables();
  }

  mean(layer: number, inputs: Buffer, out: Buffer, path?: Path): void {
    const rows = rowsOf(inputs);
    const received = this.#operands.units(inputs, layer, rows, 'inputs');
    const target = this.#operands.units(out, layer, rows, 'means');
    const operands = this.#path(layer, rows, path);
    if (this.#native(layer)) {
      this.#run(MEAN, ...this.#layerOperands(layer, rows), received.address, ...operands, target.address, this.#room());
      return;
    }
    const extra = this.#pathBuffers(path, rows);
    this.#fallback.run([received, ...extra], [target], (program, mirror) =>
      program.mean(layer, mirror(received), mirror(target), mirrorPath(path, extra, mirror)),
    );
  }

  sample(layer: number, inputs: Buffer, out: Buffer, site: Site, path?: Path): void {
    const known = ['sample', layer, inputs, out];
    const plan = path ? undefined : this.#plans.find(known);
    if (plan) {
      for (const command of plan.commands) this.#session.engine.run(drawnAt(command, site));
      return;
    }
    const rows = rowsOf(inputs);
    const received = this.#operands.units(inputs, layer, rows, 'inputs');
    const target = this.#operands.units(out, layer, rows, 'states');
    const operands = this.#path(layer, rows, path);
    if (this.#native(layer)) {
      const sample = () => this.#sample(layer, rows, received.address, operands, target.address, site);
      if (path) sample();
      else this.#plan(known, sample);
      return;
    }
    const extra = this.#pathBuffers(path, rows);
    this.#fallback.run([received, ...extra], [target], (program, mirror) =>
      program.sample(layer, mirror(received), mirror(target), site, mirrorPath(path, extra, mirror)),
    );
  }

  gibbs(states: readonly Buffer[], sweeps: number, site: Site, path?: Path): void {
    if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
      throw new RbmError('ARGUMENT_INVALID', `A whole number of sweeps is needed, not ${sweeps}.`);
    }
    const known = ['gibbs', ...states];
    const plan = path ? undefined : this.#plans.find(known);
    if (plan) {
      this.#enqueueSweeps(plan.commands, site, 0, sweeps);
      return;
    }
    const rows = rowsOf(states[0]);
    const buffers = this.model.layers.map((_, l) => this.#operands.units(states[l], l, rows, 'states'));
    const extra = this.#pathBuffers(path, rows);
    if (sweeps === 0) return;
    if (this.#fused) {
      this.#enqueueFused(this.#fusedSweep(this.#graph as Graph, buffers, rows, site, path), site.step, sweeps);
      this.#releaseTables();
      return;
    }
    if (this.#sweep) {
      this.#planSweeps(this.#sweep, buffers, rows, site, sweeps, path, known);
      this.#releaseTables();
      return;
    }
    this.#fallback.run([...buffers, ...extra], buffers, async (program, mirror) => {
      const mirrors = buffers.map(mirror);
      for (let s = 0; s < sweeps; s += HOST_SWEEPS) {
        const part = Math.min(HOST_SWEEPS, sweeps - s);
        program.gibbs(mirrors, part, { ...site, step: site.step + s }, mirrorPath(path, extra, mirror));
        await program.backend.sync();
      }
    });
  }

  statistics(out: Buffer, terms: readonly StatisticsTerm[]): void {
    const operands = statisticsOperands(out, terms);
    if (this.#repeat(operands)) return;
    const target = this.#operands.parameterLike(out);
    const checked = terms.map(({ assignment, scale, weights }): Term => {
      const { entries, rows } = this.#operands.assignment(assignment);
      return { entries, rows, scale, weights: weights && this.#operands.rows(weights, rows) };
    });
    if (this.hostLayers.length === 0) {
      const enqueue = () => enqueueStatistics(this.#run, this.#workspace, this, target, checked);
      if (this.#plan(operands, enqueue)) return;
    }
    const inputs = checked.flatMap(({ entries, weights }) => [
      ...entries.map(({ buffer }) => buffer),
      ...(weights ? [weights] : []),
    ]);
    this.#fallback.run(inputs, [target], (program, mirror) => {
      const mirrored = checked.map(({ entries, scale, weights }): StatisticsTerm => {
        const assignment = mirrorAssignment(entries, mirror);
        return weights ? { assignment, scale, weights: mirror(weights) } : { assignment, scale };
      });
      program.statistics(mirror(target), mirrored);
    });
  }

  energy(assignment: Assignment, target: RowsTarget, path?: Path): void {
    const { entries, rows } = this.#operands.assignment(assignment);
    const out = this.#operands.rows(target.rows, rows);
    const extra = this.#pathBuffers(path, rows);
    if (this.hostLayers.length === 0) {
      this.#energy(entries, rows, out.address, target.scale, path);
      this.#releaseTables();
      return;
    }
    const inputs = [...entries.map(({ buffer }) => buffer), out, ...extra];
    this.#fallback.run(inputs, [out], (program, mirror) => {
      const rowsTarget = { rows: mirror(out), scale: target.scale };
      program.energy(mirrorAssignment(entries, mirror), rowsTarget, mirrorPath(path, extra, mirror));
    });
  }

  update(optimizer: Optimizer, gradient: Buffer, slots: readonly Buffer[], settings: UpdateSettings): void {
    if (slots.length !== optimizer.slots.length) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `Optimizer "${optimizer.kind}" has ${optimizer.slots.length} slots, but ${slots.length} buffers were given.`,
      );
    }
    const { momentum, weightDecay } = optimizer.settings;
    const operands = ['update', optimizer.kind, momentum, weightDecay, gradient, ...slots];
    const plan = this.#plans.find(operands);
    if (plan) {
      for (const command of plan.commands) this.#session.engine.run(atRate(command, settings.rate));
      return;
    }
    const arrays = slots.map((slot) => this.#operands.parameterLike(slot));
    const slope = this.#operands.parameterLike(gradient);
    own(this.parameters, this.#session);
    const centred = optimizer.kind === 'centred-sgd' && this.#canCentre();
    if (optimizer.kind === 'sgd' || centred) {
      this.#plan(operands, () => {
        if (centred) this.#centre(slope.address, (arrays[1] as WasmBuffer).address);
        this.#descend(optimizer, slope.address, (arrays[0] as WasmBuffer).address, settings.rate);
      });
      return;
    }
    this.#fallback.run([slope, ...arrays], [this.parameters, ...arrays], (program, mirror) =>
      program.update(optimizer, mirror(slope), arrays.map(mirror), settings),
    );
    this.refresh();
  }

  dispose(): void {
    if (this.parameters.disposed) return;
    this.parameters.dispose();
    this.#workspace.dispose();
    this.#graph?.dispose();
    this.#session.programs.delete(this);
  }

  /** Brings what follows from the live parameters up to date with them. */
  refresh(): void {
    this.layout.interactions.forEach((stored, n) => {
      if (this.model.interactions[n]?.kind !== 'dense') return;
      const { at, panels, paddedRows } = stored;
      this.#run(TRANSPOSE_WEIGHTS, this.parameters.address + at, panels, paddedRows / 32, this.#transposedAt(n));
    });
    if (this.#graph) this.#run(...this.#graph.refresh(this.parameters.address));
  }

  /** @throws What went wrong in an operation of this program. */
  checkFailure(): void {
    if (this.#failure === undefined) return;
    if (RbmError.isInstance(this.#failure)) throw this.#failure;
    throw new RbmError('BACKEND_FAILED', `An operation on the host failed: ${this.#failure}`, { cause: this.#failure });
  }

  /** Kind, rows, numbers a row and categories of a layer, as operands of a command. */
  layerOperands(layer: number, rows: number): readonly [number, number, number, number] {
    return this.#layerOperands(layer, rows);
  }

  /** The interactions as a graph, if some of them need one. */
  get graph(): Graph | undefined {
    return this.#graph;
  }

  /** Room for the threads to work on rows of units with categories. */
  room(): number {
    return this.#room();
  }

  #allocate(spec: BufferSpec, bytes = 0): WasmBuffer {
    const { engine, buffers } = this.#session;
    const shape = shapeOf(spec, this.model, this.layout);
    const block = engine.heap.allocate(Math.max(shape.bytes, bytes));
    // The block is free: nothing that was enqueued touches it any more.
    engine.heap.bytes.fill(0, block.address, block.address + block.bytes);
    const buffer = new WasmBuffer(spec, shape, this.layout, block, (released, memory) => {
      buffers.delete(released);
      engine.release(memory);
    });
    buffers.add(buffer);
    return buffer;
  }

  #native(layer: number): boolean {
    return this.#operands.layer(layer).kind in nativeLayers;
  }

  #layerOperands(layer: number, rows: number): readonly [number, number, number, number] {
    const found = this.#operands.layer(layer);
    return [nativeLayers[found.kind] as number, rows, rowLength(found), found.width];
  }

  #room(): number {
    const most = Math.max(0, ...this.model.layers.map((l) => (l.kind === 'potts' ? panelsOf(rowLength(l)) : 0)));
    return most === 0 ? 0 : this.#workspace.take('room', this.#session.engine.threads * (128 * most + 128));
  }

  #path(layer: number, rows: number, path: Path | undefined): PathOperands {
    const at = this.layout.layers[layer] as number;
    const theta = own(this.parameters, this.#session).address + at;
    if (!path) return [theta, theta, 1, 0];
    const base = this.#operands.parameterLike(path.base).address + at;
    if (typeof path.beta === 'number') return [theta, base, path.beta, 0];
    return [theta, base, 1, this.#operands.rows(path.beta, rows).address];
  }

  #pathBuffers(path: Path | undefined, rows: number): WasmBuffer[] {
    if (!path) return [];
    const base = this.#operands.parameterLike(path.base);
    return typeof path.beta === 'number' ? [base] : [base, this.#operands.rows(path.beta, rows)];
  }

  #transposedAt(interaction: number): number {
    return this.parameters.address + (this.layout.transposed[interaction] as number);
  }

  /** What the values of layer `from` are multiplied by to be sent through an interaction. */
  #matrix(interaction: number, toSecond: boolean): Matrix {
    const { at, panels, paddedRows } = this.layout.interactions[interaction] as StoredArray;
    if (toSecond) return { address: this.parameters.address + at, stride: paddedRows / 32, panels };
    return { address: this.#transposedAt(interaction), stride: panels, panels: paddedRows / 32 };
  }

  #affine(layer: number, values: readonly (WasmBuffer | undefined)[], out: number, rows: number): void {
    const graph = this.#graph;
    const dense = this.model.interactions.every(({ kind, between }) => kind === 'dense' || !between.includes(layer));
    if (graph && !dense) {
      const table = this.#table(graph.table(values));
      const target = [graph.firstPanels[layer] as number, rowLength(this.#operands.layer(layer)), out];
      const room = this.#workspace.take('rows of the graph', this.#session.engine.threads * graph.panels * 512);
      this.#run(GRAPH_INPUTS, table, graph.panels, rows, ...graph.operands, ...target, room);
      return;
    }
    let accumulate = false;
    this.model.interactions.forEach(({ between: [a, b] }, n) => {
      if (layer !== a && layer !== b) return;
      const sender = values[layer === b ? a : b] as WasmBuffer;
      enqueueProduct(this.#run, this.#workspace, factorOf(sender), this.#matrix(n, layer === b), out, accumulate);
      accumulate = true;
    });
    if (!accumulate) this.#run(...fillCommand(out, rows * panelsOf(rowLength(this.#operands.layer(layer))) * 128));
  }

  #sample(layer: number, rows: number, inputs: number, path: PathOperands, out: number, site: Site): void {
    const { random, step, firstChain = 0 } = site;
    const unit = this.#unitOffsets[layer] as number;
    const draws = [...random.key, step, firstChain, unit];
    this.#run(SAMPLE, ...this.#layerOperands(layer, rows), inputs, ...path, out, this.#room(), ...draws);
  }

  /** Enqueues what an operation became when it was called with the same operands, if that is known. */
  #repeat(operands: readonly unknown[]): boolean {
    const plan = this.#plans.find(operands);
    if (!plan) return false;
    for (const command of plan.commands) this.#session.engine.run(command);
    return true;
  }

  /** Enqueues what an operation becomes, and keeps it for the next time. @returns What `enqueue` returns. */
  #plan<T>(operands: readonly unknown[], enqueue: () => T): T {
    const { moves } = this.#workspace;
    const commands: Command[] = [];
    const result = this.#record(commands, enqueue);
    if (moves === this.#workspace.moves) this.#keep(operands, commands);
    return result;
  }

  /** Enqueues sweeps over whole layers, the first ones as they are planned. */
  #planSweeps(
    layers: readonly number[],
    states: readonly WasmBuffer[],
    rows: number,
    site: Site,
    sweeps: number,
    path: Path | undefined,
    known: readonly unknown[],
  ): void {
    const operands = layers.map((layer) => this.#path(layer, rows, path));
    for (let done = 0; done < sweeps; done++) {
      const { moves } = this.#workspace;
      const sweep: Command[] = [];
      const at = { ...site, step: site.step + done };
      this.#record(sweep, () => this.#sweepOnce(layers, states, rows, operands, at));
      // Where memory moved meanwhile, the first commands may know a place that is given back by now.
      if (moves !== this.#workspace.moves) continue;
      if (!path) this.#keep(known, sweep);
      this.#enqueueSweeps(sweep, site, done + 1, sweeps);
      return;
    }
  }

  #sweepOnce(
    layers: readonly number[],
    states: readonly WasmBuffer[],
    rows: number,
    operands: readonly PathOperands[],
    site: Site,
  ): void {
    layers.forEach((layer, n) => {
      const target = states[layer] as WasmBuffer;
      const inputs = this.#workspace.take(`inputs of layer ${layer}`, rows * panelsOf(target.shape.columns) * 128);
      this.#affine(layer, states, inputs, rows);
      this.#sample(layer, rows, inputs, operands[n] as PathOperands, target.address, site);
    });
  }

  /** Adds to `commands` what is enqueued. */
  #record<T>(commands: Command[], enqueue: () => T): T {
    this.#recording = commands;
    try {
      return enqueue();
    } finally {
      this.#recording = undefined;
    }
  }

  #keep(operands: readonly unknown[], commands: readonly Command[]): void {
    if (commands.length === 0) return;
    const buffers = operands.filter((operand) => operand instanceof WasmBuffer);
    this.#plans.keep({ operands, buffers: [this.parameters, ...buffers], commands });
  }

  /** The command of one sweep over all blocks of a graph. */
  #fusedSweep(
    graph: Graph,
    states: readonly WasmBuffer[],
    rows: number,
    site: Site,
    path: Path | undefined,
  ): readonly number[] {
    const { random, step, firstChain = 0 } = site;
    const operands = states.map((_, layer) => this.#path(layer, rows, path));
    const [, , beta, betas] = operands[0] as PathOperands;
    const parameters = operands.map(([theta, base], l) => {
      const kind = nativeLayers[this.#operands.layer(l).kind] as number;
      return { theta, base, firstUnit: this.#unitOffsets[l] as number, kind };
    });
    const table = this.#table(graph.table(states, parameters));
    const { threads } = this.#session.engine;
    const room = this.#workspace.take('sweeps of the graph', threads * (3 * graph.panels * 512 + 768));
    const chains = [...random.key, firstChain, step, 1, room];
    return [SWEEP, table, graph.panels, rows, ...graph.operands, ...graph.order, beta, betas, ...chains];
  }

  /** Some sweeps now, the others when these are done. */
  #enqueueFused(command: readonly number[], step: number, sweeps: number): void {
    const { engine } = this.#session;
    const now = Math.min(SWEEPS * FUSED_SWEEPS, sweeps);
    for (let s = 0; s < now; s += FUSED_SWEEPS) {
      const several = Math.min(FUSED_SWEEPS, now - s);
      engine.run(command.with(FUSED_STEP_OPERAND, step + s).with(FUSED_STEP_OPERAND + 1, several));
    }
    if (now < sweeps) engine.host(() => this.#enqueueFused(command, step + now, sweeps - now));
  }

  /** Keeps memory until the operation is enqueued. @returns Its address. */
  #table(block: Block): number {
    this.#tables.push(block);
    return block.address;
  }

  /** Gives the memory of an operation back when it is done. */
  #releaseTables(): void {
    for (const block of this.#tables.splice(0)) this.#session.engine.release(block);
  }

  /** Sweeps from `first` to before `end`; some now, the others when these are done: a queue has no room for millions. */
  #enqueueSweeps(sweep: readonly Command[], site: Site, first: number, end: number): void {
    const { engine } = this.#session;
    const stop = Math.min(first + SWEEPS, end);
    for (let s = first; s < stop; s++) {
      for (const command of sweep) engine.run(command[0] === SAMPLE ? drawnAt(command, site, s) : command);
    }
    if (stop < end) engine.host(() => this.#enqueueSweeps(sweep, site, stop, end));
  }

  #energy(
    entries: readonly CheckedEntry<WasmBuffer>[],
    rows: number,
    out: number,
    scale: number,
    path: Path | undefined,
  ): void {
    const { model } = this;
    const operands = model.layers.map((_, layer) => this.#path(layer, rows, path));
    const [, , beta, betas] = operands[0] as PathOperands;
    if (model.constant !== 0) this.#run(CONSTANT_ENERGY, rows, model.constant, beta, betas, out, scale);
    entries.forEach(({ holds, buffer }, layer) => {
      const along = operands[layer] as PathOperands;
      const [kind, , columns] = this.#layerOperands(layer, rows);
      if (holds === 'inputs') {
        const summed = [buffer.address, ...along, out, this.#room(), scale];
        this.#run(CUMULANTS, ...this.#layerOperands(layer, rows), ...summed);
      } else {
        this.#run(
          VALUE_ENERGY,
          kind,
          buffer.shape.storage as number,
          rows,
          columns,
          buffer.address,
          ...along,
          out,
          scale,
        );
      }
    });
    const graph = this.#graph;
    if (graph) {
      const values = entries.map(({ holds, buffer }) => (holds === 'values' ? buffer : undefined));
      const table = this.#table(graph.table(values));
      const room = this.#workspace.take('rows of the graph', this.#session.engine.threads * graph.panels * 512);
      this.#run(GRAPH_ENERGY, table, graph.panels, rows, ...graph.operands, beta, betas, out, scale, room);
      return;
    }
    model.interactions.forEach(({ between: [a, b] }, n) => {
      const [from, to] = [entries[a] as CheckedEntry<WasmBuffer>, entries[b] as CheckedEntry<WasmBuffer>];
      // With one side summed out, the interaction is already inside the inputs that its cumulants were taken of.
      if (from.holds === 'inputs' || to.holds === 'inputs') return;
      const { storage, columns } = to.buffer.shape;
      const inputs = this.#workspace.take('inputs of an interaction', rows * panelsOf(columns) * 128);
      enqueueProduct(this.#run, this.#workspace, factorOf(from.buffer), this.#matrix(n, true), inputs, false);
      const product = [to.buffer.address, inputs, beta, betas, out, scale];
      this.#run(PRODUCT_ENERGY, storage as number, rows, columns, ...product);
    });
  }

  /** Whether all interactions are dense, and the first parameters of every layer the fields of its units. */
  #canCentre(): boolean {
    if (!this.model.interactions.every(({ kind }) => kind === 'dense')) return false;
    return this.model.layers.every((layer) => {
      const [first] = layer.parameters;
      const length = first?.shape.reduce((product, extent) => product * extent, 1);
      return length === rowLength(layer) && (first?.name === 'bias' || first?.name === 'field');
    });
  }

  /** Turns a gradient into that of centred coordinates, in place; all weights first, which need the fields as they were. */
  #centre(gradient: number, offsets: number): void {
    const fields = this.model.interactions.map(({ between: [a, b] }, n) => {
      const { at, panels, paddedRows } = this.layout.interactions[n] as StoredArray;
      const [atA, atB] = [this.layout.layers[a] as number, this.layout.layers[b] as number];
      const rowSums = this.#workspace.take(`row sums of interaction ${n}`, panels * paddedRows * 4);
      const columnSums = this.#workspace.take(`column sums of interaction ${n}`, panels * 128);
      const tiles = paddedRows / 32;
      const ends = [gradient + atA, gradient + atB];
      this.#run(
        CENTRE_WEIGHTS,
        gradient + at,
        panels,
        tiles,
        ...ends,
        offsets + atA,
        offsets + atB,
        rowSums,
        columnSums,
      );
      return [...ends, rowSums, columnSums, panels, tiles];
    });
    for (const operands of fields) this.#run(CENTRE_FIELDS, ...operands);
  }

  /** A step of gradient descent with momentum. */
  #descend({ settings }: Optimizer, gradient: number, velocity: number, rate: number): void {
    const { momentum = 0, weightDecay = 0 } = settings;
    const parameters = this.parameters.address;
    // Interactions first: their statistics came last, and may still be in the cache.
    for (const stored of [
      ...this.layout.interactions,
      ...this.layout.arrays.filter(({ array }) => !array.interaction),
    ]) {
      const { array, at, panels, paddedRows } = stored;
      const places = [parameters + at, gradient + at, velocity + at];
      const interaction = this.layout.interactions.indexOf(stored);
      const decay = array.interaction ? weightDecay : 0;
      if (interaction >= 0 && this.model.interactions[interaction]?.kind === 'dense') {
        const transposed = this.#transposedAt(interaction);
        this.#run(UPDATE_WEIGHTS, ...places, panels, paddedRows / 32, transposed, momentum, rate, decay);
      } else {
        this.#run(UPDATE_LAYER, ...places, panels * 32, momentum, rate, decay, singleAtLeast(array.minimum));
      }
    }
    if (this.#graph) this.#run(...this.#graph.refresh(parameters));
  }
}

/** A command to sample as it is, but with the random numbers of a site, some sweeps on. */
function drawnAt(command: Command, { random, step, firstChain = 0 }: Site, sweep = 0): Command {
  const drawn = command.slice();
  drawn[DRAWS_OPERAND] = random.key[0];
  drawn[DRAWS_OPERAND + 1] = random.key[1];
  drawn[DRAWS_OPERAND + 2] = step + sweep;
  drawn[DRAWS_OPERAND + 3] = firstChain;
  return drawn;
}

/** A command as it is, but with the rate of an update if it has one. */
function atRate(command: Command, rate: number): Command {
  const operand = RATE_OPERANDS[command[0] as number];
  if (operand === undefined) return command;
  const updated = command.slice();
  updated[operand] = rate;
  return updated;
}

/** All that the commands of statistics depend on, flat: for each entry, whether it holds values or inputs, and its buffer. */
function statisticsOperands(out: Buffer, terms: readonly StatisticsTerm[]): unknown[] {
  const operands: unknown[] = ['statistics', out];
  for (const { assignment, scale, weights } of terms) {
    operands.push(scale, weights);
    for (const entry of assignment) {
      if ('values' in entry) operands.push('values', entry.values);
      else operands.push('inputs', entry.inputs);
    }
  }
  return operands;
}

function fillCommand(at: number, bytes: number): number[] {
  return [FILL, at, bytes];
}

function mirrorAssignment(
  entries: readonly CheckedEntry<WasmBuffer>[],
  mirror: (buffer: WasmBuffer) => Buffer,
): Assignment {
  return entries.map(({ holds, buffer }) =>
    holds === 'values' ? { values: mirror(buffer) } : { inputs: mirror(buffer) },
  );
}

/** @param buffers The path's buffers, as `#pathBuffers` gives them. */
function mirrorPath(
  path: Path | undefined,
  buffers: readonly WasmBuffer[],
  mirror: (buffer: WasmBuffer) => Buffer,
): Path | undefined {
  if (!path) return undefined;
  const [base, betas] = buffers as [WasmBuffer, WasmBuffer | undefined];
  return { base: mirror(base), beta: betas ? mirror(betas) : (path.beta as number) };
}
