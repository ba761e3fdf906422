import { type EnergyModel, sigmoid } from '@rbm/core';
import {
  type Backend,
  type BackendCapabilities,
  type BufferSpec,
  type CheckedInputs,
  type CheckedTarget,
  DeviceBackend,
  DeviceBuffer,
  DeviceProgram,
  definePlugin,
  Pacer,
  type Plugin,
  rowLength,
  type Site,
} from '@rbm/core/contracts';

/** A buffer of the device. Here its memory is an array of floats; yours may be a texture or an address. */
class ArrayMemory extends DeviceBuffer {
  numbers = new Float32Array(this.length);

  get bytes(): number {
    return 4 * this.length;
  }

  /** Operations that were enqueued before may still need the memory. */
  protected free(): void {
    this.program.enqueue(async () => {
      this.numbers = new Float32Array(0);
    });
  }
}

/** A model on the device. Operations that are not here, or return false, are done on the host: add them one by one. */
class ArrayProgram extends DeviceProgram<ArrayMemory> {
  readonly parameters: ArrayMemory;
  readonly #isDense: boolean;

  constructor(backend: ArrayBackend, model: EnergyModel) {
    super(backend, model, ['bernoulli']);
    this.#isDense = model.interactions.every(({ kind }) => kind === 'dense');
    this.parameters = backend.adopt(this.createBuffer({ holds: 'parameters' }));
  }

  protected createBuffer(spec: BufferSpec): ArrayMemory {
    return new ArrayMemory(spec, this);
  }

  /** `out ← Σ W x` over the layers that interact with this one: those that have a buffer in `senders`. */
  protected override affineOnDevice(
    layer: number,
    senders: readonly (ArrayMemory | undefined)[],
    rows: number,
    out: ArrayMemory,
    parameters: ArrayMemory,
  ): boolean {
    if (!this.#isDense) return false;
    const { model } = this;
    this.enqueue(async () => {
      out.numbers.fill(0);
      for (const [n, { between }] of model.interactions.entries()) {
        const [a, b] = between;
        if (a !== layer && b !== layer) continue;
        const weights = parameters.numbers.subarray(model.layout.interactions[n].start);
        const values = senders[a === layer ? b : a];
        if (values) addProducts(values.numbers, weights, rowLength(model.layers[b]), a === layer, rows, out.numbers);
      }
    });
    return true;
  }

  protected override meanOnDevice(
    layer: number,
    inputs: CheckedInputs<ArrayMemory>,
    rows: number,
    out: ArrayMemory,
    at: CheckedTarget<ArrayMemory>,
  ): boolean {
    if (!this.#isPlain(layer, at)) return false;
    this.enqueue(async () => {
      this.#eachUnit(layer, inputs, rows, at, (n, mean) => {
        out.numbers[n] = mean;
      });
    });
    return true;
  }

  protected override sampleOnDevice(
    layer: number,
    inputs: CheckedInputs<ArrayMemory>,
    rows: number,
    out: ArrayMemory,
    { random, step, firstChain = 0 }: Site,
    at: CheckedTarget<ArrayMemory>,
  ): boolean {
    if (!this.#isPlain(layer, at)) return false;
    // Units are numbered across the whole model.
    const first = this.model.layers.slice(0, layer).reduce((sum, { units }) => sum + units, 0);
    this.enqueue(async () => {
      this.#eachUnit(layer, inputs, rows, at, (n, mean, row, unit) => {
        out.numbers[n] = random.uniform(firstChain + row, first + unit, step, 0) < mean ? 1 : 0;
      });
    });
    return true;
  }

  /** Layer after layer by the operations above, whichever of them have kernels. */
  protected override gibbsOnDevice(
    states: readonly ArrayMemory[],
    _rows: number,
    sweeps: number,
    site: Site,
    at: CheckedTarget<ArrayMemory>,
  ): boolean {
    return this.sweepByLayers(states, sweeps, site, at);
  }

  /** Whether there is a kernel: not for other layers, between a base and the model, or with clamped units. */
  #isPlain(layer: number, { base, clamp }: CheckedTarget<ArrayMemory>): boolean {
    return this.model.layers[layer].kind === 'bernoulli' && !base && !clamp[layer];
  }

  /** Calls `take` for each unit of each row, with the probability that it is 1. */
  #eachUnit(
    layer: number,
    { buffer }: CheckedInputs<ArrayMemory>,
    rows: number,
    { parameters }: CheckedTarget<ArrayMemory>,
    take: (n: number, mean: number, row: number, unit: number) => void,
  ): void {
    const { units } = this.model.layers[layer];
    const biases = parameters.numbers.subarray(this.model.layout.layers[layer].start);
    for (let row = 0, n = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++, n++) take(n, sigmoid(buffer.numbers[n] + biases[unit]), row, unit);
    }
  }
}

/** Adds `x Wᵀ` to `out` where `toFirst`, else `x W`. `columns`: those of the weights `W`, row-major. */
function addProducts(
  x: Float32Array,
  weights: Float32Array,
  columns: number,
  toFirst: boolean,
  rows: number,
  out: Float32Array,
): void {
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

class ArrayBackend extends DeviceBackend<ArrayMemory> {
  readonly name = 'my/__NAME__';
  readonly info = 'my/__NAME__: JavaScript, float32, one thread';
  /** The suite tests what is declared here. */
  readonly capabilities: BackendCapabilities = {
    floatBits: 32,
    error: 1e-4,
    random: 'generator',
    threads: 1,
    layers: ['bernoulli'],
    optimizers: [],
    largestBuffer: 2 ** 26,
  };
  #last = Promise.resolve();
  readonly #pacer = new Pacer();

  protected compile(model: EnergyModel): ArrayProgram {
    return new ArrayProgram(this, model);
  }

  /** Operations wait for one another here; a device with a queue of its own has only work on the host wait. */
  enqueue(work: () => Promise<void>): void {
    this.#last = this.#last.then(work);
  }

  protected async finished(): Promise<void> {
    await this.#last;
    await this.#pacer.breathe();
  }

  download({ numbers }: ArrayMemory): Float64Array {
    return Float64Array.from(numbers);
  }

  upload({ numbers }: ArrayMemory, data: Float64Array): void {
    numbers.set(data);
  }

  protected async end(): Promise<void> {
    await this.#last;
  }
}

/** Opens the backend. */
export async function backend(): Promise<Backend> {
  return new ArrayBackend();
}

export default (): Plugin =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { backends: 1 },
    provides: { backends: { 'my/__NAME__': { create: backend } } },
  });
