import { enumerate } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { jointDistribution } from './joint.js';
import { randomDeepBoltzmannMachine, randomRbm } from './models.js';

describe('randomRbm', () => {
  it('has the shape and scale that were asked for', () => {
    const { layers, parameters } = randomRbm({ visible: 30, hidden: 20, scale: 0.5, seed: 1 });
    expect(layers.map((layer) => layer.units)).toEqual([30, 20]);
    expect(parameters).toHaveLength(30 + 20 + 600);
    const variance = parameters.reduce((sum, x) => sum + x * x, 0) / parameters.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
  });

  it('is another model for another seed, and the same for the same', () => {
    const make = (seed: number) => randomRbm({ visible: 2, hidden: 2, scale: 1, seed }).parameters;
    expect(make(1)).toEqual(make(1));
    expect(make(1)).not.toEqual(make(2));
  });
});

describe('jointDistribution', () => {
  it.each([
    ['a restricted machine', randomRbm({ visible: 4, hidden: 3, scale: 1, seed: 3 })],
    ['a deep one', randomDeepBoltzmannMachine({ widths: [3, 2, 2], scale: 1, seed: 3 })],
  ])('agrees with the enumeration that sums out a block: %s', async (_, model) => {
    const joint = jointDistribution(model, 128);
    const exact = await enumerate(model);
    expect(joint.count).toBe(128);
    expect(joint.visibleCount).toBe(2 ** (model.layers[0]?.units as number));
    expect(joint.logPartition).toBeCloseTo(exact.logPartition, 12);
    model.names.forEach((name, l) => {
      const units = model.layers[l]?.units as number;
      for (let i = 0; i < units; i++) {
        const mean = joint.probabilities.reduce(
          (sum, p, n) => sum + p * (joint.values[l]?.[n * units + i] as number),
          0,
        );
        expect(mean).toBeCloseTo(exact.means[name]?.[i] as number, 12);
      }
    });
  });
});
