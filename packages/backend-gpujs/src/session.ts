import { type Buffer, Pacer, RbmError } from '@rbm/core';
import type { GpujsBuffer } from './buffer.js';
import type { DeviceKernel, Engine } from './engine.js';
import type { GpujsProgram } from './program.js';

/** Operations, one after the other. */
export class Queue {
  #tail: Promise<void> = Promise.resolve();
  readonly #pacer: Pacer = new Pacer();

  /** @param work Must not reject. */
  enqueue(work: () => Promise<void>): void {
    this.#tail = this.#tail.then(work);
  }

  /** Resolves when what was enqueued so far is done. */
  async finished(): Promise<void> {
    await this.#tail;
    await this.#pacer.breathe();
  }

  /** Between parts of long work: lets the event loop turn now and then. */
  breathe(): Promise<void> {
    return this.#pacer.breathe();
  }
}

/** What a backend shares with its programs. */
export interface Session {
  readonly engine: Engine;
  readonly queue: Queue;
  /** Makes core's uniforms; where absent, they are drawn on the host and uploaded. */
  readonly uniforms: DeviceKernel | undefined;
  readonly buffers: Set<GpujsBuffer>;
  /** Programs that are not disposed. */
  readonly programs: Set<GpujsProgram>;
}

/**
 * The buffer as one of this backend's own.
 *
 * @throws RbmError `DISPOSED` for a released one, `ARGUMENT_INVALID` for another backend's.
 */
export function own(buffer: Buffer, { buffers }: Session): GpujsBuffer {
  if (buffers.has(buffer as GpujsBuffer)) return buffer as GpujsBuffer;
  if (buffer.disposed) {
    throw new RbmError('DISPOSED', `A buffer of ${buffer.spec.holds} was used after it was released.`);
  }
  throw new RbmError('ARGUMENT_INVALID', 'The buffer belongs to another backend. Read it there and write it here.');
}
