import { hasTractableHiddenLayers, hiddenLayers, RbmError } from '@rbm/core';
import { definePlugin, throwIfAborted } from '@rbm/core/contracts';

/** Configurations that are worked on at once. */
const ROWS = 2048;

/**
 * Minimum probability flow (Sohl-Dickstein, Battaglino and DeWeese 2011): the gradient of
 *
 *     K = ⟨ Σ_i exp(½ (F(v) − F(v^i))) ⟩_data,
 *
 * with `v^i` the sample with visible unit i flipped. `K` is the rate at which probability would leave the data for their neighbours.
 */
export function probabilityFlow() {
  return {
    specVersion: 1,
    name: 'acme/probability-flow',
    settings: {},
    bind: (program, batchRows) => new ProbabilityFlow(program, batchRows),
  };
}

class ProbabilityFlow {
  #program;
  #visible;
  #hidden;
  #units;
  #rows;
  #buffers = [];
  #sets = new Map();
  #gradient;
  #part;

  /** @throws RbmError `UNSUPPORTED` for models that are not one visible layer of binary units, or whose hidden units act on each other. */
  constructor(program, batchRows) {
    const { model } = program;
    const { kind, units } = model.layers[model.visible[0]];
    if (model.visible.length > 1 || (kind !== 'bernoulli' && kind !== 'spin') || !hasTractableHiddenLayers(model)) {
      const what = 'one visible layer of Bernoulli or spin units, and hidden units that do not act on each other';
      throw new RbmError('UNSUPPORTED', `acme/probability-flow is for ${what}. Use cd or pcd.`);
    }
    this.#program = program;
    this.#visible = model.visible[0];
    this.#hidden = hiddenLayers(model);
    this.#units = units;
    this.#rows = Math.max(ROWS, batchRows);
    this.#gradient = this.#allocate({ holds: 'parameters' });
    this.#part = this.#allocate({ holds: 'parameters' });
  }

  async init() {
    return stateAfter(0);
  }

  async estimate(batch, state, _random, { signal } = {}) {
    const { backend, model } = this.#program;
    const [data] = batch.visible;
    if (data.spec.holds !== 'states') {
      throw new RbmError(
        'UNSUPPORTED',
        'acme/probability-flow flips units: it needs states, not grey levels. Binarize the data.',
      );
    }
    throwIfAborted(signal);
    const samples = await backend.read(data);
    const shares = batch.weights
      ? await backend.read(batch.weights)
      : new Float64Array(batch.rows).fill(1 / batch.rows);
    const own = await this.#freeEnergies(samples, batch.rows);
    const outflow = new Float64Array(batch.rows);
    const gradient = new Float64Array(model.layout.length);
    const group = Math.max(1, Math.floor(this.#rows / batch.rows));
    for (let first = 0; first < this.#units; first += group) {
      throwIfAborted(signal);
      const count = Math.min(group, this.#units - first);
      const neighbours = this.#flip(samples, batch.rows, first, count);
      const energies = await this.#freeEnergies(neighbours, count * batch.rows);
      const weights = energies.map((energy, n) => {
        const row = n % batch.rows;
        return shares[row] * Math.exp((own[row] - energy) / 2);
      });
      for (let n = 0; n < weights.length; n++) outflow[n % batch.rows] += weights[n];
      await this.#addStatistics(weights, 0.5, gradient);
    }
    await this.#freeEnergies(samples, batch.rows);
    await this.#addStatistics(outflow, -0.5, gradient);
    backend.write(this.#gradient, gradient);
    const flow = outflow.reduce((sum, rate) => sum + rate, 0);
    return {
      gradient: this.#gradient,
      state: stateAfter(state.steps + 1),
      info: { numbers: { probabilityFlow: flow } },
    };
  }

  async save({ steps }) {
    return { steps };
  }

  async load({ steps }) {
    return stateAfter(steps);
  }

  dispose() {
    for (const buffer of this.#buffers) buffer.dispose();
    this.#sets.clear();
  }

  #allocate(spec) {
    const buffer = this.#program.allocate(spec);
    this.#buffers.push(buffer);
    return buffer;
  }

  /** Buffers for so many configurations; there are few such numbers in a training. */
  #set(rows) {
    const found = this.#sets.get(rows);
    if (found) return found;
    const { layers } = this.#program.model;
    const values = layers.map((_, layer) =>
      layer === this.#visible ? this.#allocate({ holds: 'states', layer, rows }) : undefined,
    );
    const inputs = layers.map((_, layer) =>
      this.#hidden.includes(layer) ? this.#allocate({ holds: 'inputs', layer, rows }) : undefined,
    );
    const assignment = layers.map((_, l) => (inputs[l] ? { inputs: inputs[l] } : { values: values[l] }));
    const made = { rows, values, inputs, assignment, numbers: this.#allocate({ holds: 'rows', rows }) };
    this.#sets.set(rows, made);
    return made;
  }

  /** The samples with unit `first`, then with the next one flipped, and so on: `[count, rows, units]`. */
  #flip(samples, rows, first, count) {
    const isSpin = this.#program.model.layers[this.#visible].kind === 'spin';
    const flipped = new Float64Array(count * samples.length);
    for (let n = 0; n < count; n++) {
      flipped.set(samples, n * samples.length);
      for (let row = 0; row < rows; row++) {
        const at = n * samples.length + row * this.#units + first + n;
        flipped[at] = isSpin ? -flipped[at] : 1 - flipped[at];
      }
    }
    return flipped;
  }

  /** Free energies of some configurations, whose inputs stay for `#addStatistics`. */
  async #freeEnergies(configurations, rows) {
    const program = this.#program;
    const { backend } = program;
    const { values, inputs, assignment, numbers } = this.#set(rows);
    backend.write(values[this.#visible], configurations);
    for (const l of this.#hidden) program.affine(l, values, inputs[l]);
    backend.write(numbers, new Float64Array(rows));
    program.energy(assignment, { rows: numbers, scale: 1 });
    return backend.read(numbers);
  }

  /** Adds `scale · Σ_row weights · ⟨−∂E/∂λ⟩` of the configurations that `#freeEnergies` had last, of as many rows as there are weights. */
  async #addStatistics(weights, scale, out) {
    const { backend } = this.#program;
    const { assignment, numbers } = this.#set(weights.length);
    backend.write(numbers, weights);
    this.#program.statistics(this.#part, [{ assignment, scale, weights: numbers }]);
    const part = await backend.read(this.#part);
    for (let i = 0; i < out.length; i++) out[i] += part[i];
  }
}

/** There are no chains: only the number of steps is carried on. */
function stateAfter(steps) {
  return { steps, dispose: () => {} };
}

export default () =>
  definePlugin({
    name: 'rbm-estimator-probability-flow',
    specVersion: { estimators: 1 },
    provides: { estimators: { 'acme/probability-flow': { create: () => probabilityFlow() } } },
  });
