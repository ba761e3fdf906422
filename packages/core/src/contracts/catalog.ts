import type { Layer } from '../layers/layer.js';
import type { OpenInteraction } from '../models/interaction.js';
import { checkPiece, checkPlugin } from './check-plugin.js';
import { RbmError } from './errors.js';
import { checkOptions, nearestName, type OptionSpecs } from './options.js';
import {
  type Factory,
  type FactoryContext,
  type InteractionPlace,
  type Plugin,
  type Provided,
  type ProvidedKind,
  providedKinds,
} from './plugin.js';

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
    for (const kind of providedKinds) {
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
      providedKinds.flatMap((kind) =>
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
    return this.#createAtOnce('layers', name, given, { units }) as Layer;
  }

  /**
   * Makes an interaction by its name, at once, as those who read model files need it.
   *
   * @throws as `create`.
   */
  createInteraction(name: string, place: InteractionPlace, given?: unknown): OpenInteraction {
    return this.#createAtOnce('interactions', name, given, { interaction: place }) as OpenInteraction;
  }

  /** For factories that do not wait: a promise is no piece, and is refused. */
  #createAtOnce(kind: 'layers' | 'interactions', name: string, given: unknown, context: FactoryContext): unknown {
    const { plugin, make } = this.#find(kind, name, given, context);
    let piece: unknown;
    try {
      piece = make();
    } catch (cause) {
      throw factoryFailure(plugin, name, cause);
    }
    checkPiece(plugin, kind, name, piece);
    return piece;
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
