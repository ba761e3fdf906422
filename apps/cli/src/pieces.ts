import { Catalog, type Dataset, type GradientEstimator, type LoadOptions, type Sampler } from '@rbm/core';
import { gibbs } from '@rbm/samplers';
import { type LoadedConfig, loadConfig } from './config.js';

/** Names that belong to the program. */
const builtIn = {
  samplers: ['gibbs'],
  estimators: ['cd', 'pcd', 'exact', 'pseudo-likelihood'],
  datasets: ['mnist', 'digits', 'bars-and-stripes'],
  backends: ['reference', 'wasm'],
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

  /** Those of the folder the program runs in. @throws as `loadConfig` and `Catalog`. */
  static async here(): Promise<Pieces> {
    return new Pieces(await loadConfig(process.cwd()));
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
}
