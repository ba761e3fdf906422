import { bernoulli, binomial, gaussian, hopfield, potts, RbmError, rbm, type Samples, spin } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { oneHot } from '@rbm/datasets';
import type { ModelDetails } from '@rbm/formats';
import { describe, expect, it } from 'vitest';
import {
  checkImage,
  checkShape,
  explainLetters,
  matchAlphabet,
  matchDataset,
  matchModel,
  type ParsedData,
  requireStates,
  type TargetModel,
} from './model-match.js';

function targetOf(visible: Layer, details: ModelDetails = {}): TargetModel {
  return { model: rbm({ visible, hidden: bernoulli(2) }), details };
}

const rows = (...table: readonly (readonly number[])[]): Samples => ({
  values: Float64Array.from(table.flat()),
  count: table.length,
  width: (table[0] as readonly number[]).length,
});

/** What becomes of some rows: their values and the notes, or the code and message of the error. */
function match(
  samples: Samples,
  target: TargetModel,
  { hasThreshold = false, ...about }: Partial<ParsedData> & { hasThreshold?: boolean } = {},
): { values?: number[]; notes: string[]; error?: string } {
  const notes: string[] = [];
  try {
    const change = matchModel({ name: 'x.csv', parts: [samples], ...about }, target, {
      hasThreshold,
      log: (line) => notes.push(line),
    });
    return { values: Array.from(change(samples).values), notes };
  } catch (error) {
    if (!RbmError.isInstance(error)) throw error;
    return { notes, error: `${error.code} ${error.message}` };
  }
}

const grey = (maximum: number): ModelDetails => ({
  preparation: { binarisation: 'threshold', threshold: maximum / 2, maximum },
});

describe('width', () => {
  it('of a table and of an array, with both sides named', () => {
    const target = targetOf(bernoulli(8));
    expect(match(rows([0, 1, 0, 1, 0, 1, 0]), target).error).toBe(
      'SHAPE_MISMATCH x.csv: data have 7 columns, the model has 8 visible units.',
    );
    const image = rows(Array.from({ length: 24 }, (_, i) => i % 2));
    expect(match(image, target, { shape: [1, 8, 3] }).error).toBe(
      'SHAPE_MISMATCH x.csv: data have 24 columns (an array of 1 × 8 × 3), the model has 8 visible units.',
    );
    expect(match(rows([0, 1]), { model: hopfield({ visible: spin(3) }), details: {} }).error).toContain(
      'data have 2 columns, the model has 3 visible units.',
    );
  });

  it('of Potts units counts units, and one-hot columns of the same shape are read as such', () => {
    const target = targetOf(potts(2, { categories: 3 }));
    expect(match(rows([0, 1, 2]), target).error).toContain(
      'data have 3 columns, the model has 2 visible units of 3 categories.',
    );
    expect(match(rows([0, 1, 0, 0, 0, 1]), target)).toEqual({
      values: [1, 2],
      notes: ['Note: x.csv: 6 columns of 0 and 1 are read as 2 one-hot units of 3 categories.'],
    });
    // Another shape with as many columns: two ones in a block of three.
    expect(match(rows([0, 1, 0, 1, 1, 0]), target).error).toContain('data have 6 columns');
    expect(match(rows([0, 1, 0, 1, 0, 0, 0, 1]), target, { shape: [1, 2, 4] }).error).toContain(
      'data have 8 columns (an array of 1 × 2 × 4), the model has 2 visible units of 3 categories.',
    );
  });

  it('of images is their shape too', () => {
    const attempt = (image?: readonly [number, number]) =>
      checkImage({ name: 'x.npy', image }, targetOf(bernoulli(6), { image: [2, 3] }));
    expect(() => [attempt(), attempt([2, 3])]).not.toThrow();
    expect(() => attempt([3, 2])).toThrow('x.npy: data are images of 3 × 2 pixels, the model has images of 2 × 3.');
  });

  it('of named columns is compared with their names, in order', () => {
    const target = targetOf(bernoulli(2), { preparation: { columnNames: '["left","right"]' } });
    expect(match(rows([0, 1]), target, { columns: ['left', ' right'] }).notes).toEqual([]);
    expect(match(rows([0, 1]), target).notes).toEqual([]);
    expect(match(rows([0, 1]), target, { columns: ['left', 'up'] }).notes).toEqual([
      'Warning: x.csv: data have other columns than the model: column 2 is "up", the model\'s is "right". They are taken in the order of the file.',
    ]);
    expect(match(rows([0, 1, 1]), target, { columns: ['a', 'b', 'c'] }).error).toContain('data have 3 columns');
  });

  it('of data that an interrupted training goes on with', () => {
    expect(() => checkShape('x.csv', { units: 8 }, { units: 8 })).not.toThrow();
    expect(() => checkShape('x.csv', { units: 7 }, { units: 8 })).toThrow(
      'x.csv: data have 7 columns, the model has 8 visible units.',
    );
    expect(() => checkShape('x.csv', { units: 8, categories: 4 }, { units: 8, categories: 5 })).toThrow(
      'x.csv: data have 4 categories, the model has 8 visible units of 5 categories.',
    );
  });
});

