import type { Backend } from './backend.js';
import type { Dataset, LoadOptions } from './dataset.js';
import { RbmError } from './errors.js';
import type { GradientEstimator, Monitor } from './estimator.js';
import type { Generator } from './generator.js';
import type { Layer } from './layer.js';
import type { EnergyModel } from './model.js';
import type { Optimizer } from './optimizer.js';
import { checkOptions, nearestName, type OptionSpecs, type OptionValues } from './options.js';
import type { Sampler } from './sampler.js';

/**
 * What the options of named pieces are, for `rbm.config.ts`: empty here, and extended by each plugin's package.
 *
 *     declare module '@rbm/core' {
 *       interface PluginOptions {
 *         'acme/metropolis': { flip?: number };
 *       }
 *     }
 */
// biome-ignore lint/suspicious/noEmptyInterface: declaration merging needs an interface
export interface PluginOptions {}

/** Options by the names of pieces: those of known plugins are checked by the compiler, others when they are used. */
export type NamedOptions = { readonly [Name in keyof PluginOptions]?: PluginOptions[Name] } & {
  readonly [name: string]: unknown;
};

/** The interfaces a plugin may provide, by the name of their place in `provides`. */
export interface Provided {
  samplers: Sampler;
  layers: Layer;
  energyModels: EnergyModel;
  estimators: GradientEstimator;
  optimizers: Optimizer;
  datasets: Dataset;
  backends: Backend;
  monitors: Monitor;
}

/** A place in `provides`. */
export type ProvidedKind = keyof Provided;

/** What a factory is given beside its checked options. */
export interface FactoryContext extends LoadOptions {
  /** Of a layer: how many units. */
  readonly units?: number;
  /** Of an estimator: the sampler of its chains. */
  readonly sampler?: Sampler;
  /** Of an energy model: its visible layer, with as many units as the data have. */
  readonly visible?: Layer;
  /** Of an energy model: for parameters that start at random. */
  readonly random?: Generator;
}

/** How a named piece is made. */
export interface Factory<Piece> {
  readonly options?: OptionSpecs;
  /** Called with checked options, defaults filled in. Datasets and backends may be made asynchronously. */
  create(options: OptionValues, context: FactoryContext): Piece | Promise<Piece>;
}

/** What third parties publish: a plain object, made by a plain factory. */
export interface Plugin {
  /** The npm package's name, which messages use. */
  readonly name: string;
  readonly version?: string;
  /** The version of each interface that it implements; see `specVersions`. */
  readonly specVersion: { readonly [Kind in ProvidedKind]?: number };
  /** Factories by name. Names of third parties are namespaced: `acme/metropolis`. */
  readonly provides: { readonly [Kind in ProvidedKind]?: Readonly<Record<string, Factory<Provided[Kind]>>> };
}

/** The versions of the contracts that this copy of the package knows. */
export const specVersions: Readonly<Record<ProvidedKind, number>> = {
  samplers: 1,
  layers: 1,
  energyModels: 1,
  estimators: 1,
  optimizers: 1,
  datasets: 1,
  backends: 1,
  monitors: 1,
};

const kinds = Object.keys(specVersions) as ProvidedKind[];

/** The plugin itself: gives its author the types, and does nothing else. */
export function definePlugin<P extends Plugin>(plugin: P): P {
  return plugin;
}

/** Functions that a piece must have, by kind: what a wrong shape is told by. */
const shapes: Readonly<Record<ProvidedKind, readonly string[]>> = {
  samplers: ['bind'],
  layers: ['cgf', 'mean', 'sample', 'addEnergy', 'addStatistics', 'select'],
  energyModels: [],
  estimators: ['bind'],
  optimizers: ['init', 'update'],
  datasets: [],
  backends: ['prepare', 'write', 'read', 'sync', 'close'],
  monitors: ['measure'],
};

/** Objects that a piece must have, by kind. */
const parts: Readonly<Record<ProvidedKind, readonly string[]>> = {
  samplers: ['capabilities'],
  layers: ['parameters', 'settings'],
  energyModels: ['layers', 'interactions', 'blocks', 'parameters'],
  estimators: ['settings'],
  optimizers: ['settings', 'slots'],
  datasets: ['train', 'preparation'],
  backends: ['capabilities'],
  monitors: [],
};

