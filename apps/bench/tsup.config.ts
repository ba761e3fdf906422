import { bundle } from '../../tsup.base.ts';

export default bundle({ bench: 'src/bench.ts' }, { dts: false });
