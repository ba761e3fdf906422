import { type Buffer, type EnergyModel, type Program, reference } from '@rbm/core';
import type { WasmBuffer } from './buffer.js';
import type { Session } from './session.js';

/** Stands for a buffer on the reference backend while work is done there. */
export type Mirror = (buffer: WasmBuffer) => Buffer;

/**
 * What has no kernel: done by the reference backend on float64 copies, between the commands before and after, and so
 * with the layers' and interactions' own functions.
 */
export class HostFallback {
  readonly #model: EnergyModel;
  readonly #session: Session;
  readonly #parameters: WasmBuffer;
  readonly #fail: (error: unknown) => void;
  #program: Promise<Program> | undefined;

  /** @param fail Told of what went wrong. */
  constructor(model: EnergyModel, parameters: WasmBuffer, session: Session, fail: (error: unknown) => void) {
    this.#model = model;
    this.#parameters = parameters;
    this.#session = session;
    this.#fail = fail;
  }

  /**
   * Enqueues an operation of the reference backend.
   *
   * @param inputs Buffers whose content it reads, the parameters apart.
   * @param outputs Buffers that it changes.
   */
  run(
    inputs: readonly WasmBuffer[],
    outputs: readonly WasmBuffer[],
    work: (program: Program, mirror: Mirror) => void | Promise<void>,
  ): void {
    this.#session.engine.host(async () => {
      try {
        await this.#perform(inputs, outputs, work);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  async #perform(
    inputs: readonly WasmBuffer[],
    outputs: readonly WasmBuffer[],
    work: (program: Program, mirror: Mirror) => void | Promise<void>,
  ): Promise<void> {
    this.#program ??= reference().prepare(this.#model);
    const program = await this.#program;
    const { backend } = program;
    const { transfer } = this.#session;
    const mirrors = new Map<WasmBuffer, Buffer>([[this.#parameters, program.parameters]]);
    try {
      for (const buffer of [...inputs, ...outputs]) {
        if (!mirrors.has(buffer)) mirrors.set(buffer, program.allocate(buffer.spec));
      }
      for (const buffer of new Set([this.#parameters, ...inputs])) {
        backend.write(mirrors.get(buffer) as Buffer, transfer.unpack(buffer, buffer.address));
      }
      await work(program, (buffer) => mirrors.get(buffer) as Buffer);
      for (const buffer of outputs) {
        transfer.pack(buffer, await backend.read(mirrors.get(buffer) as Buffer), buffer.address);
      }
    } finally {
      for (const [buffer, mirror] of mirrors) if (buffer !== this.#parameters) mirror.dispose();
    }
  }
}
