import { type Dataset, type Generator, generator, RbmError, type SampleArray, type Samples } from '@rbm/core';
import {
  type ArgumentKind,
  checkArgument,
  checkArguments,
  argumentKinds as kinds,
  optional,
} from '@rbm/core/contracts';

/**
 * How grey levels or other numbers become the values of binary units.
 *
 * - `threshold`: a unit is 1 where its value is **greater than** `threshold`, else 0. The threshold is in the units of
 *   the raw values (grey levels 0 to 255 for MNIST, 0 to 16 for the digits); half of the maximum if left out.
 * - `stochastic`: a unit is 1 with probability `value / maximum`, drawn once with the given seed (Salakhutdinov and
 *   Murray, "On the quantitative analysis of deep belief networks", ICML 2008).
 * - `none`: values are only divided by the maximum.
 */
export type Binarisation =
  | { readonly method: 'threshold'; readonly threshold?: number }
  | { readonly method: 'stochastic'; readonly seed: number }
  | { readonly method: 'none' };

/** For checks of arguments. */
export const binarisationKind: ArgumentKind = {
  ...kinds.record,
  noun: 'a way to binarise',
  example: "{ method: 'threshold' }",
  fix: (value) => (typeof value === 'string' ? `Write { method: '${value}' }.` : undefined),
};

/** Options of `binarise`. */
export interface BinariseOptions {
  /** The raw value that means fully on: 255 for bytes, 16 for the digits. Positive; 1 if left out. */
  readonly maximum?: number;
  /** Samples binarised with the same seed under different labels get independent random numbers. */
  readonly stream?: string;
}

/**
 * Samples for binary units, as bytes of 0 and 1. With method `none`, the values divided by the maximum, as float32
 * (float64 if they were); also as bytes if all of them are 0 or 1. Labels and weights are kept, `samples` is not
 * changed.
 *
 * The stochastic method draws the number of address `(sample, position in the sample, 0, 0)`: what becomes of a sample
 * does not depend on how many follow it.
 *
 * @param samples values `[count, width]`
 * @throws RbmError `DATA_INVALID` for a NaN or infinity, or (stochastic only) a value that is no probability after
 *   division by the maximum, naming its row and column; `SHAPE_MISMATCH` if the values are not `[count, width]`, `ARGUMENT_INVALID` for an
 *   unknown method or a setting out of range
 */
export function binarise(samples: Samples, binarisation: Binarisation, options: BinariseOptions = {}): Samples {
  checkArgument('binarise', 'samples', samples, kinds.samples);
  checkArgument('binarise', 'binarisation', binarisation, binarisationKind);
  checkArguments('binarise', options, { maximum: optional(kinds.number), stream: optional(kinds.text) });
  const { maximum = 1, stream = 'samples' } = options;
  const { values, count, width } = samples;
  if (values.length !== count * width) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${count} samples of width ${width} need ${count * width} values, not ${values.length}.`,
    );
  }
  const settings = completeBinarisation(binarisation, maximum);
  if (!(values instanceof Uint8Array)) refuseNotFinite(values, width);
  switch (settings.method) {
    case 'threshold':
      return { ...samples, values: threshold(values, settings.threshold) };
    case 'stochastic':
      return { ...samples, values: draw(samples, maximum, generator(settings.seed).fork('binarise').fork(stream)) };
    case 'none':
      return { ...samples, values: scale(values, maximum) };
  }
}

/** A binarisation with its default filled in. */
type CompleteBinarisation =
  | { readonly method: 'threshold'; readonly threshold: number }
  | Exclude<Binarisation, { readonly method: 'threshold' }>;

/** The record of a binarisation for `Dataset.preparation`: its method, settings and the maximum of the raw values. */
export function binarisationRecord(binarisation: Binarisation, maximum: number): Record<string, string | number> {
  checkArgument('binarisationRecord', 'binarisation', binarisation, binarisationKind);
  const { method, ...settings } = completeBinarisation(binarisation, maximum);
  return { binarisation: method, ...settings, maximum };
}

/**
 * The binarisation that `binarisationRecord` recorded, so that new observations can be prepared in the same way; nothing
 * if there is no such record.
 *
 * @throws RbmError `ARGUMENT_INVALID` if the record is damaged: an unknown method, or no valid setting of a known one.
 */
export function binarisationFrom(preparation: Dataset['preparation']): Binarisation | undefined {
  checkArgument('binarisationFrom', 'preparation', preparation, { ...kinds.record, example: 'dataset.preparation' });
  const { binarisation: method, threshold, seed } = preparation;
  if (method === undefined || method === 'none') return method && { method };
  if (method === 'threshold' && typeof threshold === 'number' && Number.isFinite(threshold))
    return { method, threshold };
  if (method === 'stochastic' && Number.isSafeInteger(seed) && Number(seed) >= 0) return { method, seed: Number(seed) };
  throw new RbmError(
    'ARGUMENT_INVALID',
    `The record ${JSON.stringify({ binarisation: method, threshold, seed })} is no binarisation; expected none, ` +
      'threshold with a finite threshold, or stochastic with a seed.',
  );
}

function completeBinarisation(binarisation: Binarisation, maximum: number): CompleteBinarisation {
  if (!(maximum > 0 && maximum < Number.POSITIVE_INFINITY)) {
    throw new RbmError('ARGUMENT_INVALID', `The maximum of the raw values must be a positive number, not ${maximum}.`);
  }
  switch (binarisation.method) {
    case 'threshold': {
      const { threshold = maximum / 2 } = binarisation;
      if (!Number.isFinite(threshold)) {
        throw new RbmError('ARGUMENT_INVALID', `The threshold must be a finite number, not ${threshold}.`);
      }
      return { method: 'threshold', threshold };
    }
    case 'stochastic':
      generator(binarisation.seed); // Refuses a bad seed before any work.
      return { method: 'stochastic', seed: binarisation.seed };
    case 'none':
      return { method: 'none' };
    default:
      throw new RbmError(
        'ARGUMENT_INVALID',
        `Unknown binarisation ${JSON.stringify((binarisation as { method: unknown }).method)}; ` +
          'use threshold, stochastic or none.',
      );
  }
}

function refuseNotFinite(values: SampleArray, width: number): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new RbmError(
    'DATA_INVALID',
    `Row ${Math.floor(index / width)}, column ${index % width} (from 0) is ${values[index]}; every value must be a finite number.`,
  );
}

function threshold(values: SampleArray, level: number): Uint8Array {
  const binary = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) binary[i] = (values[i] as number) > level ? 1 : 0;
  return binary;
}

function draw({ values, count, width }: Samples, maximum: number, random: Generator): Uint8Array {
  const binary = new Uint8Array(values.length);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < width; i++) {
      const value = values[n * width + i] as number;
      if (value === 0) continue; // Most pixels: spares the draw, which could only give 0.
      if (!(value > 0 && value <= maximum)) {
        throw new RbmError(
          'DATA_INVALID',
          `Row ${n}, column ${i} (from 0) is ${value}; stochastic binarisation needs values from 0 to ${maximum}, ` +
            'the maximum.',
        );
      }
      binary[n * width + i] = random.bernoulli(value / maximum, n, i, 0, 0);
    }
  }
  return binary;
}

function scale(values: SampleArray, maximum: number): SampleArray {
  if (values.every((value) => value === 0 || value === maximum)) return threshold(values, maximum / 2);
  const scaled = values instanceof Float64Array ? new Float64Array(values.length) : new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) scaled[i] = (values[i] as number) / maximum;
  return scaled;
}
