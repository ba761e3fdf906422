import { RbmError } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { type ImageGridOptions, imageGrid } from './image-grid.js';

/** The rows of a grey image. */
function rows(options: ImageGridOptions): number[][] {
  const { width, height, channels, data } = imageGrid(options);
  expect(data.length).toBe(width * height * channels);
  return Array.from({ length: height }, (_, y) => [...data.subarray(y * width * channels, (y + 1) * width * channels)]);
}

function codeOf(options: ImageGridOptions): string {
  try {
    imageGrid(options);
  } catch (error) {
    if (RbmError.isInstance(error)) return error.code;
    throw error;
  }
  throw new Error('expected an RbmError');
}

const gap = 64;
const three = { images: Uint8Array.of(0, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1), count: 3, height: 2, width: 2 };

describe('imageGrid', () => {
  it('lays images out from the top left, and fills what is left over', () => {
    expect(rows(three)).toEqual([
      [0, 255, gap, 255, 255],
      [255, 0, gap, 0, 0],
      [gap, gap, gap, gap, gap],
      [0, 255, gap, gap, gap],
      [0, 255, gap, gap, gap],
    ]);
  });

  it('takes columns, gap and scale', () => {
    expect(rows({ ...three, columns: 3, gap: 0 })).toEqual([
      [0, 255, 255, 255, 0, 255],
      [255, 0, 0, 0, 0, 255],
    ]);
    const tall = { images: Float32Array.of(0, 0.2, 0.4, 1), count: 2, height: 2, width: 1, columns: 1 };
    expect(rows({ ...tall, scale: 2 })).toEqual(
      [0, 51, gap, 102, 255].flatMap((grey) => [
        [grey, grey],
        [grey, grey],
      ]),
    );
  });

  it('is no wider than its images, however many columns are asked for', () => {
    expect(imageGrid({ ...three, columns: 100 }).width).toBe(8);
  });

  it('takes images from columns, as filters lie in a weight matrix', () => {
    const transposed = Uint8Array.of(0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1);
    expect(imageGrid({ ...three, images: transposed, imagesIn: 'columns' })).toEqual(imageGrid(three));
  });

  it('shows values outside the range as the nearer end', () => {
    const images = Float64Array.of(-9, -1, 0, 1, 2, 3, 9);
    expect(rows({ images, count: 1, height: 1, width: 7, range: [-1, 3] })).toEqual([[0, 0, 64, 128, 191, 255, 255]]);
  });

  const filters = { images: Float32Array.of(-1, 0, 0.5, -4, 0, 4), count: 2, height: 1, width: 3, gap: 0 };
  it('puts zero in the middle of a symmetric range, with one scale for all images or one for each', () => {
    expect(rows({ ...filters, range: 'symmetric' })).toEqual([[96, 128, 143, 0, 128, 255]]);
    expect(rows({ ...filters, range: 'symmetric-each' })).toEqual([[0, 128, 191, 0, 128, 255]]);
    const columns = { ...filters, images: Float32Array.of(-1, -4, 0, 0, 0.5, 4), imagesIn: 'columns' as const };
    expect(rows({ ...columns, range: 'symmetric-each' })).toEqual([[0, 128, 191, 0, 128, 255]]);
  });

  it.each(['symmetric', 'symmetric-each'] as const)('shows images of zeros in the middle: %s', (range) => {
    expect(rows({ images: new Float32Array(2), count: 2, height: 1, width: 1, gap: 0, range })).toEqual([[128, 128]]);
  });

  it('colours from blue over white to red', () => {
    const image = imageGrid({ ...filters, range: 'symmetric-each', colours: 'diverging', gap: 1 });
    expect([image.width, image.height, image.channels]).toEqual([7, 1, 3]);
    const pixels = Array.from({ length: 7 }, (_, i) => [...image.data.subarray(3 * i, 3 * i + 3)]);
    const [blue, white, red] = [
      [33, 102, 172],
      [255, 255, 255],
      [178, 24, 43],
    ];
    expect(pixels).toEqual([blue, white, [217, 140, 149], [gap, gap, gap], blue, white, red]);
  });

  it('refuses what cannot be drawn', () => {
    expect(codeOf({ ...three, count: 2 })).toBe('SHAPE_MISMATCH');
    expect(codeOf({ ...three, images: new Uint8Array(0), count: 0 })).toBe('ARGUMENT_INVALID');
    expect(codeOf({ ...three, columns: 0 })).toBe('ARGUMENT_INVALID');
    expect(codeOf({ ...three, scale: 1.5 })).toBe('ARGUMENT_INVALID');
    expect(codeOf({ ...three, gap: -1 })).toBe('ARGUMENT_INVALID');
    expect(codeOf({ ...three, range: [1, 1] })).toBe('ARGUMENT_INVALID');
    expect(codeOf({ ...three, range: [0, Number.NaN] })).toBe('ARGUMENT_INVALID');
    expect(codeOf({ ...three, scale: 1e5 })).toBe('SIZE_LIMIT');
    expect(codeOf({ images: Float32Array.of(0, Number.NaN), count: 1, height: 1, width: 2 })).toBe('NOT_FINITE');
  });
});
