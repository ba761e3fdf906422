import { gpujs } from '@rbm/backend-gpujs';
import { wasm } from '@rbm/backend-wasm';
import type { Backend } from '@rbm/core/contracts';
import * as Comlink from 'comlink';
import { readFiles } from './files.js';
import { type DataSummary, type Judgement, Lab, type LabSettings, type Progress } from './lab.js';
import { loadOwnData, type OwnData } from './own-data.js';

/** What computes. */
export type Engine = 'wasm' | 'gpujs';

/** The laboratory as the page sees it: every call is a message. */
export interface LabWorker {
  /** Opens the laboratory. @returns The data, and what computes. */
  open(data: OwnData, base: string): Promise<{ summary: DataSummary; info: string }>;
  useOwn(data: OwnData): Promise<DataSummary>;
  useFiles(files: readonly File[]): Promise<DataSummary>;
  /** Changes what computes. @returns What it says of itself. */
  compute(engine: Engine): Promise<string>;
  run(settings: LabSettings, report: (progress: Progress) => void): Promise<'paused' | 'finished'>;
  pause(): void;
  reset(): void;
  dream(count: number, sweeps: number): Promise<Float32Array>;
  complete(known: Uint8Array, image: Uint8Array, count: number): Promise<Float32Array>;
  judge(report: (share: number) => void): Promise<Judgement>;
  save(): Uint8Array;
  load(bytes: Uint8Array, name: string): { hidden: number; filters: Float32Array };
  /** Buffers that the backend holds. */
  buffers(): number;
  close(): Promise<void>;
}

let [lab, address]: [Lab | undefined, string] = [undefined, ''];

/** One processor is left to the page. */
function openEngine(engine: Engine): Promise<Backend> {
  if (engine === 'gpujs') return gpujs({ gpu: () => import('gpu.js'), mode: 'auto' });
  return wasm({ threads: Math.max(1, Math.min(8, navigator.hardwareConcurrency - 1)) });
}

function opened(): Lab {
  if (!lab) throw new Error('The laboratory is closed.');
  return lab;
}

const worker: LabWorker = {
  async open(data, base) {
    address = base;
    const backend = await openEngine('wasm');
    lab = new Lab(backend, await loadOwnData(data, base));
    return { summary: lab.summary, info: backend.info };
  },
  async useOwn(data) {
    opened().use(await loadOwnData(data, address));
    return opened().summary;
  },
  async useFiles(files) {
    opened().use(await readFiles(files));
    return opened().summary;
  },
  async compute(engine) {
    const backend = await openEngine(engine);
    try {
      await opened().move(backend).close();
    } catch (error) {
      await backend.close();
      throw error;
    }
    return backend.info;
  },
  run: (settings, report) => opened().run(settings, report),
  pause: () => opened().pause(),
  reset: () => opened().reset(),
  dream: (count, sweeps) => opened().dream(count, sweeps),
  complete: (known, image, count) => opened().complete(known, image, count),
  judge: (report) => opened().judge(report),
  save: () => opened().save(),
  load: (bytes, name) => opened().load(bytes, name),
  buffers: () => opened().backend.memory().buffers,
  async close() {
    const { backend } = opened();
    lab = undefined;
    await backend.close();
  },
};

Comlink.expose(worker);
