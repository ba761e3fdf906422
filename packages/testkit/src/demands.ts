import { RbmError } from '@rbm/core';
import type { BackendMemory } from '@rbm/core/contracts';
import { demand } from './layers/agreement.js';

/**
 * Fails unless `work` throws, or rejects with, an `RbmError` of the code.
 *
 * @param what What was tried, for the message.
 */
export async function demandCode(what: string, code: string, work: () => unknown): Promise<void> {
  let found: string;
  try {
    await work();
    found = 'nothing was thrown';
  } catch (error) {
    if (RbmError.isInstance(error) && error.code === code) return;
    found = RbmError.isInstance(error) ? `found code ${error.code} (${error.message})` : `found ${String(error)}`;
  }
  throw new Error(`${what}: wanted an RbmError with code ${code}, ${found}. Errors of the contract have codes.`);
}

/** Fails unless live memory is what it was: whoever allocates disposes. */
export function demandMemory(when: string, found: BackendMemory, wanted: BackendMemory): void {
  demand(
    found.buffers === wanted.buffers && found.bytes === wanted.bytes,
    `${when}: found ${found.buffers} live buffers (${found.bytes} bytes), wanted ${wanted.buffers} (${wanted.bytes} bytes). ` +
      'Allocated buffers are disposed of by the code that allocated them, after a failure and an abort too.',
  );
}

/** Fails unless all numbers are the same, bit for bit. */
export function demandSame(what: string, found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  demand(found.length === wanted.length, `${what}: found ${found.length} numbers, wanted ${wanted.length}.`);
  for (let i = 0; i < wanted.length; i++) {
    demand(
      Object.is(found[i], wanted[i]),
      `${what}: number ${i} is ${found[i]}, wanted ${wanted[i]}, the same bit for bit.`,
    );
  }
}

/** A copy as another thread would get it. @throws Error if the value does not survive that. */
export function structuredCopy<T>(what: string, value: T): T {
  // Every platform has structuredClone, but no types of a platform are in scope.
  const { structuredClone } = globalThis as unknown as { structuredClone<V>(value: V): V };
  try {
    return structuredClone(value);
  } catch (error) {
    throw new Error(`${what} must be plain data that survives structuredClone: ${String(error)}`);
  }
}
