export { type WasmOptions, wasm } from './backend.js';
export type { WorkerLike } from './platform.js';
export { workerSource } from './worker-source.js';
