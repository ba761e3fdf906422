import type { EnergyModel } from '@rbm/core';
import {
  type CheckedEntry,
  isPairwise,
  type Layer,
  listEntries,
  listNeighbours,
  type PairInteraction,
  rowLength,
} from '@rbm/core/contracts';
import { arraysOf, type GpujsBuffer } from './buffer.js';
import type { DeviceArray, DeviceKernel, Engine, Sizes } from './engine.js';
import type { Kernels, Scope } from './kernels.js';
import {
  type Betas,
  dotSource,
  linkedEnergySource,
  linkedInputsSource,
  linkedOuterSource,
  outerSource,
  productSource,
  transposeSource,
} from './sources.js';

/** The most blocks of a model whose sweeps run as kernels: each takes a few, over the whole of its layers. */
const MOST_BLOCKS = 32;

/** Units of a layer that are drawn at once. */
export interface DrawnUnits {
  readonly layer: number;
  /** The number of their block; absent where they are the whole layer. */
  readonly block: number | undefined;
}

/** The order of a sweep with kernels; `undefined` where the reference backend is faster, on the host. */
export function sweepOf({ blocks }: EnergyModel, { onHost }: Engine): DrawnUnits[] | undefined {
  const whole = blocks.every((block) => block.every(({ units }) => units === undefined));
  if (!whole && (onHost || blocks.length > MOST_BLOCKS)) return undefined;
  return blocks.flatMap((block, n) =>
    block.map(({ layer, units }) => ({ layer, block: units === undefined ? undefined : n })),
  );
}

type Links = readonly [starts: DeviceArray, links: DeviceArray];

/** Runs a kernel that adds to what is there. */
export type Add = (kernel: DeviceKernel, sizes: Sizes, operands: readonly unknown[]) => Promise<void>;

/**
 * The interactions of a model, with kernels: what units send each other, its energy, and the statistics of its weights.
 * Dense interactions are products of matrices; others follow lists of links, one for each number that is coupled to another.
 */
export class Couplings {
  readonly #model: EnergyModel;
  readonly #kernels: Kernels;
  /** For each interaction, which of the layout's arrays it is. */
  readonly arrays: readonly number[];
  readonly #linked: Map<string, Links> = new Map();

  constructor(model: EnergyModel, kernels: Kernels) {
    this.#model = model;
    this.#kernels = kernels;
    this.arrays = arraysOf(model).interactions;
  }

