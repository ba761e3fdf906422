import { tests } from '../../vitest.base.ts';

// One browser after the other: each page trains.
export default tests({ fileParallelism: false });