/** A named piece, with the plugin it comes from. */
export interface CatalogEntry {
  readonly kind: ProvidedKind;
  readonly name: string;
  readonly plugin: Plugin;
  readonly options: OptionSpecs;
}

/** The named pieces of some plugins. Holds what it is given at construction and nothing else. */
export class Catalog {
  readonly plugins: readonly Plugin[];

  /**
   * @throws RbmError `PLUGIN_INVALID` for a wrong shape or a name without a namespace; `PLUGIN_VERSION` for another version
   * of a contract; `NAME_TAKEN` for a name that another plugin has, or one in `reserved`.
   */
  constructor(plugins: readonly unknown[], reserved: Readonly<{ [Kind in ProvidedKind]?: readonly string[] }> = {}) {
    const owners = new Map<string, string>();
    for (const kind of kinds) {
      for (const name of reserved[kind] ?? []) owners.set(`${kind} ${name}`, 'the program itself');
    }
    this.plugins = plugins.map((plugin) => checkPlugin(plugin));
    for (const { kind, name, plugin } of this.entries()) {
      const owner = owners.get(`${kind} ${name}`);
      if (owner !== undefined) {
        throw new RbmError(
          'NAME_TAKEN',
          `Plugin "${plugin.name}" provides "${name}" among ${kind}, a name that ${owner} has. Use one of the two, or rename it.`,
        );
      }
      owners.set(`${kind} ${name}`, `plugin "${plugin.name}"`);
      if (!/^[^/\s]+\/[^\s]+$/.test(name)) {
        throw new RbmError(
          'PLUGIN_INVALID',
          `Plugin "${plugin.name}" provides "${name}" among ${kind}. Names of third parties have a namespace: "acme/${name}".`,
        );
      }
    }
  }

  /** All named pieces, in the order of plugins. */
  entries(): CatalogEntry[] {
    return this.plugins.flatMap((plugin) =>
      kinds.flatMap((kind) =>
        Object.entries(plugin.provides[kind] ?? {}).map(([name, { options = {} }]) => ({
          kind,
          name,
          plugin,
          options,
        })),
      ),
    );
  }

  /**
   * Makes a piece by its name.
   *
   * @param given Options as they come from a file.
   * @throws RbmError `PLUGIN_UNKNOWN` for a name that no plugin has; `OPTION_INVALID`; `PLUGIN_FAILED` if the factory
   * throws, with the cause; `PLUGIN_VERSION` or `PLUGIN_INVALID` for what it returns.
   */
  async create<Kind extends ProvidedKind>(
    kind: Kind,
    name: string,
    given?: unknown,
    context: FactoryContext = {},
  ): Promise<Provided[Kind]> {
    const { plugin, make } = this.#find(kind, name, given, context);
    let piece: Provided[Kind];
    try {
      piece = await make();
    } catch (cause) {
      throw factoryFailure(plugin, name, cause);
    }
    checkPiece(plugin, kind, name, piece);
    return piece;
  }

  /**
   * Makes a layer by its name, at once, as those who read model files need it.
   *
   * @throws as `create`.
   */
  createLayer(name: string, units: number, given?: unknown): Layer {
    const { plugin, make } = this.#find('layers', name, given, { units });
    let piece: unknown;
    try {
      piece = make();
    } catch (cause) {
      throw factoryFailure(plugin, name, cause);
    }
    checkPiece(plugin, 'layers', name, piece);
    return piece as Layer;
  }

