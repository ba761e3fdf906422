import { backendSuite } from '@rbm/testkit';
import * as gpu from 'gpu.js';
import { describe, it } from 'vitest';
import { gpujs } from './backend.js';

describe.each(['webasm', 'cpu'] as const)('mode %s', (mode) => {
  backendSuite({ it, describe, backend: () => gpujs({ gpu, mode }) });
});
