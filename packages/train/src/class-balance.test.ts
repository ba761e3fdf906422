import { bernoulli, generator, rbm, reference, type Samples } from '@rbm/core';
import { digits } from '@rbm/datasets';
import { gibbs } from '@rbm/samplers';
import { describe, expect, it } from 'vitest';
import { classBalance, classShares } from './class-balance.js';
import { trainClassifier } from './classifier.js';
import { cd } from './contrastive-divergence.js';
import { chainClasses } from './monitors/chain-classes.js';
import { pcd } from './persistent-contrastive-divergence.js';
import { sgd } from './sgd.js';
import { train } from './train.js';

const data = digits();
const classifier = trainClassifier({ samples: data.train, random: generator(1) });

describe('trainClassifier', () => {
  it('tells digits that it was not trained on', () => {
    expect(classifier.accuracy(data.test as Samples)).toBeGreaterThan(0.88);
    expect(classifier).toMatchObject({ classes: 10, width: 64 });
  });

  it('is a function of the seed', () => {
    const { values, count } = data.test as Samples;
    const again = trainClassifier({ samples: data.train, random: generator(1) });
    expect(again.classify(values, count)).toEqual(classifier.classify(values, count));
  });

  it('refuses samples without labels, or of one class', () => {
    const { labels: _, ...bare } = data.train;
    const random = generator(1);
    for (const samples of [bare, { ...data.train, labels: new Uint8Array(data.train.count) }]) {
      expect(() => trainClassifier({ samples, random })).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    }
  });
});

describe('classBalance', () => {
  const labelled = { classes: 3, width: 1, classify: (v: ArrayLike<number>) => Uint8Array.from(v), accuracy: () => 1 };

  it('is the total variation of the shares', () => {
    const samples = classShares(labelled, Uint8Array.of(0, 0, 1, 2), 4);
    const wanted = classShares(labelled, Uint8Array.of(0, 1, 1, 1), 4);
    expect(Array.from(samples.shares)).toEqual([0.5, 0.25, 0.25]);
    expect(classBalance(samples, wanted).totalVariation).toBe(0.5);
    expect(classBalance(wanted, wanted).totalVariation).toBe(0);
  });

  it('knows what chance alone makes of it', () => {
    const random = generator(3);
    const probabilities = Float64Array.of(0.2, 0.3, 0.5);
    const draw = (count: number, chain: number): Uint8Array =>
      Uint8Array.from({ length: count }, (_, n) => random.categorical(probabilities, 0, 3, chain, n, 0, 0));
    let sum = 0;
    const wanted = { shares: probabilities, count: 1e9 };
    for (let trial = 0; trial < 400; trial++) {
      sum += classBalance(classShares(labelled, draw(100, trial), 100), wanted).totalVariation / 400;
    }
    const { noiseFloor } = classBalance({ shares: probabilities, count: 100 }, wanted);
    // 400 trials scatter by about 2 % of the mean.
    expect(sum / noiseFloor).toBeGreaterThan(0.93);
    expect(sum / noiseFloor).toBeLessThan(1.07);
  });

  it('refuses values of another width', () => {
    expect(() => classShares(labelled, new Uint8Array(5), 4)).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
    );
  });
});

describe('chainClasses', () => {
  const run = async (estimator: ReturnType<typeof cd>): Promise<Readonly<Record<string, number>>> => {
    let metrics: Readonly<Record<string, number>> = {};
    for await (const record of train({
      model: rbm({ visible: bernoulli(64), hidden: bernoulli(4), random: generator(1), scale: 0.1 }),
      data: data.train,
      backend: reference(),
      estimator,
      optimizer: sgd(),
      rate: 0,
      batch: 100,
      epochs: 0.1,
      random: generator(1),
      monitors: [chainClasses({ classifier, data: data.train })],
    })) {
      metrics = record.metrics;
    }
    return metrics;
  };

  it('judges chains, where there are any', async () => {
    expect(await run(cd())).toEqual({});
    const { classTotalVariation, classNoiseFloor } = await run(pcd({ sampler: gibbs() }));
    expect(classNoiseFloor).toBeCloseTo(0.126, 2);
    // A model that has learned nothing makes noise of one class or another.
    expect(classTotalVariation).toBeGreaterThan(0.2);
  });
});
