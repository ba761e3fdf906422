import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RbmError } from '@rbm/core';
import { type NamedOptions, nearestName } from '@rbm/core/contracts';
import type { Options } from 'yargs';
import type { Config } from './define-config.js';

/** A plugin, not yet checked, and where it was found. */
export interface LoadedPlugin {
  readonly plugin: unknown;
  readonly from: string;
  /** Of the package, where the plugin was given by name; a hash of the file, where it was given by its path. */
  readonly version?: string;
}

/** The config files that were read, or none, and the plugins of the command line. */
export interface LoadedConfig {
  readonly path: string | undefined;
  readonly plugins: readonly LoadedPlugin[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the command line says of configs and plugins. */
export interface ConfigArguments {
  config?: string;
  plugin?: string[];
}

/** The options that all commands share. */
export const configOptions: Record<string, Options> = {
  config: {
    type: 'string',
    requiresArg: true,
    describe:
      'Read this config in place of those in the working directory. A .ts or .js file is executed (default: rbm.config.json; for train, resume and plugins also rbm.config.ts or .js)',
  },
  plugin: {
    type: 'string',
    array: true,
    nargs: 1,
    requiresArg: true,
    describe:
      'Load a plugin: the name of a package installed for the working directory, or a file, ./mine.ts. Its code is executed',
  },
};

const codeFiles = ['rbm.config.ts', 'rbm.config.js'];
const optionsFile = 'rbm.config.json';
const keys = ['plugins', 'options'];

/**
 * The configs in a folder, and the plugins that they and the command line name. `rbm.config.json` holds options and is never
 * executed; `rbm.config.ts` or `.js` is code, and is loaded only for commands that train or where the command line
 * names it.
 *
 * @param folder The working directory.
 * @param executes Whether the command loads code from the folder without being asked.
 * @param log Receives the path of each file whose code is executed.
 * @throws RbmError `FILE_INVALID` for a config of another shape; `FILE_NOT_FOUND`; `PLUGIN_NOT_FOUND`; `PLUGIN_FAILED`.
 */
export async function loadConfig(
  folder: string,
  args: ConfigArguments,
  executes: boolean,
  log: (line: string) => void,
): Promise<LoadedConfig> {
  const candidates = args.config === undefined ? [optionsFile, ...(executes ? codeFiles : [])] : [args.config];
  const paths = candidates.map((name) => resolve(folder, name)).filter((path) => existsSync(path));
  if (args.config !== undefined && paths.length === 0) {
    throw new RbmError('FILE_NOT_FOUND', `--config ${args.config}: there is no such file.`);
  }
  const plugins: LoadedPlugin[] = [];
  const options: Record<string, unknown> = Object.create(null);
  for (const path of paths) {
    const config = checkConfig(path, await readConfig(path, log));
    for (const [name, value] of Object.entries(config.options ?? {})) {
      if (Object.hasOwn(options, name)) throw wrong(path, `another config has options of "${name}" too.`);
      options[name] = value;
    }
    for (const given of config.plugins ?? []) plugins.push(await loadPlugin(given, path, log));
  }
  for (const name of args.plugin ?? []) plugins.push(await loadPlugin(name, join(folder, 'rbm.config.js'), log));
  return { path: paths.at(-1), plugins, options };
}

function isJson(path: string): boolean {
  return path.endsWith('.json');
}

async function readConfig(path: string, log: (line: string) => void): Promise<unknown> {
  try {
    if (isJson(path)) return JSON.parse(await readFile(path, 'utf8'));
    log(`Loading ${path}`);
    // The config calls this package's defineConfig, which need not be installed beside it.
    const alias = { '@rbm/cli': createRequire(import.meta.url).resolve('@rbm/cli') };
    const { createJiti } = await import('jiti');
    return await createJiti(pathToFileURL(path).href, { alias, fsCache: false }).import(path, { default: true });
  } catch (cause) {
    throw new RbmError('FILE_INVALID', `${path} cannot be read: ${reason(cause)}`, { cause });
  }
}

function wrong(path: string, what: string): RbmError {
  return new RbmError('FILE_INVALID', `${path}: ${what}`);
}

function checkConfig(path: string, config: unknown): Config {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw wrong(
      path,
      'a config should be an object, the default export of the file: export default defineConfig({ … }).',
    );
  }
  for (const key of Object.keys(config)) {
    if (keys.includes(key)) continue;
    const nearest = nearestName(key, keys);
    throw wrong(
      path,
      `unknown key "${key}". ${nearest ? `Did you mean "${nearest}"?` : `Known are ${keys.join(' and ')}.`}`,
    );
  }
  const { plugins = [], options = {} } = config as Config;
  if (!Array.isArray(plugins)) throw wrong(path, '"plugins" should be a list of plugins or package names.');
  if (isJson(path) && plugins.length > 0) {
    throw wrong(path, 'a .json config holds options only. Name plugins in rbm.config.ts or .js, or with --plugin.');
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrong(path, '"options" should be an object with the options of each named piece.');
  }
  return { plugins, options: options as NamedOptions };
}

/** Whether a plugin is given by the path of a file, and not by the name of a package. */
function isPath(plugin: string): boolean {
  return /^\.{1,2}[\\/]/.test(plugin) || isAbsolute(plugin);
}

async function loadPlugin(given: unknown, config: string, log: (line: string) => void): Promise<LoadedPlugin> {
  if (typeof given !== 'string') return { plugin: given, from: config };
  const { createJiti } = await import('jiti');
  const jiti = createJiti(pathToFileURL(config).href, { fsCache: false });
  let path: string;
  if (isPath(given)) {
    path = resolve(dirname(config), given);
    if (!existsSync(path)) throw new RbmError('PLUGIN_NOT_FOUND', `Plugin ${given}: there is no file ${path}.`);
  } else {
    try {
      path = jiti.esmResolve(given, pathToFileURL(config).href);
    } catch (cause) {
      const fix = existsSync(resolve(dirname(config), given)) ? `or ./${given} for the file` : `npm install ${given}`;
      throw new RbmError(
        'PLUGIN_NOT_FOUND',
        `Plugin "${given}" should be a package installed where ${config} can import it, but is not: ${fix}`,
        { cause },
      );
    }
  }
  log(`Loading plugin ${given} from ${path}`);
  try {
    // Files may be TypeScript; packages are what Node imports.
    const made: unknown = isPath(given) ? await jiti.import(path, { default: true }) : (await import(path)).default;
    const version = isPath(given) ? await contentVersion(path) : await packageVersion(given, dirname(config));
    const plugin = typeof made === 'function' ? made() : made;
    return { plugin, from: path, ...(version === undefined ? {} : { version }) };
  } catch (cause) {
    const fix = isPath(given) ? '' : ' Report this to its author.';
    throw new RbmError('PLUGIN_FAILED', `Plugin "${given}" (${path}) threw: ${reason(cause)}${fix}`, { cause });
  }
}

/** What stands for the version of a file: it changes with its content. */
async function contentVersion(path: string): Promise<string> {
  return `sha256:${createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
    .slice(0, 12)}`;
}

/** The version of a package as installed for a folder. */
export async function packageVersion(name: string, folder: string): Promise<string | undefined> {
  const path = packageFile(name, folder);
  return path === undefined ? undefined : JSON.parse(await readFile(path, 'utf8')).version;
}

/** The package.json of a package as installed for a folder: read as a file, since exports may hide it. */
export function packageFile(name: string, folder: string): string | undefined {
  const folders = createRequire(join(folder, 'here.js')).resolve.paths(name) ?? [];
  return folders.map((modules) => join(modules, name, 'package.json')).find((path) => existsSync(path));
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
