import { describe, expect, it } from 'vitest';
import type { Group } from './engine.js';
import { Grouper, joins } from './groups.js';
import {
  BERNOULLI,
  CUMULANTS,
  EXPECTED,
  FILL,
  PLAN,
  POTTS,
  SAMPLE,
  SUM_ROWS,
  UPDATE_WEIGHTS,
  VALUE_ENERGY,
} from './opcodes.js';

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

  it('takes means of inputs that were just summed, and then of others of as many units', () => {
    const means = [EXPECTED, BERNOULLI, 50, 128, 1, INPUTS];
    expect(joins([product], means)).toBe(true);
    expect(joins([product], means.with(5, INPUTS + 1))).toBe(false);
    expect(joins([product, means], means.with(5, INPUTS + 1))).toBe(true);
    expect(joins([product], means.with(1, POTTS))).toBe(false);
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

it('makes one group of small commands, which none that is cut into shares joins', () => {
  const found: Group[] = [];
  const grouper = new Grouper(2, (group) => found.push(group));
  const small = [FILL, 0, 4];
  for (const command of [small, small, product, small, small]) grouper.add(command);
  grouper.flush();
  expect(found).toEqual([[small, small], [product], [small, small]]);
});

it('adds nothing small to a group that is cut', () => {
  const found: Group[] = [];
  const grouper = new Grouper(2, (group) => found.push(group));
  // As many rows, but nothing to be gained by sharing its work.
  const smallEnergy = [CUMULANTS, BERNOULLI, 50, 10];
  const largeEnergy = [CUMULANTS, BERNOULLI, 50, 2000];
  for (const command of [[FILL, 0, 4], smallEnergy, largeEnergy]) grouper.add(command);
  grouper.flush();
  expect(found).toEqual([[[FILL, 0, 4], smallEnergy], [largeEnergy]]);
});

it('holds nothing back that has fewer panels than there are threads: its rows are cut', () => {
  const found: Group[] = [];
  new Grouper(5, (group) => found.push(group)).add(product);
  expect(found).toEqual([[product]]);
});
