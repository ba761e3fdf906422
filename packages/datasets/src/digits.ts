import type { Dataset, Samples } from '@rbm/core';
import { checkArguments, optional } from '@rbm/core/contracts';
import { type Binarisation, binarisationKind, binarisationRecord, binarise } from './binarise.js';
import { alphabet, labels, pixels } from './digits-data.js';

/** Options of `digits`. */
export interface DigitsOptions {
  /** Raw values are grey levels 0 to 16. A threshold at 8 if left out: a pixel is on from level 9. */
  readonly binarise?: Binarisation;
}

const WIDTH = 64;
const MAXIMUM = 16;
const TRAIN_COUNT = 1497;

/**
 * 1,797 handwritten digits of 8 × 8 pixels with their labels 0 to 9; they ship with this package.
 *
 * The first 1,497 are for training, the last 300 are held out, in the order of the source. Neighbours in that order are
 * often by the same writer, so a block at the end says more about new hands than digits drawn from everywhere would;
 * each class has 27 to 33 of the held-out digits.
 *
 * Source: the test part of "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, UCI Machine Learning
 * Repository, 1998, https://doi.org/10.24432/C50P49, licence CC BY 4.0.
 *
 * @throws RbmError as `binarise` does
 */
export function digits(options: DigitsOptions = {}): Dataset {
  checkArguments('digits', options, { binarise: optional(binarisationKind) });
  const { binarise: how = { method: 'threshold' } } = options;
  const raw: Samples = {
    values: decodePixels(),
    count: labels.length,
    width: WIDTH,
    labels: Uint8Array.from(labels, Number),
  };
  const all = binarise(raw, how, { maximum: MAXIMUM });
  return {
    specVersion: 1,
    name: 'digits',
    train: rows(all, 0, TRAIN_COUNT),
    test: rows(all, TRAIN_COUNT, all.count),
    image: [8, 8],
    preparation: binarisationRecord(how, MAXIMUM),
  };
}

/** `[1797, 64]`, levels 0 to 16. */
function decodePixels(): Uint8Array {
  const levels = new Uint8Array(labels.length * WIDTH);
  const letterValues = new Map(Array.from(alphabet, (letter, value) => [letter, value]));
  for (let letter = 0, i = 0; letter < pixels.length; letter += 2, i += 3) {
    const low = letterValues.get(pixels.charAt(letter)) as number;
    const high = letterValues.get(pixels.charAt(letter + 1)) as number;
    const code = low + alphabet.length * high;
    levels[i] = code % 17;
    levels[i + 1] = Math.floor(code / 17) % 17;
    levels[i + 2] = Math.floor(code / 289);
  }
  return levels;
}

/** The samples from `start` to before `end`, sharing memory with `samples`. */
function rows({ values, width, labels }: Samples, start: number, end: number): Samples {
  return {
    values: values.subarray(start * width, end * width),
    count: end - start,
    width,
    ...(labels && { labels: labels.subarray(start, end) }),
  };
}
