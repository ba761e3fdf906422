import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, inject, it } from 'vitest';
import { plainCalls } from './plain-calls.ts';
import { run } from './run.ts';
import { entryPoints, publishedPackages } from './workspace.ts';

const { npm } = inject('packed');
/** What users call. Plugin authors compile, and run suites. */
const entries = entryPoints(publishedPackages).filter(
  ({ specifier }) => !/\/contracts$|^@rbm\/(cli|testkit)|^create-/.test(specifier),
);

async function mistakesOf(specifiers: readonly string[]): Promise<string[]> {
  const script = join(npm, 'plain-calls.mjs');
  await writeFile(script, plainCalls);
  const { stdout } = await run(process.execPath, [script, '@rbm/core', ...specifiers], { cwd: npm, timeout: 100_000 });
  return JSON.parse(stdout) as string[];
}

it.each(entries)(
  'every function of $specifier answers a wrong call with an error of its own',
  async ({ specifier }) => {
    expect(await mistakesOf([specifier])).toEqual([]);
  },
);

it('notices an error of the language, thrown at once or later', async () => {
  const careless = join(npm, 'careless.mjs');
  await writeFile(
    careless,
    `export const now = ({ a }) => a.b;
     export const later = async (options) => options.a.b;
     export async function* loop(options) { yield options.a.b; }`,
  );
  const found = await mistakesOf([pathToFileURL(careless).href]);
  for (const name of ['now', 'later', 'loop']) {
    expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${name}\\(an empty object\\): TypeError`)));
  }
});
