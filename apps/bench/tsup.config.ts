import { bundle } from '../../tsup.base.ts';

// The page lies in the same folder, built before. What is a development dependency would be bundled.
export default bundle(
  {
    bench: 'src/bench.ts',
    soak: 'src/soak/soak.ts',
    'gpu-check': 'src/gpu-check/gpu-check.ts',
    'gpu-check-worker': 'src/gpu-check/worker.ts',
    'gpu-check-pack': 'src/gpu-check/pack.ts',
  },
  { dts: false, clean: false, external: [/^node:/, 'playwright-core'] },
);
