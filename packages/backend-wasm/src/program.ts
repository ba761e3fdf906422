import type {
  Assignment,
  Backend,
  Buffer,
  BufferSpec,
  EnergyModel,
  Inputs,
  Optimizer,
  Program,
  ScaledRows,
  Site,
  StatisticsTerm,
  Target,
  UpdateSettings,
} from '@rbm/core';
import {
  assignedBuffers,
  type CheckedInputs,
  hasWeightedBase,
  mirrorAssignment,
  mirrorInputs,
  mirrorTarget,
  Operands,
  RbmError,
  rowsOf,
} from '@rbm/core';
import { shapeOf, WasmBuffer } from './buffer.js';
import { type At, CompiledModel, nativeLayers } from './compiled-model.js';
import { atRate, canCentre, enqueueCentring, enqueueDescent } from './descent.js';
import { drawnAt, enqueueMean, enqueueSample } from './draws.js';
import { enqueueEnergy } from './energies.js';
import type { Command } from './engine.js';
import { Graph } from './graph.js';
import { HostFallback } from './host-fallback.js';
import { type ParameterLayout, parameterLayout } from './parameter-layout.js';
import { derivedBytes, ParameterSets } from './parameter-sets.js';
import { Plans } from './plans.js';
import { own, type Session } from './session.js';
import { enqueueStatistics, type Term } from './statistics.js';
import { enqueueFused, enqueueSweep, enqueueSweeps, fusedSweep, sweepParameters } from './sweeps.js';
import { Workspace } from './workspace.js';

/** Sweeps of the reference backend between which the event loop may turn. */
const HOST_SWEEPS = 4;

