import { reference } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { backendChecks, backendSuite } from './backend-suite.js';
import { wrongBackends } from './backends/wrong-backends.js';

describe('backendSuite', () => {
  it.each(wrongBackends)('catches $fault: $caughtBy', async ({ backend, caughtBy, message }) => {
    const check = backendChecks({ backend }).find(({ name }) => name === caughtBy);
    await expect((async () => check?.run())()).rejects.toThrow(message);
  });

  it('has no kind of check that no wrong backend fails', () => {
    const kindOf = (name: string): string => name.split(':')[0] as string;
    const checked = backendChecks({ backend: reference }).map(({ name }) => kindOf(name));
    expect(new Set(wrongBackends.map(({ caughtBy }) => kindOf(caughtBy)))).toEqual(new Set(checked));
  });

  it('registers every check with the runner it is given', () => {
    const names: string[] = [];
    backendSuite({ it: (name) => names.push(name), backend: reference });
    expect(names).toEqual(backendChecks({ backend: reference }).map(({ name }) => name));
  });
});
