import type { Dataset, EnergyModel } from '@rbm/core';
import {
  type Backend,
  Catalog,
  type FactoryContext,
  type GradientEstimator,
  type Layer,
  type LoadOptions,
  type Monitor,
  type Optimizer,
  type ProvidedKind,
  type Sampler,
} from '@rbm/core/contracts';
import type { InteractionFactory, LayerFactory } from '@rbm/formats';
import { gibbs } from '@rbm/samplers';
import { type ConfigArguments, type LoadedConfig, loadConfig } from './config.js';

/** Names that belong to the program. */
const builtIn: Readonly<Partial<Record<ProvidedKind, readonly string[]>>> = {
  samplers: ['gibbs', 'temper'],
  layers: ['bernoulli', 'spin', 'potts', 'gaussian', 'relu', 'binomial'],
  energyModels: ['rbm', 'hopfield', 'ising', 'graph'],
  estimators: ['cd', 'pcd', 'tempered', 'exact', 'pseudo-likelihood'],
  datasets: ['mnist', 'digits', 'bars-and-stripes'],
  optimizers: ['sgd', 'rmsprop', 'adam', 'adamw'],
  backends: ['reference', 'wasm', 'gpujs', 'auto'],
};

/** The named pieces of a project: the program's own and those of the plugins in its config. */
export class Pieces {
  readonly config: LoadedConfig;
  readonly catalog: Catalog;

  constructor(config: LoadedConfig) {
    this.config = config;
    this.catalog = new Catalog(
      config.plugins.map(({ plugin }) => plugin),
      builtIn,
    );
  }

  /** Those for a command that runs code only where its arguments name it. @throws as `loadConfig` and `Catalog`. */
  static async named(args: ConfigArguments): Promise<Pieces> {
    return new Pieces(await loadConfig(process.cwd(), args, false, (line) => console.error(line)));
  }

  /** Those for a command that also runs the config of the working directory. @throws as `loadConfig` and `Catalog`. */
  static async here(args: ConfigArguments): Promise<Pieces> {
    return new Pieces(await loadConfig(process.cwd(), args, true, (line) => console.error(line)));
  }

  async sampler(name: string): Promise<Sampler> {
    return name === 'gibbs' ? gibbs() : this.catalog.create('samplers', name, this.config.options[name]);
  }

  estimator(name: string, sampler: Sampler): Promise<GradientEstimator> {
    return this.catalog.create('estimators', name, this.config.options[name], { sampler });
  }

  dataset(name: string, context: LoadOptions): Promise<Dataset> {
    return this.catalog.create('datasets', name, this.config.options[name], context);
  }

  layer(name: string, units: number): Layer {
    return this.catalog.createLayer(name, units, this.config.options[name]);
  }

  energyModel(
    name: string,
    context: Required<Pick<FactoryContext, 'visible' | 'random'>> & Pick<FactoryContext, 'image'>,
  ): Promise<EnergyModel> {
    return this.catalog.create('energyModels', name, this.config.options[name], context);
  }

  optimizer(name: string): Promise<Optimizer> {
    return this.catalog.create('optimizers', name, this.config.options[name]);
  }

  backend(name: string): Promise<Backend> {
    return this.catalog.create('backends', name, this.config.options[name]);
  }

  monitor(name: string): Promise<Monitor> {
    return this.catalog.create('monitors', name, this.config.options[name]);
  }

  /** What makes the layers of plugins again from a model file, which keeps their settings. */
  get layerFactories(): Readonly<Record<string, LayerFactory>> {
    const names = this.catalog.entries().filter(({ kind }) => kind === 'layers');
    return Object.fromEntries(
      names.map(({ name }) => [name, (units, settings) => this.catalog.createLayer(name, units, settings)]),
    );
  }

  /** What makes the interactions of plugins again from a model file. */
  get interactionFactories(): Readonly<Record<string, InteractionFactory>> {
    const names = this.catalog.entries().filter(({ kind }) => kind === 'interactions');
    return Object.fromEntries(
      names.map(({ name }) => [name, (place, settings) => this.catalog.createInteraction(name, place, settings)]),
    );
  }

  /** The version of each plugin by its name; `null` for one that says none. */
  get versions(): Readonly<Record<string, string | null>> {
    return Object.fromEntries(
      this.catalog.plugins.map(({ name, version }, n) => [name, this.config.plugins[n]?.version ?? version ?? null]),
    );
  }

  /**
   * The package, with its version, of each kind of layer and interaction of a model that a plugin provides: what a model file says it
   * needs.
   */
  packagesOf({ layers, interactions }: EnergyModel): Readonly<Record<string, string>> {
    const used = new Set<string>([...layers, ...interactions].map(({ kind }) => kind));
    const provided = this.catalog
      .entries()
      .filter(({ kind, name }) => (kind === 'layers' || kind === 'interactions') && used.has(name));
    return Object.fromEntries(
      provided.map(({ name, plugin }) => {
        const version = this.versions[plugin.name];
        return [name, version ? `${plugin.name}@${version}` : plugin.name];
      }),
    );
  }
}
