import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bernoulli, type EnergyModel, generator, hopfield, rbm as machine, potts, spin } from '@rbm/core';
import { encodeModel, encodeNpy, type ModelDetails } from '@rbm/formats';
import { describe, expect, it, vi } from 'vitest';
import { inFolder, rbm } from './run.testing.js';

// Each test runs the program several times, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const random = generator(3);
const eight = machine({ visible: bernoulli(8), hidden: bernoulli(3), random });

/** Rows of 0 and 1 from a fixed seed. */
function bits(count: number, width: number): number[][] {
  return Array.from({ length: count }, (_, n) =>
    Array.from({ length: width }, (_, i) => random.bernoulli(0.4, n, i, 1, 0)),
  );
}

const csv = (rows: readonly (readonly number[])[]): string => `${rows.map((row) => row.join(',')).join('\n')}\n`;

/** Runs a command on a model and a file, in an empty folder. */
function run(
  command: readonly string[],
  model: EnergyModel,
  file: string,
  content: string | Uint8Array,
  details: ModelDetails = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return inFolder(async (folder) => {
    await writeFile(join(folder, 'm.safetensors'), encodeModel(model, details));
    await writeFile(join(folder, file), content);
    const [name, ...options] = command as [string, ...string[]];
    return rbm([name, 'm.safetensors', '--data', file, ...options], folder);
  });
}

const evaluate = ['eval', '--split', 'train'];

it('a named data set of another width is refused too', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'm.safetensors'), encodeModel(eight));
    const { code, stderr } = await rbm(['eval', 'm.safetensors', '--data', 'bars-and-stripes:3'], folder);
    expect([code, stderr]).toEqual([1, expect.stringContaining('data have 9 columns, the model has 8 visible units.')]);
  }));

