import { bundle } from '../../tsup.base.ts';

// The page lies in the same folder, built before. What is a development dependency would be bundled.
export default bundle({ bench: 'src/bench.ts' }, { dts: false, clean: false, external: [/^node:/, 'playwright-core'] });
