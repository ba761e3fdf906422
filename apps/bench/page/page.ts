import { type GpujsMode, gpujs } from '@rbm/backend-gpujs';
import { wasm } from '@rbm/backend-wasm';
import type { Backend } from '@rbm/core/contracts';
import { decodeNpy } from '@rbm/formats';
import { timeStep } from '../src/engines.js';
import { contestant } from '../src/rbm-backend.js';
import type { Contestant, Timing, Workload } from '../src/workload.js';

let side: Contestant | undefined;
let engine: Backend | undefined;

/** What the program that opened the page calls. */
Object.assign(window, {
  bench: {
    /** Fetches the arrays of a case and makes ready. @returns What the backend says of itself. */
    async start(folder: string, threads: number): Promise<string> {
      const backend = await wasm({ threads });
      side = await contestant('page', backend, await fetchWorkload(folder));
      return backend.info;
    },
    run: (steps: number): Promise<Timing> | undefined => side?.run(steps),
    /** Opens gpu.js in a mode. @returns What the backend says of itself. */
    async openEngine(mode: GpujsMode): Promise<string> {
      engine = await gpujs({ gpu: () => import('gpu.js'), mode });
      return engine.info;
    },
    timeEngine: (visible: number, hidden: number, batch: number): Promise<number> | undefined =>
      engine && timeStep(engine, visible, hidden, batch),
  },
});

async function fetchWorkload(folder: string): Promise<Workload> {
  const settings = (await (await fetch(`${folder}case.json`)).json()) as Workload['settings'];
  const [visibleBias, hiddenBias, weights, data] = await Promise.all(
    ['visible_bias', 'hidden_bias', 'weights', 'data'].map(async (name) => {
      const response = await fetch(`${folder}${name}.npy`);
      return decodeNpy(new Uint8Array(await response.arrayBuffer()), name).data;
    }),
  );
  if (!visibleBias || !hiddenBias || !weights || !(data instanceof Uint8Array)) throw new Error('The case is broken.');
  return {
    visible: visibleBias.length,
    hidden: hiddenBias.length,
    settings,
    parameters: Float64Array.from([...visibleBias, ...hiddenBias, ...weights]),
    data,
  };
}
