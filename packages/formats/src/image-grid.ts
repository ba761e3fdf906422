import { RbmError, type SampleArray } from '@rbm/core';
import { checkArguments, argumentKinds as kinds, oneOf, optional } from '@rbm/core/contracts';

/** An image of 8 bits a channel: grey, or red, green and blue. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** `[height, width, channels]`. */
  readonly data: Uint8Array;
}

/** Equally large images and how to lay them out. */
export interface ImageGridOptions {
  /** `[count, height * width]`, or its transpose: see `imagesIn`. Finite numbers. */
  readonly images: SampleArray;
  readonly count: number;
  /** Pixels of one image. */
  readonly height: number;
  readonly width: number;
  /**
   * Whether an image is a row of `images` (samples; the default) or a column (the filters of a weight matrix
   * `[visible, hidden]`).
   */
  readonly imagesIn?: 'rows' | 'columns';
  /** Images beside each other; about as many as there will be rows when absent. */
  readonly columns?: number;
  /** Pixels between images, before `scale`; 1 when absent. */
  readonly gap?: number;
  /** Pixels on a side that each pixel becomes; 1 when absent. */
  readonly scale?: number;
  /**
   * The values shown darkest and lightest, `[0, 1]` when absent; values outside are shown as the nearer of the two.
   * `'symmetric'` is for weights: zero is in the middle, and the largest magnitude among all images is at an end, so
   * that images can be compared. `'symmetric-each'` takes the largest magnitude of each image, which shows the form of
   * weak ones, but not that they are weak.
   */
  readonly range?: readonly [low: number, high: number] | 'symmetric' | 'symmetric-each';
  /** Shades of grey (the default), or blue over white to red. */
  readonly colours?: 'grey' | 'diverging';
}

function isRange(value: unknown): boolean {
  return value === 'symmetric' || value === 'symmetric-each' || Array.isArray(value);
}

const maxPixels = 2 ** 28;
/** Tells apart from black, from mid grey and from white. */
const gapShade = 64;
/** The ends of ColorBrewer's RdBu scale, distinct also to the colour-blind. */
const blue = [33, 102, 172] as const;
const red = [178, 24, 43] as const;

/**
 * Lays images out in rows, in order, from the top left, as one image. Gaps, and places left over in the last row, are
 * dark grey. With `colours: 'grey'` the middle of the range is shade 128, with `'diverging'` white.
 *
 * @throws RbmError `SHAPE_MISMATCH` if `images` does not have `count * height * width` numbers, `ARGUMENT_INVALID` if
 *   an option is out of range, `NOT_FINITE` for a NaN or an infinity, `SIZE_LIMIT` above 2^28 pixels
 */
export function imageGrid(options: ImageGridOptions): Image {
  checkArguments('imageGrid', options, {
    images: kinds.sampleArray,
    count: kinds.number,
    height: kinds.number,
    width: kinds.number,
    imagesIn: optional(oneOf('rows', 'columns')),
    columns: optional(kinds.number),
    gap: optional(kinds.number),
    scale: optional(kinds.number),
    range: optional({ noun: "[low, high], 'symmetric' or 'symmetric-each'", example: '[0, 1]', is: isRange }),
    colours: optional(oneOf('grey', 'diverging')),
  });
  const layout = planLayout(options);
  const { images, count, height, width, columns, gap, scale } = layout;
  const channels = options.colours === 'diverging' ? 3 : 1;
  const ranges = planRanges(options);
  const data = new Uint8Array(layout.pixelHeight * layout.pixelWidth * channels).fill(gapShade);
  const byColumns = options.imagesIn === 'columns';
  const colour = new Uint8Array(channels);
  const stride = layout.pixelWidth * channels;
  for (let image = 0; image < count; image++) {
    const top = Math.floor(image / columns) * (height + gap);
    const left = (image % columns) * (width + gap);
    const [low, high] = ranges(image);
    for (let pixel = 0; pixel < height * width; pixel++) {
      const value = images[byColumns ? pixel * count + image : image * height * width + pixel] as number;
      paint(colour, (value - low) / (high - low));
      const y = (top + Math.floor(pixel / width)) * scale;
      const x = (left + (pixel % width)) * scale;
      const start = (y * layout.pixelWidth + x) * channels;
      const end = start + scale * channels;
      for (let at = start; at < end; at += channels) data.set(colour, at);
      for (let row = 1; row < scale; row++) data.copyWithin(start + row * stride, start, end);
    }
  }
  return { width: layout.pixelWidth, height: layout.pixelHeight, channels, data };
}

