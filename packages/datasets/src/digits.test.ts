import type { Samples } from '@rbm/core';
import { expect, test } from 'vitest';
import { digits } from './digits.js';

/** Pixels of both parts in the order of the source, as levels 0 to 16. */
function levels(): number[] {
  const { train, test } = digits({ binarise: { method: 'none' } });
  return [...train.values, ...(test as Samples).values].map((value) => value * 16);
}

function labelCounts({ labels }: Samples): number[] {
  const counts = Array<number>(10).fill(0);
  for (const label of labels as Uint8Array) counts[label] = (counts[label] as number) + 1;
  return counts;
}

test('1,797 images of 8 × 8, the last 300 held out', () => {
  const { name, train, test, image } = digits();
  expect({ name, image }).toEqual({ name: 'digits', image: [8, 8] });
  expect([train.count, train.width, train.values.length]).toEqual([1497, 64, 1497 * 64]);
  expect([test?.count, test?.width, test?.values.length]).toEqual([300, 64, 300 * 64]);
});

test('the pixels are those of the source', () => {
  // Recorded from the CSV file: the first image, the sum, and a sum in which places count differently.
  const all = levels();
  expect(all.slice(0, 16)).toEqual([0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]);
  expect(all.every((level) => Number.isInteger(level) && level >= 0 && level <= 16)).toBe(true);
  expect(all.reduce((sum, level) => sum + level, 0)).toBe(561_718);
  expect(all.reduce((sum, level, i) => sum + ((i % 97) + 1) * level, 0)).toBe(27_561_536);
});

test('the labels are those of the source', () => {
  const { train, test } = digits();
  const held = labelCounts(test as Samples);
  expect([...(train.labels as Uint8Array).subarray(0, 10)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(held).toEqual([27, 31, 28, 31, 33, 30, 31, 30, 28, 31]);
  expect(labelCounts(train).map((count, label) => count + (held[label] as number))).toEqual([
    178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
  ]);
});

test('a pixel is on from level 9 unless asked otherwise', () => {
  const { train, test, preparation } = digits();
  const binary = [...train.values, ...(test as Samples).values];
  expect(train.values).toBeInstanceOf(Uint8Array);
  expect(binary).toEqual(levels().map((level) => (level > 8 ? 1 : 0)));
  expect(binary.filter((value) => value === 1)).toHaveLength(33_687);
  expect(preparation).toEqual({ binarisation: 'threshold', threshold: 8, maximum: 16 });
});

test('binarises as asked, and says so', () => {
  const { train, preparation } = digits({ binarise: { method: 'stochastic', seed: 3 } });
  expect(preparation).toEqual({ binarisation: 'stochastic', seed: 3, maximum: 16 });
  expect(new Set(train.values)).toEqual(new Set([0, 1]));
  expect(digits({ binarise: { method: 'threshold', threshold: 3 } }).preparation).toMatchObject({ threshold: 3 });
});

test('every call gives arrays of its own', () => {
  digits().train.values.fill(1);
  expect(digits().train.values[0]).toBe(0);
});
