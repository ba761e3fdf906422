import { type Buffer, RbmError } from '@rbm/core';
import type { WasmBuffer } from './buffer.js';
import type { Engine } from './engine.js';
import type { WasmProgram } from './program.js';
import type { Transfer } from './transfer.js';

/** What a backend shares with its programs. */
export interface Session {
  readonly engine: Engine;
  readonly transfer: Transfer;
  readonly buffers: Set<WasmBuffer>;
  /** Programs that are not disposed. */
  readonly programs: Set<WasmProgram>;
}

/**
 * The buffer as one of this backend's own.
 *
 * @throws RbmError `DISPOSED` for a released one, `ARGUMENT_INVALID` for another backend's.
 */
export function own(buffer: Buffer, { buffers }: Session): WasmBuffer {
  if (buffers.has(buffer as WasmBuffer)) return buffer as WasmBuffer;
  if (buffer.disposed) {
    throw new RbmError('DISPOSED', `A buffer of ${buffer.spec.holds} was used after it was released.`);
  }
  throw new RbmError('ARGUMENT_INVALID', 'The buffer belongs to another backend. Read it there and write it here.');
}
