import type { EnergyModel } from '@rbm/core';
import type {
  Buffer,
  BufferSpec,
  CheckedEntry,
  CheckedInputs,
  CheckedRows,
  CheckedTerm,
  Inputs,
  Optimizer,
  Site,
  StatisticsTerm,
  Target,
  UpdateSettings,
} from '@rbm/core/contracts';
import { type DeviceBackend, DeviceProgram, interactingLayers, isPairwise } from '@rbm/core/contracts';
import { shapeOf, WasmBuffer } from './buffer.js';
import { type At, CompiledModel, nativeLayers } from './compiled-model.js';
import { enqueueDrawn, enqueueMean, enqueueSample } from './draws.js';
import { enqueueEnergy } from './energies.js';
import type { Command, Engine } from './engine.js';
import { Graph } from './graph.js';
import { enqueueAgain, enqueueUpdate, stepNumbers, stepsNatively } from './optimizer-steps.js';
import { type ParameterLayout, parameterLayout } from './parameter-layout.js';
import { derivedBytes, ParameterSets } from './parameter-sets.js';
import { Plans } from './plans.js';
import { enqueueStatistics } from './statistics.js';
import { enqueueFused, enqueueSweep, enqueueSweeps, fusedSweep, sweepParameters } from './sweeps.js';
import { Workspace } from './workspace.js';

/**
 * A model on the WebAssembly backend: each operation becomes a few commands. Those of an operation without a target are kept
 * by its buffers, and an equal call enqueues them again, which takes a tenth of the time.
 */
export class WasmProgram extends DeviceProgram<WasmBuffer> {
  readonly parameters: WasmBuffer;
  readonly layout: ParameterLayout;
  readonly #engine: Engine;
  readonly #compiled: CompiledModel;
  readonly #plans: Plans;
  /** For each layer: which others, or it itself, it interacts with. */
  readonly #partners: readonly (readonly boolean[])[];
  /** Layers in the order of a sweep, if it consists of whole layers that all have kernels. */
  readonly #sweep: readonly number[] | undefined;
  /** Whether the graph's own kernel can do a sweep. */
  readonly #fused: boolean;
  /** Takes commands as the engine does. */
  #recording: Command[] | undefined;
  /** How many operations ran on the host: those are not planned. */
  #hosted = 0;

