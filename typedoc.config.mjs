// The reference of every public name, made from the docstrings by `npm run reference`. A name without one is an error.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Converter, ReflectionKind } from 'typedoc';

const folders = readdirSync('packages')
  .filter((folder) => existsSync(`packages/${folder}/package.json`))
  .sort();
const nameOf = (folder) => JSON.parse(readFileSync(`packages/${folder}/package.json`, 'utf8')).name;
const importNames = Object.fromEntries(
  folders.flatMap((folder) => [
    [`${folder}/src`, nameOf(folder)],
    [`${folder}/src/node`, `${nameOf(folder)}/node`],
    [`${folder}/src/contracts`, `${nameOf(folder)}/contracts`],
  ]),
);

/** Modules are called as they are imported, not after their files. */
function nameModules(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, reflection) => {
    if (reflection.kindOf(ReflectionKind.Module)) reflection.name = importNames[reflection.name] ?? reflection.name;
  });
}

/** @type {import('typedoc').TypeDocOptions} */
export default {
  name: 'rbm',
  plugin: [nameModules],
  tsconfig: 'tsconfig.reference.json',
  entryPoints: ['packages/*/src/index.ts', 'packages/*/src/contracts.ts', 'packages/*/src/node/index.ts'],
  out: 'reference',
  readme: 'README.md',
  excludePrivate: true,
  disableSources: true,
  packagesRequiringDocumentation: Object.values(importNames),
  requiredToBeDocumented: ['Variable', 'Function', 'Class', 'Interface', 'TypeAlias'],
  validation: { notDocumented: true, notExported: true, invalidLink: true },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
};
