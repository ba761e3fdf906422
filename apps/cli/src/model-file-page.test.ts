import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bernoulli,
  type EnergyModel,
  enumerate,
  fitVisible,
  freeEnergy,
  parameter,
  rbm,
  type Samples,
} from '@rbm/core';
import { decodeModel, decodeSafetensors, encodeModel } from '@rbm/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distinctRows, hashRows, hashValues, packHashes } from './content-hash.js';

const page = readFileSync(new URL('../../../docs/model-file.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] as string);
const [hashes, python] = blocks('python') as [string, string];
const [julia] = blocks('julia') as [string];

/** A Python that has NumPy: that of Debian's python3-numpy, or one in the path. */
const interpreter = ['/usr/bin/python3', 'python3', 'python'].find(
  (path) => spawnSync(path, ['-c', 'import numpy']).status === 0,
);
const hasPython = interpreter !== undefined || process.env.CI === 'true';

function runPython(code: string, cwd: string): string {
  if (!interpreter) throw new Error('There is no Python with NumPy here. Install python3-numpy.');
  const { status, stdout, stderr } = spawnSync(interpreter, ['-'], { cwd, input: code, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** The model of both programs. */
const expected = rbm({ visible: bernoulli(3), hidden: bernoulli(2) });
parameter(expected, 'weights').set([1, -2, 0.5, 0, -1, 3]);
parameter(expected, 'visible.bias').set([0.5, -1, 0]);
parameter(expected, 'hidden.bias').set([0.25, -0.75]);

function expectModel(model: EnergyModel): void {
  expect(model.parameters).toEqual(expected.parameters);
  expect([model.kind, model.names, model.visible, model.interactions, model.blocks, model.constant]).toEqual([
    expected.kind,
    expected.names,
    expected.visible,
    expected.interactions,
    expected.blocks,
    expected.constant,
  ]);
  expect(model.layers.map(({ kind, units, settings }) => ({ kind, units, settings }))).toEqual(
    expected.layers.map(({ kind, units, settings }) => ({ kind, units, settings })),
  );
}

/** The header of a safetensors file, with the structure parsed. */
function headerOf(bytes: Uint8Array): Record<string, unknown> {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return parsed(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
}

function parsed(text: string): Record<string, unknown> {
  const { __metadata__: metadata, ...arrays } = JSON.parse(text);
  return { ...arrays, metadata: { ...metadata, structure: JSON.parse(metadata.structure) } };
}

it('the numbers on the page are those of the model', async () => {
  const { logPartition } = await enumerate(expected);
  const [free] = freeEnergy(expected, Float64Array.of(1, 0, 1));
  expect(page).toContain(`\`log Z = ${logPartition.toFixed(5)}\``);
  expect(page).toContain(`log-likelihood −${Math.abs(-(free as number) - logPartition).toFixed(5)}.`);
});

it('programs are short', () => {
  for (const program of [python, julia]) expect(program.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
});

it('the table of arrays has every parameter that is written', () => {
  const { tensors, metadata } = decodeSafetensors(encodeModel(expected), 'expected');
  expect(Object.keys(tensors).sort()).toEqual(['hidden.bias', 'visible.bias', 'weights']);
  for (const key of Object.keys(metadata)) expect(page).toContain(`| \`${key}\``);
});

it('the baseline of a Bernoulli unit is that of the formula', () => {
  const [count, mean] = [20, 0.3];
  const values = Float64Array.from({ length: count }, (_, n) => (n < mean * count ? 1 : 0));
  const model = rbm({ visible: bernoulli(1), hidden: bernoulli(1) });
  fitVisible(model, { values, count, width: 1 });
  const p = (count * mean + 0.5) / (count + 1);
  expect(parameter(model, 'visible.bias')[0]).toBeCloseTo(Math.log(p / (1 - p)), 12);
});

describe.skipIf(!hasPython)('in Python', () => {
  let folder = '';
  let file: Uint8Array = new Uint8Array(0);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rbm-model-file-'));
    runPython(python, folder);
    file = new Uint8Array(readFileSync(join(folder, 'rbm.safetensors')));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('the program writes the model', () => expectModel(decodeModel(file, 'rbm.safetensors').model));

  it('the hashes are those of this program', () => {
    const samples = (values: number[]): Samples => ({ values: Float64Array.from(values), count: 3, width: 2 });
    for (const values of [
      [0, 1, 255, 0, 0, 1],
      [0.5, 1, -3, -0, 0.5, 1],
    ]) {
      const call = `values = np.array(${JSON.stringify(values)}, dtype=float).reshape(3, 2)\n`;
      const print = 'print(data_hash(values), ",".join(str(x) for x in row_hashes(values).ravel()))\n';
      const [sha256, rows] = runPython(`${hashes}${call}${print}`, folder).trim().split(' ');
      expect(sha256).toBe(hashValues([samples(values)]));
      expect(rows).toBe(packHashes(distinctRows(hashRows(samples(values)))).join(','));
    }
  });

  it('the file has the header, offsets, shapes and numbers of the Julia program', () => {
    expect(parsed(juliaHeader())).toEqual(headerOf(file));
    expect(juliaData()).toEqual(file.slice(file.length - 44));
  });
});

/** The header that the Julia program writes. */
function juliaHeader(): string {
  const text = (name: string): string => new RegExp(`^${name} = """(.*?)"""`, 'ms').exec(julia)?.[1] ?? '';
  return text('header').replace('$(escape_string(structure))', JSON.stringify(text('structure')).slice(1, -1));
}

/** The data that it writes: the rows of `W`, which `permutedims` puts in that order, then `a` and `b`. */
function juliaData(): Uint8Array {
  expect(julia).toContain('write(file, permutedims(W), a, b)');
  const literals = [...julia.matchAll(/Float32\[(.*?)\]/g)].map((match) => match[1] as string);
  const numbers = literals.flatMap((literal) => literal.split(/[\s,;]+/).map(Number));
  expect(numbers).toHaveLength(11);
  const bytes = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((x, n) => {
    bytes.setFloat32(4 * n, x, true);
  });
  return new Uint8Array(bytes.buffer);
}

it('what the Julia program describes is read as the model', () => {
  expect(julia).toContain('write(file, htol(UInt64(ncodeunits(header))), header)');
  const header = new TextEncoder().encode(juliaHeader());
  const length = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
  expectModel(decodeModel(new Uint8Array([...length, ...header, ...juliaData()]), 'julia').model);
});
