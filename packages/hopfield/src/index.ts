export {
  type GaussianHidden,
  type GaussianHiddenOptions,
  toGaussianHidden,
  toHopfield,
} from './hubbard-stratonovich.js';
export { overlap, type Recall, type RecallOptions, recall } from './recall.js';
export { hebb, pseudoInverse, type StorageRule, type StoreOptions, store, storkey } from './storage.js';
