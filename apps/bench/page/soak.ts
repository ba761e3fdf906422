import { type GpujsMode, gpujs } from '@rbm/backend-gpujs';
import { SoakedBackend, type Work } from '../src/soak/cycle.js';

let soaked: SoakedBackend | undefined;

/** What the program that opened the page calls. */
Object.assign(window, {
  soak: {
    /** @returns What the backend says of itself. */
    async open(mode: GpujsMode): Promise<string> {
      soaked = await SoakedBackend.open(() => gpujs({ gpu: () => import('gpu.js'), mode }));
      return soaked.info;
    },
    round: (seed: number, n: number): Promise<Work> | undefined => soaked?.round(seed, n),
    close: (): Promise<void> | undefined => soaked?.close(),
  },
});
