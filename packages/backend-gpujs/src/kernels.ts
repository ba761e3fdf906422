import type { GpujsBuffer } from './buffer.js';
import type { DeviceArray, DeviceKernel, Engine, Shape } from './engine.js';

/** Arrays that an operation holds until it ends. */
export type Scope = DeviceArray[];

/** What one program keeps on the device beside its buffers: its kernels by name, and arrays that never change. */
export class Kernels {
  readonly #engine: Engine;
  readonly #kernels: Map<string, DeviceKernel> = new Map();
  readonly #constants: Map<string, Promise<DeviceArray>> = new Map();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The kernel of a source that is made once. @param name Says which source it is. */
  get(name: string, source: () => string, functions?: readonly string[]): DeviceKernel {
    const known = this.#kernels.get(name);
    if (known) return known;
    const kernel = this.#engine.kernel(source(), functions);
    this.#kernels.set(name, kernel);
    return kernel;
  }

  upload(data: Float32Array, shape: Shape): Promise<DeviceArray> {
    return this.#engine.upload(data, shape);
  }

  /** An array that is uploaded once. The program holds it. @param name Says which numbers it has. */
  constant(name: string, shape: Shape, numbers: () => Float32Array): Promise<DeviceArray> {
    const known = this.#constants.get(name);
    if (known) return known;
    const made = this.upload(numbers(), shape);
    this.#constants.set(name, made);
    return made;
  }

  /** Zeros: the same for all who need the shape, since arrays on the device never change. */
  zeros(shape: Shape): Promise<DeviceArray> {
    const { columns, rows } = shape;
    return this.constant(`zeros ${columns} ${rows}`, shape, () => new Float32Array(columns * rows));
  }

  /** One array of a buffer; the buffer keeps holding it. */
  async array(buffer: GpujsBuffer, index = 0): Promise<DeviceArray> {
    const known = buffer.arrays[index];
    if (known) return known;
    const zeros = await this.zeros(buffer.shapes[index] as Shape);
    buffer.replace(index, zeros.hold());
    return zeros;
  }

  arrays(buffer: GpujsBuffer, indices: readonly number[]): Promise<DeviceArray[]> {
    return inOrder(indices, (index) => this.array(buffer, index));
  }

  /** Releases the arrays that never change. */
  async release(): Promise<void> {
    for (const made of this.#constants.values()) {
      const array = await made.catch(() => undefined);
      array?.release();
    }
    this.#constants.clear();
  }
}

/** One after the other. */
async function inOrder<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>): Promise<Out[]> {
  const out: Out[] = [];
  for (const item of items) out.push(await work(item));
  return out;
}
