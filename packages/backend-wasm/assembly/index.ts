/** The module for one thread. */
import { cosTurns, exp, log, roughPowerOfTwo, sigmoid, tanh } from './functions';
import { prepare, words } from './philox';

export { execute, executeAll } from './interpreter';
export * from './kept-apart';
export { packBits, packFloats, unpackBits, unpackFloats } from './layout';

/** Applies one of the functions to floats in place, four at a time: for measuring their errors. */
export function apply(which: u32, at: usize, count: u32): void {
  const end = at + (<usize>count << 2);
  for (; at < end; at += 16) {
    const x = v128.load(at);
    let y = x;
    if (which == 0) y = exp(x);
    else if (which == 2) y = sigmoid(x);
    else if (which == 3) y = tanh(x);
    else if (which == 5) y = log(x);
    else if (which == 6) y = cosTurns(x);
    else if (which == 7) y = roughPowerOfTwo(x);
    v128.store(at, y);
  }
}

/**
 * The random words of up to 12 blocks of four units, to `out`: for checking them.
 *
 * @param room 192 bytes.
 */
export function randomWords(
  block: u32,
  blocks: u32,
  chain: u32,
  step: u32,
  draw: u32,
  key0: u32,
  key1: u32,
  room: usize,
  out: usize,
): void {
  prepare(block, blocks, step, draw, key0, key1, room);
  words(blocks, chain, step, key0, key1, room, out);
}
