import type { Assignment, Buffer, Inputs, Target } from '../contracts/backend.js';
import type { CheckedEntry, CheckedInputs, CheckedTarget } from './operands.js';

/**
 * For authors of backends: checked operands as arguments of the same operation on another backend, on which each buffer has a
 * mirror. What a device has no kernel for runs there.
 */

/** The buffer of the other backend that stands for one. */
export type Mirror<B extends Buffer> = (buffer: B) => Buffer;

export function mirrorTarget<B extends Buffer>(at: CheckedTarget<B>, mirror: Mirror<B>): Target {
  const { parameters, base, beta } = at;
  const clamp = at.clamp.map((mask) => mask && mirror(mask));
  const plain = { parameters: mirror(parameters), ...(clamp.length > 0 ? { clamp } : {}) };
  if (!base) return plain;
  return { ...plain, base: mirror(base), beta: typeof beta === 'number' ? beta : mirror(beta) };
}

export function mirrorInputs<B extends Buffer>({ buffer, base }: CheckedInputs<B>, mirror: Mirror<B>): Inputs {
  return base ? { inputs: mirror(buffer), base: mirror(base) } : { inputs: mirror(buffer) };
}

export function mirrorAssignment<B extends Buffer>(entries: readonly CheckedEntry<B>[], mirror: Mirror<B>): Assignment {
  return entries.map((entry) =>
    entry.holds === 'values' ? { values: mirror(entry.buffer) } : mirrorInputs(entry, mirror),
  );
}

/** All buffers of an assignment. */
export function assignedBuffers<B extends Buffer>(entries: readonly CheckedEntry<B>[]): B[] {
  return entries.flatMap((entry) =>
    entry.holds === 'inputs' && entry.base ? [entry.buffer, entry.base] : [entry.buffer],
  );
}
