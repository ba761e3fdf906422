import { describe, expect, it } from 'vitest';
import type { Group } from './engine.js';
import { Grouper, joins } from './groups.js';
import { BERNOULLI, CUMULANTS, FILL, PLAN, POTTS, SAMPLE, SUM_ROWS, UPDATE_WEIGHTS, VALUE_ENERGY } from './opcodes.js';

const [BITS_OF_SENDER, FLAGS, OTHER_FLAGS, INPUTS, STATES] = [1000, 2000, 3000, 4000, 5000];

/** 50 rows of 40 words, by a matrix of 4 panels. */
const product = [SUM_ROWS, BITS_OF_SENDER, 50, 40, 0, FLAGS, 0, 0, 0, 40, 4, INPUTS, 0, 0];
const sample = (kind: number, inputs: number, out: number): number[] => [
  SAMPLE,
  kind,
  50,
  128,
  1,
  inputs,
  0,
  0,
  1,
  0,
  out,
];
const plan = (bits: number, flags: number): number[] => [PLAN, bits, 50, 4, 0, 1, flags, 25];

describe('what joins a group', () => {
  it('draws from inputs that were just summed, but not the units that sent them, nor row by row', () => {
    expect(joins([product], sample(BERNOULLI, INPUTS, STATES))).toBe(true);
    expect(joins([product], sample(BERNOULLI, INPUTS + 1, STATES))).toBe(false);
    expect(joins([product], sample(BERNOULLI, INPUTS, BITS_OF_SENDER))).toBe(false);
    expect(joins([product], sample(POTTS, INPUTS, STATES))).toBe(false);
  });

  it('plans with states that were just drawn, but not over a plan that is in use', () => {
    const group = [product, sample(BERNOULLI, INPUTS, STATES)];
    expect(joins(group, plan(STATES, OTHER_FLAGS))).toBe(true);
    expect(joins(group, plan(STATES, FLAGS))).toBe(false);
    expect(joins(group, plan(BITS_OF_SENDER, OTHER_FLAGS))).toBe(false);
  });

  it('changes weights by statistics that were just summed, if they are as many', () => {
    const statistics = product.with(2, 96);
    const update = [UPDATE_WEIGHTS, 1, INPUTS, 2, 4, 3, 6, 0, 0.1, 0];
    expect(joins([statistics], update)).toBe(true);
    expect(joins([statistics], update.with(2, STATES))).toBe(false);
    expect(joins([statistics], update.with(5, 4))).toBe(false);
  });

  it('adds energies to energies of as many rows', () => {
    const values = [VALUE_ENERGY, BERNOULLI, 0, 50];
    expect(joins([values], [CUMULANTS, BERNOULLI, 50])).toBe(true);
    expect(joins([values], [CUMULANTS, BERNOULLI, 51])).toBe(false);
    expect(joins([values], product)).toBe(false);
  });
});

it('hands on what is held back, in order', () => {
  const found: Group[] = [];
  const grouper = new Grouper(2, (group) => found.push(group));
  const drawn = sample(BERNOULLI, INPUTS, STATES);
  for (const command of [product, drawn, [FILL, 0, 4], product]) grouper.add(command);
  expect(found).toEqual([[product, drawn], [[FILL, 0, 4]]]);
  grouper.flush();
  grouper.flush();
  expect(found).toEqual([[product, drawn], [[FILL, 0, 4]], [product]]);
});

it('holds nothing back that has fewer panels than there are threads: its rows are cut', () => {
  const found: Group[] = [];
  new Grouper(5, (group) => found.push(group)).add(product);
  expect(found).toEqual([[product]]);
});
