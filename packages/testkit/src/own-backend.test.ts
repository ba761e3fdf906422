import { reference } from '@rbm/core';
import { describe, it } from 'vitest';
import { backendSuite } from './backend-suite.js';

describe('reference', () => backendSuite({ it, backend: reference }));
