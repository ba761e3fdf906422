import type { NamedOptions, Plugin } from '@rbm/core/contracts';

/** What `rbm.config.ts` says. */
export interface Config {
  /** Plugins as objects, or names of packages installed beside the config whose default export makes one. */
  readonly plugins?: readonly (Plugin | string)[];
  /** Options of named pieces, by name. */
  readonly options?: NamedOptions;
}

/** The config itself: gives its author the types, and does nothing else. */
export function defineConfig(config: Config): Config {
  return config;
}
