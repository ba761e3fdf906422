import { builtInOptimizer } from '@rbm/core/contracts';
import { describe, expect, it } from 'vitest';
import { optimizerChecks, optimizerSuite } from './optimizer-suite.js';
import { adam, adamRule, momentum, momentumRule, wrongOptimizers } from './optimizers/wrong-optimizers.js';
import { collectFailures } from './suite.js';

describe('optimizerSuite', () => {
  it.each(wrongOptimizers)('catches $fault: $caughtBy', async ({ options, caughtBy, message }) => {
    const check = optimizerChecks(options).find(({ name }) => name === caughtBy);
    await expect((async () => check?.run())()).rejects.toThrow(message);
  });

  it('has no check that no wrong optimizer fails', () => {
    const names = optimizerChecks({ optimizer: momentum, rule: momentumRule }).map(({ name }) => name);
    expect(new Set(wrongOptimizers.map(({ caughtBy }) => caughtBy))).toEqual(new Set(names));
  });

  it.each([
    ['momentum', { optimizer: momentum, rule: momentumRule }],
    ['Adam', { optimizer: adam, rule: adamRule }],
    [
      'penalties',
      {
        optimizer: () =>
          builtInOptimizer('adamw', {
            beta1: 0.9,
            beta2: 0.99,
            epsilon: 1e-8,
            weightDecay: 0.1,
            l1: 0.01,
            clipNorm: 3,
          }),
      },
    ],
  ])('passes %s', async (_, options) => {
    expect(await collectFailures((it) => optimizerSuite({ it, ...options }))).toEqual({});
  });
});
