import { gzipSync } from 'node:zlib';
import { describe, expect, inject, it } from 'vitest';
import budget from '../size-budget.json' with { type: 'json' };
import { bundleEntry } from './bundle.ts';
import { entryPoints, publishedPackages } from './workspace.ts';

const { npm } = inject('packed');
const browserEntries = entryPoints(publishedPackages).filter((entry) => !entry.node);
const budgets: Record<string, number> = budget;

/** Bytes that a page loads for all of an entry point with what it depends on: minified, compressed. */
async function loadedBytes(specifier: string): Promise<number> {
  const { code } = await bundleEntry(specifier, npm, { minify: true });
  return gzipSync(code, { level: 9 }).byteLength;
}

describe('the size of packages for browsers', () => {
  it.each(browserEntries)('$specifier keeps within its budget in size-budget.json', async ({ specifier }) => {
    const bytes = await loadedBytes(specifier);
    const allowed = budgets[specifier];
    expect(allowed, `size-budget.json has no budget for ${specifier}, which takes ${bytes} bytes`).toBeTypeOf('number');
    expect(bytes, `${specifier} takes ${bytes} bytes`).toBeLessThanOrEqual(allowed as number);
    // A budget far above what is needed would let anything pass.
    expect(bytes, `the budget of ${specifier} is too large for its ${bytes} bytes`).toBeGreaterThan(
      (allowed as number) / 2,
    );
  });
});
