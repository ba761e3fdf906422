import { Pacer } from '@rbm/core/contracts';
import type { DeviceKernel, Engine } from './engine.js';

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
}
