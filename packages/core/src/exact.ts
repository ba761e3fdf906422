import { type AbortSignalLike, throwIfAborted } from './abort.js';
import { Workspace } from './arrays.js';
import type { SampleArray, Samples } from './dataset.js';
import { empirical, entropy } from './empirical.js';
import { energy, freeEnergy, type LayerValues, splitVisible, statistics } from './energy.js';
import { RbmError } from './errors.js';
import { integrateGaussian, isGaussian } from './gaussian-integral.js';
import { GrayCode } from './gray.js';
import {
  addEnergies,
  addModelStatistics,
  computeInputs,
  type HostAssignment,
  type HostLayerAssignment,
  interactionParameters,
} from './hamiltonian.js';
import { type Layer, rowLength } from './layer.js';
import { cloneModel, type EnergyModel, layerParameters, sampleWidth } from './model.js';
import { checkNormalisable } from './normalisable.js';
import { listNeighbours, type Neighbours } from './pairs.js';
import { Pacer } from './pause.js';

/** What an enumeration takes. */
export interface EnumerateOptions {
  /** The largest number of states to visit; 2^20 unless given. Time is proportional to states × units. */
  readonly limit?: number;
  readonly signal?: AbortSignalLike;
  /** Called now and then with the share of the work done, 0 to 1. */
  readonly progress?: (share: number) => void;
}

/** Exact quantities of a model at its present parameters: a snapshot that later training does not change. */
export interface Exact {
  /** `log Z`, in nats. */
  readonly logPartition: number;
  /** How many states were visited; 0 where a closed form took their place, as for Gaussian units alone. */
  readonly states: number;
  /** `⟨−∂E/∂λ⟩` under the model, laid out like its parameters: the negative phase. */
  readonly statistics: Float64Array;
  /** Means of each layer's units under the model, `[units · width]`, by the layer's name: the marginals. */
  readonly means: Readonly<Record<string, Float64Array>>;
}

/** Rows worked on at once. */
const ROWS = 256;

/**
 * Exact quantities by enumeration: one block of whole layers, if there is one, is summed out in closed form, the states of
 * all other units are visited in Gray code order, so that inputs change by one unit's weights at a time. For an RBM that
 * is the smaller side, or the discrete one where the other is continuous. A model of Gaussian units alone is a normal distribution, and
 * everything a closed form.
 *
 * @throws RbmError `UNSUPPORTED` if continuous layers act on each other otherwise: no method here is exact then;
 * `SIZE_LIMIT` if every choice needs more than `limit` states; `ABORTED`; `NOT_FINITE` if the energies are; as
 * `checkNormalisable`.
 */
export async function enumerate(model: EnergyModel, options: EnumerateOptions = {}): Promise<Exact> {
  return enumerateFixed(cloneModel(model), options);
}

/** `enumerate` of a model that nobody else changes: the work pauses now and then, and training may go on meanwhile. */
async function enumerateFixed(model: EnergyModel, options: EnumerateOptions): Promise<Exact> {
  checkNormalisable(model);
  if (isGaussian(model)) return integrateGaussian(model);
  const plan = planEnumeration(model, options.limit ?? 2 ** 20);
  const walk = new Walk(model, plan);
  const sums = new WeightedSums(model);
  const energies = new Float64Array(ROWS);
  const pacer = new Pacer();
  for (let visited = 0; visited < plan.states; ) {
    const { assignment, rows } = walk.next();
    const batch = energies.subarray(0, rows).fill(0);
    addEnergies(model, model.parameters, assignment, batch, sums.workspace);
    sums.add(assignment, batch);
    visited += rows;
    options.progress?.(visited / plan.states);
    throwIfAborted(options.signal);
    await pacer.breathe();
  }
  return sums.result(plan.states);
}

/** Which layers are visited state by state; the others, one block, are summed out. */
interface EnumerationPlan {
  readonly enumerated: readonly number[];
  readonly states: number;
}

/**
 * How many states `enumerate` would visit; 0 where a closed form takes their place, `∞` where nothing is exact. Tells
 * whether an enumeration is worth asking for.
 */
export function statesToEnumerate(model: EnergyModel): number {
  if (isGaussian(model)) return 0;
  return Math.min(...listPlans(model).map(({ states }) => states));
}

function listPlans(model: EnergyModel): EnumerationPlan[] {
  // Blocks of whole layers can be summed out; where there are none, every unit's states are visited.
  const blocks = [...model.blocks.filter((block) => block.every(({ units }) => !units)), []];
  return blocks.map((block): EnumerationPlan => {
    const enumerated = model.layers.flatMap((_, l) => (block.some(({ layer }) => layer === l) ? [] : [l]));
    return { enumerated, states: countStates(enumerated.map((l) => model.layers[l] as Layer)) };
  });
}

