// Builds a package, `node ../../scripts/build.mjs [name=source …]` in its folder: ES modules with source maps, whose dependencies stay
// imports, of what `exports` declares (`./dist/node/index.js` of `src/node/index.ts`) and of what is named (`dist/name.js`); and the
// declarations of what `exports` declares, one file for each source that it reaches. A `build.config.mjs` in the folder has options
// of esbuild that differ.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { tsc } from './tsc.mjs';

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const declared = Object.values(exports ?? {}).filter((entry) => entry.types);
const sourceOf = (built, ending) => built.replace('./dist/', 'src/').replace(ending, '.ts');
const entries = [
  ...declared.map((entry) => [entry.default.slice('./dist/'.length, -'.js'.length), sourceOf(entry.default, /\.js$/)]),
  ...process.argv.slice(2).map((argument) => argument.split('=')),
];

const config = resolve('build.config.mjs');
const options = existsSync(config) ? (await import(pathToFileURL(config).href)).default : {};

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
await build({
  entryPoints: Object.fromEntries(entries),
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  packages: 'external',
  external: ['node:*'],
  sourcemap: true,
  logLevel: 'warning',
  ...options,
});

if (declared.length > 0) {
  // A project of its own, as a command line cannot name both a project and files.
  const project = resolve('dist', 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    emitDeclarationOnly: true,
    rootDir: resolve('src'),
    outDir: resolve('dist'),
  };
  const files = declared.map((entry) => resolve(sourceOf(entry.types, /\.d\.ts$/)));
  writeFileSync(
    project,
    JSON.stringify({ extends: resolve('tsconfig.json'), compilerOptions, files, include: [], exclude: [] }),
  );
  try {
    process.exitCode = tsc('--project', project);
  } finally {
    rmSync(project);
  }
}
