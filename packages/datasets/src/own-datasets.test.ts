import { bernoulli } from '@rbm/core';
import { datasetSuite } from '@rbm/testkit';
import { describe, it } from 'vitest';
import { barsAndStripes } from './bars-and-stripes.js';
import { digits } from './digits.js';

describe('bars and stripes', () =>
  datasetSuite({
    it,
    dataset: () => barsAndStripes(4),
    layer: bernoulli(16),
    refused: [
      { name: 'a side of 1', code: 'ARGUMENT_INVALID', load: () => barsAndStripes(1) },
      { name: 'a side of 17', code: 'SIZE_LIMIT', load: () => barsAndStripes(17) },
    ],
  }));

describe('bars and stripes of coins', () =>
  datasetSuite({ it, dataset: () => barsAndStripes(3, { distribution: 'coin' }), layer: bernoulli(9) }));

// Disjoint by sample, not by value: thresholded, some hands draw the same pixels.
describe('digits', () => datasetSuite({ it, dataset: () => digits(), layer: bernoulli(64) }));
