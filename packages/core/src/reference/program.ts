import type {
  Assignment,
  Backend,
  Buffer,
  BufferSpec,
  Inputs,
  Program,
  ScaledRows,
  Site,
  StatisticsTerm,
  Target,
} from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import { type Optimizer, projectConstraints, type UpdateSettings } from '../contracts/optimizer.js';
import { type Layer, rowLength } from '../layers/layer.js';
import {
  addEnergies,
  addModelStatistics,
  annealedInputs,
  annealedParameters,
  computeInputs,
  type HostAssignment,
  type HostLayerAssignment,
  type HostTarget,
} from '../models/hamiltonian.js';
import { areJoined } from '../models/interaction.js';
import { type EnergyModel, unitOffsets } from '../models/model.js';
import { Workspace } from '../models/workspace.js';
import { type CheckedInputs, type CheckedTarget, Operands, rowsOf } from '../programs/operands.js';
import { hasWeightedBase } from '../programs/receive.js';
import { LayerDraws } from '../random/draws.js';
import { generator } from '../random/generator.js';
import { own, ReferenceBuffer } from './buffer.js';
import { isClamped, listSources, PartialLayer, type Source } from './partial-layer.js';

/** A model on the reference backend: every operation is a few lines over host arrays. */
export class ReferenceProgram implements Program {
  readonly model: EnergyModel;
  readonly backend: Backend;
  readonly parameters: ReferenceBuffer;
  readonly hostLayers: readonly string[] = [];
  readonly hostInteractions: readonly string[] = [];
  readonly #live: Set<ReferenceBuffer>;
  readonly #operands: Operands<ReferenceBuffer>;
  readonly #workspace: Workspace = new Workspace();
  readonly #draws: LayerDraws = new LayerDraws(generator(0));
  readonly #unitOffsets: readonly number[];
  #blocks: readonly (readonly (number | PartialLayer)[])[] | undefined;

  constructor(backend: Backend, model: EnergyModel, live: Set<ReferenceBuffer>) {
    this.backend = backend;
    this.model = model;
    this.#live = live;
    this.#operands = new Operands(model, (buffer) => own(buffer, live));
    this.#unitOffsets = unitOffsets(model);
    this.parameters = new ReferenceBuffer({ holds: 'parameters' }, model, live);
    this.parameters.data.set(model.parameters);
  }

