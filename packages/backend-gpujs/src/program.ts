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
import { GpujsBuffer } from './buffer.js';
import type { DeviceArray, DeviceKernel, Shape, Sizes } from './engine.js';
import { HostFallback } from './host-fallback.js';
import { type LayerSources, layerSources, type PathKind } from './layer-sources.js';
import { exclusiveSource, limbs, philoxSource } from './philox-source.js';
import { own, type Session } from './session.js';
import {
  centreFirstSource,
  centreSecondSource,
  centreWeightsSource,
  constantSource,
  descentSource,
  dotSource,
  firstProductSource,
  outerSource,
  productSource,
  transposeSource,
  velocitySource,
} from './sources.js';
import { packNumbers, singleAtLeast } from './transfer.js';

/** Sweeps of the reference backend between which the event loop may turn. */
const HOST_SWEEPS = 4;

/** A path whose buffers were checked. */
interface CheckedPath {
  readonly base: GpujsBuffer;
  readonly beta: number | GpujsBuffer;
}

/** Arrays that an operation holds until it ends. */
type Scope = DeviceArray[];

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
  /** For each interaction, which of the layout's arrays it is. */
  readonly #interactionArrays: readonly number[];
  readonly #dense: boolean;
  /** Layers in the order of a sweep, if kernels can do it. */
  readonly #sweep: readonly number[] | undefined;
  readonly #kernels: Map<string, DeviceKernel> = new Map();
  /** Weights with rows and columns exchanged, and of which weights they are. */
  readonly #transposed: Map<number, { of: DeviceArray; array: DeviceArray }> = new Map();
  readonly #zeroArrays: Map<string, DeviceArray> = new Map();
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
    const { layers, layout } = model;
    this.#unitOffsets = layers.map((_, l) => layers.slice(0, l).reduce((sum, { units }) => sum + units, 0));
    let next = 0;
    this.#layerArrays = layers.map(({ parameters }) => parameters.map(() => next++));
    this.#interactionArrays = layout.interactions.map(() => next++);
    this.#dense = model.interactions.every(({ kind }) => kind === 'dense');
    const parts = model.blocks.flat();
    const native = this.#dense && this.hostLayers.length === 0 && parts.every(({ units }) => units === undefined);
    this.#sweep = native ? parts.map(({ layer }) => layer) : undefined;
    this.parameters = this.#allocate({ holds: 'parameters' });
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
      this.#interact(layer, l) ? this.#operands.units(values[l], l, rows, 'values') : undefined,
    );
    if (this.#dense) {
      this.#enqueue(async (scope) => out.replace(0, (await this.#affine(layer, senders, rows, scope)).hold()));
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
        const array = await this.#array(received);
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
        const array = await this.#array(received);
        target.replace(0, (await this.#sample(layer, sources, array, rows, site, site.step, checked, scope)).hold());
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
          for (const layer of order) await this.#step(layer, buffers, rows, site, site.step + s, checked);
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
    if (this.#dense && this.hostLayers.length === 0) {
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
    if (this.#dense && this.hostLayers.length === 0) {
      this.#enqueue(async (scope) => {
        out.replace(0, (await this.#energy(entries, await this.#array(out), rows, scale, checked, scope)).hold());
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
    const centred = optimizer.kind === 'centred-sgd' && this.#canCentre();
    if (optimizer.kind === 'sgd' || centred) {
      const [velocity, offsets] = arrays as [GpujsBuffer, GpujsBuffer];
      this.#enqueue(async (scope) => {
        if (centred) await this.#centre(slope, offsets);
        await this.#descend(optimizer, slope, velocity, settings.rate, scope);
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
      for (const { array } of this.#transposed.values()) array.release();
      this.#transposed.clear();
      for (const zeros of this.#zeroArrays.values()) zeros.release();
      this.#zeroArrays.clear();
      if (this.#session.programs.size === 0) this.#session.engine.trim();
    });
  }

  /** Enqueues what replaces the content of a buffer. `data` is copied at once. */
  write(buffer: GpujsBuffer, data: SampleArray): void {
    const parts = packNumbers(buffer, data);
    this.#enqueue(() => this.#upload(buffer, parts));
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

  #interact(a: number, b: number): boolean {
    return this.model.interactions.some(({ between: [c, d] }) => (a === c && b === d) || (a === d && b === c));
  }

  #path(path: Path | undefined, rows: number): CheckedPath | undefined {
    if (!path) return undefined;
    const base = this.#operands.parameterLike(path.base);
    return { base, beta: typeof path.beta === 'number' ? path.beta : this.#operands.rows(path.beta, rows) };
  }

  /** The kernel of a source that is made once. @param name Says which source it is. */
  #kernel(name: string, source: () => string, functions?: readonly string[]): DeviceKernel {
    const known = this.#kernels.get(name);
    if (known) return known;
    const kernel = this.#session.engine.kernel(source(), functions);
    this.#kernels.set(name, kernel);
    return kernel;
  }

  async #upload(buffer: GpujsBuffer, parts: readonly Float32Array[]): Promise<void> {
    for (const [n, part] of parts.entries()) {
      buffer.replace(n, await this.#uploadArray(part, buffer.shapes[n] as Shape));
    }
  }

  #uploadArray(data: Float32Array, shape: Shape): Promise<DeviceArray> {
    return this.#session.engine.upload(data, shape);
  }

  /** One array of a buffer; the buffer keeps holding it. */
  async #array(buffer: GpujsBuffer, index = 0): Promise<DeviceArray> {
    const known = buffer.arrays[index];
    if (known) return known;
    const shape = buffer.shapes[index] as Shape;
    const zeros = await this.#zeros(shape);
    buffer.replace(index, zeros.hold());
    return zeros;
  }

  #arrays(buffer: GpujsBuffer, indices: readonly number[]): Promise<DeviceArray[]> {
    return inOrder(indices, (index) => this.#array(buffer, index));
  }

  async #affine(
    layer: number,
    senders: readonly (GpujsBuffer | undefined)[],
    rows: number,
    scope: Scope,
  ): Promise<DeviceArray> {
    const columns = rowLength(this.#operands.layer(layer));
    let sum: DeviceArray | undefined;
    for (const [
      n,
      {
        between: [a, b],
      },
    ] of this.model.interactions.entries()) {
      if (layer !== a && layer !== b) continue;
      const values = await this.#array(senders[layer === b ? a : b] as GpujsBuffer);
      const matrix = await this.#matrix(n, layer === b);
      sum = await this.#product(sum, values, matrix, { columns, rows }, scope);
    }
    return sum ?? this.#zeros({ columns, rows });
  }

  async #product(
    prior: DeviceArray | undefined,
    values: DeviceArray,
    matrix: DeviceArray,
    shape: Shape,
    scope: Scope,
  ): Promise<DeviceArray> {
    const sizes = { n: matrix.rows };
    const kernel = prior
      ? this.#kernel('product', () => productSource)
      : this.#kernel('first product', () => firstProductSource);
    const sum = await kernel.run(shape, sizes, ...(prior ? [prior] : []), values, matrix);
    scope.push(sum);
    return sum;
  }

  /** What values are multiplied by to be sent through an interaction: neighbouring columns lie side by side. */
  async #matrix(interaction: number, toSecond: boolean): Promise<DeviceArray> {
    const weights = await this.#array(this.parameters, this.#interactionArrays[interaction]);
    if (toSecond) return weights;
    const known = this.#transposed.get(interaction);
    if (known?.of === weights) return known.array;
    const { columns, rows } = weights;
    const kernel = this.#kernel('transpose', () => transposeSource);
    const array = await kernel.run({ columns: rows, rows: columns }, {}, weights);
    known?.array.release();
    this.#transposed.set(interaction, { of: weights, array });
    return array;
  }

  /** The operands that parameters and path come in. */
  async #parameterOperands(layer: number, path: CheckedPath | undefined): Promise<unknown[]> {
    const indices = this.#layerArrays[layer] as readonly number[];
    const theta = await this.#arrays(this.parameters, indices);
    if (!path) return theta;
    const { base, beta } = path;
    return [...theta, ...(await this.#arrays(base, indices)), await this.#beta(beta)];
  }

  async #beta(beta: number | GpujsBuffer): Promise<number | DeviceArray> {
    return typeof beta === 'number' ? beta : this.#array(beta);
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
    const kernel = this.#kernel(`mean ${layer} ${kind}`, () => sources.mean(kind), sources.functions);
    const means = await kernel.run(shape, sizesOf(described), inputs, ...(await this.#parameterOperands(layer, path)));
    scope.push(means);
    return means;
  }

  async #sample(
    layer: number,
    sources: LayerSources,
    inputs: DeviceArray,
    rows: number,
    site: Site,
    step: number,
    path: CheckedPath | undefined,
    scope: Scope,
  ): Promise<DeviceArray> {
    const kind = pathKind(path);
    const described = this.#operands.layer(layer);
    const shape = { columns: rowLength(described), rows };
    const kernel = this.#kernel(`sample ${layer} ${kind}`, () => sources.sample(kind), sources.functions);
    const uniforms = await this.#uniforms(layer, described, rows, site, step, scope);
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
  async #uniforms(
    layer: number,
    { units, uniforms: draws }: Layer,
    rows: number,
    site: Site,
    step: number,
    scope: Scope,
  ): Promise<DeviceArray> {
    const { random, firstChain = 0 } = site;
    const firstUnit = this.#unitOffsets[layer] as number;
    const shape = { columns: units * draws, rows };
    let made: DeviceArray;
    if (this.#session.random === 'key') {
      const kernel = this.#kernel('uniforms', () => philoxSource, [exclusiveSource]);
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
      made = await this.#uploadArray(data, shape);
    }
    scope.push(made);
    return made;
  }

  /** Draws one layer given all others. */
  async #step(
    layer: number,
    states: readonly GpujsBuffer[],
    rows: number,
    site: Site,
    step: number,
    path: CheckedPath | undefined,
  ): Promise<void> {
    const scope: Scope = [];
    try {
      const inputs = await this.#affine(layer, states, rows, scope);
      const sources = this.#sources[layer] as LayerSources;
      const drawn = await this.#sample(layer, sources, inputs, rows, site, step, path, scope);
      (states[layer] as GpujsBuffer).replace(0, drawn.hold());
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
    const counts = weights ? [await this.#array(weights)] : [];
    const add = async (n: number, kernel: DeviceKernel, sizes: Sizes, operands: readonly unknown[]): Promise<void> => {
      const prior = sums[n] ?? (await this.#zeros(target.shapes[n] as Shape));
      const sum = await kernel.run(target.shapes[n] as Shape, sizes, prior, ...operands);
      scope.push(sum);
      sums[n] = sum;
    };
    const means: DeviceArray[] = [];
    for (const [l, { holds, buffer }] of entries.entries()) {
      const sources = this.#sources[l] as LayerSources;
      const described = this.#operands.layer(l);
      const array = await this.#array(buffer);
      const theta = await this.#parameterOperands(l, undefined);
      for (const [p, n] of (this.#layerArrays[l] as readonly number[]).entries()) {
        const source = (): string =>
          holds === 'values' ? sources.statistics(p, weighted) : sources.expected(p, weighted);
        const kernel = this.#kernel(`${holds} statistics ${l} ${p} ${weighted}`, source, sources.functions);
        await add(n, kernel, { ...sizesOf(described), rows }, [array, scale, ...counts, ...theta]);
      }
      means.push(holds === 'values' ? array : await this.#mean(l, sources, array, rows, undefined, scope));
    }
    for (const [
      i,
      {
        between: [a, b],
      },
    ] of this.model.interactions.entries()) {
      const n = this.#interactionArrays[i] as number;
      const kernel = this.#kernel(`outer ${weighted}`, () => outerSource(weighted));
      await add(n, kernel, { rows }, [means[a], means[b], ...counts, scale]);
    }
  }

  /** Zeros, uploaded once for each shape: arrays on the device never change. The program holds them. */
  async #zeros(shape: Shape): Promise<DeviceArray> {
    const { columns, rows } = shape;
    const key = `${columns} ${rows}`;
    const known = this.#zeroArrays.get(key);
    if (known) return known;
    const zeros = await this.#uploadArray(new Float32Array(columns * rows), shape);
    this.#zeroArrays.set(key, zeros);
    return zeros;
  }

  async #energy(
    entries: readonly CheckedEntry<GpujsBuffer>[],
    target: DeviceArray,
    rows: number,
    scale: number,
    path: CheckedPath | undefined,
    scope: Scope,
  ): Promise<DeviceArray> {
    const { constant, interactions } = this.model;
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
        this.#kernel(`constant ${betas}`, () => constantSource(betas)),
        {},
        [scale * constant, beta],
      );
    }
    for (const [l, { holds, buffer }] of entries.entries()) {
      const sources = this.#sources[l] as LayerSources;
      const source = (): string => (holds === 'values' ? sources.energy(kind) : sources.cumulants(kind));
      const kernel = this.#kernel(`${holds} energy ${l} ${kind}`, source, sources.functions);
      await add(kernel, sizesOf(this.#operands.layer(l)), [
        await this.#array(buffer),
        scale,
        ...(await this.#parameterOperands(l, path)),
      ]);
    }
    for (const [
      n,
      {
        between: [a, b],
      },
    ] of interactions.entries()) {
      const [from, to] = [entries[a] as CheckedEntry<GpujsBuffer>, entries[b] as CheckedEntry<GpujsBuffer>];
      // With one side summed out, the interaction is already inside the inputs that its cumulants were taken of.
      if (from.holds === 'inputs' || to.holds === 'inputs') continue;
      const other = await this.#array(to.buffer);
      const matrix = await this.#matrix(n, true);
      const sent = await this.#product(undefined, await this.#array(from.buffer), matrix, other, scope);
      const kernel = this.#kernel(`dot ${betas}`, () => dotSource(betas));
      await add(kernel, { n: other.columns }, [sent, other, scale, beta]);
    }
    return sum;
  }

  /** Whether all interactions are dense, and the first parameters of every layer the fields of its units. */
  #canCentre(): boolean {
    if (!this.#dense) return false;
    return this.model.layers.every((layer) => {
      const [first] = layer.parameters;
      const length = first?.shape.reduce((product, extent) => product * extent, 1);
      return length === rowLength(layer) && (first?.name === 'bias' || first?.name === 'field');
    });
  }

  /** Turns a gradient into that of centred coordinates; all weights first, which need the fields as they were. */
  async #centre(gradient: GpujsBuffer, offsets: GpujsBuffer): Promise<void> {
    const ends = this.model.interactions.map(({ between }, i) => {
      const [a, b] = between.map((layer) => this.#layerArrays[layer]?.[0]) as [number, number];
      return { a, b, w: this.#interactionArrays[i] as number };
    });
    for (const { a, b, w } of ends) {
      const kernel = this.#kernel('centre weights', () => centreWeightsSource);
      const given = await this.#arrays(gradient, [w, a, b]);
      const origin = await this.#arrays(offsets, [a, b]);
      gradient.replace(w, await kernel.run(gradient.shapes[w] as Shape, {}, ...given, ...origin));
    }
    for (const { a, b, w } of ends) {
      const { columns, rows } = gradient.shapes[w] as Shape;
      const first = this.#kernel('centre first', () => centreFirstSource);
      const second = this.#kernel('centre second', () => centreSecondSource);
      const weights = await this.#array(gradient, w);
      const [mu, lambda] = (await this.#arrays(offsets, [a, b])) as [DeviceArray, DeviceArray];
      const fieldsA = await this.#array(gradient, a);
      gradient.replace(a, await first.run({ columns: rows, rows: 1 }, { n: columns }, fieldsA, weights, lambda));
      const fieldsB = await this.#array(gradient, b);
      gradient.replace(b, await second.run({ columns, rows: 1 }, { n: rows }, fieldsB, weights, mu));
    }
  }

  /** A step of gradient descent with momentum. */
  async #descend(
    { settings }: Optimizer,
    gradient: GpujsBuffer,
    velocity: GpujsBuffer,
    rate: number,
    scope: Scope,
  ): Promise<void> {
    const { momentum = 0, weightDecay = 0 } = settings;
    for (const [n, { interaction, minimum }] of this.model.layout.arrays.entries()) {
      const shape = this.parameters.shapes[n] as Shape;
      const parameters = await this.#array(this.parameters, n);
      const before = await this.#array(velocity, n);
      const slope = await this.#array(gradient, n);
      const kernel = this.#kernel('velocity', () => velocitySource);
      const after = await kernel.run(
        shape,
        {},
        before,
        slope,
        parameters,
        momentum,
        rate,
        interaction ? weightDecay : 0,
      );
      scope.push(after);
      const constrained = minimum > Number.NEGATIVE_INFINITY;
      const descent = this.#kernel(`descent ${constrained}`, () => descentSource(constrained));
      const moved = await descent.run(shape, {}, parameters, after, ...(constrained ? [singleAtLeast(minimum)] : []));
      velocity.replace(n, after.hold());
      this.parameters.replace(n, moved);
    }
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

/** One after the other. */
async function inOrder<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>): Promise<Out[]> {
  const out: Out[] = [];
  for (const item of items) out.push(await work(item));
  return out;
}
