import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { bundleEntry } from './bundle.ts';
import { run } from './run.ts';
import { entryPoints, publishedPackages } from './workspace.ts';

const { npm } = inject('packed');
const entries = entryPoints(publishedPackages);

/** Names of everything a program could have changed: global names, and what hangs on them. */
const inventory = `() => Object.getOwnPropertyNames(globalThis).flatMap((name) => {
  const value = globalThis[name];
  const own = Object(value) === value ? Reflect.ownKeys(value) : [];
  const shared = typeof value === 'function' && value.prototype ? Reflect.ownKeys(value.prototype) : [];
  return [name, ...own.map((key) => name + '.' + String(key)), ...shared.map((key) => name + '#' + String(key))];
})`;

/**
 * Runs a script where only the language and its text encoders are: no DOM, no Node, no timers, no console. WebAssembly is
 * there and refuses to be touched, so that nothing is compiled before it is asked for.
 * @returns global names that the script added
 */
function runBare(code: string): string[] {
  return runInNewContext(
    `delete globalThis.console;
     globalThis.WebAssembly = new Proxy({}, { get(_, name) { throw new Error('WebAssembly.' + String(name) + ' while loading'); } });
     const inventory = ${inventory};
     const before = new Set(inventory());
     ${code}
     inventory().filter((name) => !before.has(name))`,
    { TextEncoder, TextDecoder },
  ) as string[];
}

describe.each(entries.filter((entry) => !entry.node))('$specifier', ({ specifier }) => {
  it('can be loaded where only the language is, and leaves nothing behind', async () => {
    const { code, imports } = await bundleEntry(specifier, npm, { format: 'iife' });
    expect(imports).toEqual([]);
    expect(runBare(`(() => {${code}})();`)).toEqual([]);
  });
});

describe('in Node', () => {
  const script = join(npm, 'load.mjs');

  beforeAll(() =>
    writeFile(
      script,
      `const inventory = ${inventory};
       const events = () => process.eventNames().map((name) => String(name) + process.listenerCount(name));
       const state = async () => {
         // Until files that were read to load a module are closed.
         await new Promise((resolve) => setTimeout(resolve, 20));
         return [...inventory(), ...events(), ...process.getActiveResourcesInfo()];
       };
       // Some globals are made when they are first looked at.
       await state();
       const before = new Set(await state());
       await import(process.argv[2]);
       process.stdout.write(JSON.stringify((await state()).filter((name) => !before.has(name))));`,
    ),
  );

  it.each(entries)('$specifier is silent, leaves nothing behind and lets Node end', async ({ specifier }) => {
    const { stdout, stderr } = await run(process.execPath, [script, specifier], { cwd: npm, timeout: 20_000 });
    expect(JSON.parse(stdout)).toEqual([]);
    expect(stderr).toBe('');
  });
});

it('notices what loading must not do', () => {
  expect(runBare('Array.prototype.last = 1; globalThis.rbm = {};')).toEqual(['rbm', 'Array#last', 'globalThis.rbm']);
  expect(() => runBare('WebAssembly.compile(new Uint8Array(8));')).toThrow('WebAssembly.compile while loading');
  for (const global of ['document', 'window', 'navigator', 'process', 'Worker', 'setTimeout', 'fetch', 'console']) {
    expect(() => runBare(`${global}.anything;`)).toThrow(`${global} is not defined`);
  }
});
