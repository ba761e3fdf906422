import type { Backend } from '@rbm/core';
import { contestant } from './rbm-backend.js';
import type { TrainingSettings, Workload } from './workload.js';

/** What a training holds in memory, in bytes. */
export interface MemoryUse {
  /** What `Backend.memory` reports while a training runs. */
  readonly reported: number;
  /** Size of the WebAssembly memory afterwards: buffers, working memory, and the modules' own. */
  readonly linear: number;
  /** What must be held; see `necessaryBytes`. */
  readonly necessary: number;
}

/**
 * Bytes of a training in float32 with bits for states: parameters, the transpose of the weights, the gradient, the
 * optimizer's array, the states of the chains and one batch.
 */
export function necessaryBytes(visible: number, hidden: number, rows: number): number {
  const parameters = 4 * (visible + hidden + visible * hidden);
  const states = (units: number): number => Math.ceil(units / 8) * rows;
  return 3 * parameters + 4 * visible * hidden + states(visible) + states(hidden) + states(visible);
}

/** Runs some steps on a backend of its own and looks at its memory. */
export async function measureMemory(create: () => Promise<Backend>, workload: Workload): Promise<MemoryUse> {
  const { backend, memories } = await withMemories(create);
  try {
    const side = await contestant('memory', backend, workload);
    await side.run(4);
    const reported = backend.memory().bytes;
    await side.close();
    const { batch } = workload.settings as TrainingSettings;
    return {
      reported,
      linear: memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0),
      necessary: necessaryBytes(workload.visible, workload.hidden, batch),
    };
  } finally {
    await backend.close();
  }
}

/** A backend and the WebAssembly memories that were made for it. */
async function withMemories(
  create: () => Promise<Backend>,
): Promise<{ backend: Backend; memories: WebAssembly.Memory[] }> {
  const memories: WebAssembly.Memory[] = [];
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
  try {
    return { backend: await create(), memories };
  } finally {
    WebAssembly.Memory = Memory;
  }
}
