// Checks the types of a package: `node ../../scripts/typecheck.mjs [project …]`, by its `tsconfig.json` and `tsconfig.test.json` unless named.
// The compiler is the native one, eight times as fast; the other one bundles declarations, for which this one has no interface.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const compiler = join(dirname(require.resolve('typescript-7/package.json')), 'bin', 'tsc');
const projects = process.argv.length > 2 ? process.argv.slice(2) : ['tsconfig.json', 'tsconfig.test.json'];
for (const project of projects) {
  const { status } = spawnSync(process.execPath, [compiler, '--project', project], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
