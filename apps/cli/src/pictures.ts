import { type EnergyModel, type ImageShape, parameter, sampleWidth } from '@rbm/core';
import { encodePng, imageGrid } from '@rbm/formats';

/** Pixels on a side that each pixel of a small image becomes. */
function zoom(width: number): number {
  return Math.max(1, Math.floor(56 / width));
}

/**
 * Samples as a PNG: a grid of images, or one line of pixels a sample where they are no images.
 *
 * @param samples `[count, width of a sample]`, from 0 (dark) to 1 (light).
 */
export function samplesPicture(samples: Float64Array, count: number, image: ImageShape | undefined): Uint8Array {
  const [height, width] = image ?? [1, samples.length / count];
  const layout = image ? {} : { columns: 1, gap: 0 };
  return encodePng(imageGrid({ images: samples, count, height, width, scale: zoom(width), ...layout }));
}

/** The weights of each hidden unit as a PNG: blue is negative, red positive, each unit on its own scale. */
export function filtersPicture(model: EnergyModel, image: ImageShape | undefined): Uint8Array {
  const weights = parameter(model, 'weights');
  const visible = sampleWidth(model);
  const hidden = weights.length / visible;
  const [height, width] = image ?? [1, visible];
  const layout = image ? {} : { columns: 1, gap: 0 };
  return encodePng(
    imageGrid({
      images: weights,
      imagesIn: 'columns',
      count: hidden,
      height,
      width,
      scale: zoom(width),
      range: 'symmetric-each',
      colours: 'diverging',
      ...layout,
    }),
  );
}
