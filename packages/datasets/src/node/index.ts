export { cacheFolder } from './cache-folder.js';
export { readDecompressed } from './gzip.js';
export { type MnistOptions, mnist } from './mnist.js';
export { type ReadCsvOptions, readCsv } from './read-csv.js';
