import { RbmError } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { samplerChecks, samplerSuite } from './sampler-suite.js';
import { metropolis } from './samplers/metropolis.js';
import { wrongSamplers } from './samplers/wrong-samplers.js';
import { collectFailures } from './suite.js';
import { backendGibbs } from './sweep-sampler.js';

describe('samplerSuite', () => {
  it.each(wrongSamplers)('catches $fault: $caughtBy', async ({ sampler, caughtBy, message }) => {
    const check = samplerChecks({ sampler }).find(({ name }) => name === caughtBy);
    await expect((async () => check?.run())()).rejects.toThrow(message);
  });

  it('has no check that no wrong sampler fails', () => {
    const names = samplerChecks({ sampler: metropolis() }).map(({ name }) => name);
    expect(new Set(wrongSamplers.map(({ caughtBy }) => caughtBy))).toEqual(new Set(names));
  });

  it.each([backendGibbs(), metropolis()])('passes $name', async (sampler) => {
    expect(await collectFailures((it) => samplerSuite({ it, sampler }))).toEqual({});
  });

  it('demands nothing that is not claimed', () => {
    const names = samplerChecks({ sampler: backendGibbs() }).map(({ name }) => name);
    expect(names).not.toContain('detailed balance');
    expect(names).not.toContain('fixed uniforms');
  });

  it('says so when a sampler takes none of the models', async () => {
    const sampler = {
      ...backendGibbs(),
      bind: () => {
        throw new RbmError('UNSUPPORTED', 'Never.');
      },
    };
    const { invariance } = await collectFailures((it) => samplerSuite({ it, sampler }));
    expect(invariance).toMatch(/refuses every model .* as `models`/);
  });

  it('groups its tests under the name of the sampler where the runner groups', () => {
    const seen: string[] = [];
    const group = (name: string, body: () => void): void => {
      seen.push(name);
      body();
    };
    samplerSuite({ describe: group, it: (name) => seen.push(name), sampler: backendGibbs() });
    expect(seen.slice(0, 2)).toEqual(['sampler gibbs of the backend', 'manifest']);
  });
});