interface Layout extends ImageGridOptions {
  readonly columns: number;
  readonly gap: number;
  readonly scale: number;
  readonly pixelWidth: number;
  readonly pixelHeight: number;
}

function planLayout(options: ImageGridOptions): Layout {
  const { images, count, height, width, gap = 1, scale = 1 } = options;
  checkWhole('count', count, 1);
  checkWhole('height', height, 1);
  checkWhole('width', width, 1);
  checkWhole('gap', gap, 0);
  checkWhole('scale', scale, 1);
  const columns = options.columns ?? Math.ceil(Math.sqrt(count));
  checkWhole('columns', columns, 1);
  if (images.length !== count * height * width) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `imageGrid was given ${images.length} numbers for ${count} images of ${height} by ${width} pixels; ` +
        `expected ${count * height * width}.`,
    );
  }
  const notFinite = images.findIndex((value: number) => !Number.isFinite(value));
  if (notFinite >= 0) {
    throw new RbmError('NOT_FINITE', `imageGrid was given ${images[notFinite]} at index ${notFinite} of images.`);
  }
  const shown = Math.min(columns, count);
  const pixelWidth = (shown * (width + gap) - gap) * scale;
  const pixelHeight = (Math.ceil(count / columns) * (height + gap) - gap) * scale;
  if (pixelWidth * pixelHeight > maxPixels) {
    throw new RbmError(
      'SIZE_LIMIT',
      `The image would have ${pixelWidth} by ${pixelHeight} pixels, above the limit of ${maxPixels}. ` +
        'Show fewer images or a smaller scale.',
    );
  }
  return { ...options, columns: shown, gap, scale, pixelWidth, pixelHeight };
}

/** The values at the two ends of the scale, for each image. */
function planRanges(options: ImageGridOptions): (image: number) => readonly [low: number, high: number] {
  const { images, count, range = [0, 1], imagesIn } = options;
  if (range !== 'symmetric' && range !== 'symmetric-each') {
    const [low, high] = range;
    if (!(Number.isFinite(high - low) && high > low)) {
      throw new RbmError(
        'ARGUMENT_INVALID',
        `range was given as [${low}, ${high}]; expected finite numbers, low < high.`,
      );
    }
    return () => range;
  }
  const magnitudes = new Float64Array(count);
  for (let i = 0; i < images.length; i++) {
    const image = imagesIn === 'columns' ? i % count : Math.floor(i / (images.length / count));
    magnitudes[image] = Math.max(magnitudes[image] as number, Math.abs(images[i] as number));
  }
  if (range === 'symmetric') magnitudes.fill(magnitudes.reduce((a, b) => Math.max(a, b)));
  return (image) => {
    // An image of zeros has no scale of its own; any one shows it in the middle.
    const magnitude = magnitudes[image] || 1;
    return [-magnitude, magnitude];
  };
}

/** Sets `colour` to the place `position` of the scale, 0 at its low and 1 at its high end. */
function paint(colour: Uint8Array, position: number): void {
  const clamped = Math.min(Math.max(position, 0), 1);
  if (colour.length === 1) {
    colour[0] = Math.round(255 * clamped);
    return;
  }
  const end = clamped < 0.5 ? blue : red;
  const strength = Math.abs(2 * clamped - 1);
  for (let channel = 0; channel < 3; channel++) {
    colour[channel] = Math.round(255 + strength * ((end[channel] as number) - 255));
  }
}

function checkWhole(option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RbmError(
    'ARGUMENT_INVALID',
    `${option} was given as ${value}; expected a whole number of at least ${least}.`,
  );
}
