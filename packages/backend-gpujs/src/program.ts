import type {
  Assignment,
  Backend,
  Buffer,
  BufferSpec,
  EnergyModel,
  Layer,
  Optimizer,
  Path,
  Program,
  RowsTarget,
  SampleArray,
  Site,
  StatisticsTerm,
  UpdateSettings,
} from '@rbm/core';
import { type CheckedEntry, Operands, RbmError, rowLength, rowsOf } from '@rbm/core';
import { arraysOf, GpujsBuffer } from './buffer.js';
import { Couplings, type DrawnUnits, linkable, sweepOf } from './couplings.js';
import { Descent } from './descent.js';
import type { DeviceArray, DeviceKernel, Shape, Sizes } from './engine.js';
import { HostFallback } from './host-fallback.js';
import { Kernels, type Scope } from './kernels.js';
import { type LayerSources, layerSources, type PathKind } from './layer-sources.js';
import { limbs } from './philox-source.js';
import { own, type Session } from './session.js';
import { blockSource, constantSource } from './sources.js';
import { packNumbers } from './transfer.js';

/** Sweeps of the reference backend between which the event loop may turn. */
const HOST_SWEEPS = 4;

/** A path whose buffers were checked. */
interface CheckedPath {
  readonly base: GpujsBuffer;
  readonly beta: number | GpujsBuffer;
}

/** A model on gpu.js: each operation becomes some kernels, whose results stay on the device. */
export class GpujsProgram implements Program {
  readonly model: EnergyModel;
  readonly backend: Backend;
  readonly parameters: GpujsBuffer;
  readonly hostLayers: readonly string[];
  readonly #session: Session;
  readonly #operands: Operands<GpujsBuffer>;
  readonly #fallback: HostFallback;
  readonly #sources: readonly (LayerSources | undefined)[];
  /** First unit of each layer, numbered across the model. */
  readonly #unitOffsets: readonly number[];
  /** For each layer, which of the layout's arrays are its parameters. */
  readonly #layerArrays: readonly (readonly number[])[];
  readonly #kernels: Kernels;
  readonly #couplings: Couplings;
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
    this.#sources = model.layers.map(layerSources);
    this.hostLayers = [...new Set(model.layers.filter((_, l) => !this.#sources[l]).map(({ kind }) => kind))];
    const { layers } = model;
    this.#unitOffsets = layers.map((_, l) => layers.slice(0, l).reduce((sum, { units }) => sum + units, 0));
    this.#layerArrays = arraysOf(model).layers;
    this.parameters = this.#allocate({ holds: 'parameters' });
    this.#kernels = new Kernels(session.engine);
    this.#couplings = new Couplings(model, this.#kernels, this.parameters);
    this.#descent = new Descent(model, this.#kernels, this.parameters);
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

  affine(layer: number, values: readonly Buffer[], inputs: Buffer): void {
    const rows = rowsOf(inputs);
    const out = this.#operands.units(inputs, layer, rows, 'inputs');
    const senders = this.model.layers.map((_, l) =>
      this.#couplings.joins(layer, l) ? this.#operands.units(values[l], l, rows, 'values') : undefined,
    );
    if (this.#linkable) {
      this.#enqueue(async (scope) => {
        const sum = await this.#couplings.inputs({ layer, block: undefined }, senders, rows, scope);
        out.replace(0, sum.hold());
      });
      return;
    }
    const given = senders.filter((sender) => sender !== undefined);
    this.#onHost(given, [out], (program, mirror) =>
      program.affine(
        layer,
        senders.map((sender) => (sender ? mirror(sender) : mirror(out))),
        mirror(out),
      ),
    );
  }

