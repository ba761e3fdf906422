import type {
  Assignment,
  Backend,
  Buffer,
  BufferSpec,
  EnergyModel,
  Inputs,
  Optimizer,
  Program,
  SampleArray,
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
import { GpujsBuffer } from './buffer.js';
import { type At, CompiledModel, type Received } from './compiled-model.js';
import { type DrawnUnits, linkable, sweepOf } from './couplings.js';
import { Descent } from './descent.js';
import { layerUniforms, meansOf, putFree, sampleOf } from './draws.js';
import { energiesOf } from './energies.js';
import type { Shape } from './engine.js';
import { HostFallback } from './host-fallback.js';
import type { Scope } from './kernels.js';
import { own, type Session } from './session.js';
import { sumStatistics, type Term } from './statistics.js';
import { sweepAll } from './sweeps.js';
import { packNumbers } from './transfer.js';

/** Sweeps of the reference backend between which the event loop may turn. */
const HOST_SWEEPS = 4;

/** A model on gpu.js: each operation becomes some kernels, whose results stay on the device. */
export class GpujsProgram implements Program {
  readonly model: EnergyModel;
  readonly backend: Backend;
  readonly parameters: GpujsBuffer;
  readonly hostLayers: readonly string[];
  readonly #session: Session;
  readonly #operands: Operands<GpujsBuffer>;
  readonly #compiled: CompiledModel;
  readonly #fallback: HostFallback;
  readonly #descent: Descent;
  /** Whether kernels can follow all interactions. */
  readonly #linkable: boolean;
  /** Whether kernels can do everything but sweeps and some optimizers. */
  readonly #native: boolean;
  /** What is drawn in the order of a sweep, if kernels do it. */
  readonly #sweep: readonly DrawnUnits[] | undefined;
  #failure: unknown;

  static prepare(backend: Backend, session: Session, model: EnergyModel): GpujsProgram {
    const program = new GpujsProgram(backend, session, model);
    session.programs.add(program);
    program.write(program.parameters, model.parameters);
    return program;
  }

  private constructor(backend: Backend, session: Session, model: EnergyModel) {
    this.backend = backend;
    this.model = model;
    this.#session = session;
    this.#operands = new Operands(model, (buffer) => own(buffer, session));
    this.#compiled = new CompiledModel(model, session);
    const { sources, kernels } = this.#compiled;
    this.hostLayers = [...new Set(model.layers.filter((_, l) => !sources[l]).map(({ kind }) => kind))];
    this.parameters = this.#allocate({ holds: 'parameters' });
    this.#descent = new Descent(model, kernels, this.parameters);
    this.#linkable = linkable(model);
    this.#native = this.hostLayers.length === 0 && this.#linkable;
    this.#sweep = this.#native ? sweepOf(model, session.engine) : undefined;
    this.#fallback = new HostFallback(model, this.parameters, {
      download: (buffer) => this.download(buffer),
      upload: (buffer, data) => this.#upload(buffer, packNumbers(buffer, data)),
    });
  }

  allocate(spec: BufferSpec): Buffer {
    own(this.parameters, this.#session); // A program that was released gives no memory.
    return this.#allocate(spec);
  }

  affine(layer: number, values: readonly Buffer[], inputs: Buffer, parameters: Buffer = this.parameters): void {
    const rows = rowsOf(inputs);
    const out = this.#operands.units(inputs, layer, rows, 'inputs');
    const { couplings } = this.#compiled;
    const senders = this.model.layers.map((_, l) =>
      couplings.joins(layer, l) ? this.#operands.units(values[l], l, rows, 'values') : undefined,
    );
    const from = this.#operands.parameterLike(parameters);
    if (this.#linkable) {
      this.enqueue(async (_, scope) => {
        const sum = await couplings.inputs({ layer, block: undefined }, senders, rows, from, scope);
        out.replace(0, sum.hold());
      });
      return;
    }
    const given = senders.filter((sender) => sender !== undefined);
    this.#onHost([...given, from], [out], (program, mirror) =>
      program.affine(
        layer,
        senders.map((sender) => (sender ? mirror(sender) : mirror(out))),
        mirror(out),
        mirror(from),
      ),
    );
  }

  mean(layer: number, inputs: Buffer | Inputs, out: Buffer, target?: Target): void {
    const rows = rowsOf(out);
    const at = this.#operands.target(target, rows, this.parameters);
    const given = this.#operands.inputs(inputs, layer, rows, at.weighted);
    const means = this.#operands.units(out, layer, rows, 'means');
    if (this.#compiled.sources[layer]) {
      this.enqueue(async (compiled, scope) => {
        const received = await receive(compiled, layer, given, at, scope);
        const fresh = await meansOf(compiled, layer, rows, received, scope);
        await putFree(compiled, { layer, block: undefined }, fresh, at.clamp[layer], means);
      });
      return;
    }
    this.#onHost([...operandsOf(given, at), ...keptOf(means, layer, at)], [means], (program, mirror) =>
      program.mean(layer, mirrorInputs(given, mirror), mirror(means), mirrorTarget(at, mirror)),
    );
  }

  sample(layer: number, inputs: Buffer | Inputs, out: Buffer, site: Site, target?: Target): void {
    const rows = rowsOf(out);
    const at = this.#operands.target(target, rows, this.parameters);
    const given = this.#operands.inputs(inputs, layer, rows, at.weighted);
    const states = this.#operands.units(out, layer, rows, 'states');
    if (this.#compiled.sources[layer]) {
      this.enqueue(async (compiled, scope) => {
        const received = await receive(compiled, layer, given, at, scope);
        const uniforms = await layerUniforms(compiled, layer, rows, site, scope);
        const fresh = await sampleOf(compiled, layer, rows, received, uniforms, scope);
        await putFree(compiled, { layer, block: undefined }, fresh, at.clamp[layer], states);
      });
      return;
    }
    this.#onHost([...operandsOf(given, at), ...keptOf(states, layer, at)], [states], (program, mirror) =>
      program.sample(layer, mirrorInputs(given, mirror), mirror(states), site, mirrorTarget(at, mirror)),
    );
  }

  gibbs(states: readonly Buffer[], sweeps: number, site: Site, target?: Target): void {
    if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
      throw new RbmError('ARGUMENT_INVALID', `The number of sweeps is ${sweeps}; expected a whole number from 0 up.`);
    }
    const rows = rowsOf(states[0]);
    const buffers = this.model.layers.map((_, l) => this.#operands.units(states[l], l, rows, 'states'));
    const at = this.#operands.target(target, rows, this.parameters);
    if (sweeps === 0) return;
    const order = this.#sweep;
    if (order) {
      this.enqueue((compiled) => sweepAll(compiled, order, buffers, rows, sweeps, site, at));
      return;
    }
    this.#onHost([...buffers, ...at.buffers], buffers, async (program, mirror) => {
      const mirrors = buffers.map(mirror);
      for (let s = 0; s < sweeps; s += HOST_SWEEPS) {
        const part = Math.min(HOST_SWEEPS, sweeps - s);
        program.gibbs(mirrors, part, { ...site, step: site.step + s }, mirrorTarget(at, mirror));
        await program.backend.sync();
      }
    });
  }

  statistics(out: Buffer, terms: readonly StatisticsTerm[], parameters: Buffer = this.parameters): void {
    const sums = this.#operands.parameterLike(out);
    const at = this.#operands.parameterLike(parameters);
    const checked = terms.map(({ assignment, scale, weights }): Term => {
      const { entries, rows } = this.#operands.assignment(assignment);
      return { entries, rows, scale, weights: weights && this.#operands.rows(weights, rows) };
    });
    if (this.#native) {
      this.enqueue((compiled, scope) => sumStatistics(compiled, checked, at, sums, scope));
      return;
    }
    const inputs = checked.flatMap(({ entries, weights }) => [
      ...assignedBuffers(entries),
      ...(weights ? [weights] : []),
    ]);
    this.#onHost([...inputs, at], [sums], (program, mirror) => {
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
    const { scale } = sum;
    if (this.#native) {
      this.enqueue(async (compiled, scope) => {
        const start = await compiled.kernels.array(out);
        out.replace(0, (await energiesOf(compiled, entries, start, scale, at, scope)).hold());
      });
      return;
    }
    this.#onHost([...assignedBuffers(entries), out, ...at.buffers], [out], (program, mirror) => {
      const mirrored = { rows: mirror(out), scale };
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
    const arrays = slots.map((slot) => this.#operands.parameterLike(slot));
    const slope = this.#operands.parameterLike(gradient);
    own(this.parameters, this.#session);
    const centred = optimizer.kind === 'centred-sgd' && this.#descent.centres;
    if (optimizer.kind === 'sgd' || centred) {
      const [velocity, offsets] = arrays as [GpujsBuffer, GpujsBuffer];
      this.enqueue(async (_, scope) => {
        if (centred) await this.#descent.centre(slope, offsets);
        await this.#descent.step(optimizer, slope, velocity, settings.rate, scope);
      });
      return;
    }
    this.#onHost([slope, ...arrays], [this.parameters, ...arrays], (program, mirror) =>
      program.update(optimizer, mirror(slope), arrays.map(mirror), settings),
    );
  }

  dispose(): void {
    if (this.parameters.disposed) return;
    this.parameters.dispose();
    this.#session.programs.delete(this);
    this.#session.queue.enqueue(async () => {
      await this.#compiled.kernels.release();
      if (this.#session.programs.size === 0) this.#session.engine.trim();
    });
  }

  /** Enqueues what replaces the content of a buffer. `data` is copied at once. */
  write(buffer: GpujsBuffer, data: SampleArray): void {
    const parts = packNumbers(buffer, data);
    this.enqueue(() => this.#upload(buffer, parts));
  }

  /** The numbers of a buffer as they are at this point of the queue. */
  async download(buffer: GpujsBuffer): Promise<Float64Array> {
    const out = new Float64Array(buffer.length);
    let offset = 0;
    for (const [n, { columns, rows }] of buffer.shapes.entries()) {
      const array = buffer.arrays[n];
      if (array) out.set(await this.#session.engine.download(array), offset);
      offset += columns * rows;
    }
    return out;
  }

  /** The outcome of work outside the operations; a failure counts as one of an operation. */
  async guard<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      this.#failure ??= error;
    }
    this.checkFailure();
    return work;
  }

  /** @throws What went wrong in an operation of this program. */
  checkFailure(): void {
    if (this.#failure === undefined) return;
    if (RbmError.isInstance(this.#failure)) throw this.#failure;
    throw new RbmError('BACKEND_FAILED', `gpu.js could not finish an operation: ${this.#failure}`, {
      cause: this.#failure,
    });
  }

  /** Enqueues work with the program's kernels; what it puts into its scope is released when it ends. */
  enqueue(work: (compiled: CompiledModel, scope: Scope) => Promise<void>): void {
    this.#session.queue.enqueue(async () => {
      if (this.#failure !== undefined) return;
      const scope: Scope = [];
      try {
        await work(this.#compiled, scope);
      } catch (error) {
        this.#failure = error;
      }
      for (const array of scope) array.release();
    });
  }

  #allocate(spec: BufferSpec): GpujsBuffer {
    const { buffers, queue } = this.#session;
    const buffer = new GpujsBuffer(spec, this, (released) => {
      buffers.delete(released);
      queue.enqueue(async () => {
        released.clear();
      });
    });
    buffers.add(buffer);
    return buffer;
  }

  #onHost(
    inputs: readonly GpujsBuffer[],
    outputs: readonly GpujsBuffer[],
    work: (program: Program, mirror: (buffer: GpujsBuffer) => Buffer) => void | Promise<void>,
  ): void {
    this.enqueue(() => this.#fallback.run(inputs, outputs, work));
  }

  async #upload(buffer: GpujsBuffer, parts: readonly Float32Array[]): Promise<void> {
    for (const [n, part] of parts.entries()) {
      if (part.length === 0) continue; // An interaction without edges.
      buffer.replace(n, await this.#compiled.kernels.upload(part, buffer.shapes[n] as Shape));
    }
  }
}

/** What an operation is given, at its target. */
async function receive(
  compiled: CompiledModel,
  layer: number,
  { buffer, base }: CheckedInputs<GpujsBuffer>,
  at: At,
  scope: Scope,
): Promise<Received> {
  const { kernels } = compiled;
  return compiled.received(layer, await kernels.array(buffer), base && (await kernels.array(base)), at, scope);
}

function operandsOf({ buffer, base }: CheckedInputs<GpujsBuffer>, { buffers }: At): GpujsBuffer[] {
  return base ? [buffer, base, ...buffers] : [buffer, ...buffers];
}

/** An output whose old content is needed: clamped units keep it. */
function keptOf(out: GpujsBuffer, layer: number, { clamp }: At): GpujsBuffer[] {
  return clamp[layer] ? [out] : [];
}
