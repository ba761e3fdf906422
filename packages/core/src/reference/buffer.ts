import type { Buffer, BufferSpec } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import type { EnergyModel } from '../models/model.js';
import { bufferLength } from '../programs/buffer-length.js';

/** A buffer of the reference backend: a float64 array. */
export class ReferenceBuffer implements Buffer {
  readonly spec: BufferSpec;
  readonly length: number;
  #data: Float64Array | undefined;
  readonly #live: Set<ReferenceBuffer>;

  constructor(spec: BufferSpec, model: EnergyModel, live: Set<ReferenceBuffer>) {
    this.spec = spec;
    this.length = bufferLength(spec, model);
    this.#data = new Float64Array(this.length);
    this.#live = live;
    live.add(this);
  }

  get disposed(): boolean {
    return this.#data === undefined;
  }

  get data(): Float64Array {
    if (!this.#data) throw new RbmError('DISPOSED', `A buffer of ${this.spec.holds} was used after it was released.`);
    return this.#data;
  }

  dispose(): void {
    this.#data = undefined;
    this.#live.delete(this);
  }
}

/**
 * The buffer as one of this backend's own.
 *
 * @throws RbmError `DISPOSED` for a released one, `ARGUMENT_INVALID` for another backend's.
 */
export function own(buffer: Buffer, live: ReadonlySet<ReferenceBuffer>): ReferenceBuffer {
  if (live.has(buffer as ReferenceBuffer)) return buffer as ReferenceBuffer;
  if (buffer.disposed) {
    throw new RbmError('DISPOSED', `A buffer of ${buffer.spec.holds} was used after it was released.`);
  }
  throw new RbmError('ARGUMENT_INVALID', 'The buffer belongs to another backend. Read it there and write it here.');
}
