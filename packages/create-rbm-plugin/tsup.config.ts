import { bundle } from '../../tsup.base.ts';

export default bundle({ create: 'src/node/create.ts' }, { dts: false });
