import { createHash } from 'node:crypto';
import { bernoulli, rbm } from '@rbm/core';
import type { TrainingSnapshot } from '@rbm/core/contracts';
import { describe, expect, it } from 'vitest';
import { encodeModel } from './model.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.js';
import { NO_SEAL, seal } from './seal.js';
import { decodeSnapshot, encodeSnapshot } from './snapshot.js';
import { fullSnapshot } from './snapshot.testing.js';

const notes = { run: '{"é": 1}', '': '' };
const file = encodeSnapshot(fullSnapshot(), notes);
const { tensors, metadata } = decodeSafetensors(file, 'full');

/** The file with other metadata or tensors, and the checksum that goes with them. */
function changed(more: Record<string, string>, replaced: Record<string, Tensor | undefined> = {}): Uint8Array {
  const all = Object.fromEntries(Object.entries({ ...tensors, ...replaced }).filter(([, tensor]) => tensor));
  return seal(encodeSafetensors(all as never, { ...metadata, ...more, sha256: NO_SEAL }));
}

/** The metadata of one key with another value at a path, or none. */
function edited(
  key: 'training' | 'position' | 'estimator',
  path: (string | number)[],
  value?: unknown,
): Record<string, string> {
  const whole = JSON.parse(metadata[key] as string);
  let place: Record<string | number, unknown> = whole;
  for (const step of path.slice(0, -1)) place = place[step] as Record<string | number, unknown>;
  const last = path.at(-1) as string;
  if (value === undefined) delete place[last];
  else place[last] = value;
  return { [key]: JSON.stringify(whole) };
}

const float = (shape: number[], data: Float64Array = new Float64Array(shape.reduce((a, b) => a * b, 1))): Tensor => ({
  dtype: 'F64',
  shape,
  data,
});

/** All bits of a snapshot: `toEqual` takes −0 for 0 in places. */
function bitsOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Float64Array) return Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('hex');
    return typeof part === 'number' ? Buffer.from(Float64Array.of(part).buffer).toString('hex') : part;
  });
}

describe('a snapshot', () => {
  it('comes back bit for bit, with its notes', () => {
    const read = decodeSnapshot(file, 'full');
    expect(read.snapshot).toEqual(fullSnapshot());
    expect(Object.is(read.snapshot.estimator.chains?.extra?.nothing, -0)).toBe(true);
    const sorted = (snapshot: TrainingSnapshot): string =>
      bitsOf(decodeSnapshot(encodeSnapshot(snapshot), 'x').snapshot);
    expect(sorted(read.snapshot)).toBe(sorted(fullSnapshot()));
    expect(Object.entries(read.notes).sort()).toEqual(Object.entries(notes).sort());
    expect(Object.keys(read.snapshot.estimator.chains?.extra ?? {})).toContain('__proto__');
    expect(read.library).toMatch(/^@rbm\/formats \d/);
  });

  it('without chains, extras, average and notes comes back too', () => {
    const { average: _, ...full } = fullSnapshot();
    const snapshot = { ...full, optimizer: {}, estimator: { steps: 7 } };
    snapshot.training = { ...full.training, optimizer: { kind: 'plain', slots: [], settings: {} } };
    expect(decodeSnapshot(encodeSnapshot(snapshot), 'small')).toMatchObject({ snapshot, notes: {} });
    expect(decodeSnapshot(encodeSnapshot(snapshot), 'small').snapshot).toEqual(snapshot);
  });

  it('gives the same bytes whatever the order of its names', () => {
    const { optimizer, ...rest } = fullSnapshot();
    const reversed = Object.fromEntries(Object.entries(optimizer).reverse());
    expect(encodeSnapshot({ optimizer: reversed, ...rest }, notes)).toEqual(file);
  });

  it('is a safetensors file with an array for each array of the parameters', () => {
    expect(Object.keys(tensors).sort()).toEqual(
      expect.arrayContaining(['parameters.weights', 'optimizer.velocity.weights', 'average.weights']),
    );
    expect(tensors['parameters.weights']).toMatchObject({ dtype: 'F64', shape: [3, 2] });
    expect(tensors['parameters.weights']?.data).toEqual(fullSnapshot().parameters.slice(5));
    expect(tensors['chains.values.visible']?.shape).toEqual([2, 3]);
  });

  it('has bytes and float32 where they hold all numbers', () => {
    const types = Object.entries(tensors).map(([name, { dtype }]) => [name, dtype]);
    expect(Object.fromEntries(types)).toMatchObject({
      'chains.values.hidden': 'U8',
      'chains.extra.betas': 'F32',
      'chains.extra.tuneAt': 'F32',
      'chains.extra.nothing': 'F32',
      'chains.extra.empty': 'U8',
      'estimator.extra.hidden': 'F64',
      'parameters.weights': 'F64',
    });
  });

  it('has the SHA-256 of the file with zeros in its place', () => {
    const text = Buffer.from(file).toString('latin1');
    const stored = /"sha256":"([0-9a-f]{64})"/.exec(text)?.[1] as string;
    const zeroed = Buffer.from(text.replace(stored, NO_SEAL), 'latin1');
    expect(createHash('sha256').update(zeroed).digest('hex')).toBe(stored);
  });
});

