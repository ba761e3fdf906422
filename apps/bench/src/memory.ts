import type { Backend } from '@rbm/core/contracts';
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
  /** What may be held besides what `Backend.memory` reports; see `workspaceBytes`. */
  readonly workspace: number;
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

/**
 * The working memory that `@rbm/backend-wasm` declares for a training of Bernoulli units, by the formula in its
 * description: lists of units that are on, sums of pairs, transposed batches, expectations, inputs of chains, scratch of the
 * threads, and the parameters on their way in or out.
 */
export function workspaceBytes(visible: number, hidden: number, rows: number, threads: number): number {
  const panels = (columns: number): number => Math.ceil(columns / 32);
  const [v, h, s] = [panels(visible), panels(hidden), panels(2 * rows)];
  const lists = 64 * Math.max(rows * v, rows * h, 32 * v * s) + 8 * Math.max(rows, 32 * v);
  const products = 2048 * threads * Math.max(v, h, s) + 128 * v * s + 4096 * s * h;
  const inputs = 128 * rows * (v + h);
  const transfer = 8 * (visible + hidden + visible * hidden) + 128 * (v + h + 32 * v * h);
  return lists + products + inputs + transfer + 102_400 + 32_768 * threads;
}

/** The most that the WebAssembly memory may have grown to: by an eighth at a time, and at least a MiB. */
export function mostLinearBytes({ reported, workspace }: MemoryUse): number {
  return Math.max(2 ** 20, ((reported + workspace) * 9) / 8);
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
    const { visible, hidden } = workload;
    return {
      reported,
      linear: memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0),
      necessary: necessaryBytes(visible, hidden, batch),
      workspace: workspaceBytes(visible, hidden, batch, backend.capabilities.threads),
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
