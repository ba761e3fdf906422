export { type NpySource, npySource } from './npy-source.js';
export { readFileBytes } from './read-file-bytes.js';
export { type ReadNpyOptions, readNpy } from './read-npy.js';
export { writeError } from './write-error.js';
export { writeFileAtomic } from './write-file-atomic.js';