function planEnumeration(model: EnergyModel, limit: number): EnumerationPlan {
  const plans = listPlans(model);
  const best = plans.reduce((least, plan) => (plan.states < least.states ? plan : least));
  if (plans.every(({ enumerated }) => enumerated.some((l) => (model.layers[l] as Layer).states === null))) {
    const continuous = model.layers.flatMap((layer, l) =>
      layer.states === null ? [`"${model.names[l]}" (${layer.kind})`] : [],
    );
    throw new RbmError(
      'UNSUPPORTED',
      `The continuous layers ${continuous.join(', ')} of this model act on each other, and not all are Gaussian: they ` +
        'can neither be enumerated nor summed out. Estimate log Z by annealed importance sampling.',
    );
  }
  if (!(best.states <= limit)) {
    throw new RbmError(
      'SIZE_LIMIT',
      `This model cannot be enumerated: its smallest side has ${powerOfTwo(best.states)} states, and the limit is ` +
        `${powerOfTwo(limit)}. Raise the limit (time doubles with each binary unit) or estimate log Z by annealed ` +
        'importance sampling.',
    );
  }
  return best;
}

/** How people name large counts of states: `2^20`, `2^15.8`. */
function powerOfTwo(count: number): string {
  return Number.isFinite(count) ? `2^${Math.round(10 * Math.log2(count)) / 10}` : 'infinitely many';
}

function countStates(layers: readonly Layer[]): number {
  return layers.reduce((product, layer) => product * (layer.states ?? Number.POSITIVE_INFINITY) ** layer.units, 1);
}

/** Fills batches with the states of the enumerated layers in Gray code order, and the inputs they cause. */
class Walk {
  readonly #model: EnergyModel;
  readonly #code: GrayCode;
  /** For each digit of the code: its layer and unit. */
  readonly #sites: readonly { readonly layer: number; readonly unit: number }[];
  readonly #enumerated: readonly number[];
  readonly #summedOut: readonly number[];
  readonly #full: readonly Float64Array[];
  /** For each sparse interaction, the neighbours of both its layers' numbers. */
  readonly #neighbours: readonly (readonly Neighbours[])[];
  readonly #workspace: Workspace = new Workspace();
  readonly #rows: number;
  #left: number;

