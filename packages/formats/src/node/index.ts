export { readFileBytes } from './read-file-bytes.js';
export { writeFileAtomic } from './write-file-atomic.js';