describe('a damaged file is called so', () => {
  const damaged = expect.objectContaining({ code: 'FILE_INVALID', message: expect.stringMatching(/^x is damaged/) });
  it('for every byte in which a bit changes, and every byte that is cut off', { timeout: 60_000 }, () => {
    for (let place = 0; place < file.length; place++) {
      const copy = Uint8Array.from(file);
      copy[place] = (copy[place] as number) ^ (1 << (place & 7));
      expect(() => decodeSnapshot(copy, 'x')).toThrow(damaged);
    }
    for (let end = 0; end < file.length; end++)
      expect(() => decodeSnapshot(file.subarray(0, end), 'x')).toThrow(damaged);
  });

  it('and so are files of other kinds', () => {
    const model = encodeModel(rbm({ visible: bernoulli(2), hidden: bernoulli(2) }));
    for (const bytes of [
      model,
      new Uint8Array(0),
      new Uint8Array(1000),
      new TextEncoder().encode('rbm checkpoint 2\n'),
    ]) {
      expect(() => decodeSnapshot(bytes, 'x')).toThrow(/x is damaged, or no snapshot/);
    }
  });

  it('read from a part of a buffer', () => {
    const inside = new Uint8Array(file.length + 20);
    inside.set(file, 13);
    expect(decodeSnapshot(inside.subarray(13, 13 + file.length), 'x').snapshot).toEqual(fullSnapshot());
  });
});

