import type { Generator } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { Branches } from './branches.js';

function outcomes(run: (random: Generator) => unknown): [unknown, number][] {
  const branches = new Branches();
  const found: [unknown, number][] = [];
  do {
    const outcome = run(branches.begin());
    found.push([outcome, branches.probability]);
  } while (branches.advance());
  return found;
}

describe('Branches', () => {
  it('visits every outcome of dependent draws once, with its probability', () => {
    const found = outcomes((random) => {
      const first = random.bernoulli(0.25, 0, 0, 0, 0);
      if (first === 0) return 'none';
      return random.categorical(Float64Array.of(9, 0.5, 0.5, 0), 1, 3, 0, 0, 1, 0);
    });
    expect(found).toEqual([
      ['none', 0.75],
      [0, 0.125],
      [1, 0.125],
    ]);
  });

  it('does not branch where nothing is left to chance', () => {
    expect(outcomes((random) => [random.bernoulli(0, 0, 0, 0, 0), random.bernoulli(1, 0, 1, 0, 0)])).toEqual([
      [[0, 1], 1],
    ]);
  });

  it('treats forks as addresses of their own', () => {
    const both = (random: Generator, label: string): number[] => [
      random.bernoulli(0.5, 0, 0, 0, 0),
      random.fork(label).bernoulli(0.5, 0, 0, 0, 0),
    ];
    expect(outcomes((random) => both(random, 'other'))).toHaveLength(4);
    expect(() => outcomes((random) => [...both(random, 'a'), random.fork('a').bernoulli(0.5, 0, 0, 0, 0)])).toThrow(
      /"a" \(chain 0, unit 0, step 0, draw 0\) is drawn from twice/,
    );
  });

  it.each<[string, (random: Generator) => unknown]>([
    ['uniform', (random) => random.uniform(0, 0, 0, 0)],
    ['normal', (random) => random.normal(0, 0, 0, 0)],
    ['key', (random) => random.key],
  ])('refuses %s', (_, run) => {
    expect(() => outcomes(run)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it('refuses what is no probability', () => {
    expect(() => outcomes((random) => random.bernoulli(Number.NaN, 0, 0, 0, 0))).toThrow(/probabilities/);
    expect(() => outcomes((random) => random.bernoulli(1.5, 0, 0, 0, 0))).toThrow(/probabilities/);
    expect(() => outcomes((random) => random.categorical(Float64Array.of(0.5, 0.4), 0, 2, 0, 0, 0, 0))).toThrow(
      expect.objectContaining({ code: 'DATA_INVALID' }),
    );
  });

  it('notices code that draws elsewhere when it is run again', () => {
    let run = 0;
    expect(() =>
      outcomes((random) => {
        random.bernoulli(0.5, run++, 0, 0, 0);
        random.bernoulli(0.5, 0, 1, 0, 0);
      }),
    ).toThrow(/replay/);
  });
});
