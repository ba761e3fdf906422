import { generator } from '@rbm/core';
import { expect, it } from 'vitest';
import { checksumOf } from './checksum.js';

it('is of the numbers, whatever array they are in', () => {
  expect(checksumOf([0, 1, 1])).toMatch(/^[0-9a-f]{16}$/);
  expect(checksumOf(Uint8Array.of(0, 1, 1))).toBe(checksumOf([0, 1, 1]));
  expect(checksumOf(Float32Array.of(0.5))).toBe(checksumOf(Float64Array.of(0.5)));
  expect(checksumOf([-0])).toBe(checksumOf([0]));
  expect(checksumOf([1], [2])).not.toBe(checksumOf([1, 2]));
  expect(checksumOf([1, 2], [])).not.toBe(checksumOf([], [1, 2]));
});

it('tells apart 200,000 lists of 64 bits, of which any two differ in few places', () => {
  const random = generator(1);
  const list = Uint8Array.from({ length: 64 }, (_, i) => random.bernoulli(0.5, 0, i, 0, 0));
  const seen = new Set<string>();
  let count = 0;
  const flip = (i: number): void => {
    list[i] = 1 - (list[i] as number);
  };
  for (let i = 0; i < 64; i++) {
    flip(i);
    for (let j = i + 1; j < 64; j++) {
      flip(j);
      for (let k = j + 1; k < 64; k++) {
        flip(k);
        seen.add(checksumOf(list));
        count++;
        flip(k);
      }
      flip(j);
    }
    flip(i);
  }
  expect(seen.size).toBe(count);
});
