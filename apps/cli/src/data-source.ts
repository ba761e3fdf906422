import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import type { SourceKind } from './data-options.js';
import { firstBytes } from './first-bytes.js';
import { UsageError } from './usage-error.js';

/** Names of files, by what they hold. */
const extensions: Readonly<Record<string, SourceKind>> = {
  ...namesOf('table', '.csv .tsv .txt .data'),
  ...namesOf('alignment', '.fasta .fa .faa .fas .afa .a2m .a3m .aln .sto .stk'),
  '.npy': 'npy',
  '.npz': 'npz',
  ...namesOf('idx', '.idx .idx1-ubyte .idx2-ubyte .idx3-ubyte .idx4-ubyte'),
};

function namesOf(kind: SourceKind, list: string): Record<string, SourceKind> {
  return Object.fromEntries(list.split(' ').map((extension) => [extension, kind]));
}

/**
 * What `--data` names: a table from standard input (`-`), a file by its name or, where that says nothing, its first bytes;
 * the program's own data sets; or a plugin's. An existing path is a file before it is a plugin's name.
 *
 * @throws UsageError; RbmError `FILE_NOT_FOUND` for a file that cannot be read
 */
export async function findSource(data: string): Promise<SourceKind> {
  if (data === '-') return 'table';
  const kind = extensions[fileExtension(data)];
  if (kind) return kind;
  if (/-ubyte(\.gz)?$/.test(data)) return 'idx';
  if (data === 'mnist' || data === 'digits') return data;
  if (/^bars-and-stripes(:\d+)?$/.test(data)) return 'bars-and-stripes';
  if (existsSync(data)) return kindOf((await firstBytes(data)).bytes);
  // C:\\data.csv and C:/data.csv are paths of Windows.
  if (data.includes('/') && !data.includes('\\') && !/^[a-z]:/i.test(data)) return 'plugin';
  throw new UsageError(
    `--data ${data}: no data set of that name, and no such file. ` +
      `Files have names that end in ${Object.keys(extensions).join(', ')}, or that and .gz.`,
  );
}

/** The extension of a file in lower case, without `.gz`. */
export function fileExtension(path: string): string {
  return extname(path.replace(/\.gz$/i, '')).toLowerCase();
}

/** What a file holds, by its first bytes. */
function kindOf(bytes: Uint8Array): SourceKind {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.startsWith('\u0093NUMPY')) return 'npy';
  if (text.startsWith('PK\u0003\u0004')) return 'npz';
  const [first, second, type = 0, axes = 0] = bytes;
  if (first === 0 && second === 0 && type >= 8 && type <= 14 && axes >= 1 && axes <= 8) return 'idx';
  return /^\s*(>|# STOCKHOLM)/.test(text) ? 'alignment' : 'table';
}
