import { type Buffer, type EnergyModel, type Program, reference } from '@rbm/core';
import type { GpujsBuffer } from './buffer.js';

/** Stands for a buffer on the reference backend while work is done there. */
export type Mirror = (buffer: GpujsBuffer) => Buffer;

/** Brings the numbers of a buffer from the device, and back to it. */
export interface BufferAccess {
  download(buffer: GpujsBuffer): Promise<Float64Array>;
  upload(buffer: GpujsBuffer, data: Float64Array): Promise<void>;
}

/**
 * What has no kernel: done by the reference backend on float64 copies, between the operations before and after, and so
 * with the layers' and interactions' own functions.
 */
export class HostFallback {
  readonly #model: EnergyModel;
  readonly #parameters: GpujsBuffer;
  readonly #access: BufferAccess;
  #program: Promise<Program> | undefined;

  constructor(model: EnergyModel, parameters: GpujsBuffer, access: BufferAccess) {
    this.#model = model;
    this.#parameters = parameters;
    this.#access = access;
  }

  /**
   * Does an operation of the reference backend.
   *
   * @param inputs Buffers whose content it reads, the parameters apart.
   * @param outputs Buffers that it changes.
   */
  async run(
    inputs: readonly GpujsBuffer[],
    outputs: readonly GpujsBuffer[],
    work: (program: Program, mirror: Mirror) => void | Promise<void>,
  ): Promise<void> {
    this.#program ??= reference().prepare(this.#model);
    const program = await this.#program;
    const { backend } = program;
    const mirrors = new Map<GpujsBuffer, Buffer>([[this.#parameters, program.parameters]]);
    try {
      for (const buffer of [...inputs, ...outputs]) {
        if (!mirrors.has(buffer)) mirrors.set(buffer, program.allocate(buffer.spec));
      }
      for (const buffer of new Set([this.#parameters, ...inputs])) {
        backend.write(mirrors.get(buffer) as Buffer, await this.#access.download(buffer));
      }
      await work(program, (buffer) => mirrors.get(buffer) as Buffer);
      for (const buffer of new Set(outputs)) {
        await this.#access.upload(buffer, await backend.read(mirrors.get(buffer) as Buffer));
      }
    } finally {
      for (const [buffer, mirror] of mirrors) if (buffer !== this.#parameters) mirror.dispose();
    }
  }
}