  /**
   * What all others send to some units, and anything to the rest of their layer: `[rows, units · width]`.
   *
   * @param parameters Whose weights they send through.
   */
  async inputs(
    { layer, block }: DrawnUnits,
    values: readonly (GpujsBuffer | undefined)[],
    rows: number,
    parameters: GpujsBuffer,
    scope: Scope,
  ): Promise<DeviceArray> {
    const columns = rowLength(this.#layer(layer));
    let sum: DeviceArray | undefined;
    const add = async (name: string, source: (first: boolean) => string, sizes: Sizes, ...operands: unknown[]) => {
      const first = sum === undefined;
      const kernel = this.#kernels.get(`${name} ${first}`, () => source(first));
      sum = await kernel.run({ columns, rows }, sizes, ...(sum ? [sum] : []), ...operands);
      scope.push(sum);
    };
    const masked = block !== undefined;
    const mask = masked ? [await this.blockNumbers(layer), block] : [];
    for (const [n, interaction] of this.#model.interactions.entries()) {
      if (!isPairwise(interaction)) continue; // Added on the host.
      const [a, b] = interaction.between;
      if (layer !== a && layer !== b) continue;
      const sent = await this.#kernels.array(values[layer === b ? a : b] as GpujsBuffer);
      if (interaction.kind === 'dense') {
        const matrix = await this.#matrix(n, layer === b, parameters);
        await add(`product ${masked}`, (f) => productSource(f, masked), { n: matrix.rows }, sent, matrix, ...mask);
      } else if (weightsOf(this.#model, n) > 0) {
        const links = await this.#links(n, layer);
        const weights = await this.#kernels.array(parameters, this.arrays[n]);
        await add(
          `linked inputs ${masked}`,
          (f) => linkedInputsSource(f, masked),
          {},
          sent,
          weights,
          ...links,
          ...mask,
        );
      }
    }
    return sum ?? this.#kernels.zeros({ columns, rows });
  }

  /** Adds β times the energy of interactions whose ends both hold values. @param parameters Whose weights they have. */
  async addEnergy(
    entries: readonly CheckedEntry<GpujsBuffer>[],
    parameters: GpujsBuffer,
    betas: Betas,
    scale: number,
    beta: number | DeviceArray,
    add: Add,
    scope: Scope,
  ): Promise<void> {
    for (const [n, { kind, between }] of this.#model.interactions.entries()) {
      const [from, to] = between.map((l) => entries[l]) as [CheckedEntry<GpujsBuffer>, CheckedEntry<GpujsBuffer>];
      // With one side summed out, the interaction is already inside the inputs that its cumulants were taken of.
      if (from.holds === 'inputs' || to.holds === 'inputs' || weightsOf(this.#model, n) === 0) continue;
      const [first, second] = [await this.#kernels.array(from.buffer), await this.#kernels.array(to.buffer)];
      const weights = await this.#kernels.array(parameters, this.arrays[n]);
      if (kind === 'dense') {
        const product = this.#kernels.get('product false true', () => productSource(true, false));
        const sent = await product.run(second, { n: weights.rows }, first, weights);
        scope.push(sent);
        const kernel = this.#kernels.get(`dot ${betas}`, () => dotSource(betas));
        await add(kernel, { n: second.columns }, [sent, second, scale, beta]);
      } else {
        const kernel = this.#kernels.get(`linked energy ${betas}`, () => linkedEnergySource(betas));
        await add(kernel, { n: weights.columns }, [first, second, weights, await this.#ends(n), scale, beta]);
      }
    }
  }

  /** Adds `scale Σ_row weight[row] · x_a x_b` of each weight. @param add Takes the interaction's number first. */
  async addStatistics(
    means: readonly DeviceArray[],
    rows: number,
    counts: readonly DeviceArray[],
    scale: number,
    add: (interaction: number, ...rest: Parameters<Add>) => Promise<void>,
  ): Promise<void> {
    const weighted = counts.length > 0;
    for (const [n, { kind, between }] of this.#model.interactions.entries()) {
      if (weightsOf(this.#model, n) === 0) continue;
      const [a, b] = between.map((l) => means[l]) as [DeviceArray, DeviceArray];
      const dense = kind === 'dense';
      const kernel = this.#kernels.get(`${dense ? 'outer' : 'linked outer'} ${weighted}`, () =>
        dense ? outerSource(weighted) : linkedOuterSource(weighted),
      );
      await add(n, kernel, { rows }, [a, b, ...(dense ? [] : [await this.#ends(n)]), ...counts, scale]);
    }
  }

  /** The block of each of a layer's numbers: `[1, units · width]`. */
  blockNumbers(layer: number): Promise<DeviceArray> {
    const { units, width } = this.#layer(layer);
    return this.#kernels.constant(`blocks ${layer}`, { columns: units * width, rows: 1 }, () => {
      const numbers = new Float32Array(units * width);
      this.#model.blocks.forEach((block, n) => {
        for (const part of block) {
          if (part.layer !== layer) continue;
          if (!part.units) numbers.fill(n);
          for (const unit of part.units ?? []) numbers.fill(n, unit * width, (unit + 1) * width);
        }
      });
      return numbers;
    });
  }

  #layer(layer: number): Layer {
    return this.#model.layers[layer] as Layer;
  }

  /** What values are multiplied by to be sent through an interaction: neighbouring columns lie side by side. */
  async #matrix(interaction: number, toSecond: boolean, parameters: GpujsBuffer): Promise<DeviceArray> {
    const index = this.arrays[interaction] as number;
    const weights = await this.#kernels.array(parameters, index);
    if (toSecond) return weights;
    const { columns, rows } = weights;
    const kernel = this.#kernels.get('transpose', () => transposeSource);
    return parameters.transposed(index, () => kernel.run({ columns: rows, rows: columns }, {}, weights));
  }

  /** Where the links of each of a layer's numbers start, `[1, numbers + 1]`, and what they lead to, `[2, links]`. */
  async #links(n: number, layer: number): Promise<Links> {
    const key = `${n} ${layer}`;
    const known = this.#linked.get(key);
    if (known) return known;
    const { start, other, parameter } = listNeighbours(this.#interaction(n), this.#model.layers, layer);
    const starts = await this.#kernels.constant(`starts ${key}`, { columns: start.length, rows: 1 }, () =>
      Float32Array.from(start),
    );
    const links = await this.#kernels.constant(`links ${key}`, { columns: other.length, rows: 2 }, () =>
      sideBySide(other, parameter),
    );
    this.#linked.set(key, [starts, links]);
    return [starts, links];
  }

  /** The two numbers that each weight multiplies: `[2, weights]`. */
  #ends(n: number): Promise<DeviceArray> {
    return this.#kernels.constant(`ends ${n}`, { columns: weightsOf(this.#model, n), rows: 2 }, () => {
      const { a, b } = listEntries(this.#interaction(n), this.#model.layers);
      return sideBySide(a, b);
    });
  }

  #interaction(n: number): PairInteraction {
    return this.#model.interactions[n] as PairInteraction;
  }
}

/** Positions in lists are float32 numbers, which count exactly to 2^24: and each weight is linked at both of its ends. */
const MOST_LINKED_WEIGHTS = 2 ** 23;

/** Whether kernels can follow all interactions of a model. */
export function linkable(model: EnergyModel): boolean {
  return model.interactions.every(
    (interaction, n) =>
      interaction.kind === 'dense' || !isPairwise(interaction) || weightsOf(model, n) <= MOST_LINKED_WEIGHTS,
  );
}

/** How many parameters an interaction has. */
function weightsOf({ layout }: EnergyModel, interaction: number): number {
  const { start, end } = layout.interactions[interaction] as { start: number; end: number };
  return end - start;
}

function sideBySide(first: Uint32Array, second: Uint32Array): Float32Array {
  const rows = new Float32Array(2 * first.length);
  rows.set(first);
  rows.set(second, first.length);
  return rows;
}
