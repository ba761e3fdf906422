import { backendSuite } from '@rbm/testkit';
import { describe, it } from 'vitest';
import { wasm } from './backend.js';

// 2 are tried in Chromium, and here where `npm run test:e2e` asks for everything.
describe.each(process.env.RBM_ALL_TESTS === undefined ? [1, 4] : [1, 2, 4])('with threads: %i', (threads) => {
  // Busy machines are slow: the runner ends what hangs.
  backendSuite({ it, describe, backend: () => wasm({ threads }), budget: Number.POSITIVE_INFINITY });
});
