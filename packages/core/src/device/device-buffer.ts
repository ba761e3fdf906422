import type { Buffer, BufferSpec } from '../contracts/backend.js';
import type { EnergyModel } from '../models/model.js';
import { bufferLength } from '../programs/buffer-length.js';

/** What a buffer and its backend know of the program that allocated it: a `DeviceProgram`. */
export interface BufferProgram {
  readonly model: EnergyModel;
  readonly parameters: Buffer;
  readonly backend: {
    /** As `DeviceBackend.forget`. */
    forget(buffer: DeviceBuffer): void;
  };
  /** As `DeviceProgram.enqueue`. */
  enqueue(work: () => Promise<void>): void;
  /** As `DeviceProgram.parametersReplaced`. */
  parametersReplaced(): void;
  /** As `DeviceProgram.checkFailure`. */
  checkFailure(): void;
}

/**
 * A buffer of a device: a backend adds the memory behind it. It belongs to the program that allocated it.
 *
 * @throws RbmError `ARGUMENT_INVALID` from the constructor, for a layer or a number of rows that cannot be.
 */
export abstract class DeviceBuffer implements Buffer {
  readonly spec: BufferSpec;
  readonly length: number;
  readonly program: BufferProgram;
  #disposed = false;
  #version = 0;

  constructor(spec: BufferSpec, program: BufferProgram) {
    this.spec = spec;
    this.length = bufferLength(spec, program.model);
    this.program = program;
  }

  /** Memory that the buffer takes, in bytes. */
  abstract readonly bytes: number;

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Of parameters: how often their content was replaced, so that what follows from them is known to be out of date. */
  get version(): number {
    return this.#version;
  }

  /** To be called when an operation is enqueued that replaces the content of parameters. */
  changed(): void {
    this.#version++;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.program.backend.forget(this);
    this.free();
  }

  /** Gives the memory back when the operations enqueued so far are done. Called once. */
  protected abstract free(): void;
}
