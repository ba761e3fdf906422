import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';
import { type EntryPoint, entryPoints, publishedPackages } from './workspace.ts';

// What a stranger does with the installed packages. `checks/stranger/uses/` has a file for each entry point, which uses
// it as a typed program would, says what the compiler has to refuse, and gives the same line wherever it runs.

const sources = fileURLToPath(new URL('../stranger/', import.meta.url));

export const entries: EntryPoint[] = entryPoints(publishedPackages);

export const browserEntries: EntryPoint[] = entries.filter((entry) => !entry.node);

/** Those that are plain JavaScript; backends may compile something. */
export const plainEntries: EntryPoint[] = browserEntries.filter(({ owner }) => !owner.id.startsWith('backend-'));

/** `@rbm/datasets/node` is used by `rbm-datasets-node`. */
export const useOf = ({ specifier }: EntryPoint) => specifier.replace('@', '').replaceAll('/', '-');

/** Source of a module whose function runs the uses of the given entry points, one line of result for each. */
function program(used: readonly EntryPoint[]): string {
  const imports = used.map((entry, i) => `import use${i} from './uses/${useOf(entry)}.js';`);
  const results = used.map((entry, i) => `    '${entry.specifier}': await use${i}(),`);
  return [
    ...imports,
    'export default async function useAll(): Promise<Record<string, string>> {',
    '  return {',
    ...results,
    '  };',
    '}\n',
  ].join('\n');
}

/** Source of a page's script that leaves the results of a program where a test finds them. */
const page = (name: string) => `import useAll from './out/${name}.js';
useAll().then(
  (results) => { globalThis.results = results; },
  (error) => { globalThis.results = String(error?.stack ?? error); },
);
`;

const driver = `import useAll from './out/node.js';
console.log(JSON.stringify(await useAll()));
`;

const html = (script: string) =>
  `<!doctype html><html lang="en"><title>rbm</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script></html>\n`;

/** A compiler by the name it is installed under here. */
export const compilers = ['typescript-5.7', 'typescript', 'typescript-7'] as const;
export type Compiler = (typeof compilers)[number];

export type Resolution = 'nodenext' | 'bundler';

// No types but the language's: those of the DOM or of Node must not be needed. Declarations of packages are checked too.
const compilerOptions = {
  target: 'es2022',
  lib: ['es2022'],
  types: [],
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  outDir: 'out',
};

/** Compiles the stranger's program; writes it to `out` when asked to. */
export async function compile(
  folder: string,
  compiler: Compiler,
  resolution: Resolution,
  emit: boolean,
): Promise<void> {
  const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
  const file = join(folder, `tsconfig.${compiler}.${resolution}.json`);
  const settings = { ...compilerOptions, module, moduleResolution: resolution, noEmit: !emit, rootDir: '.' };
  await writeFile(file, JSON.stringify({ compilerOptions: settings, files: ['node.ts', 'browser.ts', 'plain.ts'] }));
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve(`${compiler}/package.json`)), 'bin', 'tsc');
  await run(process.execPath, [tsc, '--project', file], { cwd: folder });
}

/** Writes the stranger's program into a folder in which the packages are installed, and compiles it. */
export async function writeProgram(folder: string): Promise<void> {
  await mkdir(join(folder, 'uses'), { recursive: true });
  for (const entry of entries) {
    const file = `uses/${useOf(entry)}.ts`;
    await copyFile(join(sources, file), join(folder, file)).catch(() => {
      throw new Error(`Show how ${entry.specifier} is used, in checks/stranger/${file}.`);
    });
  }
  await copyFile(join(sources, 'require.cjs'), join(folder, 'require.cjs'));
  await writeFile(join(folder, 'node.ts'), program(entries));
  await writeFile(join(folder, 'browser.ts'), program(browserEntries));
  await writeFile(join(folder, 'plain.ts'), program(plainEntries));
  await writeFile(join(folder, 'run.mjs'), driver);
  await writeFile(join(folder, 'page.js'), page('browser'));
  await writeFile(join(folder, 'plain-page.js'), page('plain'));
  await writeFile(join(folder, 'index.html'), html('/page.js'));
  await compile(folder, 'typescript-5.7', 'nodenext', true);
}

/** A Node, as the command that starts it. */
export type Node = readonly [command: string, ...args: string[]];

export const runningNode: Node = [process.execPath];

async function runNode([command, ...args]: Node, folder: string, ...more: string[]): Promise<string> {
  const { stdout } = await run(command, [...args, ...more], { cwd: folder });
  return stdout;
}

/** Runs the program; gives its results by entry point. */
export async function runProgram(node: Node, folder: string): Promise<Record<string, string>> {
  return JSON.parse(await runNode(node, folder, 'run.mjs')) as Record<string, string>;
}

/** How many names `require` finds, by entry point. */
export async function requireAll(node: Node, folder: string): Promise<Record<string, number>> {
  const specifiers = entries.map((entry) => entry.specifier);
  return JSON.parse(await runNode(node, folder, 'require.cjs', ...specifiers)) as Record<string, number>;
}

/** Trains with the command line, and gives what `rbm eval` says of the model. */
export async function runCli(node: Node, folder: string): Promise<Record<string, unknown>> {
  const rbm = join(folder, 'node_modules/@rbm/cli/dist/rbm.js');
  const data = ['--data', 'bars-and-stripes:3'];
  const settings = ['--hidden', '6', '--epochs', '20', '--batch', '14', '--seed', '1', '--out', 'trained', '--force'];
  await runNode(node, folder, rbm, 'train', ...data, ...settings);
  return JSON.parse(await runNode(node, folder, rbm, 'eval', 'trained/model.safetensors', ...data, '--json'));
}

export { html };
