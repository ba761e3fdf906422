import { RbmError } from '../contracts/errors.js';
import { rowLength } from '../layers/layer.js';
import { addModelStatistics, type HostAssignment, type HostLayerAssignment } from '../models/hamiltonian.js';
import { type EnergyModel, layerParameters } from '../models/model.js';
import { Workspace } from '../models/workspace.js';
import type { Exact } from './exact.js';

/** Running sums of `exp(−E)` times statistics and means, kept in range by the smallest energy so far. */
export class WeightedSums {
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
