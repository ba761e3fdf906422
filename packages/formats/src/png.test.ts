import { inflateSync } from 'node:zlib';
import { decode } from 'fast-png';
import { expect, it } from 'vitest';
import { type Image, imageGrid } from './image-grid.js';
import { encodePng } from './png.js';

const grey: Image = { width: 3, height: 2, channels: 1, data: Uint8Array.of(0, 1, 2, 128, 254, 255) };
const coloured = imageGrid({
  images: Float32Array.of(-1, 0, 1, 0.5),
  count: 2,
  height: 1,
  width: 2,
  scale: 3,
  range: 'symmetric',
  colours: 'diverging',
});

it.each([grey, coloured])('is read back', (image) => {
  const { width, height, channels, data, depth } = decode(encodePng(image), { checkCrc: true });
  expect({ width, height, channels, data: new Uint8Array(data) }).toEqual({ ...image });
  expect(depth).toBe(8);
});

it('writes the chunks of the PNG specification', () => {
  const bytes = Buffer.from(encodePng(grey));
  expect(bytes.subarray(0, 16).toString('latin1')).toBe('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR');
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([3, 2]);
  // Depth 8, colour type 0 (grey), deflate, adaptive filtering, not interlaced.
  expect([...bytes.subarray(24, 29)]).toEqual([8, 0, 0, 0, 0]);
  const start = bytes.indexOf('IDAT');
  const rows = inflateSync(bytes.subarray(start + 4, start + 4 + bytes.readUInt32BE(start - 4)));
  // A filter type before each row.
  expect(rows.length).toBe(2 * (1 + 3));
});
