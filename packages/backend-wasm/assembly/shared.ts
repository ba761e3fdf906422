/** The module for several threads over shared memory. */
export { execute, executeAll } from './interpreter';
export * from './kept-apart';
export { packBits, packFloats, unpackBits, unpackFloats } from './layout';
export { run } from './pool';
