import { describe, expect, it } from 'vitest';
import type { Buffer, BufferSpec } from '../contracts/backend.js';
import { checkExchange, checkGather, checkLogRatios, checkRowLengths } from './rows.js';

const states = (layer: number, rows: number): BufferSpec => ({ holds: 'states', layer, rows });

describe('checkGather', () => {
  it('takes rows in any order, more than once, from a buffer of another size', () => {
    expect(() => checkGather(states(0, 3), Uint32Array.of(2, 0, 2, 1), states(0, 4))).not.toThrow();
    expect(() => checkGather({ holds: 'rows', rows: 2 }, Uint32Array.of(1), { holds: 'rows', rows: 1 })).not.toThrow();
  });

  it.each<[string, BufferSpec, Uint32Array, BufferSpec, string]>([
    ['a row past the last', states(0, 3), Uint32Array.of(0, 3), states(0, 2), 'ARGUMENT_INVALID'],
    ['fewer rows than the target has', states(0, 3), Uint32Array.of(0), states(0, 2), 'SHAPE_MISMATCH'],
    ['another layer', states(0, 3), Uint32Array.of(0), states(1, 1), 'SHAPE_MISMATCH'],
    ['other numbers', states(0, 3), Uint32Array.of(0), { holds: 'means', layer: 0, rows: 1 }, 'SHAPE_MISMATCH'],
    ['parameters', { holds: 'parameters' }, Uint32Array.of(0), { holds: 'parameters' }, 'SHAPE_MISMATCH'],
  ])('throws for %s', (_, source, rows, target, code) => {
    expect(() => checkGather(source, rows, target)).toThrow(expect.objectContaining({ code }));
  });
});

const decisions = (rows: number): BufferSpec => ({ holds: 'rows', rows });

describe('checkExchange', () => {
  const pair = Uint32Array.of(0, 1);
  it('takes different rows, of two buffers or of one', () => {
    expect(() =>
      checkExchange(states(0, 3), pair, states(0, 2), Uint32Array.of(1, 0), decisions(2), false),
    ).not.toThrow();
    expect(() =>
      checkExchange(states(0, 4), pair, states(0, 4), Uint32Array.of(3, 2), decisions(2), true),
    ).not.toThrow();
  });

  it.each<[string, BufferSpec, Uint32Array, Uint32Array, BufferSpec, boolean, string]>([
    ['a row past the last', states(0, 2), pair, Uint32Array.of(0, 3), decisions(2), false, 'ARGUMENT_INVALID'],
    ['a row named twice', states(0, 2), pair, Uint32Array.of(1, 1), decisions(2), false, 'ARGUMENT_INVALID'],
    ['a row exchanged with itself', states(0, 2), pair, Uint32Array.of(2, 0), decisions(2), true, 'ARGUMENT_INVALID'],
    ['unequal numbers of rows', states(0, 2), pair, Uint32Array.of(0), decisions(2), false, 'SHAPE_MISMATCH'],
    ['too few decisions', states(0, 2), pair, Uint32Array.of(1, 0), decisions(1), false, 'SHAPE_MISMATCH'],
    ['decisions that are states', states(0, 2), pair, Uint32Array.of(1, 0), states(0, 2), false, 'SHAPE_MISMATCH'],
    ['another layer', states(1, 2), pair, Uint32Array.of(1, 0), decisions(2), false, 'SHAPE_MISMATCH'],
  ])('throws for %s', (_, a, rowsA, rowsB, accepted, same, code) => {
    const call = (): void => checkExchange(a, rowsA, states(0, 3), rowsB, accepted, same);
    expect(call).toThrow(expect.objectContaining({ code }));
  });
});

describe('checkLogRatios', () => {
  it('takes buffers of equal rows', () => {
    expect(() => checkLogRatios(decisions(2), [decisions(2), decisions(2)])).not.toThrow();
  });

  it('throws for others', () => {
    for (const [accepted, ratio] of [
      [decisions(2), decisions(3)],
      [states(0, 2), decisions(2)],
      [decisions(2), states(0, 2)],
    ] as const) {
      expect(() => checkLogRatios(accepted, [ratio])).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    }
  });
});

describe('checkRowLengths', () => {
  const buffer = (length: number, rows: number): Buffer => ({ spec: states(0, rows), length }) as Buffer;

  it('takes rows of equal lengths, however many', () => {
    expect(() => checkRowLengths(buffer(12, 3), buffer(8, 2))).not.toThrow();
  });

  it('refuses rows of two models with different layers', () => {
    const code = expect.objectContaining({ code: 'SHAPE_MISMATCH' });
    expect(() => checkRowLengths(buffer(12, 3), buffer(12, 2))).toThrow(code);
  });
});
