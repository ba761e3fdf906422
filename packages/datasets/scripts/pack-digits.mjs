// Writes src/digits-data.ts from the CSV file of the digits:
//
//   node scripts/pack-digits.mjs CSV OUT
//   npx biome format --write OUT
//
// The file has 1,797 rows of 64 grey levels 0 to 16 and the label, comma-separated: the file optdigits.tes of
// https://doi.org/10.24432/C50P49, plain or gzipped.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const [path, out] = process.argv.slice(2);
if (!path || !out) throw new Error('Give the path of the CSV file and of the module to write.');
const bytes = readFileSync(path);
const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('ascii');
const rows = text
  .trim()
  .split(/\r?\n/)
  .map((line) => line.split(',').map(Number));

const fits = (row) =>
  row.length === 65 &&
  row.slice(0, 64).every((level) => Number.isInteger(level) && level >= 0 && level <= 16) &&
  Number.isInteger(row[64]) &&
  row[64] >= 0 &&
  row[64] <= 9;
if (rows.length !== 1797 || !rows.every(fits)) throw new Error(`${path} is not the test part of the optical digits.`);

// Three pixels are one of 17^3 = 4913 combinations, which fit two letters of a 71-letter alphabet (5041): a third
// shorter than base64 of bytes, and decoded in a few lines.
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+';
const levels = rows.flatMap((row) => row.slice(0, 64));
let pixels = '';
for (let i = 0; i < levels.length; i += 3) {
  const code = levels[i] + 17 * (levels[i + 1] + 17 * levels[i + 2]);
  pixels += alphabet[code % 71] + alphabet[Math.floor(code / 71)];
}
const labels = rows.map((row) => row[64]).join('');

writeFileSync(
  out,
  `// Made by scripts/pack-digits.mjs; do not edit. The test part of "Optical Recognition of Handwritten Digits" by
// E. Alpaydin and C. Kaynak (UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49), licensed under
// CC BY 4.0, https://creativecommons.org/licenses/by/4.0/. Changed: packed into text.

/** The letters of \`pixels\`; a letter's value is its position. */
export const alphabet: string =
  '${alphabet}';

/**
 * All pixels of all images in order, three to two letters: levels a, b, c (0 to 16) are the letters with values
 * code mod 71 and floor(code / 71), where code = a + 17 b + 289 c.
 */
export const pixels: string =
  '${pixels}';

/** One decimal digit an image. */
export const labels: string =
  '${labels}';
`,
);
