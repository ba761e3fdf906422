import { generator } from '@rbm/core';
import { definePlugin } from '@rbm/core/contracts';

/** Replace how samples are made: rows of `width` values each, the same for the same options. */
export function create({ count = 100, seed = 1 } = {}) {
  const width = 4;
  const random = generator(seed);
  const values = Uint8Array.from({ length: count * width }, (_, i) =>
    random.bernoulli(0.5, Math.floor(i / width), i % 2, 0, 0),
  );
  return { specVersion: 1, name: 'my/__NAME__', train: { values, count, width }, preparation: { seed } };
}

const options = {
  count: { type: 'integer', minimum: 1, default: 100, describe: 'Samples' },
  seed: { type: 'integer', minimum: 0, default: 1, describe: 'Seed of all that is random' },
};

export default () =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { datasets: 1 },
    provides: { datasets: { 'my/__NAME__': { options, create } } },
  });
