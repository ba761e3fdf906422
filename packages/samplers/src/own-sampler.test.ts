import { samplerSuite } from '@rbm/testkit';
import { describe, it } from 'vitest';
import { gibbs } from './gibbs.js';

describe('gibbs', () => samplerSuite({ it, sampler: gibbs() }));