  mean(layer: number, inputs: Buffer, out: Buffer, path?: Path): void {
    const rows = rowsOf(inputs);
    const received = this.#operands.units(inputs, layer, rows, 'inputs');
    const target = this.#operands.units(out, layer, rows, 'means');
    const checked = this.#path(path, rows);
    const sources = this.#sources[layer];
    if (sources) {
      this.#enqueue(async (scope) => {
        const array = await this.#kernels.array(received);
        target.replace(0, (await this.#mean(layer, sources, array, rows, checked, scope)).hold());
      });
      return;
    }
    const extra = pathBuffers(checked);
    this.#onHost([received, ...extra], [target], (program, mirror) =>
      program.mean(layer, mirror(received), mirror(target), mirrorPath(checked, mirror)),
    );
  }

  sample(layer: number, inputs: Buffer, out: Buffer, site: Site, path?: Path): void {
    const rows = rowsOf(inputs);
    const received = this.#operands.units(inputs, layer, rows, 'inputs');
    const target = this.#operands.units(out, layer, rows, 'states');
    const checked = this.#path(path, rows);
    const sources = this.#sources[layer];
    if (sources) {
      this.#enqueue(async (scope) => {
        const array = await this.#kernels.array(received);
        const uniforms = await this.#uniforms(layer, rows, site, site.step, scope);
        target.replace(0, (await this.#sample(layer, sources, array, uniforms, rows, checked, scope)).hold());
      });
      return;
    }
    this.#onHost([received, ...pathBuffers(checked)], [target], (program, mirror) =>
      program.sample(layer, mirror(received), mirror(target), site, mirrorPath(checked, mirror)),
    );
  }

  gibbs(states: readonly Buffer[], sweeps: number, site: Site, path?: Path): void {
    if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
      throw new RbmError('ARGUMENT_INVALID', `A whole number of sweeps is needed, not ${sweeps}.`);
    }
    const rows = rowsOf(states[0]);
    const buffers = this.model.layers.map((_, l) => this.#operands.units(states[l], l, rows, 'states'));
    const checked = this.#path(path, rows);
    if (sweeps === 0) return;
    const order = this.#sweep;
    if (order) {
      this.#enqueue(async () => {
        for (let s = 0; s < sweeps; s++) {
          await this.#sweepOnce(order, buffers, rows, site, site.step + s, checked);
          await this.#session.queue.breathe();
        }
      });
      return;
    }
    this.#onHost([...buffers, ...pathBuffers(checked)], buffers, async (program, mirror) => {
      const mirrors = buffers.map(mirror);
      for (let s = 0; s < sweeps; s += HOST_SWEEPS) {
        const part = Math.min(HOST_SWEEPS, sweeps - s);
        program.gibbs(mirrors, part, { ...site, step: site.step + s }, mirrorPath(checked, mirror));
        await program.backend.sync();
      }
    });
  }

  statistics(out: Buffer, terms: readonly StatisticsTerm[]): void {
    const target = this.#operands.parameterLike(out);
    const checked = terms.map(({ assignment, scale, weights }) => {
      const { entries, rows } = this.#operands.assignment(assignment);
      return { entries, rows, scale, weights: weights && this.#operands.rows(weights, rows) };
    });
    if (this.#native) {
      this.#enqueue(async (scope) => {
        const sums: (DeviceArray | undefined)[] = target.shapes.map(() => undefined);
        for (const term of checked) await this.#addStatistics(term, target, sums, scope);
        for (const [n, sum] of sums.entries()) target.replace(n, sum?.hold());
      });
      return;
    }
    const inputs = checked.flatMap(({ entries, weights }) => [
      ...entries.map(({ buffer }) => buffer),
      ...(weights ? [weights] : []),
    ]);
    this.#onHost(inputs, [target], (program, mirror) => {
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
    const checked = this.#path(path, rows);
    const { scale } = target;
    if (this.#native) {
      this.#enqueue(async (scope) => {
        out.replace(
          0,
          (await this.#energy(entries, await this.#kernels.array(out), rows, scale, checked, scope)).hold(),
        );
      });
      return;
    }
    const inputs = [...entries.map(({ buffer }) => buffer), out, ...pathBuffers(checked)];
    this.#onHost(inputs, [out], (program, mirror) => {
      const rowsTarget = { rows: mirror(out), scale };
      program.energy(mirrorAssignment(entries, mirror), rowsTarget, mirrorPath(checked, mirror));
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
      this.#enqueue(async (scope) => {
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
      this.#couplings.release();
      await this.#kernels.release();
      if (this.#session.programs.size === 0) this.#session.engine.trim();
    });
  }

  /** Enqueues what replaces the content of a buffer. `data` is copied at once. */
  write(buffer: GpujsBuffer, data: SampleArray): void {
    const parts = packNumbers(buffer, data);
    this.#enqueue(() => this.#upload(buffer, parts));
  }

  /** Rows of one buffer by their numbers, as they are when the queue comes to it. */
  gather(source: GpujsBuffer, rows: Uint32Array, target: GpujsBuffer): void {
    this.#enqueue(async () => {
      const from = await source.program.#kernels.array(source);
      const what = target.spec.holds === 'rows' ? 'entries' : 'rows';
      target.replace(0, await this.#session.engine.gather(what, from, rows, target.shapes[0] as Shape));
    });
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

  #allocate(spec: BufferSpec): GpujsBuffer {
    const { buffers, queue } = this.#session;
    const buffer = new GpujsBuffer(spec, this, (released) => {
      buffers.delete(released);
      queue.enqueue(async () => {
        for (const n of released.shapes.keys()) released.replace(n, undefined);
      });
    });
    buffers.add(buffer);
    return buffer;
  }

  /** Enqueues an operation; what it puts into its scope is released when it ends. */
  #enqueue(work: (scope: Scope) => Promise<void>): void {
    this.#session.queue.enqueue(async () => {
      if (this.#failure !== undefined) return;
      const scope: Scope = [];
      try {
        await work(scope);
      } catch (error) {
        this.#failure = error;
      }
      for (const array of scope) array.release();
    });
  }

  #onHost(
    inputs: readonly GpujsBuffer[],
    outputs: readonly GpujsBuffer[],
    work: (program: Program, mirror: (buffer: GpujsBuffer) => Buffer) => void | Promise<void>,
  ): void {
    this.#enqueue(() => this.#fallback.run(inputs, outputs, work));
  }

  #path(path: Path | undefined, rows: number): CheckedPath | undefined {
    if (!path) return undefined;
    const base = this.#operands.parameterLike(path.base);
    return { base, beta: typeof path.beta === 'number' ? path.beta : this.#operands.rows(path.beta, rows) };
  }

  async #upload(buffer: GpujsBuffer, parts: readonly Float32Array[]): Promise<void> {
    for (const [n, part] of parts.entries()) {
      if (part.length === 0) continue; // An interaction without edges.
      buffer.replace(n, await this.#kernels.upload(part, buffer.shapes[n] as Shape));
    }
  }

  /** The operands that parameters and path come in. */
  async #parameterOperands(layer: number, path: CheckedPath | undefined): Promise<unknown[]> {
    const indices = this.#layerArrays[layer] as readonly number[];
    const theta = await this.#kernels.arrays(this.parameters, indices);
    if (!path) return theta;
    const { base, beta } = path;
    return [...theta, ...(await this.#kernels.arrays(base, indices)), await this.#beta(beta)];
  }

  async #beta(beta: number | GpujsBuffer): Promise<number | DeviceArray> {
    return typeof beta === 'number' ? beta : this.#kernels.array(beta);
  }

  async #mean(
    layer: number,
    sources: LayerSources,
    inputs: DeviceArray,
    rows: number,
    path: CheckedPath | undefined,
    scope: Scope,
  ): Promise<DeviceArray> {
    const kind = pathKind(path);
    const described = this.#operands.layer(layer);
    const shape = { columns: rowLength(described), rows };
    const kernel = this.#kernels.get(`mean ${layer} ${kind}`, () => sources.mean(kind), sources.functions);
    const means = await kernel.run(shape, sizesOf(described), inputs, ...(await this.#parameterOperands(layer, path)));
    scope.push(means);
    return means;
  }

  async #sample(
    layer: number,
    sources: LayerSources,
    inputs: DeviceArray,
    uniforms: DeviceArray,
    rows: number,
    path: CheckedPath | undefined,
    scope: Scope,
  ): Promise<DeviceArray> {
    const kind = pathKind(path);
    const described = this.#operands.layer(layer);
    const shape = { columns: rowLength(described), rows };
    const kernel = this.#kernels.get(`sample ${layer} ${kind}`, () => sources.sample(kind), sources.functions);
    const states = await kernel.run(
      shape,
      sizesOf(described),
      inputs,
      uniforms,
      ...(await this.#parameterOperands(layer, path)),
    );
    scope.push(states);
    return states;
  }

  /** The uniforms of a layer at a step: `[rows, units · uniforms]`. */
  async #uniforms(layer: number, rows: number, site: Site, step: number, scope: Scope): Promise<DeviceArray> {
    const { units, uniforms: draws } = this.#operands.layer(layer);
    const { random, firstChain = 0 } = site;
    const firstUnit = this.#unitOffsets[layer] as number;
    const shape = { columns: units * draws, rows };
    let made: DeviceArray;
    const kernel = this.#session.uniforms;
    if (kernel) {
      const [key0, key1] = random.key;
      const words = [key0, key1, step % 0x100000000].flatMap(limbs);
      made = await kernel.run(
        shape,
        { draws },
        ...words,
        Math.floor(step / 0x100000000),
        ...limbs(firstChain),
        firstUnit,
      );
    } else {
      const data = new Float32Array(shape.columns * rows);
      let next = 0;
      for (let row = 0; row < rows; row++) {
        for (let unit = 0; unit < units; unit++) {
          for (let draw = 0; draw < draws; draw++) {
            data[next++] = random.uniform(firstChain + row, firstUnit + unit, step, draw);
          }
        }
      }
      made = await this.#kernels.upload(data, shape);
    }
    scope.push(made);
    return made;
  }

  /** Draws all units once, block by block. */
  async #sweepOnce(
    order: readonly DrawnUnits[],
    states: readonly GpujsBuffer[],
    rows: number,
    site: Site,
    step: number,
    path: CheckedPath | undefined,
  ): Promise<void> {
    const uniforms: (DeviceArray | undefined)[] = [];
    const scope: Scope = [];
    try {
      for (const drawn of order) {
        const { layer } = drawn;
        const given = uniforms[layer] ?? (await this.#uniforms(layer, rows, site, step, scope));
        uniforms[layer] = given;
        await this.#draw(drawn, states, given, rows, path);
      }
    } finally {
      for (const array of scope) array.release();
    }
  }

  /** Draws some units given all others. */
  async #draw(
    drawn: DrawnUnits,
    states: readonly GpujsBuffer[],
    uniforms: DeviceArray,
    rows: number,
    path: CheckedPath | undefined,
  ): Promise<void> {
    const { layer, block } = drawn;
    const sources = this.#sources[layer] as LayerSources;
    const target = states[layer] as GpujsBuffer;
    const scope: Scope = [];
    try {
      const inputs = await this.#couplings.inputs(drawn, states, rows, scope);
      let next = await this.#sample(layer, sources, inputs, uniforms, rows, path, scope);
      if (block !== undefined) {
        const kernel = this.#kernels.get('block', () => blockSource);
        const former = await this.#kernels.array(target);
        next = await kernel.run(next, {}, next, former, await this.#couplings.blockNumbers(layer), block);
        scope.push(next);
      }
      target.replace(0, next.hold());
    } finally {
      for (const array of scope) array.release();
    }
  }

  /** Adds a term to `sums`, one a parameter array; `undefined` stands for zeros. */
  async #addStatistics(
    {
      entries,
      rows,
      scale,
      weights,
    }: {
      readonly entries: readonly CheckedEntry<GpujsBuffer>[];
      readonly rows: number;
      readonly scale: number;
      readonly weights: GpujsBuffer | undefined;
    },
    target: GpujsBuffer,
    sums: (DeviceArray | undefined)[],
    scope: Scope,
  ): Promise<void> {
    const weighted = weights !== undefined;
    const counts = weights ? [await this.#kernels.array(weights)] : [];
    const add = async (n: number, kernel: DeviceKernel, sizes: Sizes, operands: readonly unknown[]): Promise<void> => {
      const prior = sums[n] ?? (await this.#kernels.zeros(target.shapes[n] as Shape));
      const sum = await kernel.run(target.shapes[n] as Shape, sizes, prior, ...operands);
      scope.push(sum);
      sums[n] = sum;
    };
    const means: DeviceArray[] = [];
    for (const [l, { holds, buffer }] of entries.entries()) {
      const sources = this.#sources[l] as LayerSources;
      const described = this.#operands.layer(l);
      const array = await this.#kernels.array(buffer);
      const theta = await this.#parameterOperands(l, undefined);
      for (const [p, n] of (this.#layerArrays[l] as readonly number[]).entries()) {
        const source = (): string =>
          holds === 'values' ? sources.statistics(p, weighted) : sources.expected(p, weighted);
        const kernel = this.#kernels.get(`${holds} statistics ${l} ${p} ${weighted}`, source, sources.functions);
        await add(n, kernel, { ...sizesOf(described), rows }, [array, scale, ...counts, ...theta]);
      }
      means.push(holds === 'values' ? array : await this.#mean(l, sources, array, rows, undefined, scope));
    }
    await this.#couplings.addStatistics(means, rows, counts, scale, (i, kernel, sizes, operands) =>
      add(this.#couplings.arrays[i] as number, kernel, sizes, operands),
    );
  }

  async #energy(
    entries: readonly CheckedEntry<GpujsBuffer>[],
    target: DeviceArray,
    rows: number,
    scale: number,
    path: CheckedPath | undefined,
    scope: Scope,
  ): Promise<DeviceArray> {
    const { constant } = this.model;
    const kind = pathKind(path);
    const betas = kind === 'none' ? 'one' : kind;
    const beta = await this.#beta(path?.beta ?? 1);
    const shape = { columns: rows, rows: 1 };
    let sum = target;
    const add = async (kernel: DeviceKernel, sizes: Sizes, operands: readonly unknown[]): Promise<void> => {
      sum = await kernel.run(shape, sizes, sum, ...operands);
      scope.push(sum);
    };
    if (constant !== 0) {
      await add(
        this.#kernels.get(`constant ${betas}`, () => constantSource(betas)),
        {},
        [scale * constant, beta],
      );
    }
    for (const [l, { holds, buffer }] of entries.entries()) {
      const sources = this.#sources[l] as LayerSources;
      const source = (): string => (holds === 'values' ? sources.energy(kind) : sources.cumulants(kind));
      const kernel = this.#kernels.get(`${holds} energy ${l} ${kind}`, source, sources.functions);
      await add(kernel, sizesOf(this.#operands.layer(l)), [
        await this.#kernels.array(buffer),
        scale,
        ...(await this.#parameterOperands(l, path)),
      ]);
    }
    await this.#couplings.addEnergy(entries, betas, scale, beta, add, scope);
    return sum;
  }
}

/** The sizes that kernels of a layer know. */
function sizesOf(layer: Layer): Record<string, number> {
  return { n: rowLength(layer), units: layer.units, q: layer.width };
}

function pathKind(path: CheckedPath | undefined): PathKind {
  if (!path) return 'none';
  return typeof path.beta === 'number' ? 'one' : 'rows';
}

function pathBuffers(path: CheckedPath | undefined): GpujsBuffer[] {
  if (!path) return [];
  return typeof path.beta === 'number' ? [path.base] : [path.base, path.beta];
}

function mirrorPath(path: CheckedPath | undefined, mirror: (buffer: GpujsBuffer) => Buffer): Path | undefined {
  if (!path) return undefined;
  return { base: mirror(path.base), beta: typeof path.beta === 'number' ? path.beta : mirror(path.beta) };
}

function mirrorAssignment(
  entries: readonly CheckedEntry<GpujsBuffer>[],
  mirror: (buffer: GpujsBuffer) => Buffer,
): Assignment {
  return entries.map(({ holds, buffer }) =>
    holds === 'values' ? { values: mirror(buffer) } : { inputs: mirror(buffer) },
  );
}
