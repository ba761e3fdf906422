// Installs, builds, then works for a long time and watches the memory: `npm run soak -- --minutes 10`.
import { runBuilt } from './built-program.mjs';

const options = { nodeArguments: ['--expose-gc'] };
process.exitCode = await runBuilt(['@rbm/bench'], 'soak.js', process.argv.slice(2), options);
