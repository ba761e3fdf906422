import { bernoulli } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { layerChecks, layerSuite } from './layer-suite.js';
import { wrongLayers } from './layers/wrong-layers.js';

/** The messages of the checks that fail, by name. */
async function failures(checks: ReturnType<typeof layerChecks>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { name, run } of checks) {
    try {
      await run();
    } catch (error) {
      found[name] = (error as Error).message;
    }
  }
  return found;
}

describe('layerChecks', () => {
  it.each(wrongLayers)('catches $fault: $caughtBy', async ({ layer, create, caughtBy, message }) => {
    const checks = layerChecks(create ? { layer, create } : { layer });
    const found = await failures(checks.filter(({ name }) => name === caughtBy));
    expect(found).toHaveProperty(caughtBy);
    expect(found[caughtBy]).toMatch(message);
  });

  it('has no check that no wrong layer fails', () => {
    const checked = layerChecks({ layer: bernoulli }).map(({ name }) => name);
    expect(new Set(wrongLayers.map(({ caughtBy }) => caughtBy))).toEqual(new Set(checked));
  });

  it.each([2, 3, 4])('passes a right layer with other random numbers: seed %i', async (seed) => {
    expect(await failures(layerChecks({ layer: bernoulli, seed }))).toEqual({});
  });
});

describe('layerSuite', () => {
  it('registers every check with the runner it is given', () => {
    const names: string[] = [];
    layerSuite({ it: (name) => names.push(name), layer: bernoulli });
    expect(names).toEqual(layerChecks({ layer: bernoulli }).map(({ name }) => name));
  });
});
