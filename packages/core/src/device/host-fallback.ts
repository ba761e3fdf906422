import type { Buffer, BufferSpec, Program } from '../contracts/backend.js';
import type { Range } from '../models/layout.js';
import type { EnergyModel } from '../models/model.js';
import { reference } from '../reference/backend.js';
import type { DeviceBuffer } from './device-buffer.js';

/** The buffer of the reference backend that stands for one of the device while work is done on the host. */
export type HostMirror<B extends DeviceBuffer> = (buffer: B) => Buffer;

/** Work on the host: an operation of the reference backend on mirrors. */
export type HostWork<B extends DeviceBuffer> = (program: Program, mirror: HostMirror<B>) => void | Promise<void>;

/** Brings the numbers of a buffer from the device, and back to it. */
export interface Transfers<B extends DeviceBuffer> {
  /** The numbers of a buffer. */
  download(buffer: B): Float64Array | Promise<Float64Array>;
  /** Replaces the numbers of a buffer. */
  upload(buffer: B, data: Float64Array): void | Promise<void>;
  /** Part of the numbers of a buffer that holds parameters. */
  downloadPart(buffer: B, part: Range): Float64Array | Promise<Float64Array>;
  /** Replaces part of the numbers of a buffer that holds parameters. */
  uploadPart(buffer: B, part: Range, data: Float64Array): void | Promise<void>;
}

type WholeTransfers<B extends DeviceBuffer> = Pick<Transfers<B>, 'download' | 'upload'>;

/**
 * What a device has no kernel for: done by the reference backend on float64 copies, between the operations before and after, and
 * so with the own functions of layers, interactions and optimizers.
 */
export class HostFallback<B extends DeviceBuffer> {
  readonly #model: EnergyModel;
  readonly #transfers: WholeTransfers<B>;
  readonly #specOf: (buffer: B) => BufferSpec;
  #program: Promise<Program> | undefined;
  /** Which content of the live parameters the reference backend has. */
  #known: number | undefined;

  /** @param specOf What stands for a buffer of the device (default: a buffer of the same shape). */
  constructor(
    model: EnergyModel,
    transfers: WholeTransfers<B>,
    specOf: (buffer: B) => BufferSpec = ({ spec }) => spec,
  ) {
    this.#model = model;
    this.#transfers = transfers;
    this.#specOf = specOf;
  }

  /**
   * @param live The live parameters.
   * @param version How often they were replaced before: they are brought from the device where that changed.
   * @param inputs Buffers whose content the work reads, the live parameters apart.
   * @param outputs Buffers that it changes.
   */
  async run(live: B, version: number, inputs: readonly B[], outputs: readonly B[], work: HostWork<B>): Promise<void> {
    this.#program ??= reference().prepare(this.#model);
    const program = await this.#program;
    const { backend } = program;
    const mirrors = new Map<B, Buffer>([[live, program.parameters]]);
    try {
      for (const buffer of [...inputs, ...outputs]) {
        if (!mirrors.has(buffer)) mirrors.set(buffer, program.allocate(this.#specOf(buffer)));
      }
      if (this.#known !== version) {
        this.#known = undefined;
        backend.write(program.parameters, await this.#transfers.download(live));
        this.#known = version;
      }
      for (const buffer of new Set(inputs)) {
        if (buffer === live) continue;
        backend.write(mirrors.get(buffer) as Buffer, await this.#transfers.download(buffer));
      }
      await work(program, (buffer) => mirrors.get(buffer) as Buffer);
      for (const buffer of new Set(outputs)) {
        await this.#transfers.upload(buffer, await backend.read(mirrors.get(buffer) as Buffer));
      }
    } finally {
      for (const [buffer, mirror] of mirrors) if (buffer !== live) mirror.dispose();
    }
  }
}
