import { argumentKinds, checkArgument } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import { philox4x32 } from './philox.js';

/**
 * A source of random numbers in which every number has an address. There is no hidden position: asking twice for the
 * same address gives the same number, on any thread, for any split of the work, on every backend.
 *
 * An address is `(chain, unit, step, draw)`: the row of the batch, the unit numbered across the whole model, the sweep,
 * and which of the unit's uniforms within that sweep (0 to 254). Different purposes use different generators, made by
 * `fork`.
 *
 * The toolkit's own generator is `generator(seed)`. Tests pass others: one that enumerates all outcomes turns a kernel
 * into its transition matrix. Code that samples on the host therefore draws only through these methods.
 */
export interface Generator {
  /** The Philox key, two unsigned 32-bit words: what a backend needs to make the same numbers by itself. */
  readonly key: readonly [number, number];
  /** Uniform on the 2^23 midpoints `(n + 1/2) / 2^23`: never 0, never 1, exact in float32. */
  uniform(chain: number, unit: number, step: number, draw: number): number;
  /** 1 with the given probability, else 0. Uses the uniform of the address: `uniform < probability`. */
  bernoulli(probability: number, chain: number, unit: number, step: number, draw: number): 0 | 1;
  /**
   * An index below `length`, with the probabilities `probabilities[offset … offset + length)`, which sum to 1. Uses
   * the uniform of the address, by inversion of the cumulative sums in order.
   */
  categorical(
    probabilities: Float64Array,
    offset: number,
    length: number,
    chain: number,
    unit: number,
    step: number,
    draw: number,
  ): number;
  /** A standard normal number, from the uniforms of `draw` and `draw + 1` (Box and Muller 1958, the cosine branch). */
  normal(chain: number, unit: number, step: number, draw: number): number;
  /** An independent generator for another purpose. The same label always gives the same one. */
  fork(label: string | number): Generator;
}

/** Draw number reserved for deriving keys, so that no uniform is ever made from the same counter as a key. */
const FORK_DRAW = 255;

/** The uniform that a random 32-bit word stands for: its upper 23 bits, moved to the middle of their interval. */
export function wordToUniform(word: number): number {
  return ((word >>> 9) + 0.5) * 2 ** -23;
}

/**
 * The counter of an address: words `(⌊unit / 4⌋, chain, step mod 2^32, draw · 2^24 + ⌊step / 2^32⌋)`. The word of the
 * block is `unit mod 4`: four consecutive units share a block.
 */
class Philox implements Generator {
  readonly key: readonly [number, number];
  // The last block and its counter: four consecutive units come from one block. A cache only, it decides nothing.
  readonly #block = new Uint32Array(4);
  #c0 = -1;
  #c1 = -1;
  #c2 = -1;
  #c3 = -1;

  constructor(key: readonly [number, number]) {
    this.key = key;
  }

  uniform(chain: number, unit: number, step: number, draw: number): number {
    const c0 = unit >>> 2;
    const c3 = step < 0x100000000 ? draw << 24 : (draw << 24) | Math.floor(step / 0x100000000);
    if (c0 !== this.#c0 || chain !== this.#c1 || step !== this.#c2 || c3 !== this.#c3) {
      philox4x32(c0, chain, step, c3, this.key[0], this.key[1], this.#block);
      this.#c0 = c0;
      this.#c1 = chain;
      this.#c2 = step;
      this.#c3 = c3;
    }
    return wordToUniform(this.#block[unit & 3] as number);
  }

  bernoulli(probability: number, chain: number, unit: number, step: number, draw: number): 0 | 1 {
    return this.uniform(chain, unit, step, draw) < probability ? 1 : 0;
  }

  categorical(
    probabilities: Float64Array,
    offset: number,
    length: number,
    chain: number,
    unit: number,
    step: number,
    draw: number,
  ): number {
    const u = this.uniform(chain, unit, step, draw);
    let cumulative = 0;
    for (let k = 0; k < length - 1; k++) {
      cumulative += probabilities[offset + k] as number;
      if (u < cumulative) return k;
    }
    return length - 1;
  }

  normal(chain: number, unit: number, step: number, draw: number): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform(chain, unit, step, draw)));
    return radius * Math.cos(2 * Math.PI * this.uniform(chain, unit, step, draw + 1));
  }

  fork(label: string | number): Generator {
    const block = new Uint32Array(4);
    const [low, high] = typeof label === 'number' ? words(label, 'label') : [hash(label), 0xffffffff];
    philox4x32(low, high, 0, (FORK_DRAW << 24) | 0, this.key[0], this.key[1], block);
    return new Philox([block[0] as number, block[1] as number]);
  }
}

/** The two 32-bit words of a non-negative safe integer. */
function words(value: number, name: string): [low: number, high: number] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RbmError('ARGUMENT_INVALID', `The ${name} must be an integer from 0 to 2^53 - 1, not ${value}.`);
  }
  return [value >>> 0, Math.floor(value / 0x100000000)];
}

/** 32-bit FNV-1a over the UTF-16 code units: spreads the few labels a program uses. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/**
 * The toolkit's generator: Philox4x32-10 with the seed as its key.
 *
 * @param seed An integer from 0 to 2^53 - 1.
 * @throws RbmError `ARGUMENT_INVALID` for any other seed.
 */
export function generator(seed: number): Generator {
  return new Philox(words(seed, 'seed'));
}

/**
 * A permutation of `0 … length - 1`, uniform up to the 23 bits of a draw (Fisher and Yates). Draws the uniforms of
 * `(0, i, step, 0)`.
 */
export function permutation(random: Generator, length: number, step: number): Uint32Array {
  checkArgument('permutation', 'random', random, argumentKinds.generator);
  checkArgument('permutation', 'length', length, argumentKinds.number);
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    const j = Math.floor(random.uniform(0, i, step, 0) * (i + 1));
    order[i] = order[j] as number;
    order[j] = i;
  }
  return order;
}