describe('coding', () => {
  it('−1 and 1 for units of 0 and 1 are converted, with a note', () => {
    for (const visible of [bernoulli(3), spin(3)]) {
      const target = targetOf(visible, { preparation: visible.kind === 'spin' ? { spins: '0, 1' } : {} });
      expect(match(rows([-1, 1, 1], [1, -1, -1]), target)).toEqual({
        values: [0, 1, 1, 1, 0, 0],
        notes: ['Note: x.csv: data have −1 and 1, the model 0 and 1: −1 is read as 0.'],
      });
    }
  });

  it('0 and 1 for units of −1 and 1 too', () => {
    const target = targetOf(spin(3), { preparation: { spins: '-1, 1' } });
    expect(match(rows([0, 1, 1]), target)).toEqual({
      values: [-1, 1, 1],
      notes: ['Note: x.csv: data have 0 and 1, the model −1 and 1: 0 is read as −1.'],
    });
    expect(match(rows([1, 1, 1]), target)).toEqual({ values: [1, 1, 1], notes: [] });
    expect(match(rows([-1, 1, 1]), target)).toEqual({ values: [-1, 1, 1], notes: [] });
  });

  it('of both is refused', () => {
    expect(match(rows([-1, 0, 1]), targetOf(bernoulli(3), { preparation: { maximum: 1 } })).error).toContain(
      "data go from -1 to 1, the model's training data from 0 to 1",
    );
    expect(match(rows([-1, 0, 1]), targetOf(spin(3), { preparation: { spins: '-1, 1' } })).error).toContain(
      'data go from -1 to 1, the model has spins −1 and 1',
    );
  });

  it('of spins without a record is noted', () => {
    expect(match(rows([0, 1, 1]), targetOf(spin(3))).notes).toEqual([expect.stringContaining('0 is read as −1')]);
  });
});

