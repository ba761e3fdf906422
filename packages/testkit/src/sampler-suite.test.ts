import { RbmError } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { randomRbm } from './models.js';
import { samplerChecks, samplerSuite } from './sampler-suite.js';
import { metropolis } from './samplers/metropolis.js';
import { ofResting, resting } from './samplers/resting.js';
import { wrongSamplers } from './samplers/wrong-samplers.js';
import { collectFailures } from './suite.js';
import { backendGibbs } from './sweep-sampler.js';

const tiny = randomRbm({ visible: 1, hidden: 1, scale: 1.5, seed: 3 });

describe('samplerSuite', () => {
  it.each(wrongSamplers)('catches $fault: $caughtBy', async ({ sampler, auxiliary, caughtBy, message }) => {
    const options = auxiliary ? { sampler, auxiliary, models: [tiny] } : { sampler };
    const check = samplerChecks(options).find(({ name }) => name === caughtBy);
    await expect((async () => check?.run())()).rejects.toThrow(message);
  });

  it('has no check that no wrong sampler fails', () => {
    const names = samplerChecks({ sampler: metropolis() }).map(({ name }) => name);
    expect(new Set(wrongSamplers.map(({ caughtBy }) => caughtBy))).toEqual(new Set(names));
  });

  it.each([backendGibbs(), metropolis()])('passes $name', async (sampler) => {
    expect(await collectFailures((it) => samplerSuite({ it, sampler }))).toEqual({});
  });

  it('passes a kernel with an auxiliary variable, started from its extended distribution', async () => {
    const options = { sampler: resting(), auxiliary: ofResting, models: [tiny] };
    expect(await collectFailures((it) => samplerSuite({ it, ...options }))).toEqual({});
    const names = samplerChecks(options).map(({ name }) => name);
    expect(names).toContain('invariance');
    expect(names).not.toContain('targets');
    expect(() => samplerChecks({ sampler: resting(), auxiliary: {} })).toThrow(/neither `states` nor `start`/);
  });

  it('ends at its budget, says how far it is and which option makes it smaller', async () => {
    const lines: string[] = [];
    const options = { sampler: backendGibbs(), budget: 0, log: (line: string) => lines.push(line) };
    const check = samplerChecks(options).find(({ name }) => name === 'invariance');
    await expect((async () => check?.run())()).rejects.toThrow(
      /expected at most 0 s, the `budget`.*"invariance" was at .* after 0 of 18 checks\. Give fewer or smaller `models`/,
    );
    expect(lines[0]).toMatch(/^sampler gibbs of the backend: 1 of 18, invariance, \d+\.\d s$/);
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
