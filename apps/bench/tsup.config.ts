import { bundle } from '../../tsup.base.ts';

// The page lies in the same folder, built before.
export default bundle({ bench: 'src/bench.ts' }, { dts: false, clean: false });
