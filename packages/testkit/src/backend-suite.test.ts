import { bernoulli, reference } from '@rbm/core';
import type { Backend, Layer } from '@rbm/core/contracts';
import { describe, expect, it } from 'vitest';
import { backendChecks, backendSuite } from './backend-suite.js';
import { wrongBackends } from './backends/wrong-backends.js';
import { override } from './override.js';

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

  it('tries kinds that bring a fast path, and catches a wrong one', async () => {
    const layer = (units: number): Layer => {
      const own = bernoulli(units);
      return { ...own, kind: 'acme/bits', native: { trusting: 0.5 }, select: (chosen) => layer(chosen.length) };
    };
    const kinds = [{ name: 'acme bits', layer }];
    // Means of such layers are whatever the layer says they are.
    const trusting = (): Backend => {
      const right = reference();
      const backend: Backend = override(right, {
        prepare: async (model) => {
          const program = await right.prepare(model);
          return override(program, {
            backend,
            mean: (l, inputs, out, path) => {
              const told = model.layers[l]?.native?.trusting;
              if (told === undefined) program.mean(l, inputs, out, path);
              else right.write(out, new Float64Array(out.length).fill(told as number));
            },
          });
        },
      });
      return backend;
    };
    const check = (make: () => Backend) =>
      backendChecks({ backend: make, kinds }).find(({ name }) => name === 'means: acme bits');
    await check(reference)?.run();
    await expect((async () => check(trusting)?.run())()).rejects.toThrow();
  });

  it('registers every check with the runner it is given', () => {
    const names: string[] = [];
    backendSuite({ it: (name) => names.push(name), backend: reference });
    expect(names).toEqual(backendChecks({ backend: reference }).map(({ name }) => name));
  });
});
