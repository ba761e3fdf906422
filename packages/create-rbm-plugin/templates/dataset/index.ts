import { type Dataset, type Generator, generator, type Samples } from '@rbm/core';
import { definePlugin, type Plugin } from '@rbm/core/contracts';

/** Options of the dataset. */
export interface DatasetOptions {
  /** Training samples (default: 100). */
  readonly count?: number;
  /** Seed of all that is random (default: 1). */
  readonly seed?: number;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'my/__NAME__': DatasetOptions;
  }
}

const width = 6;

/** Pairs of equal bits: `x_0 = x_1`, `x_2 = x_3`, `x_4 = x_5`. The same samples for the same options. */
export function dataset({ count = 100, seed = 1 }: DatasetOptions = {}): Dataset {
  const random = generator(seed);
  return {
    specVersion: 1,
    name: 'my/__NAME__',
    train: draw(count, random.fork('train')),
    test: draw(Math.ceil(count / 4), random.fork('test')),
    // Recorded in run and model files: how to prepare new observations in the same way.
    preparation: { seed },
  };
}

/** Replace how samples are made or read: `count` rows of `width` values. */
function draw(count: number, random: Generator): Samples {
  const values = new Uint8Array(count * width);
  for (let n = 0; n < values.length; n++) {
    const [row, unit] = [Math.floor(n / width), n % width];
    values[n] = random.bernoulli(0.5, row, Math.floor(unit / 2), 0, 0);
  }
  return { values, count, width };
}

export default (): Plugin =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { datasets: 1 },
    provides: {
      datasets: {
        'my/__NAME__': {
          options: {
            count: { type: 'integer', minimum: 1, default: 100, describe: 'Training samples' },
            seed: { type: 'integer', minimum: 0, default: 1, describe: 'Seed of all that is random' },
          },
          create: dataset,
        },
      },
    },
  });
