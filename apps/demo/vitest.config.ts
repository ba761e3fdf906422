import { tests } from '../../vitest.base.ts';

export default tests({
  // One browser for all files.
  globalSetup: ['src/browser.testing.ts'],
  // What a page has to do soon may take a busy machine a while: each page trains.
  expect: { poll: { timeout: 20_000 } },
});
