import { enumerate, exactGradient, generator, reference, type Samples } from '@rbm/core';
import { randomDeepBoltzmannMachine, randomRbm } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { gradients, withEstimation } from './estimators.testing.js';
import { exact } from './exact-gradient.js';
import { visibleChain } from './visible-chain.testing.js';

const model = randomRbm({ visible: 3, hidden: 2, scale: 1.5, seed: 8 });

describe('the exact gradient', () => {
  it('is the difference of averages over the data and over the model, by formula', async () => {
    const data: Samples = { values: Float32Array.of(1, 0, 1, 0.25, 0.5, 1), count: 2, width: 3 };
    const chain = visibleChain(model);
    const negative = chain.average(chain.stationary);
    const positive = [chain.statistics([1, 0, 1]), chain.statistics([0.25, 0.5, 1])] as const;
    const [found] = await gradients(model, data, exact(), 1);
    found?.forEach((g, i) => {
      const mean = ((positive[0][i] as number) + (positive[1][i] as number)) / 2;
      expect(g).toBeCloseTo((negative[i] as number) - mean, 12);
    });
  });

  it('counts weights as copies', async () => {
    const weights = Float64Array.of(3, 1);
    const weighted: Samples = { values: Uint8Array.of(1, 0, 1, 0, 0, 1), count: 2, width: 3, weights };
    const copies: Samples = { values: Uint8Array.of(1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1), count: 4, width: 3 };
    const [[a], [b]] = [await gradients(model, weighted, exact(), 1), await gradients(model, copies, exact(), 1)];
    a?.forEach((g, i) => {
      expect(g).toBeCloseTo(b?.[i] as number, 12);
    });
  });

  it('is taken at the live parameters, not at those the program began with', () =>
    withEstimation(model, { values: Uint8Array.of(1, 0, 1), count: 1, width: 3 }, exact(), async (bench) => {
      const { program, batch, estimation } = bench;
      const moved = { ...model, parameters: model.parameters.map((x) => 0.5 - x) };
      program.backend.write(program.parameters, moved.parameters);
      const { gradient } = await estimation.estimate(batch, await estimation.init(generator(1)), generator(1));
      const data = { values: Uint8Array.of(1, 0, 1), count: 1, width: 3 };
      const wanted = exactGradient(moved, data, await enumerate(moved)).gradient;
      (await program.backend.read(gradient)).forEach((g, i) => {
        expect(g).toBeCloseTo(wanted[i] as number, 12);
      });
    }));

  it('refuses more states than its limit', () => {
    const data = { values: Uint8Array.of(1, 0, 1), count: 1, width: 3 };
    return expect(gradients(model, data, exact({ limit: 3 }), 1)).rejects.toMatchObject({ code: 'SIZE_LIMIT' });
  });

  it('refuses hidden layers that interact, and allocates nothing', async () => {
    const backend = reference();
    const program = await backend.prepare(randomDeepBoltzmannMachine({ widths: [2, 2, 2], scale: 1, seed: 1 }));
    const baseline = backend.memory();
    expect(() => exact().bind(program, 3)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    expect(backend.memory()).toEqual(baseline);
  });
});