describe('scale', () => {
  it('0 to 1 for a model of 0 to 255 is multiplied, with a note, unless a threshold is given', () => {
    const samples = rows([0, 0.25, 1]);
    expect(match(samples, targetOf(bernoulli(3), grey(255)))).toEqual({
      values: [0, 63.75, 255],
      notes: [
        "Note: x.csv: data go from 0 to 1, the model's training data from 0 to 255: multiplied by 255 (otherwise: --threshold).",
      ],
    });
    expect(match(samples, targetOf(bernoulli(3), grey(255)), { hasThreshold: true })).toEqual({
      values: [0, 0.25, 1],
      notes: [],
    });
    expect(match(rows([0, 1, 1]), targetOf(bernoulli(3), grey(255))).values).toEqual([0, 255, 255]);
    expect(match(rows([-1, 1, 1]), targetOf(bernoulli(3), grey(255))).values).toEqual([0, 255, 255]);
    expect(match(rows([0, 0, 0]), targetOf(bernoulli(3), grey(255)))).toEqual({ values: [0, 0, 0], notes: [] });
  });

  it.each<[string, number[], ModelDetails]>([
    ['0 to 255 for a model of 0 to 1', [0, 100, 255], grey(1)],
    ['0 to 255 for a model of 0 and 1', [0, 100, 255], { preparation: { binarisation: 'none', maximum: 1 } }],
    ['0 to 255 for a model of 0 to 16', [0, 100, 255], grey(16)],
    ['0 to 255 for means of 0 to 16', [0, 100, 255], { preparation: { binarisation: 'none', maximum: 16 } }],
    ['−1 to 1 for means', [-1, 0.5, 1], { preparation: { binarisation: 'none', maximum: 255 } }],
    ['0 to 16 for a model of 0 to 255', [0, 5, 16], grey(255)],
    ['−0.5 to 0.5 for a model of 0 to 255', [-0.5, 0, 0.5], grey(255)],
  ])('%s is refused, with both ranges', (_, row, details) => {
    const { error } = match(rows(row), targetOf(bernoulli(3), details));
    expect(error).toContain(
      `DATA_INVALID x.csv: data go from ${row[0]} to ${row[2]}, the model's training data from 0`,
    );
    expect(error).toContain('Use --threshold');
  });

  it('a little beyond the training data is noted, and the same scale is not', () => {
    expect(match(rows([0, 5, 15]), targetOf(bernoulli(3), grey(14))).notes).toEqual([
      "Note: x.csv: data go from 0 to 15, the model's training data from 0 to 14; the threshold 7 is kept.",
    ]);
    expect(match(rows([0, 5, 14]), targetOf(bernoulli(3), grey(14))).notes).toEqual([]);
    expect(match(rows([0, 0.5, 1 + 1e-12]), targetOf(bernoulli(3), { preparation: { maximum: 1 } })).notes).toEqual([]);
  });

  it('of a named data set is compared by its record', () => {
    const log = (): void => {};
    const dataset = {
      specVersion: 1 as const,
      name: 'digits',
      train: rows([0, 0, 0]),
      preparation: { binarisation: 'threshold', maximum: 16 },
    };
    const attempt = (details: ModelDetails, binarise?: 'threshold') =>
      matchDataset(
        dataset,
        { data: 'digits', ...(binarise && { binarise }) },
        { ...targetOf(bernoulli(3), details), log },
      );
    expect(attempt(grey(16)).train.count).toBe(1);
    expect(() => attempt(grey(255))).toThrow("data go from 0 to 16, the model's training data from 0 to 255");
    expect(attempt(grey(255), 'threshold').train.count).toBe(1);
    expect(() =>
      matchDataset({ ...dataset, train: rows([0, 1]) }, { data: 'digits' }, { ...targetOf(bernoulli(3)), log }),
    ).toThrow('digits: data have 2 columns, the model has 3 visible units.');
  });

  it('of real numbers far from the training data brings a warning', () => {
    const standardisation = { mean: Float64Array.of(1.7, 60), scale: Float64Array.of(0.1, 10) };
    const target = targetOf(gaussian(2), { standardisation });
    expect(match(rows([170, 61], [180, 70]), target).notes).toEqual([
      "Warning: x.csv: 1 of 2 columns are far from the model's training data: column 0 (from 0) has mean 175, there 1.7 ± 0.1. Are they in the same units?",
    ]);
    expect(match(rows([1.9, 61], [1.8, 70]), target).notes).toEqual([]);
  });

  it('of counts beyond the trials is refused', () => {
    expect(match(rows([1, 9]), targetOf(binomial(2, { trials: 8 }))).error).toContain(
      'data go up to 9, the model has units from 0 to 8',
    );
  });
});

