// Installs, builds, then measures: `npm run bench -- --case cd-1`.
import { runBuilt } from './built-program.mjs';

process.exitCode = await runBuilt(['@rbm/bench', '@rbm/demo'], 'bench.js', process.argv.slice(2));
