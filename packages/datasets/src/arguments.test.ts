import { expect, it } from 'vitest';
import * as package_ from './index.js';
import * as node_ from './node/index.js';

/** The entries as a program without types sees them. */
// biome-ignore lint/suspicious/noExplicitAny: what has no types is the subject
const plain = package_ as any;
// biome-ignore lint/suspicious/noExplicitAny: as above
const node = node_ as any;

const samples = { values: Uint8Array.of(0, 1, 1, 0), count: 2, width: 2 };

it.each<[string, () => unknown, string]>([
  [
    'rows',
    () =>
      plain.fromArray([
        [0, 1],
        [1, 0],
      ]),
    'fromArray: the options are an array of 2; expected an object { name, values, count, width',
  ],
  [
    'rows as values',
    () =>
      plain.fromArray({
        ...samples,
        name: 'a',
        values: [
          [0, 1],
          [1, 0],
        ],
      }),
    'fromArray: values is an array of 2; expected an array of numbers. Write Float64Array.from(rows.flat()).',
  ],
  ['no name', () => plain.fromArray(samples), `fromArray: name is missing; expected a text. Write 'spins'.`],
  [
    'a misspelt option',
    () => plain.fromArray({ ...samples, name: 'a', binarize: { method: 'threshold' } }),
    'fromArray has no option "binarize".',
  ],
  [
    'a method by name',
    () => plain.fromArray({ ...samples, name: 'a', binarise: 'threshold' }),
    `binarise is "threshold"; expected a way to binarise. Write { method: 'threshold' }.`,
  ],
  ['no side', () => plain.barsAndStripes(), 'must be an integer of at least 2, not undefined'],
  [
    'a distribution alone',
    () => plain.barsAndStripes(3, 'coin'),
    'barsAndStripes: the options are "coin"; expected an object { distribution }.',
  ],
  ['a limit of the digits', () => plain.digits({ limit: 3 }), 'digits has no option "limit". It takes binarise.'],
  [
    'no way to binarise',
    () => plain.binarise(samples),
    `binarise: binarisation is missing; expected a way to binarise. Write { method: 'threshold' }.`,
  ],
  [
    'a dataset',
    () => plain.binarise({ train: samples }, { method: 'none' }),
    'binarise: samples is an object; expected samples. Pass its .train.',
  ],
  ['no record', () => plain.binarisationFrom(), 'binarisationFrom: preparation is missing'],
  ['nothing to record', () => plain.binarisationRecord(), 'binarisationRecord: binarisation is missing'],
  [
    'bytes for a text',
    () => plain.parseCsv(new Uint8Array(3)),
    `parseCsv: text is a Uint8Array; expected a text. Write await readFile('a file', 'utf8').`,
  ],
  [
    'a text to come',
    () => plain.parseFasta(Promise.resolve('>a')),
    'parseFasta: text is a promise; expected a text. Write await before it.',
  ],
  ['another option of a table', () => plain.parseCsv('1', { delimiter: ',' }), 'parseCsv has no option "delimiter".'],
  ['another format', () => plain.parseFasta('>a', { format: 'sto' }), `format is "sto"; expected 'aligned' or 'a3m'.`],
  ['no sequences', () => plain.formatFasta(), 'formatFasta: values is missing'],
  ['no letters', () => plain.alphabet(), `alphabet: nameOrLetters is missing; expected a text. Write 'protein'.`],
  ['a path', () => plain.decodeIdx('a', 'a'), 'decodeIdx: bytes is "a"; expected bytes, a Uint8Array.'],
  ['no bytes', () => plain.parseIdx(), 'parseIdx: bytes is missing'],
  ['no samples', () => plain.oneHot(), 'oneHot: samples is missing'],
  [
    'no categories',
    () => plain.fromOneHot(samples.values),
    'fromOneHot: categories is missing; expected a positive whole number. Write 4.',
  ],
  ['no note', () => plain.formatNote('a'), 'formatNote: note is missing'],
  ['no columns', () => plain.resolveColumns(), 'resolveColumns: items is missing'],
  [
    'a dataset to measure',
    () => plain.measureStandardisation({ train: samples }),
    'samples is an object; expected samples. Pass its .train.',
  ],
  [
    'no standardisation',
    () => plain.standardise(samples),
    'standardise: standardisation is missing; expected a standardisation. Write measureStandardisation(samples).',
  ],
  [
    'swapped arguments',
    () => plain.unstandardise({ mean: samples.values }, samples.values),
    'unstandardise: values is an object',
  ],
  ['no columns to compare', () => plain.constantColumns(), 'constantColumns: samples is missing'],
  ['a file that is no path', () => node.readCsv(3), 'readCsv: source is 3; expected a path or a stream of bytes.'],
  [
    'a stream that is none',
    () => node.readFasta({}),
    'readFasta: source is an object; expected a path or a stream of bytes.',
  ],
  ['no path', () => node.idxSource(), 'idxSource: path is missing; expected a text.'],
  ['a seed of MNIST', () => node.mnist({ seed: 1 }), 'mnist has no option "seed".'],
  ['nothing to decompress', () => node.readDecompressed(), 'readDecompressed: path is missing'],
])('%s', async (_, work, message) => {
  const error = await (async () => work())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ARGUMENT_INVALID', message: expect.stringContaining(message) });
});
