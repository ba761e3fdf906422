import { RbmError } from '@rbm/core';

/**
 * The encoding of a text, by its byte order mark or, without one, by where its first zero byte is.
 *
 * @param bytes The beginning.
 * @throws RbmError `FILE_INVALID` for a zip archive, such as the workbook of a spreadsheet
 */
export function textEncodingOf(bytes: Uint8Array, name: string): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second, third, fourth] = bytes;
  if (first === 0x50 && second === 0x4b && third === 3 && fourth === 4) {
    throw new RbmError(
      'FILE_INVALID',
      `Cannot read ${name}: it is a zip archive, perhaps the workbook of a spreadsheet. Save the table as .csv.`,
    );
  }
  if ((first === 0xff && second === 0xfe) || (second === 0 && first !== 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && bytes.length > 1)) return 'utf-16be';
  return 'utf-8';
}
