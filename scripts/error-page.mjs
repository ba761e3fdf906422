// Writes docs/errors.md from the codes of @rbm/core; with --check, only says whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { errorCodes } from '../packages/core/dist/index.js';

const path = new URL('../docs/errors.md', import.meta.url);
const rows = Object.entries(errorCodes).map(([code, meaning]) => `- \`${code}\`: ${meaning}`);
const page = `# Error codes

Every error of this toolkit is an \`RbmError\` with one of these codes. Messages may be reworded, codes may not. Third
parties use codes of their own with a namespace (\`acme/NO_DEVICE\`). This page is written by \`scripts/error-page.mjs\`.

${rows.join('\n')}
`;

if (!process.argv.includes('--check')) {
  writeFileSync(path, page);
} else if (readFileSync(path, 'utf8') !== page) {
  console.error('docs/errors.md is not current. Run node scripts/error-page.mjs.');
  process.exitCode = 1;
}
