// Part of MNIST for the page: 10,000 training images, then 2,000 test images, one bit a pixel, compressed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { mnist } from '@rbm/datasets/node';

const { train, test } = await mnist({ resolveFrom: [import.meta.url] });
const parts = [train.values.subarray(0, 10_000 * 784), test.values.subarray(0, 2_000 * 784)];
const bytes = new Uint8Array((12_000 * 784) / 8);
let next = 0;
for (const part of parts) for (const pixel of part) bytes[next >> 3] |= pixel << (7 - (next++ & 7));
const folder = fileURLToPath(new URL('../public/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}mnist.dat`, gzipSync(bytes, { level: 9 }));
