import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCodes } from './errors.js';

it('docs/errors.md lists every code; if not, run node scripts/error-page.mjs', () => {
  const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
  const listed = page.split('\n').filter((line) => line.startsWith('- '));
  expect(listed).toEqual(Object.entries(errorCodes).map(([code, meaning]) => `- \`${code}\`: ${meaning}`));
});
