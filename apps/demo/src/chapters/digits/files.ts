import { type Dataset, type ImageShape, RbmError } from '@rbm/core';
import { fromArray, parseCsv, parseIdx } from '@rbm/datasets';
import { decodeNpy } from '@rbm/formats';

/** Images of the visitor's own are brought to this size. */
const SIDE = 28;
/** Pixels of a sample: more would not fit the page. */
const WIDEST = 4096;

/**
 * Data of the visitor's own: images, or one file of samples (CSV, NPY, IDX; compressed by gzip or not). Values above half
 * of the largest become 1; a tenth of the samples is held out.
 *
 * @throws RbmError `FILE_INVALID`, `DATA_INVALID` or `UNSUPPORTED`, naming the file.
 */
export async function readFiles(files: readonly File[]): Promise<Dataset> {
  const [first] = files;
  if (!first) throw new RbmError('DATA_INVALID', 'No file was given.');
  const array = files.every(({ type }) => type.startsWith('image/'))
    ? await readImages(files)
    : await readArray(first, files.length);
  if (array.width > WIDEST) {
    throw new RbmError(
      'DATA_INVALID',
      `${first.name} has samples of ${array.width} numbers; ${WIDEST} is the most here.`,
    );
  }
  return fromArray({
    name: files.length > 1 ? `${files.length} images` : first.name,
    ...array,
    binarise: { method: 'threshold' },
    ...(array.count > 20 ? { testFraction: 0.1, seed: 1 } : {}),
  });
}

interface ReadSamples {
  readonly values: ArrayLike<number>;
  readonly count: number;
  readonly width: number;
  readonly image?: ImageShape;
}

async function readArray(file: File, count: number): Promise<ReadSamples> {
  const { name } = file;
  if (count > 1) {
    throw new RbmError('UNSUPPORTED', `Several files at once have to be images, and ${name} may be none.`);
  }
  const bytes = await unzip(file);
  const plain = name.toLowerCase().replace(/\.gz$/, '');
  if (plain.endsWith('.csv') || plain.endsWith('.txt')) {
    const { values, count: rows, width } = parseCsv(new TextDecoder().decode(bytes), { name });
    return { values, count: rows, width, ...squareImage(width) };
  }
  if (plain.endsWith('.npy')) {
    const { shape, data } = decodeNpy(bytes, name);
    return shaped(name, shape, Float64Array.from(data));
  }
  if (/idx\d?(-ubyte)?$/.test(plain)) {
    const { shape, data } = parseIdx(bytes, name);
    return shaped(name, shape, data);
  }
  throw new RbmError('UNSUPPORTED', `${name} is no image, .csv, .npy or IDX file, which is what can be read here.`);
}

function shaped(name: string, [count = 0, ...rest]: readonly number[], values: ArrayLike<number>): ReadSamples {
  if (rest.length === 0) throw new RbmError('DATA_INVALID', `${name} holds a list of numbers, not of samples.`);
  const width = rest.reduce((product, extent) => product * extent, 1);
  const [height, across] = rest;
  return {
    values,
    count,
    width,
    ...(rest.length === 2 ? { image: [height as number, across as number] } : squareImage(width)),
  };
}

function squareImage(width: number): { image?: ImageShape } {
  const side = Math.round(Math.sqrt(width));
  return side * side === width ? { image: [side, side] } : {};
}

async function unzip(file: File): Promise<Uint8Array> {
  if (!file.name.toLowerCase().endsWith('.gz')) return new Uint8Array(await file.arrayBuffer());
  try {
    return await inflate(file.stream());
  } catch (cause) {
    throw new RbmError('FILE_INVALID', `${file.name} is no gzip file.`, { cause });
  }
}

/** The bytes that were compressed by gzip. */
export async function inflate(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
}

/** Grey levels of images, fitted into squares. */
async function readImages(files: readonly File[]): Promise<ReadSamples> {
  const width = SIDE * SIDE;
  const values = new Float64Array(files.length * width);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new RbmError('UNSUPPORTED', 'This browser gives no canvas to read images with.');
  for (const [n, file] of files.entries()) {
    const image = await createImageBitmap(file).catch((cause: unknown) => {
      throw new RbmError('FILE_INVALID', `${file.name} is no image that this browser reads.`, { cause });
    });
    context.fillStyle = '#000';
    context.fillRect(0, 0, SIDE, SIDE);
    const scale = Math.min(SIDE / image.width, SIDE / image.height);
    const [w, h] = [image.width * scale, image.height * scale];
    context.drawImage(image, (SIDE - w) / 2, (SIDE - h) / 2, w, h);
    image.close();
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    for (let i = 0; i < width; i++) {
      // Luma of ITU-R BT.601.
      values[n * width + i] =
        0.299 * (data[4 * i] as number) + 0.587 * (data[4 * i + 1] as number) + 0.114 * (data[4 * i + 2] as number);
    }
  }
  return { values, count: files.length, width, image: [SIDE, SIDE] };
}
