/**
 * The numbers that the compiled kernels and their caller agree on. Compiled twice: into the package, and into the
 * WebAssembly module.
 */

/** Kinds of layers with kernels of their own. */
export const BERNOULLI = 0;
export const SPIN = 1;
export const GAUSSIAN = 2;
export const POTTS = 3;
export const BINOMIAL = 4;
export const RELU = 5;

/** How values are stored: bits for 0 and 1, bits for −1 and 1, floats. */
export const BITS = 0;
export const SIGNS = 1;
export const FLOATS = 2;

/** Commands. Their operands are listed in `assembly/interpreter.ts`. */
export const SIGNAL = 1;
export const FILL = 2;
export const COPY = 3;
export const PLAN = 4;
export const LIST = 5;
export const SUM_ROWS = 6;
export const SUM_SCALED_ROWS = 7;
export const TRANSPOSE_BITS = 8;
export const TRANSPOSE_FLOATS = 9;
export const MEAN = 10;
export const SAMPLE = 11;
export const CUMULANTS = 12;
export const EXPECTED = 13;
export const EXPAND = 14;
export const VALUE_STATISTICS = 15;
export const VALUE_ENERGY = 16;
export const PRODUCT_ENERGY = 17;
export const CONSTANT_ENERGY = 18;
export const UPDATE_LAYER = 19;
export const UPDATE_WEIGHTS = 20;
export const TRANSPOSE_WEIGHTS = 21;
export const ADD_ROWS = 22;
export const CLEAR_ROWS = 23;
export const SQUARE_WEIGHTS = 29;
export const CENTRE_FIELDS = 30;
export const GATHER_WEIGHTS = 24;
export const GRAPH_INPUTS = 25;
export const GRAPH_ENERGY = 26;
export const SWEEP = 27;
export const EDGE_STATISTICS = 28;
export const GATHER_ROWS = 31;
export const EXCHANGE_ROWS = 32;
export const MERGE_ROWS = 33;
export const MIX_INPUTS = 34;
export const INTERPOLATE = 35;
export const ADD_NUMBERS = 36;
export const METROPOLIS = 37;
export const SQUARE_LAYER = 38;
export const CLIP_SCALE = 39;
export const GROUP_SLOPES = 40;

/** Rules by which an optimizer's command makes steps of a gradient. */
export const DESCENT = 0;
export const NESTEROV = 1;
export const ADAPTIVE = 2;

/** Bytes of a command: its number, up to 30 operands, and into how many shares it is cut; float64 each. */
export const COMMAND_BYTES = 256;
/** Bytes from the start of the first command of a group to the number of shares, and to the number of commands. */
export const SHARES_AT = 248;
export const LENGTH_AT = 252;
/** Commands in the ring between the caller and its threads. */
export const RING_COMMANDS = 512;

/**
 * Addresses of the words by which threads meet, far apart, so that no two share a cache line: how many commands were
 * published; how many are done; which share of which group is to be claimed next (64 bits); how many shares of that group
 * are finished. Where threads wait for a word, the next one counts those asleep.
 */
export const PUBLISHED = 1024;
export const DONE = 1280;
export const CLAIMS = 1408;
export const FINISHED = 1536;
export const RING = 4096;
/** Scratch of the threads, then the heap. */
export const SCRATCH = 135168;
/** Scratch of one thread. */
export const SCRATCH_BYTES = 32768;
