import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import type { SourceKind } from './data-options.js';
import { UsageError } from './usage-error.js';

/** Names of files, by what they hold. */
const extensions: Readonly<Record<string, SourceKind>> = {
  ...namesOf('table', '.csv .tsv .txt .data'),
  ...namesOf('alignment', '.fasta .fa .faa .fas .afa .a2m .a3m .aln .sto .stk'),
  '.npy': 'npy',
};

function namesOf(kind: SourceKind, list: string): Record<string, SourceKind> {
  return Object.fromEntries(list.split(' ').map((extension) => [extension, kind]));
}

/**
 * What `--data` names: a file by its extension, the program's own data sets, or a plugin's.
 *
 * @throws UsageError
 */
export function findSource(data: string): SourceKind {
  const kind = extensions[fileExtension(data)];
  if (kind) return kind;
  const [name = ''] = data.split(':', 1);
  if (name === 'mnist' || name === 'digits' || name === 'bars-and-stripes') return name;
  if (!existsSync(data) && data.includes('/')) return 'plugin';
  throw new UsageError(
    `--data ${data}: no data set of that name, nor a file whose name ends like ${Object.keys(extensions).join(', ')}.`,
  );
}

/** The extension of a file in lower case. */
export function fileExtension(path: string): string {
  return extname(path).toLowerCase();
}
