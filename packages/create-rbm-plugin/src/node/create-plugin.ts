import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RbmError } from '@rbm/core';
import workspace from '../../../../package.json' with { type: 'json' };
import packageFile from '../../package.json' with { type: 'json' };
import { kinds, synonyms } from './kinds.js';

const folderOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const templates = folderOf('../templates');
const javascript = folderOf('./javascript');

/** Options of `createPlugin`. */
export interface CreateOptions {
  /** Name of the package: `rbm-sampler-mine` or `@acme/rbm-mine`. */
  readonly name: string;
  /** One of `kinds`, or a synonym. */
  readonly kind: string;
  readonly language: 'ts' | 'js';
  /** The folder in which the package's own is made. */
  readonly into: string;
}

/** A package that was made. */
export interface CreatedPlugin {
  readonly folder: string;
  /** The name of its piece: `acme/mine`. */
  readonly piece: string;
}

/**
 * Writes a package whose tests pass, into a folder named like the package without its scope. The folder appears whole or not at all.
 *
 * @throws RbmError `ARGUMENT_INVALID` for a name that npm would not accept, or an unknown kind; `FILE_EXISTS`.
 */
export async function createPlugin({ name, kind: given, language, into }: CreateOptions): Promise<CreatedPlugin> {
  const [, scope, short] = /^(?:@([a-z0-9][a-z0-9._-]*)\/)?([a-z0-9][a-z0-9._-]*)$/.exec(name) ?? [];
  if (short === undefined || name.length > 214) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `"${name}" is not a package name; expected lower-case letters, digits and dashes, with or without a scope: @acme/rbm-mine.`,
    );
  }
  const kind = synonyms[given] ?? given;
  if (!Object.hasOwn(kinds, kind)) {
    throw new RbmError('ARGUMENT_INVALID', `--kind ${given}: expected ${Object.keys(kinds).join(', ')}.`);
  }
  const folder = join(into, short);
  if (existsSync(folder)) throw new RbmError('FILE_EXISTS', `${folder} exists already. Choose another name.`);
  const word = short.replace(/^rbm-/, '').replace(new RegExp(`^(plugin|${kind}|${given})-`), '');
  // Without a scope, the author has yet to choose a namespace.
  const piece = `${scope ?? 'my'}/${word}`;
  const made = await mkdtemp(join(into, `.${short}-`));
  try {
    await writePackage(made, { name, kind, piece, language });
    await rename(made, folder);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  }
  return { folder, piece };
}

interface PackageDescription {
  readonly name: string;
  readonly kind: string;
  readonly piece: string;
  readonly language: 'ts' | 'js';
}

async function writePackage(folder: string, description: PackageDescription): Promise<void> {
  const { name, kind, piece, language } = description;
  const source = join(language === 'ts' ? templates : javascript, kind);
  await mkdir(join(folder, 'src'));
  for (const file of await readdir(source)) {
    const text = await readFile(join(source, file), 'utf8');
    const named = text.replaceAll('my/__NAME__', piece).replaceAll('__PACKAGE__', name);
    await writeFile(join(folder, 'src', file), named);
  }
  if (language === 'ts') {
    await writeFile(join(folder, 'tsconfig.json'), await readFile(join(templates, 'tsconfig.json')));
  }
  await writeFile(join(folder, '.gitignore'), 'node_modules\ndist\n');
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifestOf(description), null, 2)}\n`);
  await writeFile(join(folder, 'README.md'), readmeOf(description));
}

function manifestOf({ name, kind, language }: PackageDescription): Readonly<Record<string, unknown>> {
  const range = `^${packageFile.version}`;
  const own = ['cli', 'core', 'testkit', ...(kinds[kind]?.packages ?? [])].sort();
  const { vitest, 'typescript-7': compiler } = workspace.devDependencies;
  const typed = language === 'ts';
  // Suites take seconds, and more on a busy machine.
  const test = 'vitest run --dir src --test-timeout 60000';
  return {
    name,
    version: '0.1.0',
    description: `${kinds[kind]?.noun} for rbm.`,
    keywords: ['rbm-plugin'],
    license: 'MIT',
    type: 'module',
    exports: {
      '.': typed ? { types: './dist/index.d.ts', default: './dist/index.js' } : './src/index.js',
      './package.json': './package.json',
    },
    files: typed ? ['dist', '!dist/*.test.*'] : ['src', '!src/*.test.js'],
    engines: packageFile.engines,
    scripts: typed ? { build: 'tsc', test, prepack: 'npm run build' } : { build: 'node --check src/index.js', test },
    peerDependencies: { '@rbm/core': range },
    devDependencies: {
      ...Object.fromEntries(own.map((id) => [`@rbm/${id}`, range])),
      ...(typed ? { typescript: compiler.replace('npm:typescript@', '^') } : {}),
      vitest: `^${vitest}`,
    },
  };
}

function readmeOf({ name, kind, piece, language }: PackageDescription): string {
  const { noun, change, use } = kinds[kind] as (typeof kinds)[string];
  const namespace = piece.startsWith('my/')
    ? 'The namespace `my` of its name: replace it with your own, in both files of `src` and in this one.\n- '
    : '';
  return `# ${name}

${noun} for [rbm](https://www.npmjs.com/package/@rbm/cli), named \`${piece}\`.

\`\`\`sh
npm install
npm test
npm run build
npx rbm train ${use(piece)} --plugin ${name} --epochs 5 --out run
\`\`\`

The last line loads the package from this folder${language === 'ts' ? ', as it was built' : ''}. In a project that has installed it, the same line works.

## Change first

- ${namespace}${change}

\`npm test\` runs the suite of \`@rbm/testkit\`, and \`npm test -- --watch\` again at each change.

## Publish

\`npm publish${name.startsWith('@') ? ' --access public' : ''}\`. Keep the keyword \`rbm-plugin\`, and \`@rbm/core\` among the peer dependencies.
`;
}
