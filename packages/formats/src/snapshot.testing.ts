import type { TrainingSnapshot } from '@rbm/core/contracts';

/** A snapshot that has all that one may have, with names and numbers that are easily lost. */
export function fullSnapshot(): TrainingSnapshot {
  const numbers = (start: number): Float64Array => Float64Array.from({ length: 11 }, (_, i) => (start + i) / 3);
  const extra: Record<string, Float64Array | number | string> = {
    betas: Float64Array.of(0, 0.5, 1),
    tuneAt: Number.POSITIVE_INFINITY,
    nothing: -0,
    kind: 'ladder é',
    empty: new Float64Array(0),
  };
  Object.defineProperty(extra, '__proto__', { value: 'text', enumerable: true });
  return {
    version: 1,
    step: 7,
    seen: 28,
    phase: { number: 1, step: 2, seen: 8 },
    parameters: numbers(1),
    optimizer: { velocity: numbers(-4), 'offsets.of': numbers(1e300) },
    estimator: {
      steps: 7,
      chains: {
        chains: 2,
        sweeps: 2 ** 40,
        values: { visible: Float64Array.of(0, 1, 1, 1, 0, 0), hidden: Float64Array.of(1, 0, 0, 1) },
        extra,
      },
      extra: { hidden: Float64Array.of(Number.NEGATIVE_INFINITY, 5e-324, 0.1, -0.1) },
    },
    average: { sum: numbers(100), count: 3 },
    training: {
      model: {
        kind: 'rbm',
        layers: [
          { name: 'visible', kind: 'bernoulli', units: 3, settings: {}, visible: true },
          { name: 'hidden', kind: 'vendor/bit', units: 2, settings: { trials: 3, most: 'Infinity' }, visible: false },
        ],
        interactions: [{ name: 'weights', kind: 'dense', between: [0, 1] }],
        arrays: [
          { name: 'visible.bias', shape: [3] },
          { name: 'hidden.bias', shape: [2] },
          { name: 'weights', shape: [3, 2] },
        ],
        checksum: '0123456789abcdef',
      },
      data: { count: 14, width: 3, checksum: 'fedcba9876543210' },
      optimizer: { kind: 'centred-sgd', slots: ['velocity', 'offsets.of'], settings: { momentum: 0.5 } },
      phases: [
        { estimator: 'cd', settings: { k: 2 }, goesOn: false, rate: 0.1, batch: 4, epochs: 1.5, average: false },
        {
          estimator: 'tempered',
          settings: { sampler: 'temper', chains: 2 },
          goesOn: false,
          rate: { from: 0.1, to: 0 },
          batch: 4,
          epochs: 3,
          average: true,
        },
      ],
      key: [0xffffffff, 1],
      backend: 'wasm',
    },
  };
}