describe('categories and letters', () => {
  const target = targetOf(potts(2, { categories: 5 }));

  it('of another number are refused, counted from 1 converted, and fewer noted', () => {
    expect(match(rows([0, 6]), target).error).toContain('data go from 0 to 6, the model has categories from 0 to 4');
    expect(match(rows([0, 5]), target).error).toContain('data go from 0 to 5, the model has categories from 0 to 4');
    expect(match(rows([1, 0.5]), target).error).toContain(
      'data go from 0.5 to 1, the model has categories from 0 to 4',
    );
    expect(match(rows([1, 5]), target)).toMatchObject({
      values: [0, 4],
      notes: [expect.stringMatching(/from 1 to 5, the model from 0 to 4: 1 is read as 0/)],
    });
    expect(match(rows([1, 2]), target)).toMatchObject({
      values: [1, 2],
      notes: [expect.stringContaining('categories up to 2')],
    });
    expect(match(rows([1, 4]), target).notes).toEqual([]);
    expect(match(rows([0, 1]), target, { areNamed: true }).notes).toEqual([]);
    // Of a model that counts from 1; the values are counted down afterwards.
    const ratings = targetOf(potts(2, { categories: 5 }), { preparation: { firstCategory: 1 } });
    expect(match(rows([1, 5]), ratings)).toEqual({ values: [1, 5], notes: [] });
    expect(match(rows([0, 4]), ratings)).toMatchObject({
      values: [1, 5],
      notes: [expect.stringContaining('0 is read')],
    });
    expect(match(rows([0, 5]), ratings).error).toContain('data go from 0 to 5, the model has categories from 1 to 5');
    expect(match(rows([0, 0, 0, 0, 1, 1, 0, 0, 0, 0]), ratings).values).toEqual([5, 1]);
    expect(match(rows([0, 4]), ratings, { firstCategory: 0 }).values).toEqual([0, 4]);
  });

  it('of another alphabet are refused, with both named', async () => {
    const notes: string[] = [];
    const attempt = (letters: string, to: TargetModel) =>
      matchAlphabet('x.fasta', letters, { ...to, log: (line) => notes.push(line) });
    const own = targetOf(potts(2, { categories: 3 }), { preparation: { alphabet: 'ABC' } });
    expect(() => attempt('ABC', own)).not.toThrow();
    expect(() => attempt('-ACGT', own)).toThrow('sequences of the alphabet "-ACGT", the model has the alphabet "ABC"');
    expect(() => attempt('-ACGT', targetOf(bernoulli(2)))).toThrow('the model has bernoulli units');
    expect(() => attempt('ABC', target)).toThrow('(3 categories), the model has units of 5 categories and no alphabet');
    expect(notes).toEqual([]);
    attempt('-ACGT', target);
    expect(notes).toEqual([expect.stringContaining('the model names no alphabet')]);
    const failing = (): never => {
      throw new RbmError('FILE_INVALID', 'column 1 is "Q", which is not in the alphabet "-ACGT".');
    };
    await expect(explainLetters({ preparation: { alphabet: '-ACGT' } }, failing)).rejects.toThrow(
      /The model has the alphabet "-ACGT"\./,
    );
    await expect(explainLetters(undefined, failing)).rejects.toThrow(/"-ACGT"\.$/);
  });

  it('of DNA for a model of protein bring a warning', () => {
    const letters = '-ACDEFGHIKLMNPQRSTVWY';
    const protein = targetOf(potts(4, { categories: 21 }), { preparation: { alphabet: letters } });
    const read = (sequence: string) => rows([...sequence].map((letter) => letters.indexOf(letter)));
    expect(match(read('ACGT'), protein, { letters }).notes).toEqual([
      'Warning: x.csv: only the letters A, C, G, T occur, as in DNA; the model is of protein.',
    ]);
    expect(match(read('ACGW'), protein, { letters }).notes).toEqual([]);
  });
});

it('grey levels have no likelihood under units with states', () => {
  const samples = rows([0, 1], [0.25, 1]);
  expect(() => requireStates('x.npy', samples, bernoulli(2))).toThrow(
    /x\.npy: row 1, column 0 \(from 0\) is 0\.25, a grey level; the model has bernoulli units.*--binarise threshold/,
  );
  expect(() => requireStates('x.npy', samples, gaussian(2))).not.toThrow();
  expect(() => requireStates('x.npy', oneHot(rows([0, 1]), 2), potts(2, { categories: 2 }))).not.toThrow();
});
