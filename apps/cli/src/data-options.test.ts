import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkDataOptions, type DataArguments, dataOptionTable, type SourceKind, sources } from './data-options.js';
import { UsageError } from './usage-error.js';

const kinds = Object.keys(sources) as SourceKind[];
const options = Object.entries(dataOptionTable);

it.each(options)(
  '--%s is an error for every source that it does not apply to',
  (name, { sources: owners, options }) => {
    for (const kind of kinds) {
      const value = options.type === 'number' ? (name === 'test-fraction' ? 0.5 : 1) : 'x';
      const args = { data: 'd', [name]: value } as unknown as DataArguments;
      if (owners.includes(kind)) checkDataOptions(args, kind);
      else expect(() => checkDataOptions(args, kind), kind).toThrow(UsageError);
    }
  },
);

it('an error names the option, what it is for and what was given', () => {
  expect(() => checkDataOptions({ data: 'x.npy', header: 'yes' }, 'npy')).toThrow(
    '--header is for a table; x.npy is a .npy array.',
  );
});

describe('the page about data', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/data.md', import.meta.url)), 'utf8');
  const rows = page
    .slice(page.indexOf('## Options'))
    .split('\n')
    .filter((line) => line.startsWith('| `--'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

  it('has the table of options and sources that the program has', () => {
    const expected = options.map(([name, { sources: owners }]) => [
      `\`--${name}\``,
      ...kinds.map((kind) => (owners.includes(kind) ? 'yes' : '')),
    ]);
    expect(rows).toEqual(expected);
  });
});
