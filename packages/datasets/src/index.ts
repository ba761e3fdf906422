export { type Alphabet, alphabet } from './alphabet.js';
export { type BarsAndStripes, type BarsAndStripesOptions, barsAndStripes } from './bars-and-stripes.js';
export { type Binarisation, type BinariseOptions, binarisationFrom, binarisationRecord, binarise } from './binarise.js';
export { parseCsv } from './csv.js';
export type { CsvOptions, CsvSamples, TableRecord } from './csv-options.js';
export { type DigitsOptions, digits } from './digits.js';
export { type FastaOptions, type FastaSamples, formatFasta, parseFasta } from './fasta.js';
export { type ArraySamples, type FromArrayOptions, fromArray } from './from-array.js';
export { decodeIdx, type IdxArray, type IdxNumbers, parseIdx } from './idx.js';
export { fromOneHot, oneHot } from './one-hot.js';
export { formatNote, type ReaderNote } from './reader-note.js';
export {
  constantColumns,
  measureStandardisation,
  type Standardisation,
  standardise,
  unstandardise,
} from './standardise.js';
export { resolveColumns } from './table-columns.js';
