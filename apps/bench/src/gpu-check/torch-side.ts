import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Peer } from '../peer.js';
import type { CheckRequest, Timed } from './requests.js';
import type { Side } from './side.js';

const script: string = fileURLToPath(new URL('../peers/pytorch_cuda.py', import.meta.url));

/** PyTorch on CUDA. `open` gives its version; `time` is answered with steps one by one, or with a CUDA graph. */
export async function startTorch(graph: boolean, starting: (peer: { kill(): void }) => void): Promise<Side> {
  const peer = await Peer.start('PyTorch CUDA', script, 4, 'python3', starting);
  return {
    async ask(request: CheckRequest): Promise<unknown> {
      if (request.ask === 'open') return peer.version;
      if (request.ask !== 'time') throw new Error(`PyTorch is not asked for ${request.ask}.`);
      const { operation, visible, hidden, batch, duration } = request;
      const folder = await mkdtemp(join(tmpdir(), 'rbm-gpu-check-'));
      try {
        await writeFile(join(folder, 'case.json'), JSON.stringify({ kind: operation, visible, hidden, batch, graph }));
        const from = performance.now();
        await peer.load(folder);
        await peer.run(1);
        const first = performance.now() - from;
        const { wall } = await peer.run(10);
        const steps = Math.max(10, Math.ceil(duration / wall));
        const { wall: step } = await peer.run(steps);
        return { first, step, steps, bytes: Number.NaN } satisfies Timed;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    kill: () => peer.kill(),
  };
}
