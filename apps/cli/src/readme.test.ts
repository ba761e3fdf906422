import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('runs the library code of the README', { timeout: 60_000 }, async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const code = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  expect(code.trim().split('\n').length).toBeGreaterThan(8);
  // Here, so that the packages resolve as they do for a program that depends on them. The code is also valid JavaScript.
  const file = fileURLToPath(new URL('../readme-example.mjs', import.meta.url));
  await writeFile(file, code);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    const divergences = [...stdout.matchAll(/KL ([\d.]+)/g)].map((match) => Number(match[1]));
    expect(divergences.length).toBeGreaterThan(1);
    expect(divergences.at(-1)).toBeLessThan(1);
  } finally {
    await rm(file);
  }
});
