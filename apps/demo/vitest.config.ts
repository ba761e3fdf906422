import { tests } from '../../vitest.base.ts';

// One browser after the other: each page trains. What a page has to do soon may take a busy machine a while.
export default tests({ fileParallelism: false, expect: { poll: { timeout: 20_000 } } });
