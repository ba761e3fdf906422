import { encode } from 'fast-png';
import type { Image } from './image-grid.js';

/** Writes an image as a PNG file, without loss. The same image gives the same bytes. */
export function encodePng({ width, height, channels, data }: Image): Uint8Array {
  return encode({ width, height, channels, data, depth: 8 });
}
