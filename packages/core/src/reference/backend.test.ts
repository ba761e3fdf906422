import { describe, expect, test } from 'vitest';
import type { BufferSpec } from '../contracts/backend.js';
import { codeOf, randomRbm } from '../exact/brute-force.testing.js';
import { reference } from './backend.js';

const model = randomRbm(3, 2, 1);
const specs: BufferSpec[] = [
  { holds: 'states', layer: 0, rows: 4 },
  { holds: 'means', layer: 0, rows: 4 },
  { holds: 'inputs', layer: 1, rows: 4 },
  { holds: 'rows', rows: 4 },
  { holds: 'parameters' },
];

test('buffers have the length of their shape, and start as zeros', async () => {
  const backend = reference();
  const program = await backend.prepare(model);
  const lengths = [12, 12, 8, 4, 11];
  for (const [n, spec] of specs.entries()) {
    const buffer = program.allocate(spec);
    expect([buffer.spec, buffer.length, buffer.disposed]).toEqual([spec, lengths[n], false]);
    expect(await backend.read(buffer)).toEqual(new Float64Array(lengths[n] as number));
  }
  expect(await backend.read(program.parameters)).toEqual(model.parameters);
});

describe('write, read and copy', () => {
  test('copy numbers, and never share memory', async () => {
    const backend = reference();
    const program = await backend.prepare(model);
    const [a, b] = [program.allocate({ holds: 'rows', rows: 2 }), program.allocate({ holds: 'rows', rows: 2 })];
    const data = Float32Array.of(1, 2);
    backend.write(a, data);
    data[0] = 9;
    backend.copy(a, b);
    backend.write(a, Uint8Array.of(3, 4));
    const read = await backend.read(b);
    expect([...read]).toEqual([1, 2]);
    read[0] = 9;
    expect([...(await backend.read(b))]).toEqual([1, 2]);
    expect([...(await backend.read(a))]).toEqual([3, 4]);
  });

  test('a read sees what came before it, not what comes after', async () => {
    const backend = reference();
    const program = await backend.prepare(model);
    const buffer = program.allocate({ holds: 'rows', rows: 1 });
    backend.write(buffer, Float64Array.of(1));
    const reading = backend.read(buffer);
    backend.write(buffer, Float64Array.of(2));
    buffer.dispose();
    expect([...(await reading)]).toEqual([1]);
  });

  test('states may be copied to means, and nothing else to another kind', async () => {
    const backend = reference();
    const program = await backend.prepare(model);
    for (const from of specs.slice(0, 2)) {
      for (const to of specs.slice(0, 3)) {
        const code = await codeOf(() => backend.copy(program.allocate(from), program.allocate(to)));
        const allowed = from.holds === to.holds || (from.holds === 'states' && to.holds === 'means');
        expect(code).toBe(allowed ? 'no error' : 'SHAPE_MISMATCH');
      }
    }
  });
});

test('memory returns to its baseline, whatever order things are released in', async () => {
  const backend = reference();
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  const program = await backend.prepare(model);
  expect(backend.memory()).toEqual({ buffers: 1, bytes: 88 });
  const buffers = specs.map((spec) => program.allocate(spec));
  expect(backend.memory()).toEqual({ buffers: 6, bytes: 88 + 8 * (12 + 12 + 8 + 4 + 11) });
  buffers[2]?.dispose();
  buffers[2]?.dispose();
  expect(backend.memory().buffers).toBe(5);
  program.dispose();
  program.dispose();
  for (const buffer of buffers) buffer.dispose();
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
});

test('close releases everything, and nothing works afterwards', async () => {
  const backend = reference();
  const program = await backend.prepare(model);
  const buffer = program.allocate({ holds: 'rows', rows: 4 });
  await backend.close();
  await backend.close();
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  expect(buffer.disposed).toBe(true);
  for (const work of [
    () => backend.prepare(model),
    () => backend.read(buffer),
    () => backend.sync(),
    () => backend.write(buffer, new Float64Array(4)),
    () => backend.copy(buffer, buffer),
    () => program.allocate({ holds: 'parameters' }),
  ]) {
    expect(await codeOf(work)).toBe('DISPOSED');
  }
});

describe('misuse is refused', () => {
  test('by code', async () => {
    const [backend, other] = [reference(), reference()];
    const [program, stranger] = [await backend.prepare(model), await other.prepare(model)];
    const rows = program.allocate({ holds: 'rows', rows: 4 });
    const foreign = stranger.allocate({ holds: 'rows', rows: 4 });
    expect(await codeOf(() => backend.write(rows, new Float64Array(3)))).toBe('SHAPE_MISMATCH');
    expect(await codeOf(() => backend.copy(rows, program.allocate({ holds: 'rows', rows: 3 })))).toBe('SHAPE_MISMATCH');
    expect(await codeOf(() => backend.write(foreign, new Float64Array(4)))).toBe('ARGUMENT_INVALID');
    expect(await codeOf(() => backend.copy(foreign, rows))).toBe('ARGUMENT_INVALID');
    expect(await codeOf(() => backend.read(foreign))).toBe('ARGUMENT_INVALID');
    rows.dispose();
    expect(await codeOf(() => backend.read(rows))).toBe('DISPOSED');
    expect(await codeOf(() => backend.write(rows, new Float64Array(4)))).toBe('DISPOSED');
  });
});

test('it says what it is', () => {
  const { capabilities, name, info } = reference();
  expect([name, capabilities.floatBits, capabilities.random, capabilities.threads]).toEqual([
    'reference',
    64,
    'generator',
    1,
  ]);
  expect(info).toContain('float64');
});

test('sync lets the event loop turn in long work', async () => {
  const backend = reference();
  let turned = false;
  setTimeout(() => {
    turned = true;
  }, 0);
  const start = Date.now();
  while (!turned && Date.now() - start < 5000) await backend.sync();
  expect(turned).toBe(true);
});
