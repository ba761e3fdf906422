import { describe, expect, it } from 'vitest';
import type { BufferSpec } from '../contracts/backend.js';
import { checkGather } from './gather.js';

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
