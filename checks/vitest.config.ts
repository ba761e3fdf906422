import { tests } from '../vitest.base.ts';

export default tests({ globalSetup: ['src/packed.setup.ts'], testTimeout: 120_000, hookTimeout: 120_000 });
