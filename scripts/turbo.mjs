// Runs a task in all packages, `node scripts/turbo.mjs build`: npm is all that has to be there.
import { runPnpm } from './pnpm.mjs';

process.exitCode = await runPnpm('exec', 'turbo', 'run', ...process.argv.slice(2));
