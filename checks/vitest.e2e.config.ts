import { tests } from '../vitest.base.ts';

export default tests({
  include: ['src/**/*.e2e.ts'],
  globalSetup: ['src/packed.setup.ts'],
  testTimeout: 600_000,
  hookTimeout: 600_000,
  passWithNoTests: false,
  reporters: ['verbose'],
});
