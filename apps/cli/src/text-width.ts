import { stripVTControlCharacters } from 'node:util';

/**
 * Columns that a text takes in a terminal, for yargs in place of the package `string-width`, whose patterns of all emoji take as
 * long to compile as Node takes to start. True of the help, which has none, and no other wide characters.
 */
export default function textWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}
