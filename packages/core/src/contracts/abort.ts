import { RbmError } from './errors.js';

/**
 * The part of the platform's `AbortSignal` that the toolkit uses. Declared here because core compiles without DOM or
 * Node types; the real `AbortSignal` is assignable to it.
 */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

/** @throws RbmError `ABORTED`, with the signal's reason as its cause, if `signal` has fired. */
export function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted)
    throw new RbmError('ABORTED', 'The work was cancelled by its abort signal.', { cause: signal.reason });
}
