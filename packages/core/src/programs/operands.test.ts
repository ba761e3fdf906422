import { expect, it } from 'vitest';
import type { Buffer, BufferSpec } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import { bernoulli } from '../layers/bernoulli.js';
import { rbm } from '../models/rbm.js';
import { Operands, rowsOf } from './operands.js';

const model = rbm({ visible: bernoulli(3), hidden: bernoulli(2) });
const operands = new Operands(model, (buffer: Buffer) => buffer);
const buffer = (spec: BufferSpec, length: number): Buffer => ({ spec, length }) as Buffer;

const visible = buffer({ holds: 'states', layer: 0, rows: 4 }, 12);
const means = buffer({ holds: 'means', layer: 0, rows: 4 }, 12);
const inputs = buffer({ holds: 'inputs', layer: 1, rows: 4 }, 8);
const parameters = buffer({ holds: 'parameters' }, 11);
const rows = buffer({ holds: 'rows', rows: 4 }, 4);

it('gives what fits', () => {
  expect(operands.layer(1)).toBe(model.layers[1]);
  expect(operands.units(visible, 0, 4, 'states')).toBe(visible);
  expect(operands.units(visible, 0, 4, 'values')).toBe(visible);
  expect(operands.units(means, 0, 4, 'values')).toBe(means);
  expect(operands.parameterLike(parameters)).toBe(parameters);
  expect(operands.rows(rows, 4)).toBe(rows);
  expect(rowsOf(inputs)).toBe(4);
  expect(operands.assignment([{ values: visible }, { inputs }])).toEqual({
    entries: [
      { holds: 'values', buffer: visible },
      { holds: 'inputs', buffer: inputs },
    ],
    rows: 4,
  });
});

it.each<[string, () => unknown]>([
  ['no buffer', () => operands.units(undefined, 0, 4, 'states')],
  ['units of another layer', () => operands.units(visible, 1, 4, 'states')],
  ['another number of rows', () => operands.units(visible, 0, 3, 'states')],
  ['means for states', () => operands.units(means, 0, 4, 'states')],
  ['inputs for values', () => operands.units(inputs, 1, 4, 'values')],
  ["another model's units", () => operands.units(buffer(visible.spec, 16), 0, 4, 'states')],
  ['states for parameters', () => operands.parameterLike(visible)],
  ["another model's parameters", () => operands.parameterLike(buffer(parameters.spec, 12))],
  ['states for rows', () => operands.rows(visible, 4)],
  ['too few rows', () => operands.rows(rows, 5)],
  ['too few entries', () => operands.assignment([{ values: visible }])],
  [
    'entries of other rows',
    () => operands.assignment([{ values: visible }, { inputs: buffer({ ...inputs.spec, rows: 5 } as BufferSpec, 10) }]),
  ],
  ['parameters for values', () => operands.assignment([{ values: parameters }, { inputs }])],
  ['a buffer without rows', () => rowsOf(parameters)],
])('refuses %s', (_what, call) => {
  expect(call).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
});

it('refuses a layer that is not there, and what the backend does not own', () => {
  expect(() => operands.layer(2)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  const foreign = new Operands(model, (): Buffer => {
    throw new RbmError('DISPOSED', 'It was released.');
  });
  const disposed = expect.objectContaining({ code: 'DISPOSED' });
  expect(() => foreign.units(visible, 0, 4, 'states')).toThrow(disposed);
  expect(() => foreign.parameterLike(parameters)).toThrow(disposed);
  expect(() => foreign.rows(rows, 4)).toThrow(disposed);
});
