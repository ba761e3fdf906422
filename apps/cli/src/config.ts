import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nearestName, RbmError } from '@rbm/core';
import { createJiti } from 'jiti';
import type { Config } from './define-config.js';

/** A plugin, not yet checked, and where it was found. */
export interface LoadedPlugin {
  readonly plugin: unknown;
  readonly from: string;
  /** Of the package, where the plugin was given by name. */
  readonly version?: string;
}

/** A config file that was read, or none. */
export interface LoadedConfig {
  readonly path: string | undefined;
  readonly plugins: readonly LoadedPlugin[];
  readonly options: Readonly<Record<string, unknown>>;
}

const fileNames = ['rbm.config.ts', 'rbm.config.js', 'rbm.config.json'];
const keys = ['plugins', 'options'];

/**
 * The config in a folder, with its plugins loaded from there.
 *
 * @throws RbmError `FILE_INVALID` for a config of another shape; `PLUGIN_NOT_FOUND`; `PLUGIN_FAILED`.
 */
export async function loadConfig(folder: string): Promise<LoadedConfig> {
  const path = fileNames.map((name) => resolve(folder, name)).find((candidate) => existsSync(candidate));
  if (path === undefined) return { path, plugins: [], options: {} };
  const { plugins = [], options = {} } = checkConfig(path, await readConfig(path));
  return { path, plugins: await Promise.all(plugins.map((given) => loadPlugin(given, path))), options };
}

async function readConfig(path: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8'));
    // The config calls this package's defineConfig, which need not be installed beside it.
    const alias = { '@rbm/cli': createRequire(import.meta.url).resolve('@rbm/cli') };
    return await createJiti(pathToFileURL(path).href, { alias, fsCache: false }).import(path, { default: true });
  } catch (cause) {
    throw new RbmError('FILE_INVALID', `${path} cannot be read: ${reason(cause)}`, { cause });
  }
}

function checkConfig(path: string, config: unknown): Config {
  const wrong = (what: string): RbmError => new RbmError('FILE_INVALID', `${path}: ${what}`);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw wrong('a config should be an object, the default export of the file: export default defineConfig({ … }).');
  }
  for (const key of Object.keys(config)) {
    if (keys.includes(key)) continue;
    const nearest = nearestName(key, keys);
    throw wrong(`unknown key "${key}". ${nearest ? `Did you mean "${nearest}"?` : `Known are ${keys.join(' and ')}.`}`);
  }
  const { plugins = [], options = {} } = config as Config;
  if (!Array.isArray(plugins)) throw wrong('"plugins" should be a list of plugins or package names.');
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrong('"options" should be an object with the options of each named piece.');
  }
  return { plugins, options };
}

async function loadPlugin(given: unknown, config: string): Promise<LoadedPlugin> {
  if (typeof given !== 'string') return { plugin: given, from: config };
  let path: string;
  const jiti = createJiti(pathToFileURL(config).href, { fsCache: false });
  try {
    path = jiti.esmResolve(given, pathToFileURL(config).href);
  } catch (cause) {
    throw new RbmError(
      'PLUGIN_NOT_FOUND',
      `Plugin "${given}" should be installed where ${config} can import it, but is not: npm install ${given}`,
      { cause },
    );
  }
  try {
    const made: unknown = (await import(path)).default;
    const version = await packageVersion(given, dirname(config));
    const plugin = typeof made === 'function' ? made() : made;
    return { plugin, from: path, ...(version === undefined ? {} : { version }) };
  } catch (cause) {
    const fix = 'Report this to its author.';
    throw new RbmError('PLUGIN_FAILED', `Plugin "${given}" (${path}) threw: ${reason(cause)} ${fix}`, { cause });
  }
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
