import type {
  Assignment,
  Backend,
  Buffer,
  BufferSpec,
  Path,
  Program,
  RowsTarget,
  Site,
  StatisticsTerm,
} from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import { type Optimizer, projectConstraints, type UpdateSettings } from '../contracts/optimizer.js';
import { type Layer, rowLength } from '../layers/layer.js';
import {
  addEnergies,
  addModelStatistics,
  annealedParameters,
  computeInputs,
  type HostAssignment,
  type HostLayerAssignment,
  scaledInputs,
} from '../models/hamiltonian.js';
import { type EnergyModel, unitOffsets } from '../models/model.js';
import { Workspace } from '../models/workspace.js';
import { Operands, rowsOf } from '../programs/operands.js';
import { LayerDraws } from '../random/draws.js';
import { generator } from '../random/generator.js';
import { own, ReferenceBuffer } from './buffer.js';
import { listSources, PartialLayer, type Source } from './partial-layer.js';

/** A model on the reference backend: every operation is a few lines over host arrays. */
export class ReferenceProgram implements Program {
  readonly model: EnergyModel;
  readonly backend: Backend;
  readonly parameters: ReferenceBuffer;
  readonly hostLayers: readonly string[] = [];
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

  affine(layer: number, values: readonly Buffer[], inputs: Buffer): void {
    const rows = rowsOf(inputs);
    const host = this.model.layers.map((_, l) =>
      this.#interact(layer, l) ? this.#units(values[l], l, rows, 'values') : undefined,
    );
    const out = this.#units(inputs, layer, rows, 'inputs');
    computeInputs(this.model, this.parameters.data, layer, host, out, this.#workspace);
  }

  mean(layer: number, inputs: Buffer, out: Buffer, path?: Path): void {
    const rows = rowsOf(inputs);
    const received = this.#units(inputs, layer, rows, 'inputs');
    const target = this.#units(out, layer, rows, 'means');
    this.#alongPath(rows, path, (beta, first, end) => {
      const [theta, part] = this.#conditional(layer, received, path, beta, first, end);
      this.#layer(layer).mean(theta, part, this.#rowsOf(layer, target, first, end));
    });
  }

  sample(layer: number, inputs: Buffer, out: Buffer, site: Site, path?: Path): void {
    const rows = rowsOf(inputs);
    const received = this.#units(inputs, layer, rows, 'inputs');
    this.#sample(layer, received, this.#units(out, layer, rows, 'states'), site, site.step, path);
  }

  gibbs(states: readonly Buffer[], sweeps: number, site: Site, path?: Path): void {
    if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
      throw new RbmError('ARGUMENT_INVALID', `A whole number of sweeps is needed, not ${sweeps}.`);
    }
    const rows = rowsOf(states[0]);
    const host = this.model.layers.map((_, l) => this.#units(states[l], l, rows, 'states'));
    const parts = this.#parts();
    for (let s = 0; s < sweeps; s++) {
      for (const block of parts) {
        for (const part of block) {
          if (part instanceof PartialLayer) this.#samplePart(part, host, rows, site, site.step + s, path);
          else {
            const values = host[part] as Float64Array;
            const inputs = this.#workspace.take(`inputs of layer ${part}`, values.length);
            computeInputs(this.model, this.parameters.data, part, host, inputs, this.#workspace);
            this.#sample(part, inputs, values, site, site.step + s, path);
          }
        }
      }
    }
  }

  statistics(out: Buffer, terms: readonly StatisticsTerm[]): void {
    const checked = terms.map((term) => {
      const { assignment, rows } = this.#assignment(term.assignment);
      return { assignment, rows, scale: term.scale, weights: term.weights && this.#rows(term.weights, rows) };
    });
    const { data } = this.parameters;
    const target = this.#parameterLike(out).fill(0);
    for (const { assignment, rows, scale, weights } of checked) {
      const scales = this.#workspace.take('scales', rows);
      for (let row = 0; row < rows; row++) scales[row] = scale * (weights ? (weights[row] as number) : 1);
      addModelStatistics(this.model, data, assignment, scales, target, this.#workspace);
    }
  }

  energy(assignment: Assignment, target: RowsTarget, path?: Path): void {
    const { assignment: host, rows } = this.#assignment(assignment);
    const out = this.#rows(target.rows, rows);
    const base = path && this.#parameterLike(path.base);
    const energies = this.#workspace.take('energies', rows).fill(0);
    this.#alongPath(rows, path, (beta, first, end) => {
      const part = host.map((entry, l): HostLayerAssignment => {
        if ('values' in entry) return { values: this.#rowsOf(l, entry.values, first, end) };
        return { inputs: this.#rowsOf(l, entry.inputs, first, end) };
      });
      const { data } = this.parameters;
      addEnergies(this.model, data, part, energies.subarray(first, end), this.#workspace, base, beta);
    });
    for (let row = 0; row < rows; row++) {
      out[row] = (out[row] as number) + target.scale * (energies[row] as number);
    }
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

  dispose(): void {
    this.parameters.dispose();
  }

  #layer(layer: number): Layer {
    return this.#operands.layer(layer);
  }

  #interact(a: number, b: number): boolean {
    return this.model.interactions.some(({ between: [c, d] }) => (a === c && b === d) || (a === d && b === c));
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

  #assignment(assignment: Assignment): { assignment: HostAssignment; rows: number } {
    const { entries, rows } = this.#operands.assignment(assignment);
    const host = entries.map(
      ({ holds, buffer: { data } }): HostLayerAssignment => (holds === 'values' ? { values: data } : { inputs: data }),
    );
    return { assignment: host, rows };
  }

  /** Part of a batch of a layer's units. */
  #rowsOf(layer: number, batch: Float64Array, first: number, end: number): Float64Array {
    const length = rowLength(this.#layer(layer));
    return batch.length === (end - first) * length ? batch : batch.subarray(first * length, end * length);
  }

  /** Calls `work` for each run of rows that share an inverse temperature. */
  #alongPath(rows: number, path: Path | undefined, work: (beta: number, first: number, end: number) => void): void {
    if (!path || typeof path.beta === 'number') {
      work((path?.beta as number | undefined) ?? 1, 0, rows);
      return;
    }
    const betas = this.#rows(path.beta, rows);
    for (let first = 0; first < rows; ) {
      let end = first + 1;
      while (end < rows && betas[end] === betas[first]) end++;
      work(betas[first] as number, first, end);
      first = end;
    }
  }

  /** Parameters and inputs of the conditional distribution of some rows of a layer at `beta` of a path. */
  #conditional(
    layer: number,
    inputs: Float64Array,
    path: Path | undefined,
    beta: number,
    first: number,
    end: number,
  ): [theta: Float64Array, inputs: Float64Array] {
    const base = path && this.#parameterLike(path.base);
    const theta = annealedParameters(this.model, layer, this.parameters.data, this.#workspace, base, beta);
    return [theta, scaledInputs(this.#rowsOf(layer, inputs, first, end), beta, this.#workspace)];
  }

  #sample(layer: number, inputs: Float64Array, out: Float64Array, site: Site, step: number, path?: Path): void {
    const draws = this.#aim(layer, site, step);
    this.#alongPath(inputs.length / rowLength(this.#layer(layer)), path, (beta, first, end) => {
      draws.firstChain = (site.firstChain ?? 0) + first;
      const [theta, part] = this.#conditional(layer, inputs, path, beta, first, end);
      this.#layer(layer).sample(theta, part, this.#rowsOf(layer, out, first, end), draws);
    });
  }

  #samplePart(
    part: PartialLayer,
    states: readonly Float64Array[],
    rows: number,
    site: Site,
    step: number,
    path?: Path,
  ): void {
    const { data } = this.parameters;
    const base = path && this.#parameterLike(path.base);
    const draws = this.#aim(part.index, site, step);
    const inputs = part.inputs(data, states, rows, this.#workspace);
    const length = rowLength(part.layer);
    this.#alongPath(rows, path, (beta, first, end) => {
      draws.firstChain = (site.firstChain ?? 0) + first;
      const theta = part.parameters(data, this.#workspace, base, beta);
      const received = scaledInputs(inputs.subarray(first * length, end * length), beta, this.#workspace);
      part.sample(theta, received, states[part.index] as Float64Array, first, draws, this.#workspace);
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
