import type { EnergyModel } from '@rbm/core';
import type {
  BufferSpec,
  CheckedEntry,
  CheckedInputs,
  CheckedRows,
  CheckedTerm,
  Optimizer,
  Site,
  UpdateSettings,
} from '@rbm/core/contracts';
import { type DeviceBackend, DeviceProgram } from '@rbm/core/contracts';
import { GpujsBuffer } from './buffer.js';
import { type At, CompiledModel, type Received } from './compiled-model.js';
import { type DrawnUnits, linkable, sweepOf } from './couplings.js';
import { layerUniforms, meansOf, putFree, sampleOf } from './draws.js';
import { energiesOf } from './energies.js';
import type { Shape } from './engine.js';
import type { Scope } from './kernels.js';
import { layerSources } from './layer-sources.js';
import { OptimizerSteps } from './optimizer-steps.js';
import type { Session } from './session.js';
import { sumStatistics } from './statistics.js';
import { sweepAll } from './sweeps.js';

/** A model on gpu.js: each operation becomes some kernels, whose results stay on the device. */
export class GpujsProgram extends DeviceProgram<GpujsBuffer> {
  readonly parameters: GpujsBuffer;
  readonly session: Session;
  readonly #compiled: CompiledModel;
  readonly #steps: OptimizerSteps;
  /** Whether kernels can follow all interactions. */
  readonly #linkable: boolean;
  /** Whether kernels can do everything but sweeps and some optimizers. */
  readonly #native: boolean;
  /** What is drawn in the order of a sweep, if kernels do it. */
  readonly #sweep: readonly DrawnUnits[] | undefined;

  constructor(backend: DeviceBackend<GpujsBuffer>, session: Session, model: EnergyModel) {
    super(
      backend,
      model,
      model.layers.filter(layerSources).map(({ kind }) => kind),
    );
    this.session = session;
    this.#compiled = new CompiledModel(model, session);
    this.parameters = backend.adopt(this.createBuffer({ holds: 'parameters' }));
    this.#steps = new OptimizerSteps(model, this.#compiled.kernels, this.parameters);
    this.#linkable = linkable(model);
    this.#native = this.hostLayers.length === 0 && this.#linkable;
    this.#sweep = this.#native ? sweepOf(model, session.engine) : undefined;
  }

  /** Enqueues work with the program's kernels; what it puts into its scope is released when it ends. */
  run(work: (compiled: CompiledModel, scope: Scope) => Promise<void>): void {
    this.enqueue(async () => {
      const scope: Scope = [];
      try {
        await work(this.#compiled, scope);
      } finally {
        for (const array of scope) array.release();
      }
    });
  }

  /** The numbers of a buffer as they are at this point of the queue. */
  async download(buffer: GpujsBuffer): Promise<Float64Array> {
    const out = new Float64Array(buffer.length);
    let offset = 0;
    for (const [n, { columns, rows }] of buffer.shapes.entries()) {
      const array = buffer.arrays[n];
      if (array) out.set(await this.session.engine.download(array), offset);
      offset += columns * rows;
    }
    return out;
  }

  /** Replaces the content of a buffer at this point of the queue. @param parts As `packNumbers` makes them. */
  async upload(buffer: GpujsBuffer, parts: readonly Float32Array[]): Promise<void> {
    for (const [n, part] of parts.entries()) {
      if (part.length === 0) continue; // An interaction without edges.
      buffer.replace(n, await this.#compiled.kernels.upload(part, buffer.shapes[n] as Shape));
    }
  }

  protected createBuffer(spec: BufferSpec): GpujsBuffer {
    return new GpujsBuffer(spec, this);
  }

  protected override affineOnDevice(
    layer: number,
    senders: readonly (GpujsBuffer | undefined)[],
    rows: number,
    out: GpujsBuffer,
    parameters: GpujsBuffer,
  ): boolean {
    if (!this.#linkable) return false;
    this.run(async ({ couplings }, scope) => {
      const sum = await couplings.inputs({ layer, block: undefined }, senders, rows, parameters, scope);
      out.replace(0, sum.hold());
    });
    return true;
  }

  protected override meanOnDevice(
    layer: number,
    inputs: CheckedInputs<GpujsBuffer>,
    rows: number,
    out: GpujsBuffer,
    at: At,
  ): boolean {
    if (!this.#compiled.sources[layer]) return false;
    this.run(async (compiled, scope) => {
      const received = await receive(compiled, layer, inputs, at, scope);
      const fresh = await meansOf(compiled, layer, rows, received, scope);
      await putFree(compiled, { layer, block: undefined }, fresh, at.clamp[layer], out);
    });
    return true;
  }

  protected override sampleOnDevice(
    layer: number,
    inputs: CheckedInputs<GpujsBuffer>,
    rows: number,
    out: GpujsBuffer,
    site: Site,
    at: At,
  ): boolean {
    if (!this.#compiled.sources[layer]) return false;
    this.run(async (compiled, scope) => {
      const received = await receive(compiled, layer, inputs, at, scope);
      const uniforms = await layerUniforms(compiled, layer, rows, site, scope);
      const fresh = await sampleOf(compiled, layer, rows, received, uniforms, scope);
      await putFree(compiled, { layer, block: undefined }, fresh, at.clamp[layer], out);
    });
    return true;
  }

  protected override gibbsOnDevice(
    states: readonly GpujsBuffer[],
    rows: number,
    sweeps: number,
    site: Site,
    at: At,
  ): boolean {
    const order = this.#sweep;
    if (!order) return this.#linkable && this.sweepByLayers(states, sweeps, site, at);
    this.run((compiled) => sweepAll(compiled, order, states, rows, sweeps, site, at));
    return true;
  }

  protected override statisticsOnDevice(
    out: GpujsBuffer,
    terms: readonly CheckedTerm<GpujsBuffer>[],
    parameters: GpujsBuffer,
  ): boolean {
    if (!this.#native) return false;
    this.run((compiled, scope) => sumStatistics(compiled, terms, parameters, out, scope));
    return true;
  }

  protected override energyOnDevice(
    entries: readonly CheckedEntry<GpujsBuffer>[],
    { rows, scale }: CheckedRows<GpujsBuffer>,
    at: At,
  ): boolean {
    if (!this.#native) return false;
    this.run(async (compiled, scope) => {
      const start = await compiled.kernels.array(rows);
      rows.replace(0, (await energiesOf(compiled, entries, start, scale, at, scope)).hold());
    });
    return true;
  }

  override updatesOnHost(optimizer: Optimizer): boolean {
    return !this.#steps.follows(optimizer);
  }

  protected override updateOnDevice(
    optimizer: Optimizer,
    gradient: GpujsBuffer,
    slots: readonly GpujsBuffer[],
    settings: UpdateSettings,
  ): boolean {
    this.run((_, scope) => this.#steps.run(optimizer, gradient, slots, settings, scope));
    return true;
  }

  protected override releaseCompiled(programsLeft: number): void {
    const { queue, engine } = this.session;
    queue.enqueue(async () => {
      await this.#compiled.kernels.release();
      if (programsLeft === 0) engine.trim();
    });
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
