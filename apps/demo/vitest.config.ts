import { tests } from '../../vitest.base.ts';

// What a page has to do soon may take a busy machine a while: each page trains.
export default tests({ expect: { poll: { timeout: 20_000 } } });
