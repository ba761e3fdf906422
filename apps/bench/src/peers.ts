import { fileURLToPath } from 'node:url';
import type { Case } from './cases.js';
import { Peer } from './peer.js';

/** A peer that runs, or why it does not. */
export interface StartedPeer {
  readonly name: string;
  readonly peer: Peer | undefined;
  readonly missing: string | undefined;
  /** Whether it can do a case. */
  readonly can: (which: Case) => boolean;
}

const folder: string = fileURLToPath(new URL('../peers/', import.meta.url));

// scikit-learn does PCD-1 only: an update of CD-1 costs as much, one of CD-10 does not.
const known = [
  { program: 'PyTorch', script: 'pytorch.py', can: () => true },
  {
    program: 'scikit-learn',
    script: 'scikit_learn.py',
    can: ({ kind, k }: Case) => kind === 'training' && k === 1,
  },
];

/** Starts each peer with two threads and with one: which is faster depends on the size. */
export function startPeers(): Promise<StartedPeer[]> {
  return Promise.all(
    known.flatMap(({ program, script, can }) =>
      [2, 1].map(async (threads): Promise<StartedPeer> => {
        const name = `${program}, ${threadsText(threads)}`;
        try {
          return { name, peer: await Peer.start(name, folder + script, threads), missing: undefined, can };
        } catch (error) {
          return { name, peer: undefined, missing: (error as Error).message, can };
        }
      }),
    ),
  );
}

/** `2 threads`. */
export function threadsText(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}
