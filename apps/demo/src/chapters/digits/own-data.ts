import { type Dataset, RbmError } from '@rbm/core';
import { digits } from '@rbm/datasets';
import { inflate } from './files.js';

/** The data that the page brings. */
export type OwnData = 'digits' | 'mnist';

/** Loads the page's own data. @param base Address of the page, beside which they lie. */
export async function loadOwnData(name: OwnData, base: string): Promise<Dataset> {
  return name === 'digits' ? digits() : loadMnist(new URL('mnist.dat', base));
}

const PIXELS = 784;
/** Images that are held out, at the end. */
const HELD_OUT = 2000;

/** Part of MNIST, one bit a pixel, compressed: see `scripts/make-mnist.mjs`. */
async function loadMnist(address: URL): Promise<Dataset> {
  const response = await fetch(address);
  if (!response.ok || !response.body) {
    throw new RbmError('FILE_NOT_FOUND', `MNIST could not be loaded from ${address.href}: ${response.status}.`);
  }
  const values = unpackBits(await inflate(response.body));
  const count = values.length / PIXELS - HELD_OUT;
  return {
    specVersion: 1,
    name: 'mnist (part)',
    train: { values: values.subarray(0, count * PIXELS), count, width: PIXELS },
    test: { values: values.subarray(count * PIXELS), count: HELD_OUT, width: PIXELS },
    image: [28, 28],
    preparation: { binarisation: 'threshold', threshold: 127.5, maximum: 255 },
  };
}

/** Eight pixels a byte, the first in the highest bit. */
function unpackBits(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array(8 * bytes.length);
  for (let i = 0; i < bits.length; i++) bits[i] = ((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1;
  return bits;
}
