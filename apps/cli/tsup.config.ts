import { bundle } from '../../tsup.base.ts';

export default bundle({ rbm: 'src/rbm.ts' }, { dts: false });
