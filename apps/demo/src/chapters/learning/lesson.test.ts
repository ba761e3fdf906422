import { bernoulli, generator, rbm, reference } from '@rbm/core';
import { barsAndStripes } from '@rbm/datasets';
import { cd, exact, sgd, train } from '@rbm/train';
import { describe, expect, it } from 'vitest';
import { compare, Learner, type Method, type Report } from './lesson.js';
import { watch } from './watched-estimator.js';

const lesson = { id: 1, side: 3, hidden: 8, seed: 1 };
const exactly: Method = { estimator: 'exact', k: 1, copies: 1, rate: 0.5 };

async function learn(learner: Learner, reports: number): Promise<Report> {
  let report = await learner.look();
  for (let n = 0; n < reports; n++) report = await learner.advance();
  return report;
}

describe('a lesson', () => {
  it('with the exact gradient ends near the data, all along at no angle to it', async () => {
    const learner = new Learner(lesson, exactly);
    const before = await learner.look();
    expect(before.comparison).toBeUndefined();
    const first = await learner.advance();
    expect(first.comparison?.cosine).toBeCloseTo(1, 10);
    expect(first.comparison?.length).toBeCloseTo(first.comparison?.exactLength ?? 0, 10);
    const { divergence, mass, step } = await learn(learner, 199);
    expect(step).toBe(1000);
    expect(divergence).toBeLessThan(0.3);
    expect(divergence).toBeLessThan(before.divergence / 10);
    // The pictures cannot be given more than everything: KL ≥ −log(mass).
    expect(divergence).toBeGreaterThanOrEqual(-Math.log(mass));
    await learner.close();
  });

  it('goes on from its weights when the method changes', async () => {
    const learner = new Learner(lesson, exactly);
    const { divergence, weights } = await learn(learner, 60);
    await learner.change({ ...exactly, estimator: 'pcd', rate: 0.001 });
    const after = await learner.advance();
    expect(after.step).toBe(305);
    expect(Math.abs(after.divergence - divergence)).toBeLessThan(0.01);
    expect(after.weights.every((w, n) => Math.abs(w - (weights[n] as number)) < 0.01)).toBe(true);
    await learner.close();
  });

  it('shows phases whose difference the estimator gave, and its bias', async () => {
    const learner = new Learner(lesson, { estimator: 'cd', k: 1, copies: 20, rate: 0.2 });
    const { positive, negative, exactNegative, comparison, smoothed, divergence } = await learn(learner, 200);
    expect(positive).toHaveLength(72);
    expect(negative).not.toEqual(exactNegative);
    // Of 280 chains the noise is small, and yet the step is much too short: CD-1 starts at the data.
    expect(comparison?.length).toBeLessThan(0.6 * (comparison?.exactLength ?? 0));
    expect(smoothed?.length).toBeLessThan(0.6 * (smoothed?.exactLength ?? 0));
    expect(smoothed?.length).toBeLessThan(comparison?.length ?? 0);
    expect(divergence).toBeLessThan(2);
    await learner.change({ estimator: 'exact', k: 1, copies: 1, rate: 0.01 });
    expect((await learner.advance()).smoothed).toBeUndefined();
    expect((await learn(learner, 19)).smoothed?.cosine).toBeCloseTo(1, 10);
    await learner.close();
  });
});

describe('a watched estimator', () => {
  it('trains to the same bits as the estimator itself', async () => {
    const { train: data } = barsAndStripes(3);
    const results = [];
    for (const estimator of [cd({ k: 2 }), watch(cd({ k: 2 }), 3).estimator]) {
      const model = rbm({ visible: bernoulli(9), hidden: bernoulli(4), random: generator(2) });
      const settings = { optimizer: sgd(), rate: 0.1, batch: 14, epochs: 20, random: generator(2) };
      for await (const _ of train({ model, data, backend: reference(), estimator, ...settings }));
      results.push(model.parameters);
    }
    expect(results[0]).toEqual(results[1]);
  });

  it('keeps what was estimated, where', async () => {
    const { train: data } = barsAndStripes(3);
    const watched = watch(exact(), 2);
    expect(watched.last()).toBeUndefined();
    const model = rbm({ visible: bernoulli(9), hidden: bernoulli(4), random: generator(2) });
    const settings = { optimizer: sgd(), rate: 0.1, batch: 14, epochs: 2, random: generator(2) };
    for await (const _ of train({ model, data, backend: reference(), estimator: watched.estimator, ...settings }));
    const seen = watched.last();
    // The last update was made from it.
    const expected = model.parameters.map((p, i) => p + 0.1 * (seen?.gradient[i] as number));
    expect(seen?.parameters.every((p, i) => Math.abs(p - (expected[i] as number)) < 1e-12)).toBe(true);
    expect(seen?.phases?.positive).toHaveLength(model.parameters.length);
  });

  it('is compared by angle and length', () => {
    const comparison = compare(Float64Array.of(3, 4), Float64Array.of(8, 6));
    expect(comparison).toEqual({ cosine: 0.96, length: 5, exactLength: 10 });
  });
});
