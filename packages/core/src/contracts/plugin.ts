import type { Layer } from '../layers/layer.js';
import type { OpenInteraction } from '../models/interaction.js';
import type { EnergyModel } from '../models/model.js';
import type { Generator } from '../random/generator.js';
import type { Backend } from './backend.js';
import type { Dataset, ImageShape, LoadOptions } from './dataset.js';
import type { GradientEstimator, Monitor } from './estimator.js';
import type { Optimizer } from './optimizer.js';
import type { OptionSpecs, OptionsOf, OptionValues } from './options.js';
import type { Sampler } from './sampler.js';

/**
 * What the options of named pieces are, for `rbm.config.ts`: empty here, and extended by each plugin's package.
 *
 *     declare module '@rbm/core/contracts' {
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
  interactions: OpenInteraction;
  energyModels: EnergyModel;
  estimators: GradientEstimator;
  optimizers: Optimizer;
  datasets: Dataset;
  backends: Backend;
  monitors: Monitor;
}

/** A place in `provides`. */
export type ProvidedKind = keyof Provided;

/** The place of an interaction in a model, and the lists that define it: what a model file keeps beside its settings. */
export interface InteractionPlace {
  readonly name: string;
  /** The layers that take part, as indices into the model's. */
  readonly between: readonly number[];
  /** The layers themselves, in the order of `between`. */
  readonly layers: readonly Layer[];
  /** As in `OpenInteraction.indices`. */
  readonly indices: Readonly<Record<string, Uint32Array>>;
}

/** What a factory is given beside its checked options. */
export interface FactoryContext extends LoadOptions {
  /** Of a layer: how many units. */
  readonly units?: number;
  /** Of an estimator: the sampler of its chains. */
  readonly sampler?: Sampler;
  /** Of an energy model: its visible layer, with as many units as the data have. */
  readonly visible?: Layer;
  /** Of an energy model: height and width of its samples, where they are images. */
  readonly image?: ImageShape;
  /** Of an energy model: for parameters that start at random. */
  readonly random?: Generator;
  /** Of an interaction: where it stands. */
  readonly interaction?: InteractionPlace;
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

/** Versions of the contracts, a set for each kind of piece. */
export type AcceptedVersions = Readonly<Record<ProvidedKind, readonly number[]>>;

/** The versions of the contracts that this copy of the package accepts. */
export const specVersions: AcceptedVersions = {
  samplers: [1],
  layers: [1],
  interactions: [1],
  energyModels: [1],
  estimators: [1],
  optimizers: [1],
  datasets: [1],
  backends: [1],
  monitors: [1],
};

/** The kinds of pieces, in order. */
export const providedKinds: readonly ProvidedKind[] = Object.keys(specVersions) as ProvidedKind[];

/** Factories whose options are inferred from their descriptions: `Specs` has an entry a name. */
export type TypedFactories<Piece, Specs> = {
  readonly [Name in keyof Specs]: {
    readonly options?: Specs[Name] & OptionSpecs;
    /** As `Factory.create`, with options of the types that `options` describes; none where it describes none. */
    create(
      options: NoInfer<unknown extends Specs[Name] ? Readonly<Record<string, never>> : OptionsOf<Specs[Name]>>,
      context: FactoryContext,
    ): Piece | Promise<Piece>;
  };
};

/** A plugin whose factories are given options of the types that they describe. */
export interface PluginDefinition<
  Samplers,
  Layers,
  Interactions,
  EnergyModels,
  Estimators,
  Optimizers,
  Datasets,
  Backends,
  Monitors,
> extends Omit<Plugin, 'provides'> {
  readonly provides: {
    readonly samplers?: TypedFactories<Sampler, Samplers>;
    readonly layers?: TypedFactories<Layer, Layers>;
    readonly interactions?: TypedFactories<OpenInteraction, Interactions>;
    readonly energyModels?: TypedFactories<EnergyModel, EnergyModels>;
    readonly estimators?: TypedFactories<GradientEstimator, Estimators>;
    readonly optimizers?: TypedFactories<Optimizer, Optimizers>;
    readonly datasets?: TypedFactories<Dataset, Datasets>;
    readonly backends?: TypedFactories<Backend, Backends>;
    readonly monitors?: TypedFactories<Monitor, Monitors>;
  };
}

/**
 * Identity function; adds type inference. `create(options)` gets the types that `options` describes: a number for
 * `{ type: 'number' }`, one of the texts for `choices`.
 */
export function definePlugin<
  const Samplers = unknown,
  const Layers = unknown,
  const Interactions = unknown,
  const EnergyModels = unknown,
  const Estimators = unknown,
  const Optimizers = unknown,
  const Datasets = unknown,
  const Backends = unknown,
  const Monitors = unknown,
>(
  plugin: PluginDefinition<
    Samplers,
    Layers,
    Interactions,
    EnergyModels,
    Estimators,
    Optimizers,
    Datasets,
    Backends,
    Monitors
  >,
): Plugin {
  return plugin as Plugin;
}
