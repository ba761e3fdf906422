export { type GpujsOptions, gpujs } from './backend.js';
export type { Mode as GpujsMode } from './engine.js';
export type { GpujsModule, GpujsSource } from './gpu-module.js';
export type { GpujsUnits } from './units.js';