  constructor(backend: DeviceBackend<WasmBuffer>, engine: Engine, model: EnergyModel) {
    super(backend, model, Object.keys(nativeLayers));
    this.#engine = engine;
    this.layout = parameterLayout(model);
    this.#partners = interactingLayers(model);
    const parts = model.blocks.flat();
    const whole = parts.every(({ units }) => units === undefined);
    const dense = model.interactions.every((interaction) => interaction.kind === 'dense' || !isPairwise(interaction));
    const graph = dense && whole ? undefined : new Graph(model, this.layout, engine);
    this.#fused = graph !== undefined && model.layers.every(({ kind }) => kind === 'bernoulli' || kind === 'spin');
    this.#sweep = whole && this.hostLayers.length === 0 ? parts.map(({ layer }) => layer) : undefined;
    const bytes = this.layout.bytes + derivedBytes(this.layout, graph);
    this.parameters = backend.adopt(this.#makeBuffer({ holds: 'parameters' }, bytes));
    const workspace = new Workspace(engine);
    const run = (...command: number[]): void => {
      this.#recording?.push(command);
      engine.run(command);
    };
    const { layout, parameters } = this;
    const sets = new ParameterSets(model, layout, graph, engine, workspace, run, parameters);
    this.#compiled = new CompiledModel({ model, layout, graph, engine, workspace, sets, run });
    this.#plans = new Plans(engine, workspace);
  }

  override affine(layer: number, values: readonly Buffer[], inputs: Buffer, parameters?: Buffer): void {
    const known: unknown[] = ['affine', layer, inputs];
    for (let l = 0; l < this.#partners.length; l++) if (this.#partners[layer]?.[l]) known.push(values[l]);
    const live = parameters === undefined || parameters === this.parameters;
    if (live && this.#repeat(known)) return;
    const enqueue = (): void => super.affine(layer, values, inputs, parameters);
    // The tables of a graph are given back, and other parameters may change: what was planned with them does not last.
    if (this.#compiled.graph || !live) enqueue();
    else this.#plan(known, enqueue);
  }

  override sample(layer: number, inputs: Buffer | Inputs, out: Buffer, site: Site, target?: Target): void {
    if (target) {
      super.sample(layer, inputs, out, site, target);
      return;
    }
    // By buffers: callers make the object that holds them anew.
    const known = ['sample', layer, ...('inputs' in inputs ? [inputs.inputs, inputs.base] : [inputs, undefined]), out];
    const plan = this.#plans.find(known);
    if (!plan) this.#plan(known, () => super.sample(layer, inputs, out, site));
    else enqueueDrawn(this.#engine, plan, site);
  }

  override gibbs(states: readonly Buffer[], sweeps: number, site: Site, target?: Target): void {
    const plan = target ? undefined : this.#plans.find(['gibbs', ...states]);
    if (plan && Number.isSafeInteger(sweeps) && sweeps > 0) enqueueSweeps(this.#compiled, plan, site, 0, sweeps);
    else super.gibbs(states, sweeps, site, target);
  }

  override statistics(out: Buffer, terms: readonly StatisticsTerm[], parameters: Buffer = this.parameters): void {
    const known = [parameters, ...statisticsOperands(out, terms)];
    if (this.#repeat(known)) (out as WasmBuffer).changed();
    else this.#plan(known, () => super.statistics(out, terms, parameters));
  }

  override update(optimizer: Optimizer, gradient: Buffer, slots: readonly Buffer[], settings: UpdateSettings): void {
    // An optimizer's settings do not change: a training has one of them.
    const known = ['update', optimizer, gradient, ...slots];
    const plan = this.#plans.find(known);
    if (!plan) {
      this.#plan(known, () => super.update(optimizer, gradient, slots, settings));
      return;
    }
    enqueueAgain(this.#engine, plan, stepNumbers(optimizer, settings));
    for (const buffer of plan.buffers) buffer.changed();
  }

  override updatesOnHost(optimizer: Optimizer): boolean {
    return !stepsNatively(this.#compiled, optimizer);
  }

  override enqueue(work: () => Promise<void>): void {
    this.#hosted++;
    super.enqueue(work);
  }

  /** Brings what follows from the live parameters up to date with them. */
  override parametersReplaced(): void {
    this.#compiled.sets.refreshLive();
  }

  protected createBuffer(spec: BufferSpec): WasmBuffer {
    return this.#makeBuffer(spec, 0);
  }

  protected override affineOnDevice(
    layer: number,
    senders: readonly (WasmBuffer | undefined)[],
    rows: number,
    out: WasmBuffer,
    parameters: WasmBuffer,
  ): boolean {
    const { sets } = this.#compiled;
    this.#compiled.affine(layer, senders, out.address, rows, sets.of(parameters));
    this.#compiled.releaseTables();
    return true;
  }

  protected override meanOnDevice(
    layer: number,
    { buffer, base }: CheckedInputs<WasmBuffer>,
    rows: number,
    out: WasmBuffer,
    at: At,
  ): boolean {
    if (!this.#compiled.hasKernels(layer)) return false;
    const compiled = this.#compiled;
    const received = compiled.received(layer, rows, buffer.address, base?.address, at);
    enqueueMean(compiled, layer, rows, received, compiled.conditional(layer, at), out, at.clamp[layer]);
    return true;
  }

  protected override sampleOnDevice(
    layer: number,
    { buffer, base }: CheckedInputs<WasmBuffer>,
    rows: number,
    out: WasmBuffer,
    site: Site,
    at: At,
  ): boolean {
    if (!this.#compiled.hasKernels(layer)) return false;
    const compiled = this.#compiled;
    const received = compiled.received(layer, rows, buffer.address, base?.address, at);
    enqueueSample(compiled, layer, rows, received, compiled.conditional(layer, at), out, at.clamp[layer], site);
    return true;
  }

  protected override gibbsOnDevice(
    states: readonly WasmBuffer[],
    rows: number,
    sweeps: number,
    site: Site,
    at: At,
  ): boolean {
    const { graph } = this.#compiled;
    // The graph's own kernel knows the weights of one set of parameters.
    if (graph && this.#fused && !(at.weighted && typeof at.beta !== 'number')) {
      const sweep = fusedSweep(this.#compiled, graph, states, rows, sweepParameters(this.#compiled, at), at, site);
      enqueueFused(this.#compiled, sweep, site.step, sweeps);
      this.#compiled.releaseTables();
      return true;
    }
    if (!this.#sweep) return this.sweepByLayers(states, sweeps, site, at);
    this.#planSweeps(this.#sweep, states, rows, site, sweeps, at);
    this.#compiled.releaseTables();
    return true;
  }

  protected override statisticsOnDevice(
    out: WasmBuffer,
    terms: readonly CheckedTerm<WasmBuffer>[],
    parameters: WasmBuffer,
  ): boolean {
    const { run, workspace } = this.#compiled;
    const means: WasmBuffer[] = [];
    try {
      const given = this.hostLayers.length === 0 ? terms : this.#withMeans(terms, parameters, means);
      if (!enqueueStatistics(run, workspace, this.#compiled, parameters.address, out, given)) return false;
      if (this.hostLayers.length > 0) this.hostedStatistics(out, terms, parameters);
      return true;
    } finally {
      for (const buffer of means) buffer.dispose();
    }
  }

  /** Terms with means, new buffers in `means`, for the inputs of layers that have no kernels. */
  #withMeans(
    terms: readonly CheckedTerm<WasmBuffer>[],
    parameters: WasmBuffer,
    means: WasmBuffer[],
  ): CheckedTerm<WasmBuffer>[] {
    return terms.map((term) => {
      const entries = term.entries.map((entry, layer): CheckedEntry<WasmBuffer> => {
        if (entry.holds === 'values' || !this.isHosted(layer)) return entry;
        const buffer = this.allocate({ holds: 'means', layer, rows: term.rows }) as WasmBuffer;
        means.push(buffer);
        this.mean(layer, entry.buffer, buffer, { parameters });
        return { holds: 'values', buffer };
      });
      return { ...term, entries };
    });
  }

  protected override energyOnDevice(
    entries: readonly CheckedEntry<WasmBuffer>[],
    { rows, scale }: CheckedRows<WasmBuffer>,
    at: At,
  ): boolean {
    enqueueEnergy(this.#compiled, entries, rows.length, rows.address, scale, at);
    this.#compiled.releaseTables();
    if (this.hostLayers.length > 0) this.hostedEnergy(entries, { rows, scale }, at);
    return true;
  }

  protected override updateOnDevice(
    optimizer: Optimizer,
    gradient: WasmBuffer,
    slots: readonly WasmBuffer[],
    settings: UpdateSettings,
  ): boolean {
    const places = slots.map(({ address }) => address);
    enqueueUpdate(this.#compiled, optimizer, gradient.address, places, stepNumbers(optimizer, settings));
    return true;
  }

  protected override releaseCompiled(): void {
    this.#plans.forget();
    this.#compiled.workspace.dispose();
    this.#compiled.graph?.dispose();
  }

  /** @param least Bytes that the buffer takes at least. */
  #makeBuffer(spec: BufferSpec, least: number): WasmBuffer {
    const engine = this.#engine;
    const shape = shapeOf(spec, this.model, this.layout);
    const block = engine.heap.allocate(Math.max(shape.bytes, least));
    // The block is free: nothing that was enqueued touches it any more.
    engine.heap.bytes.fill(0, block.address, block.address + block.bytes);
    return new WasmBuffer(spec, this, shape, this.layout, block, (memory) => engine.release(memory));
  }

  /** Enqueues sweeps over whole layers, the first ones as they are planned. */
  #planSweeps(
    layers: readonly number[],
    states: readonly WasmBuffer[],
    rows: number,
    site: Site,
    sweeps: number,
    at: At,
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
      if (at.buffers.length === 0) this.#keep(['gibbs', ...states], sweep);
      enqueueSweeps(this.#compiled, { commands: sweep }, site, done + 1, sweeps);
      return;
    }
  }

  /** Enqueues what an operation became when it was called with the same operands, if that is known. */
  #repeat(operands: readonly unknown[]): boolean {
    const plan = this.#plans.find(operands);
    if (!plan) return false;
    if (plan.written && this.#engine.runWritten(plan.written)) return true;
    for (const command of plan.commands) this.#engine.run(command);
    return true;
  }

  /** Enqueues what an operation becomes, and keeps it for the next time. */
  #plan(operands: readonly unknown[], enqueue: () => void): void {
    const { workspace } = this.#compiled;
    const { moves } = workspace;
    const hosted = this.#hosted;
    const commands: Command[] = [];
    this.#record(commands, enqueue);
    if (moves === workspace.moves && hosted === this.#hosted) this.#keep(operands, commands);
  }

  /** Adds to `commands` what is enqueued. */
  #record(commands: Command[], enqueue: () => void): void {
    this.#recording = commands;
    try {
      enqueue();
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
