import { gzipSync } from 'node:zlib';
import { RbmError } from '@rbm/core';
import { encodeNpy } from '@rbm/formats';
import { expect, it } from 'vitest';
import { readFiles } from './files.js';

const COUNT = 40;
const pixels = Uint8Array.from({ length: COUNT * 12 }, (_, n) => (n % 5 === 0 ? 200 : 20));

/** Three dimensions of bytes (LeCun's format). */
function idx(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16 + pixels.length);
  bytes.set([0, 0, 8, 3, 0, 0, 0, COUNT, 0, 0, 0, 3, 0, 0, 0, 4]);
  bytes.set(pixels, 16);
  return bytes;
}

const npy = (shape: readonly number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(encodeNpy({ shape, data: pixels }));

it.each([
  ['images.npy', npy([COUNT, 3, 4])],
  ['images.npy.gz', Uint8Array.from(gzipSync(npy([COUNT, 3, 4])))],
  ['t10k-images-idx3-ubyte', idx()],
  ['train-images-idx3-ubyte.gz', Uint8Array.from(gzipSync(idx()))],
])('reads %s: shape, threshold, a tenth held out', async (name, bytes) => {
  const { train, test, image } = await readFiles([new File([bytes], name)]);
  expect(image).toEqual([3, 4]);
  expect([train.count, test?.count, train.width]).toEqual([36, 4, 12]);
  const values = [train, test].flatMap((samples) => Array.from(samples?.values ?? []));
  expect(values.filter((value) => value === 1)).toHaveLength(pixels.filter((pixel) => pixel > 127).length);
});

it.each([
  ['a list of numbers', 'flat.npy', npy([COUNT * 12])],
  ['a file of another kind', 'notes.pdf', new Uint8Array(10)],
  ['a broken file', 'images.npy', npy([COUNT, 3, 4]).subarray(0, 60)],
  ['what is no archive', 'images.npy.gz', new Uint8Array(10)],
])('refuses %s, and names it', async (_what, name, bytes) => {
  const error = await readFiles([new File([Uint8Array.from(bytes)], name)]).catch((thrown: unknown) => thrown);
  expect(RbmError.isInstance(error)).toBe(true);
  expect((error as Error).message).toContain(name);
});