/** A model on the WebAssembly backend: each operation becomes a few commands. */
export class WasmProgram implements Program {
  readonly model: EnergyModel;
  readonly backend: Backend;
  readonly parameters: WasmBuffer;
  readonly hostLayers: readonly string[];
  readonly layout: ParameterLayout;
  readonly #session: Session;
  readonly #operands: Operands<WasmBuffer>;
  readonly #compiled: CompiledModel;
  readonly #plans: Plans;
  readonly #fallback: HostFallback;
  /** For each layer: which others, or it itself, it interacts with. */
  readonly #partners: readonly (readonly boolean[])[];
  /** Layers in the order of a sweep, if it consists of whole layers that all have kernels. */
  readonly #sweep: readonly number[] | undefined;
  /** Whether the graph's own kernel can do a sweep. */
  readonly #fused: boolean;
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
    const { engine } = session;
    this.backend = backend;
    this.model = model;
    this.layout = parameterLayout(model);
    this.#session = session;
    this.#operands = new Operands(model, (buffer) => own(buffer, session));
    this.hostLayers = [...new Set(model.layers.map(({ kind }) => kind))].filter((kind) => !(kind in nativeLayers));
    const interact = (a: number, b: number): boolean =>
      model.interactions.some(({ between: [c, d] }) => (a === c && b === d) || (a === d && b === c));
    this.#partners = model.layers.map((_, a) => model.layers.map((_, b) => interact(a, b)));
    const parts = model.blocks.flat();
    const whole = parts.every(({ units }) => units === undefined);
    const dense = model.interactions.every(({ kind }) => kind === 'dense');
    const graph = dense && whole ? undefined : new Graph(model, this.layout, engine);
    this.#fused = graph !== undefined && model.layers.every(({ kind }) => kind === 'bernoulli' || kind === 'spin');
    this.#sweep = whole && this.hostLayers.length === 0 ? parts.map(({ layer }) => layer) : undefined;
    this.parameters = this.#allocate({ holds: 'parameters' }, this.layout.bytes + derivedBytes(this.layout, graph));
    const workspace = new Workspace(engine);
    const run = (...command: number[]): void => {
      this.#recording?.push(command);
      engine.run(command);
    };
    const { layout, parameters } = this;
    const sets = new ParameterSets(model, layout, graph, engine, workspace, run, parameters);
    this.#compiled = new CompiledModel({ model, layout, graph, engine, workspace, sets, run });
    this.#plans = new Plans(workspace);
    this.#fallback = new HostFallback(model, this.parameters, session, (error) => {
      this.#failure ??= error;
    });
  }

  allocate(spec: BufferSpec): Buffer {
    own(this.parameters, this.#session); // A program that was released gives no memory.
    return this.#allocate(spec);
  }

  affine(layer: number, values: readonly Buffer[], inputs: Buffer, parameters: Buffer = this.parameters): void {
    const known: unknown[] = ['affine', layer, inputs];
    for (let l = 0; l < this.#partners.length; l++) if (this.#partners[layer]?.[l]) known.push(values[l]);
    if (parameters === this.parameters && this.#repeat(known)) return;
    const rows = rowsOf(inputs);
    const out = this.#operands.units(inputs, layer, rows, 'inputs');
    const senders = this.model.layers.map((_, l) =>
      this.#partners[layer]?.[l] ? this.#operands.units(values[l], l, rows, 'values') : undefined,
    );
    const set = this.#compiled.sets.of(this.#operands.parameterLike(parameters));
    const enqueue = (): void => this.#compiled.affine(layer, senders, out.address, rows, set);
    // The tables of a graph are given back, and other parameters may change: what was planned with them does not last.
    if (this.#compiled.graph || parameters !== this.parameters) enqueue();
    else this.#plan(known, enqueue);
    this.#compiled.releaseTables();
  }

  mean(layer: number, inputs: Buffer | Inputs, out: Buffer, target?: Target): void {
    const rows = rowsOf(out);
    const at = this.#operands.target(target, rows, this.parameters);
    const received = this.#operands.inputs(inputs, layer, rows, at.weighted);
    const means = this.#operands.units(out, layer, rows, 'means');
    if (this.#native(layer)) {
      const compiled = this.#compiled;
      const mixed = compiled.received(layer, rows, received.buffer.address, received.base?.address, at);
      enqueueMean(compiled, layer, rows, mixed, compiled.conditional(layer, at), means, at.clamp[layer]);
      return;
    }
    this.#fallback.run([...operandsOf(received, at), ...keptOf(means, layer, at)], [means], (program, mirror) =>
      program.mean(layer, mirrorInputs(received, mirror), mirror(means), mirrorTarget(at, mirror)),
    );
  }

  sample(layer: number, inputs: Buffer | Inputs, out: Buffer, site: Site, target?: Target): void {
    // By buffers: callers make the object that holds them anew.
    const known = ['sample', layer, ...('inputs' in inputs ? [inputs.inputs, inputs.base] : [inputs, undefined]), out];
    const plan = target ? undefined : this.#plans.find(known);
    if (plan) {
      for (const command of plan.commands) this.#session.engine.run(drawnAt(command, site));
      return;
    }
    const rows = rowsOf(out);
    const at = this.#operands.target(target, rows, this.parameters);
    const received = this.#operands.inputs(inputs, layer, rows, at.weighted);
    const states = this.#operands.units(out, layer, rows, 'states');
    if (this.#native(layer)) {
      const sample = (): void => this.#sample(layer, rows, received, states, site, at);
      if (target) sample();
      else this.#plan(known, sample);
      return;
    }
    this.#fallback.run([...operandsOf(received, at), ...keptOf(states, layer, at)], [states], (program, mirror) =>
      program.sample(layer, mirrorInputs(received, mirror), mirror(states), site, mirrorTarget(at, mirror)),
    );
  }

  gibbs(states: readonly Buffer[], sweeps: number, site: Site, target?: Target): void {
    if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
      throw new RbmError('ARGUMENT_INVALID', `The number of sweeps is ${sweeps}; expected a whole number from 0 up.`);
    }
    const known = ['gibbs', ...states];
    const plan = target ? undefined : this.#plans.find(known);
    if (plan) {
      enqueueSweeps(this.#compiled, plan.commands, site, 0, sweeps);
      return;
    }
    const rows = rowsOf(states[0]);
    const buffers = this.model.layers.map((_, l) => this.#operands.units(states[l], l, rows, 'states'));
    const at = this.#operands.target(target, rows, this.parameters);
    if (sweeps === 0) return;
    const { graph } = this.#compiled;
    // The graph's own kernel knows the weights of one set of parameters.
    if (graph && this.#fused && !(at.weighted && typeof at.beta !== 'number')) {
      const sweep = fusedSweep(this.#compiled, graph, buffers, rows, sweepParameters(this.#compiled, at), at, site);
      enqueueFused(this.#compiled, sweep, site.step, sweeps);
      this.#compiled.releaseTables();
    } else if (this.#sweep) {
      this.#planSweeps(this.#sweep, buffers, rows, site, sweeps, at, target ? undefined : known);
      this.#compiled.releaseTables();
    } else {
      this.#sweepOnHost(buffers, sweeps, site, at);
    }
  }

  statistics(out: Buffer, terms: readonly StatisticsTerm[], parameters: Buffer = this.parameters): void {
    const known = [parameters, ...statisticsOperands(out, terms)];
    if (this.#repeat(known)) {
      (out as WasmBuffer).changed();
      return;
    }
    const sums = this.#operands.parameterLike(out);
    const at = this.#operands.parameterLike(parameters);
    const checked = terms.map(({ assignment, scale, weights }): Term => {
      const { entries, rows } = this.#operands.assignment(assignment);
      return { entries, rows, scale, weights: weights && this.#operands.rows(weights, rows) };
    });
    sums.changed();
    if (this.hostLayers.length === 0) {
      const { run, workspace } = this.#compiled;
      const enqueue = (): boolean => enqueueStatistics(run, workspace, this.#compiled, at.address, sums, checked);
      if (this.#plan(known, enqueue)) return;
    }
    const inputs = checked.flatMap(({ entries, weights }) => [
      ...assignedBuffers(entries),
      ...(weights ? [weights] : []),
    ]);
    this.#fallback.run([...inputs, at], [sums], (program, mirror) => {
      const mirrored = checked.map(({ entries, scale, weights }): StatisticsTerm => {
        const assignment = mirrorAssignment(entries, mirror);
        return weights ? { assignment, scale, weights: mirror(weights) } : { assignment, scale };
      });
      program.statistics(mirror(sums), mirrored, mirror(at));
    });
  }

  energy(assignment: Assignment, sum: ScaledRows, target?: Target): void {
    const { entries, rows } = this.#operands.assignment(assignment, hasWeightedBase(target));
    const at = this.#operands.target(target, rows, this.parameters);
    this.#operands.checkSummedOut(entries, at);
    const out = this.#operands.rows(sum.rows, rows);
    if (this.hostLayers.length === 0) {
      enqueueEnergy(this.#compiled, entries, rows, out.address, sum.scale, at);
      this.#compiled.releaseTables();
      return;
    }
    this.#fallback.run([...assignedBuffers(entries), out, ...at.buffers], [out], (program, mirror) => {
      const mirrored = { rows: mirror(out), scale: sum.scale };
      program.energy(mirrorAssignment(entries, mirror), mirrored, mirrorTarget(at, mirror));
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
    const known = ['update', optimizer.kind, momentum, weightDecay, gradient, ...slots];
    const plan = this.#plans.find(known);
    if (plan) {
      for (const command of plan.commands) this.#session.engine.run(atRate(command, settings.rate));
      for (const buffer of plan.buffers) buffer.changed();
      return;
    }
    const arrays = slots.map((slot) => this.#operands.parameterLike(slot));
    const slope = this.#operands.parameterLike(gradient);
    own(this.parameters, this.#session);
    for (const buffer of [this.parameters, slope, ...arrays]) buffer.changed();
    const compiled = this.#compiled;
    const centred = optimizer.kind === 'centred-sgd' && canCentre(compiled);
    if (optimizer.kind === 'sgd' || centred) {
      this.#plan(known, () => {
        if (centred) enqueueCentring(compiled, slope.address, (arrays[1] as WasmBuffer).address);
        enqueueDescent(compiled, optimizer, slope.address, (arrays[0] as WasmBuffer).address, settings.rate);
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
    this.#compiled.workspace.dispose();
    this.#compiled.graph?.dispose();
    this.#session.programs.delete(this);
  }

  /** Brings what follows from the live parameters up to date with them. */
  refresh(): void {
    this.#compiled.sets.refreshLive();
  }

  /** @throws What went wrong in an operation of this program. */
  checkFailure(): void {
    if (this.#failure === undefined) return;
    if (RbmError.isInstance(this.#failure)) throw this.#failure;
    throw new RbmError('BACKEND_FAILED', `An operation on the host failed: ${this.#failure}`, { cause: this.#failure });
  }

  #allocate(spec: BufferSpec, bytes = 0): WasmBuffer {
    const { engine, buffers } = this.#session;
    const shape = shapeOf(spec, this.model, this.layout);
    const block = engine.heap.allocate(Math.max(shape.bytes, bytes));
    // The block is free: nothing that was enqueued touches it any more.
    engine.heap.bytes.fill(0, block.address, block.address + block.bytes);
    const forget = (buffer: WasmBuffer): void => {
      buffers.delete(buffer);
    };
    const buffer = new WasmBuffer(spec, shape, this.layout, block, (memory) => engine.release(memory), forget);
    buffers.add(buffer);
    return buffer;
  }

  #native(layer: number): boolean {
    return this.#operands.layer(layer).kind in nativeLayers;
  }

  #sample(
    layer: number,
    rows: number,
    { buffer, base }: CheckedInputs<WasmBuffer>,
    out: WasmBuffer,
    site: Site,
    at: At,
  ): void {
    const received = this.#compiled.received(layer, rows, buffer.address, base?.address, at);
    const conditional = this.#compiled.conditional(layer, at);
    enqueueSample(this.#compiled, layer, rows, received, conditional, out, at.clamp[layer], site);
  }

  /** Enqueues sweeps over whole layers, the first ones as they are planned. */
  #planSweeps(
    layers: readonly number[],
    states: readonly WasmBuffer[],
    rows: number,
    site: Site,
    sweeps: number,
    at: At,
    known: readonly unknown[] | undefined,
  ): void {
    const { workspace } = this.#compiled;
    for (let done = 0; done < sweeps; done++) {
      const { moves } = workspace;
      const parameters = sweepParameters(this.#compiled, at);
      const sweep: Command[] = [];
      const here = { ...site, step: site.step + done };
      this.#record(sweep, () => enqueueSweep(this.#compiled, layers, states, rows, parameters, at, here));
      // Where memory moved meanwhile, the first commands may know a place that is given back by now.
      if (moves !== workspace.moves) continue;
      if (known) this.#keep(known, sweep);
      enqueueSweeps(this.#compiled, sweep, site, done + 1, sweeps);
      return;
    }
  }

  #sweepOnHost(states: readonly WasmBuffer[], sweeps: number, site: Site, at: At): void {
    this.#fallback.run([...states, ...at.buffers], states, async (program, mirror) => {
      const mirrors = states.map(mirror);
      for (let s = 0; s < sweeps; s += HOST_SWEEPS) {
        const part = Math.min(HOST_SWEEPS, sweeps - s);
        program.gibbs(mirrors, part, { ...site, step: site.step + s }, mirrorTarget(at, mirror));
        await program.backend.sync();
      }
    });
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
    const { workspace } = this.#compiled;
    const { moves } = workspace;
    const commands: Command[] = [];
    const result = this.#record(commands, enqueue);
    if (moves === workspace.moves) this.#keep(operands, commands);
    return result;
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
}

function operandsOf({ buffer, base }: CheckedInputs<WasmBuffer>, { buffers }: At): WasmBuffer[] {
  return base ? [buffer, base, ...buffers] : [buffer, ...buffers];
}

/** An output whose old content is needed: clamped units keep it. */
function keptOf(out: WasmBuffer, layer: number, { clamp }: At): WasmBuffer[] {
  return clamp[layer] ? [out] : [];
}

/** All that the commands of statistics depend on, flat: for each entry, whether it holds values or inputs, and its buffer. */
function statisticsOperands(out: Buffer, terms: readonly StatisticsTerm[]): unknown[] {
  const operands: unknown[] = ['statistics', out];
  for (const { assignment, scale, weights } of terms) {
    operands.push(scale, weights);
    for (const entry of assignment) {
      if ('values' in entry) operands.push('values', entry.values);
      else operands.push('inputs', entry.inputs, entry.base);
    }
  }
  return operands;
}
