import { RbmError } from '@rbm/core';
import { expect, it } from 'vitest';
import { writeError } from './write-error.js';

function ofSystem(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code, syscall: 'open' });
}

it.each([
  ['ENOENT', 'FILE_NOT_FOUND', 'no folder /a/b'],
  ['ENOTDIR', 'FILE_NOT_FOUND', 'is a file'],
  ['EISDIR', 'FILE_EXISTS', 'a folder of that name'],
  ['EEXIST', 'FILE_EXISTS', 'a file of that name'],
  ['ENOSPC', 'WRITE_FAILED', 'disk is full'],
  ['EDQUOT', 'WRITE_FAILED', 'quota'],
  ['EROFS', 'WRITE_FAILED', 'read-only'],
  ['EACCES', 'WRITE_FAILED', 'Permission denied'],
  ['ENAMETOOLONG', 'WRITE_FAILED', 'shorter'],
  ['ESTRANGE', 'WRITE_FAILED', 'ESTRANGE'],
])('%s is %s with the path and the cure', (system, code, cure) => {
  const cause = ofSystem(system);
  expect(writeError(cause, '/a/b/c')).toMatchObject({ code, message: expect.stringContaining(cure), cause });
  expect(String(writeError(cause, '/a/b/c'))).toContain('Cannot write /a/b/c');
});

it('names an empty name, and passes on what is no error of the system', () => {
  expect(writeError(ofSystem('ENOENT'), '')).toMatchObject({ code: 'WRITE_FAILED' });
  for (const other of [new TypeError('x'), new RbmError('ABORTED', 'x'), undefined, 5]) {
    expect(writeError(other, 'x')).toBe(other);
  }
});
