export { cacheFolder } from './cache-folder.js';
export { type IdxSource, type IdxSourceOptions, idxSource } from './idx-source.js';
export { type MnistOptions, mnist } from './mnist.js';
export { type ReadCsvOptions, readCsv } from './read-csv.js';
export { readDecompressed } from './read-decompressed.js';
export { type ReadFastaOptions, readFasta } from './read-fasta.js';
