import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RbmError } from '@rbm/core';
import packageFile from '../../package.json' with { type: 'json' };

/** What kinds of plugin there are templates for. */
export const kinds: readonly string[] = ['sampler', 'layer', 'dataset', 'backend'];

const templates = fileURLToPath(new URL('../templates', import.meta.url));

/** What `createPlugin` takes. */
export interface CreateOptions {
  /** Of the package, and of its folder. */
  readonly name: string;
  readonly kind: string;
  /** The folder in which the package's own is made. */
  readonly into: string;
}

/**
 * Writes a package whose tests pass. The folder appears whole or not at all.
 *
 * @returns Its path.
 * @throws RbmError `ARGUMENT_INVALID` for a name that npm would refuse, or an unknown kind; `FILE_EXISTS`.
 */
export async function createPlugin({ name, kind, into }: CreateOptions): Promise<string> {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
    throw new RbmError('ARGUMENT_INVALID', `"${name}" is no package name: use lower-case letters, digits and dashes.`);
  }
  if (!kinds.includes(kind)) {
    throw new RbmError('ARGUMENT_INVALID', `There is no template for "${kind}", only for ${kinds.join(', ')}.`);
  }
  const folder = join(into, name);
  if (existsSync(folder)) throw new RbmError('FILE_EXISTS', `${folder} exists already. Choose another name.`);
  const made = await mkdtemp(join(into, `.${name}-`));
  try {
    await writePackage(made, name, kind);
    await rename(made, folder);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

async function writePackage(folder: string, name: string, kind: string): Promise<void> {
  // The namespace is a placeholder that the author replaces.
  const piece = `my/${name.replace(/^rbm-(plugin-|sampler-|layer-|dataset-|backend-)?/, '') || name}`;
  await cp(join(templates, kind), folder, { recursive: true });
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), text.replaceAll('my/__NAME__', piece).replaceAll('__PACKAGE__', name));
  }
  const range = `^${packageFile.version}`;
  const description = {
    name,
    version: '0.1.0',
    description: `A ${kind} for rbm.`,
    keywords: ['rbm-plugin'],
    license: 'MIT',
    type: 'module',
    exports: { '.': './index.js', './package.json': './package.json' },
    files: ['index.js'],
    engines: packageFile.engines,
    scripts: { test: 'node --test test.js' },
    peerDependencies: { '@rbm/core': range },
    devDependencies: { '@rbm/core': range, '@rbm/testkit': range },
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
  const readme = `# ${name}\n\nA ${kind} for rbm, named \`${piece}\`: change the namespace \`my\` to your own in index.js and test.js.\n\n\`npm test\` runs the suite of @rbm/testkit.\n`;
  await writeFile(join(folder, 'README.md'), readme);
}
