import { sigmoid } from '@rbm/core';
import {
  DeviceBackend,
  DeviceBuffer,
  DeviceProgram,
  definePlugin,
  Pacer,
  projectConstraints,
  rowLength,
} from '@rbm/core/contracts';

/** Kinds of layers that have kernels. */
const native = ['bernoulli', 'spin'];

class HostBuffer extends DeviceBuffer {
  numbers = new Float64Array(this.length);

  get bytes() {
    return 8 * this.length;
  }

  /** Operations that were enqueued before may still need the memory. */
  free() {
    this.program.backend.enqueue(async () => {
      this.numbers = undefined;
    });
  }
}

class HostProgram extends DeviceProgram {
  constructor(backend, model) {
    super(backend, model, native);
    this.isDense = model.interactions.every(({ kind }) => kind === 'dense');
    this.firstUnits = model.layers.map((_, l) => model.layers.slice(0, l).reduce((sum, { units }) => sum + units, 0));
    this.parameters = backend.adopt(this.createBuffer({ holds: 'parameters' }));
  }

  createBuffer(spec) {
    return new HostBuffer(spec, this);
  }

  /** `out ← Σ W x` over the layers that interact with this one: those that have a buffer in `senders`. */
  affineOnDevice(layer, senders, rows, out, parameters) {
    if (!this.isDense) return false;
    this.enqueue(async () => {
      out.numbers.fill(0);
      this.eachInteraction(parameters, ({ a, b, columns, weights }) => {
        if (a === layer) addRowProducts(senders[b].numbers, weights, columns, rows, out.numbers);
        else if (b === layer) addRowSums(senders[a].numbers, weights, columns, rows, out.numbers);
      });
    });
    return true;
  }

  meanOnDevice(layer, { buffer: inputs }, _rows, out, at) {
    if (!this.isPlain(layer, at)) return false;
    this.enqueue(async () => this.fillMeans(layer, inputs.numbers, at.parameters, out.numbers));
    return true;
  }

  sampleOnDevice(layer, { buffer: inputs }, rows, out, { random, step, firstChain = 0 }, at) {
    if (!this.isPlain(layer, at)) return false;
    this.enqueue(async () => {
      const { units, kind } = this.model.layers[layer];
      const biases = this.biasesOf(layer, at.parameters);
      const [first, down, scale] = [this.firstUnits[layer], kind === 'spin' ? -1 : 0, kind === 'spin' ? 2 : 1];
      for (let row = 0, n = 0; row < rows; row++) {
        for (let unit = 0; unit < units; unit++, n++) {
          // The odds of the upper state: z for 0 and 1, 2 z for −1 and 1.
          const probability = sigmoid(scale * (inputs.numbers[n] + biases[unit]));
          out.numbers[n] = random.uniform(firstChain + row, first + unit, step, 0) < probability ? 1 : down;
        }
      }
    });
    return true;
  }

  /** Layer after layer by the operations above, whichever of them have kernels. */
  gibbsOnDevice(states, _rows, sweeps, site, at) {
    return this.sweepByLayers(states, sweeps, site, at);
  }

  /** Products of values or, where a layer is summed out, of means; summed over rows. */
  statisticsOnDevice(out, terms, parameters) {
    if (!this.isDense || this.hostLayers.length > 0) return false;
    this.enqueue(async () => {
      const { layers, layout } = this.model;
      const sums = out.numbers.fill(0);
      for (const { entries, rows, scale, weights } of terms) {
        const values = entries.map(({ holds, buffer }, l) => {
          if (holds === 'values') return buffer.numbers;
          return this.fillMeans(l, buffer.numbers, parameters, new Float64Array(buffer.length));
        });
        const shares = Float64Array.from({ length: rows }, (_, row) => scale * (weights ? weights.numbers[row] : 1));
        for (const [l, { units }] of layers.entries()) {
          const start = layout.layers[l].start;
          for (let n = 0; n < values[l].length; n++)
            sums[start + (n % units)] += shares[Math.floor(n / units)] * values[l][n];
        }
        this.eachInteraction(parameters, ({ a, b, columns, start }) => {
          const part = sums.subarray(start, start + rowLength(layers[a]) * columns);
          addOuterProducts(values[a], values[b], columns, shares, part);
        });
      }
    });
    return true;
  }

  updatesOnHost() {
    return false;
  }

  /** Parameters are numbers of the host's width here: the rules of all optimizers work on them in place. */
  updateOnDevice(optimizer, gradient, slots, settings) {
    this.enqueue(async () => {
      const { layout } = this.model;
      const arrays = slots.map(({ numbers }) => numbers);
      optimizer.update(gradient.numbers, arrays, this.parameters.numbers, settings, layout);
      projectConstraints(this.parameters.numbers, layout);
    });
    return true;
  }

  /** Whether there is a kernel: not for other layers, between a base and the model, or with clamped units. */
  isPlain(layer, { base, clamp }) {
    return native.includes(this.model.layers[layer].kind) && !base && !clamp[layer];
  }

  biasesOf(layer, parameters) {
    const { start, end } = this.model.layout.layers[layer];
    return parameters.numbers.subarray(start, end);
  }

