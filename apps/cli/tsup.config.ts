import { bundle } from '../../tsup.base.ts';

// The program is an entry of its own so that tests can run many commands in one process.
export default bundle(
  { rbm: 'src/rbm.ts', main: 'src/main.ts', index: 'src/index.ts' },
  { dts: { entry: { index: 'src/index.ts' } } },
);
