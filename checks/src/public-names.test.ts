import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, inject, it } from 'vitest';
import { entryPoints, publishedPackages } from './workspace.ts';

const { npm } = inject('packed');
const snapshots = fileURLToPath(new URL('../public-names/', import.meta.url));

/** `@rbm/datasets/node` becomes `rbm-datasets-node.txt`. */
const fileName = (specifier: string) => `${specifier.replace('@', '').replaceAll('/', '-')}.txt`;

const kinds: [flag: ts.SymbolFlags, kind: string][] = [
  [ts.SymbolFlags.Class, 'class'],
  [ts.SymbolFlags.Function, 'function'],
  [ts.SymbolFlags.Interface, 'interface'],
  [ts.SymbolFlags.TypeAlias, 'type'],
  [ts.SymbolFlags.Variable, 'const'],
];

const entries = entryPoints(publishedPackages).map((entry) => ({
  ...entry,
  file: join(npm, 'node_modules', entry.owner.manifest.name, entry.types),
}));
const program = ts.createProgram(
  entries.map((entry) => entry.file),
  { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, skipLibCheck: true },
);
const checker = program.getTypeChecker();

/** A line for each name that the file exports, with what it is: `function gibbs`. */
function publicNames(file: string): string[] {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} exports nothing.`);
  return checker.getExportsOfModule(module).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const kind = kinds.find(([flag]) => target.flags & flag)?.[1];
    if (!kind) throw new Error(`${symbol.name} of ${file} is of no kind that is known here.`);
    return `${symbol.name}: ${kind}`;
  });
}

it.each(entries)(
  '$specifier exports what was agreed; `npm run update:names` records a change',
  async ({ specifier, file }) => {
    await expect(`${publicNames(file).sort().join('\n')}\n`).toMatchFileSnapshot(join(snapshots, fileName(specifier)));
  },
);

it('records no entry point that is gone', () => {
  const expected = entries.map(({ specifier }) => fileName(specifier));
  expect(readdirSync(snapshots).filter((file) => !expected.includes(file))).toEqual([]);
});