  fillMeans(layer, inputs, parameters, out) {
    const { units, kind } = this.model.layers[layer];
    const biases = this.biasesOf(layer, parameters);
    const mean = kind === 'spin' ? Math.tanh : sigmoid;
    for (let n = 0, unit = 0; n < inputs.length; n++) {
      out[n] = mean(inputs[n] + biases[unit]);
      if (++unit === units) unit = 0;
    }
    return out;
  }

  eachInteraction(parameters, visit) {
    const { interactions, layers, layout } = this.model;
    for (const [n, { between }] of interactions.entries()) {
      const [a, b] = between;
      const { start, end } = layout.interactions[n];
      visit({ a, b, columns: rowLength(layers[b]), start, weights: parameters.numbers.subarray(start, end) });
    }
  }
}

/** Writes where a row of numbers is not 0 to `active`. @returns How many there are. */
function listActive(x, start, end, active) {
  let count = 0;
  for (let n = start; n < end; n++) if (x[n] !== 0) active[count++] = n - start;
  return count;
}

/** `out ← out + x W`, with `W` of so many columns: sums of the rows of `W` whose number in x is not 0, four at a time. */
function addRowSums(x, weights, columns, rows, out) {
  const sent = x.length / rows;
  const active = new Uint32Array(sent + 3);
  for (let row = 0; row < rows; row++) {
    const [first, into] = [row * sent, row * columns];
    const count = listActive(x, first, first + sent, active);
    // What is left over counts with a factor of 0.
    for (let n = count; n < count + 3; n++) active[n] = 0;
    for (let n = 0; n < count; n += 4) {
      const [a, b, c, d] = [active[n], active[n + 1], active[n + 2], active[n + 3]];
      const xa = x[first + a];
      const xb = n + 1 < count ? x[first + b] : 0;
      const xc = n + 2 < count ? x[first + c] : 0;
      const xd = n + 3 < count ? x[first + d] : 0;
      const [wa, wb, wc, wd] = [a * columns, b * columns, c * columns, d * columns];
      for (let to = 0; to < columns; to++) {
        out[into + to] +=
          xa * weights[wa + to] + xb * weights[wb + to] + (xc * weights[wc + to] + xd * weights[wd + to]);
      }
    }
  }
}

/** `out ← out + x Wᵀ`: products with rows of `W`, over the numbers of x that are not 0. */
function addRowProducts(x, weights, columns, rows, out) {
  const got = out.length / rows;
  const active = new Uint32Array(columns);
  const factors = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const count = listActive(x, row * columns, (row + 1) * columns, active);
    for (let n = 0; n < count; n++) factors[n] = x[row * columns + active[n]];
    for (let to = 0; to < got; to++) {
      const first = to * columns;
      let [even, odd] = [0, 0];
      let n = 0;
      for (; n + 1 < count; n += 2) {
        even += factors[n] * weights[first + active[n]];
        odd += factors[n + 1] * weights[first + active[n + 1]];
      }
      if (n < count) even += factors[n] * weights[first + active[n]];
      out[row * got + to] += even + odd;
    }
  }
}

/** Adds `Σ_row share · aᵀ b`: for each unit of `a`, the rows of `b` where it is not 0, four at a time. */
function addOuterProducts(a, b, columns, shares, out) {
  const rows = shares.length;
  const units = a.length / rows;
  const active = new Uint32Array(rows + 3);
  const factors = new Float64Array(rows + 3);
  for (let i = 0; i < units; i++) {
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const factor = shares[row] * a[row * units + i];
      if (factor === 0) continue;
      active[count] = row;
      factors[count++] = factor;
    }
    for (let n = count; n < count + 3; n++) {
      active[n] = 0;
      factors[n] = 0;
    }
    const into = i * columns;
    for (let n = 0; n < count; n += 4) {
      const [fa, fb, fc, fd] = [factors[n], factors[n + 1], factors[n + 2], factors[n + 3]];
      const [ba, bb] = [active[n] * columns, active[n + 1] * columns];
      const [bc, bd] = [active[n + 2] * columns, active[n + 3] * columns];
      for (let j = 0; j < columns; j++)
        out[into + j] += fa * b[ba + j] + fb * b[bb + j] + (fc * b[bc + j] + fd * b[bd + j]);
    }
  }
}

class HostBackend extends DeviceBackend {
  name = 'acme/javascript';
  info = 'acme/javascript: JavaScript, float64, one thread';
  capabilities = {
    floatBits: 64,
    error: 1e-12,
    random: 'generator',
    threads: 1,
    layers: native,
    optimizers: 'all',
    largestBuffer: 2 ** 28,
  };
  #last = Promise.resolve();
  #pacer = new Pacer();

  compile(model) {
    return new HostProgram(this, model);
  }

  enqueue(work) {
    this.#last = this.#last.then(work);
  }

  async finished() {
    await this.#last;
    await this.#pacer.breathe();
  }

  download({ numbers }) {
    return numbers.slice();
  }

  upload({ numbers }, data) {
    numbers.set(data);
  }

  async end() {
    await this.#last;
  }
}

/** Opens the backend. */
export const javascript = async () => new HostBackend();

export default () =>
  definePlugin({
    name: 'rbm-backend-javascript',
    specVersion: { backends: 1 },
    provides: { backends: { 'acme/javascript': { create: javascript } } },
  });
