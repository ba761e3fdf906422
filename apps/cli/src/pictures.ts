import { couplingMatrix, type EnergyModel, type ImageShape, parameter, sampleWidth } from '@rbm/core';
import { isPairwise, type Layer } from '@rbm/core/contracts';
import { encodePng, imageGrid } from '@rbm/formats';

/** Pixels on a side that each pixel of a small image becomes. */
function zoom(width: number): number {
  return Math.max(1, Math.floor(56 / width));
}

/**
 * Samples of the visible units as a PNG: a grid of images, or one line of pixels a sample where they are no images.
 *
 * @param samples `[count, width of a sample]`: from the least a unit can be (dark) to the most (light); of units that have
 *   no least or most, from the least of the samples to the most.
 */
export function samplesPicture(
  samples: Float64Array,
  count: number,
  visible: Layer,
  image: ImageShape | undefined,
): Uint8Array {
  const [height, width] = image ?? [1, samples.length / count];
  const layout = image ? {} : { columns: 1, gap: 0 };
  const range = rangeOf(samples, visible);
  return encodePng(imageGrid({ images: samples, count, height, width, scale: zoom(width), range, ...layout }));
}

function rangeOf(samples: Float64Array, { kind, settings, states }: Layer): readonly [number, number] {
  if (kind === 'spin') return [-1, 1];
  if (states !== null) return [0, settings.trials ?? 1];
  const low = samples.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY);
  const high = samples.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  return low < high ? [low, high] : [low - 1, low + 1];
}

/** A model's parameters to look at, with the name of the file. */
export interface ParametersPicture {
  readonly name: 'filters.png' | 'couplings.png';
  readonly draw: (model: EnergyModel, image: ImageShape | undefined) => Uint8Array;
}

/** What there is to draw: the filters of two layers, the couplings within one; nothing for other models. */
export function parametersPicture({ layers, interactions }: EnergyModel): ParametersPicture | undefined {
  if (interactions.length !== 1 || !interactions.every(isPairwise)) return undefined;
  if (layers.length === 1) return { name: 'couplings.png', draw: couplingsPicture };
  if (layers.length === 2 && interactions[0]?.kind === 'dense') return { name: 'filters.png', draw: filtersPicture };
  return undefined;
}

/** The weights of each hidden unit as a PNG: blue is negative, red positive, each unit on its own scale. */
function filtersPicture(model: EnergyModel, image: ImageShape | undefined): Uint8Array {
  const weights = parameter(model, model.interactions[0]?.name as string);
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

/**
 * The couplings of each unit as a PNG: where samples are images, an image for each unit of what it is coupled to, in the
 * unit's own place of the grid; otherwise the matrix. Blue is negative, red positive, all on one scale.
 */
function couplingsPicture(model: EnergyModel, image: ImageShape | undefined): Uint8Array {
  const matrix = couplingMatrix(model);
  const length = sampleWidth(model);
  const [height, width] = image ?? [length, length];
  return encodePng(
    imageGrid({
      images: matrix,
      count: image ? length : 1,
      height,
      width,
      scale: image ? 1 : zoom(width),
      range: 'symmetric',
      colours: 'diverging',
      ...(image ? { columns: width } : {}),
    }),
  );
}
