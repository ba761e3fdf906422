import { backendSuite } from '@rbm/testkit';
import * as gpu from 'gpu.js';
import { describe, it } from 'vitest';
import { gpujs } from './backend.js';

/**
 * Which checks each mode leaves to `npm run test:e2e`: units of other kinds than the one of a stranger run on the host as that one
 * does, and `cpu` runs the shaders of `webasm` as JavaScript.
 */
const left = { webasm: /: (binomial|relu)/, cpu: /: (spin|binomial|relu|a stranger)/ };

describe.each(['webasm', 'cpu'] as const)('mode %s', (mode) => {
  const everything = process.env.RBM_ALL_TESTS !== undefined;
  backendSuite({
    it: (name, test) => {
      if (everything || !left[mode].test(name)) it(name, test);
    },
    describe,
    backend: () => gpujs({ gpu, mode }),
    // Busy machines are slow: the runner ends what hangs.
    budget: Number.POSITIVE_INFINITY,
  });
});
