import { RbmError } from '@rbm/core';
import type { Sequence } from './fasta.js';

/**
 * The sequences of the first alignment in a Stockholm file. Parts of a sequence in later blocks are appended; markup
 * lines (`#=GF`, `#=GS`, `#=GC`, `#=GR`) and other comments are ignored.
 *
 * @see https://sonnhammer.sbc.su.se/Stockholm.html
 * @throws RbmError `FILE_INVALID` for a line that is not a name and letters, or a file without sequences
 */
export function readStockholm(text: string, name: string): Sequence[] {
  const parts = new Map<string, { line: number; texts: string[] }>();
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim();
    if (line === '//') break;
    if (line === '' || line.startsWith('#')) continue;
    const match = /^(\S+)\s+(\S+)$/.exec(line);
    if (!match) {
      throw new RbmError(
        'FILE_INVALID',
        `Cannot read ${name}: line ${index + 1}: expected the name of a sequence, blanks and its letters, found ${JSON.stringify(line.slice(0, 40))}.`,
      );
    }
    const [, key, letters] = match as unknown as [string, string, string];
    const known = parts.get(key);
    if (known) known.texts.push(letters);
    else parts.set(key, { line: index + 1, texts: [letters] });
  }
  if (parts.size === 0) throw new RbmError('FILE_INVALID', `Cannot read ${name}: it holds no sequence.`);
  return Array.from(parts, ([key, { line, texts }]) => ({ name: key, line, text: texts.join('') }));
}
