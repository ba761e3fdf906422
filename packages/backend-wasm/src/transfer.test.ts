import { bernoulli, rbm, spin } from '@rbm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wasm } from './backend.js';

/** Together more than the 2^20 numbers that are lent to the kernels at once. */
const ROWS = 30_011;
const COLUMNS = 37;

describe('more numbers than are packed at once', () => {
  let backend: Awaited<ReturnType<typeof wasm>>;
  beforeAll(async () => {
    backend = await wasm({ threads: 1 });
  });
  afterAll(() => backend.close());

  it.each([
    ['bits', bernoulli(COLUMNS), 'states', (n: number) => ((n * 7) % 3) & 1],
    ['signs', spin(COLUMNS), 'states', (n: number) => (((n * 7) % 3) & 1 ? 1 : -1)],
    ['floats', bernoulli(COLUMNS), 'means', (n: number) => (n % 1024) / 1024],
  ] as const)('%s are read back', async (_, layer, holds, value) => {
    const program = await backend.prepare(rbm({ visible: layer, hidden: bernoulli(1) }));
    const buffer = program.allocate({ holds, layer: 0, rows: ROWS });
    const data = Float32Array.from({ length: ROWS * COLUMNS }, (_, n) => value(n));
    backend.write(buffer, data);
    const found = await backend.read(buffer);
    expect(found.findIndex((x, n) => x !== data[n])).toBe(-1);
    program.dispose();
    buffer.dispose();
  });

  it('an invalid one is named by its place among all', async () => {
    const program = await backend.prepare(rbm({ visible: bernoulli(COLUMNS), hidden: bernoulli(1) }));
    const buffer = program.allocate({ holds: 'states', layer: 0, rows: ROWS });
    const data = new Uint8Array(ROWS * COLUMNS);
    const bad = data.length - 5;
    data[bad] = 3;
    expect(() => backend.write(buffer, data)).toThrow(`Number ${bad} of the data is 3`);
    program.dispose();
    buffer.dispose();
  });
});
