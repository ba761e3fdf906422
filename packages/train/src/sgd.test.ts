import { bernoulli, rbm } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { sgd } from './sgd.js';

const { layout } = rbm({ visible: bernoulli(1), hidden: bernoulli(1) });

describe('sgd', () => {
  it('goes against the gradient', () => {
    const parameters = Float64Array.of(1, 2, 3);
    sgd().update(Float64Array.of(1, -1, 10), [new Float64Array(3)], parameters, { rate: 0.1, step: 0 }, layout);
    expect(Array.from(parameters)).toEqual([0.9, 2.1, 2]);
  });

  it('keeps a share of the last step', () => {
    const optimizer = sgd({ momentum: 0.5 });
    const parameters = Float64Array.of(0, 0, 0);
    const slots = optimizer.init(parameters);
    for (let step = 0; step < 3; step++) {
      optimizer.update(Float64Array.of(1, 0, 0), slots, parameters, { rate: 1, step }, layout);
    }
    // Steps of 1, 1.5 and 1.75.
    expect(parameters[0]).toBe(-4.25);
    expect(slots[0]?.[0]).toBe(-1.75);
  });

  it('decays weights, not biases', () => {
    const parameters = Float64Array.of(1, 1, 1);
    sgd({ weightDecay: 0.5 }).update(
      new Float64Array(3),
      [new Float64Array(3)],
      parameters,
      { rate: 0.1, step: 0 },
      layout,
    );
    expect(layout.arrays[2]?.name).toBe('weights');
    expect(Array.from(parameters)).toEqual([1, 1, 0.95]);
  });

  it.each([
    { momentum: 1 },
    { momentum: -0.1 },
    { momentum: Number.NaN },
    { weightDecay: -1 },
    { weightDecay: Number.NaN },
  ])('refuses %o', (options) => {
    expect(() => sgd(options)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});
