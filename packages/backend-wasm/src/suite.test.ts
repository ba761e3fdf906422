import { backendSuite } from '@rbm/testkit';
import { describe, it } from 'vitest';
import { wasm } from './backend.js';

describe.each([1, 2, 4])('with threads: %i', (threads) => {
  backendSuite({ it, describe, backend: () => wasm({ threads }) });
});
