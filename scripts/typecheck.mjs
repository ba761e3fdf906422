// Checks the types of a package: `node ../../scripts/typecheck.mjs [project …]`, by its `tsconfig.json` and `tsconfig.test.json`
// unless named.
import { tsc } from './tsc.mjs';

const projects = process.argv.length > 2 ? process.argv.slice(2) : ['tsconfig.json', 'tsconfig.test.json'];
for (const project of projects) {
  if (tsc('--project', project) !== 0) process.exit(1);
}
