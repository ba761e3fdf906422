import { createHash } from 'node:crypto';
import type { Samples } from '@rbm/core';
import { expect, it } from 'vitest';
import { distinctRows, findRows, hashRows, hashValues, packHashes, unpackHashes } from './content-hash.js';

const samples = (values: Samples['values'], width: number): Samples => ({
  values,
  width,
  count: values.length / width,
});

it('values are hashed by their numbers alone', () => {
  const numbers = [0, 1, 1, 0, 255, 7];
  const expected = createHash('sha256').update('3 2 u1\n').update(Uint8Array.from(numbers)).digest('hex');
  for (const Type of [Uint8Array, Float32Array, Float64Array]) {
    expect(hashValues([samples(Type.from(numbers), 2)])).toBe(expected);
  }
  const whole = samples(Float64Array.from(numbers), 2);
  const parts = [samples(whole.values.subarray(0, 2), 2), samples(whole.values.subarray(2), 2)];
  expect(hashValues(parts)).toBe(expected);
  expect(hashValues([samples(whole.values, 3)])).not.toBe(expected);
});

it('real numbers are hashed as float64, in pieces', () => {
  const values = Float64Array.from({ length: 200_000 }, (_, i) => i / 7 - 100);
  values[3] = -0;
  const bytes = Buffer.alloc(8 * values.length);
  for (let i = 0; i < values.length; i++) bytes.writeDoubleLE((values[i] as number) + 0, 8 * i);
  const expected = createHash('sha256').update('100000 2 f8\n').update(bytes).digest('hex');
  expect(hashValues([samples(values, 2)])).toBe(expected);
});

it('rows are hashed as bytes or float32', () => {
  const rows = hashRows(samples(Float64Array.of(1, 0, 0.5, -0), 2));
  const first = (bytes: Uint8Array): bigint => createHash('sha256').update(bytes).digest().readBigUInt64BE(0);
  const floats = Buffer.alloc(8);
  floats.writeFloatLE(0.5, 0);
  expect([...rows]).toEqual([first(Uint8Array.of(1, 0)), first(floats)]);
});

it('hashes are packed in order, each once, and found again', () => {
  const distinct = distinctRows(BigUint64Array.of(7n, 2n ** 63n + 5n, 7n, 3n));
  expect([...distinct]).toEqual([3n, 7n, 2n ** 63n + 5n]);
  expect(packHashes(distinct)).toEqual(Uint32Array.of(0, 3, 0, 7, 2 ** 31, 5));
  expect(unpackHashes(packHashes(distinct))).toEqual(distinct);
  expect(findRows(BigUint64Array.of(8n, 3n, 2n ** 63n + 5n), { hashes: distinct, distinct: 3 })).toEqual({
    rows: [1, 2],
    checked: 3,
  });
});

it('of many rows the smallest hashes are kept, which say something of a part of other rows', () => {
  const count = 30_000;
  const all = samples(
    Uint8Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? Math.floor(i / 512) : (i / 2) % 256)),
    2,
  );
  const distinct = distinctRows(hashRows(all));
  expect(distinct).toHaveLength(count);
  const packed = packHashes(distinct);
  expect(packed).toHaveLength(2 * 8192);
  const found = findRows(hashRows(all), { hashes: unpackHashes(packed), distinct: count });
  expect([found.rows.length, found.checked]).toEqual([8192, 8192]);
  const others = samples(
    all.values.map((x) => (x + 128) % 256),
    2,
  );
  const compared = findRows(hashRows(others), { hashes: unpackHashes(packed), distinct: count });
  // A share of 8192 in 30,000 of the rows, within five standard deviations.
  const expected = (8192 / count) * count;
  expect(Math.abs(compared.checked - expected)).toBeLessThan(5 * Math.sqrt(expected));
});
