import { bundle } from '../../tsup.base.ts';

export default bundle({ rbm: 'src/rbm.ts', index: 'src/index.ts' }, { dts: { entry: { index: 'src/index.ts' } } });
