import type { Buffer, Program } from '@rbm/core/contracts';

/** Buffers that are allocated together: if `work` throws, those that it has made are released. */
export function allocateAll<T>(program: Program, work: (allocate: Program['allocate']) => T): T {
  const made: Buffer[] = [];
  try {
    return work((spec) => {
      const buffer = program.allocate(spec);
      made.push(buffer);
      return buffer;
    });
  } catch (error) {
    for (const buffer of made) buffer.dispose();
    throw error;
  }
}
