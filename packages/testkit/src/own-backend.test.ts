import { reference } from '@rbm/core';
import { describe, it } from 'vitest';
import { backendSuite } from './backend-suite.js';

// Busy machines are slow: the runner ends what hangs.
describe('reference', () => backendSuite({ it, backend: reference, budget: Number.POSITIVE_INFINITY }));