  allocate(spec: BufferSpec): Buffer {
    own(this.parameters, this.#live); // A program that was released gives no memory.
    return new ReferenceBuffer(spec, this.model, this.#live);
  }

  affine(layer: number, values: readonly Buffer[], inputs: Buffer, parameters: Buffer = this.parameters): void {
    const rows = rowsOf(inputs);
    const host = this.model.layers.map((_, l) =>
      this.#interact(layer, l) ? this.#units(values[l], l, rows, 'values') : undefined,
    );
    const out = this.#units(inputs, layer, rows, 'inputs');
    computeInputs(this.model, this.#parameterLike(parameters), layer, host, out, this.#workspace);
  }

  mean(layer: number, inputs: Buffer | Inputs, out: Buffer, target?: Target): void {
    const rows = rowsOf(out);
    const at = this.#operands.target(target, rows, this.parameters);
    const received = hostInputs(this.#operands.inputs(inputs, layer, rows, at.weighted));
    const means = this.#units(out, layer, rows, 'means');
    this.#eachBeta(rows, at, (host, first, end) => {
      const [theta, part] = this.#conditional(layer, received, host, first, end);
      const fresh = this.#fresh(layer, at, end - first) ?? this.#rowsOf(layer, means, first, end);
      this.#layer(layer).mean(theta, part, fresh);
      this.#keepClamped(layer, fresh, means, first, at);
    });
  }

  sample(layer: number, inputs: Buffer | Inputs, out: Buffer, site: Site, target?: Target): void {
    const rows = rowsOf(out);
    const at = this.#operands.target(target, rows, this.parameters);
    const received = hostInputs(this.#operands.inputs(inputs, layer, rows, at.weighted));
    this.#sample(layer, received, this.#units(out, layer, rows, 'states'), site, site.step, at);
  }

  gibbs(states: readonly Buffer[], sweeps: number, site: Site, target?: Target): void {
    if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
      throw new RbmError('ARGUMENT_INVALID', `The number of sweeps is ${sweeps}; expected a whole number from 0 up.`);
    }
    const rows = rowsOf(states[0]);
    const host = this.model.layers.map((_, l) => this.#units(states[l], l, rows, 'states'));
    const at = this.#operands.target(target, rows, this.parameters);
    const parts = this.#parts();
    for (let s = 0; s < sweeps; s++) {
      for (const block of parts) {
        for (const part of block) {
          if (part instanceof PartialLayer) this.#samplePart(part, host, rows, site, site.step + s, at);
          else this.#sampleLayer(part, host, site, site.step + s, at);
        }
      }
    }
  }

  statistics(out: Buffer, terms: readonly StatisticsTerm[], parameters: Buffer = this.parameters): void {
    const checked = terms.map((term) => {
      const { assignment, rows } = this.#assignment(term.assignment, false);
      return { assignment, rows, scale: term.scale, weights: term.weights && this.#rows(term.weights, rows) };
    });
    const data = this.#parameterLike(parameters);
    const target = this.#parameterLike(out).fill(0);
    for (const { assignment, rows, scale, weights } of checked) {
      const scales = this.#workspace.take('scales', rows);
      for (let row = 0; row < rows; row++) scales[row] = scale * (weights ? (weights[row] as number) : 1);
      addModelStatistics(this.model, data, assignment, scales, target, this.#workspace);
    }
  }

  energy(assignment: Assignment, sum: ScaledRows, target?: Target): void {
    const { assignment: host, rows } = this.#assignment(assignment, hasWeightedBase(target), target);
    const at = this.#operands.target(target, rows, this.parameters);
    const out = this.#rows(sum.rows, rows);
    const energies = this.#workspace.take('energies', rows).fill(0);
    this.#eachBeta(rows, at, (hostTarget, first, end) => {
      const part = host.map((entry, l): HostLayerAssignment => {
        if ('values' in entry) return { values: this.#rowsOf(l, entry.values, first, end) };
        const base = entry.base && this.#rowsOf(l, entry.base, first, end);
        return { inputs: this.#rowsOf(l, entry.inputs, first, end), base };
      });
      addEnergies(this.model, hostTarget, part, energies.subarray(first, end), this.#workspace);
    });
    for (let row = 0; row < rows; row++) out[row] = (out[row] as number) + sum.scale * (energies[row] as number);
  }

  update(optimizer: Optimizer, gradient: Buffer, slots: readonly Buffer[], settings: UpdateSettings): void {
    if (slots.length !== optimizer.slots.length) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `Optimizer "${optimizer.kind}" has ${optimizer.slots.length} slots, but ${slots.length} buffers were given.`,
      );
    }
    const arrays = slots.map((slot) => this.#parameterLike(slot));
    const { data } = this.parameters;
    optimizer.update(this.#parameterLike(gradient), arrays, data, settings, this.model.layout);
    projectConstraints(data, this.model.layout);
  }

  updatesOnHost(): boolean {
    return false;
  }

  dispose(): void {
    this.parameters.dispose();
  }

  #layer(layer: number): Layer {
    return this.#operands.layer(layer);
  }

  #interact(a: number, b: number): boolean {
    return areJoined(this.model.interactions, a, b);
  }

  /** The parts of each block of a sweep, whole layers by their numbers; listed when the first sweep is asked for. */
  #parts(): readonly (readonly (number | PartialLayer)[])[] {
    const { model } = this;
    if (!this.#blocks) {
      const sources = model.layers.map((_, l) => (isSplit(model, l) ? listSources(model, l) : []));
      this.#blocks = model.blocks.map((block) =>
        block.map(({ layer, units }) =>
          units ? new PartialLayer(model, layer, units, sources[layer] as Source[]) : layer,
        ),
      );
    }
    return this.#blocks;
  }

  #units(...operands: Parameters<Operands<ReferenceBuffer>['units']>): Float64Array {
    return this.#operands.units(...operands).data;
  }

  #parameterLike(buffer: Buffer): Float64Array {
    return this.#operands.parameterLike(buffer).data;
  }

