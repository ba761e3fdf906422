import type { Backend } from '@rbm/core/contracts';
import { SoakedBackend, type Work } from './cycle.js';
import { type LiveMemory, liveMemory } from './live-memory.js';

/** Where a backend works: this process, or a page. */
export interface Side {
  /** What the backend says of itself. */
  readonly info: string;
  round(seed: number, n: number): Promise<Work>;
  /** Collects what is garbage, and looks. */
  memory(minutes: number): Promise<LiveMemory>;
  /** Closes the backend. */
  close(): Promise<void>;
  /** Ends what is left of the side, after the last look. */
  end(): Promise<void>;
}

/** A backend in this process. */
export async function processSide(open: () => Promise<Backend>): Promise<Side> {
  const soaked = await SoakedBackend.open(open);
  return {
    info: soaked.info,
    round: (seed, n) => soaked.round(seed, n),
    memory: liveMemory,
    close: () => soaked.close(),
    end: async () => {},
  };
}
