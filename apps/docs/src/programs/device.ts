import {
  type BackendCapabilities,
  type BufferSpec,
  DeviceBackend,
  DeviceBuffer,
  DeviceProgram,
} from '@rbm/core/contracts';

/** A buffer of the device. Its memory is given back when the operations enqueued before are done. */
class Floats extends DeviceBuffer {
  numbers: Float32Array = new Float32Array(this.length);

  get bytes(): number {
    return this.numbers.byteLength;
  }

  protected free(): void {
    this.program.enqueue(async () => {
      this.numbers = new Float32Array(0);
    });
  }
}

/** A model on the device. It has a kernel for products with dense weights; all else is done on the host. */
class DenseProgram extends DeviceProgram<Floats> {
  readonly parameters: Floats;

  constructor(backend: DenseBackend, model: DenseProgram['model']) {
    super(backend, model, []);
    this.parameters = backend.adopt(this.createBuffer({ holds: 'parameters' }));
  }

  protected createBuffer(spec: BufferSpec): Floats {
    return new Floats(spec, this);
  }

  protected override affineOnDevice(
    layer: number,
    senders: readonly (Floats | undefined)[],
    rows: number,
    out: Floats,
    parameters: Floats,
  ): boolean {
    const { interactions, layout } = this.model;
    if (interactions.some(({ kind }) => kind !== 'dense')) return false;
    this.enqueue(async () => {
      out.numbers.fill(0);
      for (const [n, { between }] of interactions.entries()) {
        const sender = senders[between[0] === layer ? between[1] : between[0]];
        if (!between.includes(layer) || !sender) continue;
        const start = layout.interactions[n]?.start;
        addProducts(sender.numbers, parameters.numbers.subarray(start), between[0] === layer, rows, out.numbers);
      }
    });
    return true;
  }
}

/** Adds `x Wᵀ` to `out` where `transposed`, else `x W`. */
function addProducts(x: Float32Array, w: Float32Array, transposed: boolean, rows: number, out: Float32Array): void {
  const [sent, got] = [x.length / rows, out.length / rows];
  for (let n = 0; n < out.length; n++) {
    const [row, to] = [Math.floor(n / got), n % got];
    for (let from = 0; from < sent; from++) {
      const weight = w[transposed ? to * sent + from : from * got + to] as number;
      out[n] = (out[n] as number) + (x[row * sent + from] as number) * weight;
    }
  }
}

/** A backend of a third party: memory, and a queue in which operations wait for one another. */
export class DenseBackend extends DeviceBackend<Floats> {
  readonly name = 'acme/dense';
  readonly info = 'acme/dense: JavaScript, float32, one thread';
  readonly capabilities: BackendCapabilities = {
    floatBits: 32,
    error: 1e-4,
    random: 'generator',
    threads: 1,
    layers: [],
    optimizers: [],
    largestBuffer: 2 ** 26,
  };
  #last: Promise<void> = Promise.resolve();

  enqueue(work: () => Promise<void>): void {
    this.#last = this.#last.then(work);
  }

  download({ numbers }: Floats): Float64Array {
    return Float64Array.from(numbers);
  }

  upload({ numbers }: Floats, data: Float64Array): void {
    numbers.set(data);
  }

  protected compile(model: DenseProgram['model']): DenseProgram {
    return new DenseProgram(this, model);
  }

  protected finished(): Promise<void> {
    return this.#last;
  }

  protected end(): Promise<void> {
    return this.#last;
  }
}