describe('eval and recall compare data with the model', () => {
  it('of another width', async () => {
    const seven = await run(evaluate, eight, 'plain7.csv', csv(bits(20, 7)));
    expect([seven.code, seven.stderr, seven.stdout]).toEqual([
      1,
      expect.stringContaining('plain7.csv: data have 7 columns, the model has 8 visible units.'),
      '',
    ]);
    const thirty = await run(evaluate, eight, 'thirty.csv', csv(bits(20, 30)));
    expect(thirty.stderr).toContain('data have 30 columns, the model has 8 visible units.');
    const color = encodeNpy({ shape: [10, 8, 3], data: Uint8Array.from(bits(10, 24).flat()) });
    const cube = await run(evaluate, eight, 'rgb.npy', color);
    expect([cube.code, cube.stderr]).toEqual([
      1,
      expect.stringContaining('data have 24 columns (an array of 10 × 8 × 3), the model has 8 visible units.'),
    ]);
    const network = hopfield({ visible: spin(8) });
    const recalled = await run(['recall', '--out', 'x.csv'], network, 'four.csv', csv(bits(20, 4)));
    expect([recalled.code, recalled.stderr]).toEqual([
      1,
      expect.stringContaining('data have 4 columns, the model has 8 visible units.'),
    ]);
    const single = await run(evaluate, eight, 'one.csv', csv(bits(20, 1)));
    expect(single.stderr).toContain('data have 1 column, the model has 8 visible units.');
  });

  it('of another coding: the same likelihood as in the coding of the model, and a note', async () => {
    const rows = bits(20, 8);
    const signed = rows.map((row) => row.map((x) => 2 * x - 1));
    const likelihood = async (data: number[][], model: EnergyModel, details: ModelDetails = {}) => {
      const { code, stdout, stderr } = await run([...evaluate, '--json'], model, 'd.csv', csv(data), details);
      expect(code).toBe(0);
      return [JSON.parse(stdout).logLikelihood.mean as number, stderr.includes('is read as')] as const;
    };
    const [own] = await likelihood(rows, eight);
    expect(await likelihood(signed, eight)).toEqual([own, true]);
    const spins = machine({ visible: spin(8), hidden: bernoulli(3), random });
    const details = { preparation: { spins: '-1, 1' } };
    const [right, noted] = await likelihood(signed, spins, details);
    expect(noted).toBe(false);
    expect(await likelihood(rows, spins, details)).toEqual([right, true]);
  });

  it('of another scale, and grey levels', async () => {
    const details = { preparation: { binarisation: 'threshold', threshold: 127, maximum: 255 } };
    const bytes = encodeNpy({ shape: [4, 8], data: Uint8Array.from(bits(4, 8).flat(), (x) => 200 * x) });
    const fractions = encodeNpy({ shape: [4, 8], data: Float32Array.from(bits(4, 8).flat(), (x) => 0.8 * x) });
    const [raw, scaled] = await Promise.all(
      [bytes, fractions].map((file) => run([...evaluate, '--json'], eight, 'd.npy', file, details)),
    );
    expect([raw?.code, scaled?.code]).toEqual([0, 0]);
    expect(JSON.parse(scaled?.stdout as string).logLikelihood).toEqual(JSON.parse(raw?.stdout as string).logLikelihood);
    expect(scaled?.stderr).toContain('multiplied by 255');
    const levels = await run(evaluate, eight, 'd.npy', fractions);
    expect([levels.code, levels.stderr]).toEqual([1, expect.stringContaining('a grey level; the model has bernoulli')]);
    const judged = await run([...evaluate, '--binarise', 'threshold', '--threshold', '0.5'], eight, 'd.npy', fractions);
    expect(judged.code).toBe(0);
  });

  it('of one-hot arrays', async () => {
    const model = machine({ visible: potts(4, { categories: 3 }), hidden: bernoulli(2), random });
    const oneHot = (units: number, categories: number): Uint8Array => {
      const data = new Uint8Array(10 * units * categories);
      for (let n = 0; n < 10 * units; n++) data[n * categories + (n % categories)] = 1;
      return encodeNpy({ shape: [10, units, categories], data });
    };
    const right = await run(evaluate, model, 'd.npy', oneHot(4, 3));
    expect(right.code).toBe(0);
    for (const layout of ['image', 'flat']) {
      const { code, stderr } = await run([...evaluate, '--layout', layout], model, 'd.npy', oneHot(4, 3));
      expect([code, stderr]).toEqual([0, expect.stringContaining('12 columns of 0 and 1 are read as 4 one-hot units')]);
    }
    const turned = await run(evaluate, model, 'd.npy', oneHot(3, 4));
    expect([turned.code, turned.stderr]).toEqual([
      1,
      expect.stringContaining('data have 3 columns, the model has 4 visible units of 3 categories.'),
    ]);
    // A model of numbers takes the numbers of the array: no option of eval would change that.
    const numbers = machine({ visible: bernoulli(12), hidden: bernoulli(2), random });
    const taken = await run(evaluate, numbers, 'd.npy', oneHot(4, 3));
    expect([taken.code, taken.stderr]).toEqual([0, expect.not.stringContaining('--visible')]);
  });

  it('of categories by name, for a model of numbered ones', async () => {
    const model = machine({ visible: potts(2, { categories: 3 }), hidden: bernoulli(2), random });
    const texts = await run([...evaluate, '--columns', 'a:potts,b:potts'], model, 'd.csv', 'a,b\nx,p\ny,q\nz,q\n');
    expect([texts.code, texts.stderr]).toEqual([
      1,
      expect.stringContaining(
        'd.csv: data have categories by name (column a: x, y, z), the model has potts units of 3 categories without names.',
      ),
    ]);
    const named = { preparation: { columnNames: '["a","b"]', categoryNames: '{"a":["x","y","z"],"b":["p","q"]}' } };
    expect((await run(evaluate, model, 'd.csv', 'a,b\nx,p\ny,q\nz,q\n', named)).code).toBe(0);
  });

  it('of a table of letters', async () => {
    const model = machine({ visible: potts(2, { categories: 4 }), hidden: bernoulli(2), random });
    const letters = [...evaluate, '--alphabet', 'ACGT-'];
    const longer = await run(letters, model, 'd.csv', 'A,C\nG,T\n', { preparation: { alphabet: 'ACGT' } });
    expect([longer.code, longer.stderr]).toEqual([
      1,
      expect.stringContaining('d.csv: data are sequences of the alphabet "ACGT-", the model has the alphabet "ACGT".'),
    ]);
    const unnamed = await run(letters, model, 'd.csv', 'A,C\nG,T\n');
    expect([unnamed.code, unnamed.stderr]).toEqual([1, expect.stringContaining('(5 categories)')]);
  });

  it('of other letters', async () => {
    const model = machine({ visible: potts(3, { categories: 5 }), hidden: bernoulli(2), random });
    const dna = { preparation: { alphabet: '-ACGT' } };
    const protein = await run(evaluate, model, 'x.fasta', '>a\nWKL\n', dna);
    expect([protein.code, protein.stderr]).toEqual([1, expect.stringContaining('The model has the alphabet "-ACGT".')]);
    const numbers = await run(evaluate, eight, 'x.fasta', '>a\nACGTACGT\n');
    expect([numbers.code, numbers.stderr]).toEqual([1, expect.stringContaining('the model has bernoulli units')]);
    const longer = await run(evaluate, model, 'x.fasta', '>a\nACGT\n', dna);
    expect(longer.stderr).toContain('data have 4 columns, the model has 3 visible units of 5 categories.');
  });
});

it('recalled states are written under the names of the columns, in the coding of the data', () =>
  inFolder(async (folder) => {
    const preparation = { columnNames: '["a","b, c","d"]', spins: '0, 1' };
    const network = hopfield({ visible: spin(3, { bias: [3, -3, 3] }) });
    await writeFile(join(folder, 'm.safetensors'), encodeModel(network, { preparation }));
    await writeFile(join(folder, 'd.csv'), 'd,a,"b, c"\n1,0,0\n0,0,1\n');
    const { code, stderr } = await rbm(['recall', 'm.safetensors', '--data', 'd.csv', '--out', 'x.csv'], folder);
    expect([code, stderr]).toEqual([0, expect.anything()]);
    expect(await readFile(join(folder, 'x.csv'), 'utf8')).toBe('a,"b, c",d\n1,0,1\n1,0,1\n');
  }));

it('a training does not go on with data of another width, whatever is accepted', () =>
  inFolder(async (folder) => {
    const data = join(folder, 'd.csv');
    await writeFile(data, csv(bits(40, 8)));
    const settings = '--hidden 2 --epochs 3000 --batch 4 --sample-sweeps 1'.split(' ');
    let sent = false;
    const started = await rbm(['train', '--data', 'd.csv', ...settings, '--out', 'run'], folder, (text, interrupt) => {
      if (sent || !text.includes('epoch 3 ')) return;
      sent = true;
      interrupt();
    });
    expect(started.code).toBe(130);
    await writeFile(data, csv(bits(40, 7)));
    const { code, stderr } = await rbm(['resume', 'run', '--force', 'data'], folder);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('d.csv: data have 7 columns, the model has 8 visible units.'),
    ]);
  }));