  /** The plugin that has a name, and its factory ready to be called. */
  #find<Kind extends ProvidedKind>(
    kind: Kind,
    name: string,
    given: unknown,
    context: FactoryContext,
  ): { plugin: string; make: () => Provided[Kind] | Promise<Provided[Kind]> } {
    const names = this.entries().filter((entry) => entry.kind === kind);
    const plugin = names.find((entry) => entry.name === name)?.plugin;
    if (!plugin) {
      const known = names.map((entry) => entry.name);
      const nearest = nearestName(name, known);
      const fix = nearest === undefined ? 'Add its plugin to the config.' : `Did you mean "${nearest}"?`;
      const list = known.length === 0 ? 'none are loaded' : `loaded are ${known.join(', ')}`;
      throw new RbmError('PLUGIN_UNKNOWN', `No plugin provides "${name}" among ${kind}; ${list}. ${fix}`);
    }
    const factory = (plugin.provides[kind] as Readonly<Record<string, Factory<Provided[Kind]>>>)[name];
    const { options = {}, create } = factory as Factory<Provided[Kind]>;
    const settings = checkOptions(`"${name}" of plugin "${plugin.name}"`, options, given);
    return { plugin: plugin.name, make: () => create.call(factory, settings, context) };
  }
}

function factoryFailure(plugin: string, name: string, cause: unknown): RbmError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RbmError(
    'PLUGIN_FAILED',
    `Plugin "${plugin}" should have made "${name}", but its factory threw: ${reason} Check its options, or report this to its author.`,
    { cause },
  );
}

function checkPlugin(value: unknown): Plugin {
  if (!isObject(value) || typeof value.name !== 'string' || value.name === '') {
    throw new RbmError(
      'PLUGIN_INVALID',
      `A plugin should be an object with a name, not ${describe(value)}. Call its factory, and pass what that returns.`,
    );
  }
  const { name, provides, specVersion } = value;
  const found = (what: string, wanted: string, given: unknown): RbmError =>
    new RbmError(
      'PLUGIN_INVALID',
      `Plugin "${name}": ${what} should be ${wanted}, not ${describe(given)}. Write it with definePlugin.`,
    );
  if (!isObject(provides)) throw found('"provides"', 'an object', provides);
  if (!isObject(specVersion)) throw found('"specVersion"', 'an object with the version of each interface', specVersion);
  for (const [kind, factories] of Object.entries(provides)) {
    if (!kinds.includes(kind as ProvidedKind)) {
      throw found(`"provides.${kind}"`, `absent, since the kinds are ${kinds.join(', ')},`, factories);
    }
    if (!isObject(factories)) throw found(`"provides.${kind}"`, 'an object of factories by name', factories);
    checkVersion(name, kind as ProvidedKind, `"specVersion.${kind}"`, specVersion[kind]);
    for (const [piece, factory] of Object.entries(factories)) {
      if (isObject(factory) && typeof factory.create === 'function') continue;
      throw found(`"${piece}" of "provides.${kind}"`, 'an object with a function "create"', factory);
    }
  }
  return value as unknown as Plugin;
}

function checkPiece(plugin: string, kind: ProvidedKind, name: string, piece: unknown): void {
  const wrong = (what: string): RbmError =>
    new RbmError(
      'PLUGIN_INVALID',
      `Plugin "${plugin}": "${name}" among ${kind} should have ${what}, but that is missing from ${describe(piece)}. Run its suite of @rbm/testkit.`,
    );
  if (!isObject(piece)) throw wrong('the functions of its contract');
  if (kind !== 'datasets' && kind !== 'energyModels') {
    checkVersion(plugin, kind, `"specVersion" of "${name}"`, piece.specVersion);
  }
  for (const method of shapes[kind]) if (typeof piece[method] !== 'function') throw wrong(`a function "${method}"`);
  for (const part of parts[kind]) if (!isObject(piece[part])) throw wrong(`"${part}"`);
}

function checkVersion(plugin: string, kind: ProvidedKind, what: string, found: unknown): void {
  const wanted = specVersions[kind];
  if (found === wanted) return;
  const fix =
    typeof found === 'number' && found > wanted
      ? 'Update @rbm/core and the packages that use it.'
      : 'Update the plugin, or install one made for this version.';
  throw new RbmError(
    'PLUGIN_VERSION',
    `Plugin "${plugin}": ${what} is ${describe(found)}, but this @rbm/core has version ${wanted} of that contract. ${fix}`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'missing';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' ? 'an object' : JSON.stringify(value);
}
