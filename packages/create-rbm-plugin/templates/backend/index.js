import { sigmoid } from '@rbm/core';
import { DeviceBackend, DeviceBuffer, DeviceProgram, definePlugin, Pacer, rowLength } from '@rbm/core/contracts';

/** A buffer of the device. Here its memory is an array of floats; yours may be a texture or an address. */
class MyBuffer extends DeviceBuffer {
  numbers = new Float32Array(this.length);

  get bytes() {
    return 4 * this.length;
  }

  /** Operations that were enqueued before may still need the memory. */
  free() {
    this.program.backend.enqueue(async () => {
      this.numbers = undefined;
    });
  }
}

/** A model on the device. Operations that are not here, or return false, are done on the host: add them one by one. */
class MyProgram extends DeviceProgram {
  constructor(backend, model) {
    super(backend, model, ['bernoulli']);
    this.dense = model.interactions.every(({ kind }) => kind === 'dense');
    this.parameters = backend.adopt(this.createBuffer({ holds: 'parameters' }));
  }

  createBuffer(spec) {
    return new MyBuffer(spec, this);
  }

  /** `out ← Σ W x` over the layers that interact with this one: those that have a buffer in `senders`. */
  affineOnDevice(layer, senders, rows, out, parameters) {
    if (!this.dense) return false;
    this.enqueue(async () => {
      out.numbers.fill(0);
      this.model.interactions.forEach(({ between: [a, b] }, n) => {
        if (a !== layer && b !== layer) return;
        const weights = parameters.numbers.subarray(this.model.layout.interactions[n].start);
        const values = senders[a === layer ? b : a].numbers;
        addProducts(values, weights, rowLength(this.model.layers[b]), a === layer, rows, out.numbers);
      });
    });
    return true;
  }

  meanOnDevice(layer, inputs, rows, out, at) {
    if (!this.isPlain(layer, at)) return false;
    this.enqueue(async () => {
      this.eachUnit(layer, inputs, rows, at, (n, mean) => {
        out.numbers[n] = mean;
      });
    });
    return true;
  }

  sampleOnDevice(layer, inputs, rows, out, { random, step, firstChain = 0 }, at) {
    if (!this.isPlain(layer, at)) return false;
    const first = this.model.layers.slice(0, layer).reduce((sum, { units }) => sum + units, 0);
    this.enqueue(async () => {
      this.eachUnit(layer, inputs, rows, at, (n, mean, row, unit) => {
        out.numbers[n] = random.uniform(firstChain + row, first + unit, step, 0) < mean ? 1 : 0;
      });
    });
    return true;
  }

  /** Layer after layer by the operations above, whichever of them have kernels. */
  gibbsOnDevice(states, _rows, sweeps, site, at) {
    return this.sweepByLayers(states, sweeps, site, at);
  }

  /** Whether there is a kernel: not for other layers, between a base and the model, or with clamped units. */
  isPlain(layer, { base, clamp }) {
    return this.model.layers[layer].kind === 'bernoulli' && !base && !clamp[layer];
  }

  /** Calls `take` for each unit of each row, with the probability that it is 1. */
  eachUnit(layer, { buffer: inputs }, rows, { parameters }, take) {
    const { units } = this.model.layers[layer];
    const biases = parameters.numbers.subarray(this.model.layout.layers[layer].start);
    for (let row = 0, n = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++, n++) take(n, sigmoid(inputs.numbers[n] + biases[unit]), row, unit);
    }
  }
}

/** Adds `x Wᵀ` to `out` where `toFirst`, else `x W`. `columns`: those of the weights `W`, row-major. */
function addProducts(x, weights, columns, toFirst, rows, out) {
  const [sent, got] = [x.length / rows, out.length / rows];
  for (let row = 0; row < rows; row++) {
    for (let from = 0; from < sent; from++) {
      const value = x[row * sent + from];
      if (value === 0) continue;
      for (let to = 0; to < got; to++) {
        out[row * got + to] += value * weights[toFirst ? to * columns + from : from * columns + to];
      }
    }
  }
}

class MyBackend extends DeviceBackend {
  name = 'my/__NAME__';
  info = 'my/__NAME__: JavaScript, float32, one thread';
  capabilities = {
    floatBits: 32,
    error: 1e-4,
    random: 'generator',
    threads: 1,
    layers: ['bernoulli'],
    optimizers: [],
    largestBuffer: 2 ** 26,
  };
  #last = Promise.resolve();
  #pacer = new Pacer();

  compile(model) {
    return new MyProgram(this, model);
  }

  /** Operations wait for one another here; a device with a queue of its own has only work on the host wait. */
  enqueue(work) {
    this.#last = this.#last.then(work);
  }

  async finished() {
    await this.#last;
    await this.#pacer.breathe();
  }

  download({ numbers }) {
    return Float64Array.from(numbers);
  }

  upload({ numbers }, data) {
    numbers.set(data);
  }

  async end() {
    await this.#last;
  }
}

export const create = async () => new MyBackend();

export default () =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { backends: 1 },
    provides: { backends: { 'my/__NAME__': { create } } },
  });