  constructor(model: EnergyModel, plan: EnumerationPlan) {
    this.#model = model;
    this.#enumerated = plan.enumerated;
    this.#summedOut = model.layers.flatMap((_, l) => (plan.enumerated.includes(l) ? [] : [l]));
    this.#sites = plan.enumerated.flatMap((layer) =>
      Array.from({ length: (model.layers[layer] as Layer).units }, (_, unit) => ({ layer, unit })),
    );
    this.#code = new GrayCode(this.#sites.map(({ layer }) => (model.layers[layer] as Layer).states as number));
    this.#rows = Math.min(ROWS, plan.states);
    this.#left = plan.states;
    this.#full = model.layers.map((layer) => new Float64Array(this.#rows * rowLength(layer)));
    this.#neighbours = model.interactions.map((interaction) =>
      interaction.kind === 'dense' ? [] : interaction.between.map((l) => listNeighbours(interaction, model.layers, l)),
    );
  }

  /** The next states, overwriting those before. The last batch may have fewer rows than the others. */
  next(): { readonly assignment: HostAssignment; readonly rows: number } {
    const rows = Math.min(this.#rows, this.#left);
    this.#left -= rows;
    this.#writeFirstRow();
    for (let row = 1; row < rows; row++) this.#writeNextRow(row);
    this.#code.advance();
    const assignment = this.#full.map((array, l): HostLayerAssignment => {
      const part = array.subarray(0, rows * rowLength(this.#model.layers[l] as Layer));
      return this.#enumerated.includes(l) ? { values: part } : { inputs: part };
    });
    return { assignment, rows };
  }

  #writeFirstRow(): void {
    const model = this.#model;
    this.#sites.forEach(({ layer: l, unit }, digit) => {
      const layer = model.layers[l] as Layer;
      layer.state(this.#code.digits[digit] as number, this.#full[l] as Float64Array, unit * layer.width);
    });
    const firstRows = model.layers.map((layer, l) => (this.#full[l] as Float64Array).subarray(0, rowLength(layer)));
    for (const l of this.#summedOut) {
      // Afresh for every batch: the rounding errors of 256 small changes are all that can gather.
      computeInputs(model, model.parameters, l, firstRows, firstRows[l] as Float64Array, this.#workspace);
    }
  }

  #writeNextRow(row: number): void {
    const model = this.#model;
    model.layers.forEach((layer, l) => {
      const length = rowLength(layer);
      (this.#full[l] as Float64Array).copyWithin(row * length, (row - 1) * length, row * length);
    });
    this.#code.advance();
    const digit = this.#code.changed;
    const { layer: l, unit } = this.#sites[digit] as { layer: number; unit: number };
    const layer = model.layers[l] as Layer;
    const values = this.#full[l] as Float64Array;
    const start = row * rowLength(layer) + unit * layer.width;
    const before = values.slice(start, start + layer.width);
    layer.state(this.#code.digits[digit] as number, values, start);
    for (let k = 0; k < layer.width; k++) {
      const change = (values[start + k] as number) - (before[k] as number);
      if (change !== 0) this.#addToInputs(l, unit * layer.width + k, change, row);
    }
  }

  /** Adds `change` times the weights of component `index` of layer `l` to the inputs of the layers summed out. */
  #addToInputs(l: number, index: number, change: number, row: number): void {
    const model = this.#model;
    model.interactions.forEach((interaction, n) => {
      const [a, b] = interaction.between;
      const other = a === l ? b : b === l ? a : -1;
      if (!this.#summedOut.includes(other)) return;
      const received = this.#full[other] as Float64Array;
      const weights = interactionParameters(model, n, model.parameters);
      const length = rowLength(model.layers[other] as Layer);
      if (interaction.kind !== 'dense') {
        const ends = this.#neighbours[n] as readonly Neighbours[];
        const { start, other: to, parameter } = ends[a === l ? 0 : 1] as Neighbours;
        for (let k = start[index] as number; k < (start[index + 1] as number); k++) {
          const j = row * length + (to[k] as number);
          received[j] = (received[j] as number) + change * (weights[parameter[k] as number] as number);
        }
        return;
      }
      const columns = rowLength(model.layers[b] as Layer);
      for (let j = 0; j < length; j++) {
        const w = a === l ? index * columns + j : j * columns + index;
        received[row * length + j] = (received[row * length + j] as number) + change * (weights[w] as number);
      }
    });
  }
}

/** Running sums of `exp(−E)` times statistics and means, kept in range by the smallest energy so far. */
class WeightedSums {
  readonly workspace: Workspace = new Workspace();
  readonly #model: EnergyModel;
  readonly #statistics: Float64Array;
  readonly #means: readonly Float64Array[];
  #smallest: number = Number.POSITIVE_INFINITY;
  #total = 0;

  constructor(model: EnergyModel) {
    this.#model = model;
    this.#statistics = new Float64Array(model.layout.length);
    this.#means = model.layers.map((layer) => new Float64Array(rowLength(layer)));
  }

  add(assignment: HostAssignment, energies: Float64Array): void {
    this.#rescale(Math.min(...energies));
    const weights = this.workspace.take('weights', energies.length);
    for (let row = 0; row < energies.length; row++) {
      weights[row] = Math.exp(this.#smallest - (energies[row] as number));
      this.#total += weights[row] as number;
    }
    const { parameters } = this.#model;
    addModelStatistics(this.#model, parameters, assignment, weights, this.#statistics, this.workspace);
    this.#addMeans(assignment, weights);
  }

  #rescale(smallest: number): void {
    if (!(smallest < this.#smallest)) return;
    const factor = Math.exp(smallest - this.#smallest);
    this.#smallest = smallest;
    this.#total *= factor;
    for (const sums of [this.#statistics, ...this.#means]) {
      for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) * factor;
    }
  }

  #addMeans(assignment: HostAssignment, weights: Float64Array): void {
    this.#model.layers.forEach((layer, l) => {
      const entry = assignment[l] as HostLayerAssignment;
      let values = 'values' in entry ? entry.values : entry.inputs;
      if ('inputs' in entry) {
        values = this.workspace.take('means', entry.inputs.length);
        layer.mean(layerParameters(this.#model, l, this.#model.parameters), entry.inputs, values);
      }
      const sums = this.#means[l] as Float64Array;
      const length = rowLength(layer);
      for (let row = 0; row < weights.length; row++) {
        for (let i = 0; i < length; i++) {
          sums[i] = (sums[i] as number) + (weights[row] as number) * (values[row * length + i] as number);
        }
      }
    });
  }

  result(states: number): Exact {
    const logPartition = Math.log(this.#total) - this.#smallest;
    if (!Number.isFinite(logPartition)) {
      throw new RbmError(
        'NOT_FINITE',
        `log Z came out as ${logPartition}: the parameters are too large or not finite.`,
      );
    }
    const divide = (sums: Float64Array): Float64Array => sums.map((sum) => sum / this.#total);
    const means = Object.fromEntries(
      this.#model.names.map((name, l) => [name, divide(this.#means[l] as Float64Array)]),
    );
    return { logPartition, states, statistics: divide(this.#statistics), means };
  }
}

/**
 * `log P` of each row, in nats (a log density for continuous units): of the joint state where all layers are given,
 * of the marginal where some are left out.
 *
 * @param logPartition `log Z`, from `enumerate` or an estimate.
 * @returns `[rows]`
 * @throws as `energy`.
 */
export function logProbability(model: EnergyModel, values: LayerValues, logPartition: number): Float64Array {
  return energy(model, values).map((e) => -e - logPartition);
}

/**
 * `log P(v)` of each sample of data, in nats.
 *
 * @param visible `[rows, width of a sample]`
 * @returns `[rows]`
 */
export function logLikelihood(model: EnergyModel, visible: SampleArray, logPartition: number): Float64Array {
  return freeEnergy(model, visible).map((f) => -f - logPartition);
}

/**
 * The cost `C = −⟨log P(v)⟩_data` in nats a sample: what training lowers. Weighted samples count by their weights.
 *
 * @throws as `empirical` and `energy`; `SHAPE_MISMATCH` for samples of another width than the model's.
 */
export function cost(model: EnergyModel, data: Samples, logPartition: number): number {
  checkWidth(model, data);
  const { rows, probabilities } = empirical(data);
  const logs = logLikelihood(model, rows, logPartition);
  return -logs.reduce((sum, log, n) => sum + (probabilities[n] as number) * log, 0);
}

/**
 * `KL(P_data ‖ P_model) = −H(data) − ⟨log P(v)⟩_data`, in nats: the cost above the least any model could have.
 *
 * @throws as `cost`; `UNSUPPORTED` for continuous visible units: from samples to a density it is infinite.
 */
export function klDivergence(model: EnergyModel, data: Samples, logPartition: number): number {
  const continuous = model.visible.find((l) => (model.layers[l] as Layer).states === null);
  if (continuous !== undefined) {
    throw new RbmError(
      'UNSUPPORTED',
      `Layer "${model.names[continuous]}" is continuous, and the KL divergence from samples to a density is infinite. ` +
        'Use cost(), which is finite.',
    );
  }
  return cost(model, data, logPartition) - entropy(data);
}

/** The two phases of the gradient of the cost and their difference, each laid out like the parameters. */
export interface Phases {
  /** `⟨−∂E/∂λ⟩` over the data. */
  readonly positive: Float64Array;
  /** `⟨−∂E/∂λ⟩` under the model. */
  readonly negative: Float64Array;
  /** `∂C/∂λ = negative − positive`. */
  readonly gradient: Float64Array;
}

/**
 * The exact gradient of the cost over the data, from an enumeration at the same parameters.
 *
 * @throws as `statistics`; `SHAPE_MISMATCH` for samples of another width than the model's.
 */
export function exactGradient(model: EnergyModel, data: Samples, exact: Exact): Phases {
  checkWidth(model, data);
  const positive = statistics(model, splitVisible(model, data.values), data.weights);
  const negative = exact.statistics;
  return { positive, negative, gradient: negative.map((n, i) => n - (positive[i] as number)) };
}

/** A wrong width could still divide into whole rows, and would give numbers that mean nothing. */
function checkWidth(model: EnergyModel, data: Samples): void {
  const width = sampleWidth(model);
  if (data.width === width) return;
  throw new RbmError('SHAPE_MISMATCH', `The model takes samples of ${width} numbers; the data have ${data.width}.`);
}

/** Every state of the visible units of a small discrete model, with its probability. */
export interface Distribution {
  /** `[count, width of a sample]`, in the order of counting with the first unit fastest. */
  readonly states: Float64Array;
  /** `[count]`, sums to 1. */
  readonly probabilities: Float64Array;
  readonly count: number;
}

/**
 * The whole distribution of the visible units.
 *
 * @param limit The largest number of states to list; 2^16 unless given.
 * @throws RbmError `SIZE_LIMIT`.
 */
export function visibleDistribution(model: EnergyModel, limit: number = 2 ** 16): Distribution {
  const layers = model.visible.map((l) => model.layers[l] as Layer);
  const count = countStates(layers);
  if (!(count <= limit)) {
    throw new RbmError('SIZE_LIMIT', `A list of ${count} visible states was asked for; the limit is ${limit}.`);
  }
  const width = sampleWidth(model);
  const states = new Float64Array(count * width);
  for (let n = 0; n < count; n++) {
    let index = n;
    let offset = n * width;
    for (const layer of layers) {
      const radix = layer.states as number;
      for (let unit = 0; unit < layer.units; unit++, offset += layer.width) {
        layer.state(index % radix, states, offset);
        index = Math.floor(index / radix);
      }
    }
  }
  const free = freeEnergy(model, states);
  const smallest = free.reduce((least, f) => Math.min(least, f), Number.POSITIVE_INFINITY);
  const weights = free.map((f) => Math.exp(smallest - f));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return { states, probabilities: weights.map((w) => w / total), count };
}