  #rows(buffer: Buffer, rows: number): Float64Array {
    return this.#operands.rows(buffer, rows).data;
  }

  #assignment(
    assignment: Assignment,
    weighted: boolean,
    target?: Target,
  ): { assignment: HostAssignment; rows: number } {
    const { entries, rows } = this.#operands.assignment(assignment, weighted);
    if (target) this.#operands.checkSummedOut(entries, this.#operands.target(target, rows, this.parameters));
    const host = entries.map((entry): HostLayerAssignment => {
      if (entry.holds === 'values') return { values: entry.buffer.data };
      return { inputs: entry.buffer.data, base: entry.base?.data };
    });
    return { assignment: host, rows };
  }

  /** Part of a batch of a layer's units. */
  #rowsOf(layer: number, batch: Float64Array, first: number, end: number): Float64Array {
    const length = rowLength(this.#layer(layer));
    return batch.length === (end - first) * length ? batch : batch.subarray(first * length, end * length);
  }

  /** Calls `work` for each run of rows that share an inverse temperature. */
  #eachBeta(
    rows: number,
    at: CheckedTarget<ReferenceBuffer>,
    work: (target: HostTarget, first: number, end: number) => void,
  ): void {
    const { weighted, beta } = at;
    const [parameters, base] = [at.parameters.data, at.base?.data];
    if (typeof beta === 'number') {
      work({ parameters, base, weighted, beta }, 0, rows);
      return;
    }
    const betas = beta.data;
    for (let first = 0; first < rows; ) {
      let end = first + 1;
      while (end < rows && betas[end] === betas[first]) end++;
      work({ parameters, base, weighted, beta: betas[first] as number }, first, end);
      first = end;
    }
  }

  /** Parameters and inputs of the conditional distribution of some rows of a layer. */
  #conditional(
    layer: number,
    received: HostInputs,
    target: HostTarget,
    first: number,
    end: number,
  ): [theta: Float64Array, inputs: Float64Array] {
    const theta = annealedParameters(this.model, layer, target, this.#workspace);
    const inputs = this.#rowsOf(layer, received.inputs, first, end);
    const base = received.base && this.#rowsOf(layer, received.base, first, end);
    return [theta, annealedInputs(inputs, base, target.beta ?? 1, this.#workspace)];
  }

  #sample(
    layer: number,
    received: HostInputs,
    out: Float64Array,
    site: Site,
    step: number,
    at: CheckedTarget<ReferenceBuffer>,
  ): void {
    const draws = this.#aim(layer, site, step);
    this.#eachBeta(out.length / rowLength(this.#layer(layer)), at, (target, first, end) => {
      draws.firstChain = (site.firstChain ?? 0) + first;
      const [theta, part] = this.#conditional(layer, received, target, first, end);
      const fresh = this.#fresh(layer, at, end - first) ?? this.#rowsOf(layer, out, first, end);
      this.#layer(layer).sample(theta, part, fresh, draws);
      this.#keepClamped(layer, fresh, out, first, at);
    });
  }

  /** Memory for new values of a layer with clamped units, whose old values are still needed. */
  #fresh(layer: number, { clamp }: CheckedTarget<ReferenceBuffer>, rows: number): Float64Array | undefined {
    return clamp[layer] && this.#workspace.take('values before clamping', rows * rowLength(this.#layer(layer)));
  }

  /** Copies new values of the free units to the rows of `out` from `first` on; nothing is to do without a clamp. */
  #keepClamped(
    layer: number,
    fresh: Float64Array,
    out: Float64Array,
    first: number,
    { clamp }: CheckedTarget<ReferenceBuffer>,
  ): void {
    const mask = clamp[layer]?.data;
    if (!mask) return;
    const whole = this.#layer(layer);
    const length = rowLength(whole);
    for (let n = 0; n < fresh.length; n++) {
      const row = first + Math.floor(n / length);
      if (!isClamped(mask, whole, row, n % length)) out[first * length + n] = fresh[n] as number;
    }
  }

  #sampleLayer(
    layer: number,
    states: readonly Float64Array[],
    site: Site,
    step: number,
    at: CheckedTarget<ReferenceBuffer>,
  ): void {
    const values = states[layer] as Float64Array;
    const send = (what: string, flat: Float64Array): Float64Array => {
      const inputs = this.#workspace.take(what, values.length);
      computeInputs(this.model, flat, layer, states, inputs, this.#workspace);
      return inputs;
    };
    const inputs = send(`inputs of layer ${layer}`, at.parameters.data);
    const base = at.weighted && at.base ? send(`inputs of layer ${layer} from the base`, at.base.data) : undefined;
    this.#sample(layer, { inputs, base }, values, site, step, at);
  }

  #samplePart(
    part: PartialLayer,
    states: readonly Float64Array[],
    rows: number,
    site: Site,
    step: number,
    at: CheckedTarget<ReferenceBuffer>,
  ): void {
    const draws = this.#aim(part.index, site, step);
    const inputs = part.inputs(at.parameters.data, states, rows, this.#workspace, 'inputs of some units');
    const base =
      at.weighted && at.base
        ? part.inputs(at.base.data, states, rows, this.#workspace, 'inputs of some units from the base')
        : undefined;
    const length = rowLength(part.layer);
    this.#eachBeta(rows, at, (target, first, end) => {
      draws.firstChain = (site.firstChain ?? 0) + first;
      const theta = part.parameters(target, this.#workspace);
      const [from, to] = [first * length, end * length];
      const beta = target.beta ?? 1;
      const received = annealedInputs(inputs.subarray(from, to), base?.subarray(from, to), beta, this.#workspace);
      const mask = at.clamp[part.index]?.data;
      part.sample(theta, received, states[part.index] as Float64Array, first, mask, draws, this.#workspace);
    });
  }

  /** The draws of one layer at one step. */
  #aim(layer: number, site: Site, step: number): LayerDraws {
    const draws = this.#draws;
    draws.random = site.random;
    draws.step = step;
    draws.firstUnit = this.#unitOffsets[layer] as number;
    return draws;
  }
}

function isSplit(model: EnergyModel, layer: number): boolean {
  return model.blocks.some((block) => block.some((part) => part.layer === layer && part.units));
}

/** Inputs of a layer as arrays. */
interface HostInputs {
  readonly inputs: Float64Array;
  /** What a base with weights sends. */
  readonly base: Float64Array | undefined;
}

function hostInputs({ buffer, base }: CheckedInputs<ReferenceBuffer>): HostInputs {
  return { inputs: buffer.data, base: base?.data };
}
