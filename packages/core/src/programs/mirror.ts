import type { Assignment, Buffer, Inputs, Target } from '../contracts/backend.js';
import type { CheckedEntry, CheckedInputs, CheckedTarget } from './operands.js';

/**
 * For authors of backends: the buffer of another backend that stands for one of this. What a device has no kernel for runs there,
 * with checked operands turned into arguments of the same operation.
 */
export type Mirror<B extends Buffer> = (buffer: B) => Buffer;

/** A checked target as an argument on the other backend. */
export function mirrorTarget<B extends Buffer>(at: CheckedTarget<B>, mirror: Mirror<B>): Target {
  const { parameters, base, beta } = at;
  const clamp = at.clamp.map((mask) => mask && mirror(mask));
  const plain = { parameters: mirror(parameters), ...(clamp.length > 0 ? { clamp } : {}) };
  if (!base) return plain;
  return { ...plain, base: mirror(base), beta: typeof beta === 'number' ? beta : mirror(beta) };
}

/** Checked inputs as an argument on the other backend. */
export function mirrorInputs<B extends Buffer>({ buffer, base }: CheckedInputs<B>, mirror: Mirror<B>): Inputs {
  return base ? { inputs: mirror(buffer), base: mirror(base) } : { inputs: mirror(buffer) };
}

/** A checked assignment as an argument on the other backend. */
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
