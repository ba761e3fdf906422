import { expect, test, vi } from 'vitest';
import { RbmError } from './errors.js';

test('an error carries its code, message and cause', () => {
  const cause = new Error('below');
  const error = new RbmError('DATA_INVALID', 'What was given.', { cause });
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.message, error.cause]).toEqual([
    'RbmError',
    'DATA_INVALID',
    'What was given.',
    cause,
  ]);
  expect(new RbmError('acme/NO_DEVICE', 'No device.').code).toBe('acme/NO_DEVICE');
});

test('an error of another copy of the package is known, others are not', async () => {
  vi.resetModules();
  const other = await import('./errors.js');
  expect(other.RbmError).not.toBe(RbmError);
  expect(RbmError.isInstance(new other.RbmError('ABORTED', 'Cancelled.'))).toBe(true);
  for (const value of [new Error('RbmError'), { name: 'RbmError', code: 'ABORTED' }, null, undefined, 'ABORTED']) {
    expect(RbmError.isInstance(value)).toBe(false);
  }
});
