export type { ElementArray } from './elements.js';
export { type Image, type ImageGridOptions, imageGrid } from './image-grid.js';
export type { FileLimits } from './limits.js';
export {
  type DecodeModelOptions,
  decodeModel,
  encodeModel,
  type LayerFactory,
  type ModelDetails,
  type ModelFile,
} from './model.js';
export { decodeNpy, encodeNpy, type NpyArray } from './npy.js';
export { type DecodeNpzOptions, decodeNpz, encodeNpz, npzKeys } from './npz.js';
export { encodePng } from './png.js';
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsContent,
  type SafetensorsDtype,
  type Tensor,
  type WritableDtype,
} from './safetensors.js';
export { type DecodeSnapshotOptions, decodeSnapshot, encodeSnapshot, type SnapshotFile } from './snapshot.js';
export type { InteractionFactory } from './structure.js';
export type { TrainingData } from './training-data.js';