describe('a file with the right checksum is refused', () => {
  const cases: [string, Record<string, string>, Record<string, Tensor | undefined>?][] = [
    ['of another version', { formatVersion: '2' }],
    ['of another format', { format: 'rbm-model' }],
    ['without a description', { training: '' }],
    ['with one that is no JSON', { training: '{' }],
    ['with deep JSON', { training: `${'['.repeat(1e5)}${']'.repeat(1e5)}` }],
    ['with an array that has no tensor', edited('training', ['model', 'arrays', 3], { name: 'x', shape: [1] })],
    ['with an array that stands twice', edited('training', ['model', 'arrays', 3], { name: 'weights', shape: [3, 2] })],
    ['with an array too large for it', edited('training', ['model', 'arrays', 0, 'shape'], [2 ** 40])],
    ['with a shape that is none', edited('training', ['model', 'arrays', 0, 'shape'], [-3])],
    ['with a slot that has no tensors', edited('training', ['optimizer', 'slots', 2], 'more')],
    ['with a slot that stands twice', edited('training', ['optimizer', 'slots', 1], 'velocity')],
    ['without a slot', edited('training', ['optimizer', 'slots'], ['velocity'])],
    ['without phases', edited('training', ['phases'], [])],
    ['with fewer phases than it is in', edited('training', ['phases'], fullSnapshot().training.phases.slice(1))],
    ['with a rate that is none', edited('training', ['phases', 0, 'rate'], { from: 1 })],
    ['with settings that are none', edited('training', ['phases', 0, 'settings'], { k: [] })],
    ['with a key that is none', edited('training', ['key'], [1])],
    ['with steps that are none', edited('position', ['step'], 1.5)],
    ['with more steps in the phase than in all', edited('position', ['phase', 'step'], 8)],
    ['with an average that nothing counts', edited('position', ['averaged'])],
    ['with chains that are none', edited('estimator', ['chains', 'chains'], 0)],
    ['with other chains than values', edited('estimator', ['chains', 'chains'], 3)],
    ['with values and no chains', edited('estimator', ['chains'])],
    ['with an extra that stands twice', edited('estimator', ['chains', 'texts', 'betas'], 'x')],
    ['without a parameter', {}, { 'parameters.weights': undefined }],
    ['with a parameter of another shape', {}, { 'parameters.weights': float([2, 3]) }],
    [
      'with a parameter in whole numbers',
      {},
      { 'parameters.weights': { dtype: 'I32', shape: [3, 2], data: new Int32Array(6) } },
    ],
    [
      'with a parameter that is not finite',
      {},
      { 'parameters.weights': float([3, 2], new Float64Array(6).fill(Number.NaN)) },
    ],
    ['with a tensor of nothing', {}, { more: float([1]) }],
    ['with a note that is no text', {}, { 'notes.run': { dtype: 'U8', shape: [1], data: Uint8Array.of(0xff) } }],
    ['with a note of numbers', {}, { 'notes.run': float([1]) }],
  ];

  it.each(cases)('%s', (_, more, replaced) => {
    const bytes = changed(more, replaced);
    const before = process.memoryUsage().arrayBuffers;
    let error: unknown;
    try {
      decodeSnapshot(bytes, 'x');
    } catch (thrown) {
      error = thrown;
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 22);
    expect(error).toMatchObject({ code: 'FILE_INVALID', message: expect.stringMatching(/^(Cannot read )?x: /) });
  });

  it('unless nothing was changed', () => {
    expect(decodeSnapshot(changed({}), 'x').snapshot).toEqual(fullSnapshot());
  });

  it('with more tensors than the limit', () => {
    expect(() => decodeSnapshot(file, 'x', { limits: { entries: 5 } })).toThrow(
      expect.objectContaining({ code: 'SIZE_LIMIT' }),
    );
  });
});

describe('what cannot be written is an error', () => {
  const full = fullSnapshot();
  const { training, estimator } = full;
  it.each<[string, object, string]>([
    ['parameters of another length', { parameters: new Float64Array(3) }, 'SHAPE_MISMATCH'],
    ['a slot that is missing', { optimizer: {} }, 'SHAPE_MISMATCH'],
    [
      'values that are no rows',
      { estimator: { steps: 1, chains: { ...estimator.chains, chains: 4 } } },
      'SHAPE_MISMATCH',
    ],
    ['steps that are no number', { step: Number.NaN }, 'ARGUMENT_INVALID'],
    ['a phase that is not there', { phase: { number: 2, step: 0, seen: 0 } }, 'ARGUMENT_INVALID'],
    [
      'a rate without a number in JSON',
      { training: { ...training, phases: [{ ...training.phases[0], rate: Infinity }] } },
      'ARGUMENT_INVALID',
    ],
    [
      'names that run together',
      {
        training: { ...training, optimizer: { ...training.optimizer, slots: ['a', 'a'] } },
        optimizer: { a: full.parameters },
      },
      'ARGUMENT_INVALID',
    ],
  ])('%s', (_, change, code) => {
    expect(() => encodeSnapshot({ ...full, ...change } as TrainingSnapshot)).toThrow(expect.objectContaining({ code }));
  });
});
