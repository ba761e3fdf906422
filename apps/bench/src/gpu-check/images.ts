import { readFile } from 'node:fs/promises';
import { mnist } from '@rbm/datasets/node';

/** Images that are held out of the training, at the end. */
const HELD_OUT = 500;

/** The first digits of MNIST as bits, 98 bytes an image, and after them some of the test images. */
export async function mnistBits(count: number): Promise<Uint8Array> {
  const { train, test } = await mnist({ resolveFrom: [import.meta.url] });
  const values = [
    ...train.values.slice(0, count * train.width),
    ...(test ?? train).values.slice(-HELD_OUT * train.width),
  ];
  const bits = new Uint8Array(values.length / 8);
  values.forEach((value, i) => {
    bits[i >> 3] = (bits[i >> 3] as number) | (Number(value >= 0.5) << (7 - (i & 7)));
  });
  return bits;
}

/** In base64, of a file if it is there. @param file Written by `mnistBits`. */
export async function loadImages(file: URL, count: number): Promise<string> {
  const bits = await readFile(file).catch(() => mnistBits(count));
  return Buffer.from(bits).toString('base64');
}
