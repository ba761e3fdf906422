import { checkArgument, argumentKinds as kinds } from '@rbm/core/contracts';
import { encode } from 'fast-png';
import type { Image } from './image-grid.js';

/** Writes an image as a PNG file, without loss. The same image gives the same bytes. */
export function encodePng(image: Image): Uint8Array {
  checkArgument('encodePng', 'image', image, {
    ...kinds.record,
    example: 'imageGrid({ images, count, height, width })',
  });
  const { width, height, channels, data } = image;
  checkArgument('encodePng', 'width', width, kinds.count);
  checkArgument('encodePng', 'height', height, kinds.count);
  checkArgument('encodePng', 'channels', channels, {
    ...kinds.number,
    noun: '1 or 3',
    is: (value) => value === 1 || value === 3,
  });
  checkArgument('encodePng', 'data', data, kinds.bytes);
  return encode({ width, height, channels, data, depth: 8 });
}
