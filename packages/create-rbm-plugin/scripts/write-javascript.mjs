// Writes the templates as JavaScript, `dist/javascript/KIND`: the TypeScript ones without their types, so that there is one source.
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import blankSpace from 'ts-blank-space';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const biome = join(dirname(createRequire(import.meta.url).resolve('@biomejs/biome/package.json')), 'bin/biome');

/** Whether nothing of a statement is left without types. */
const isType = (statement) =>
  ts.isInterfaceDeclaration(statement) ||
  ts.isTypeAliasDeclaration(statement) ||
  ts.isModuleDeclaration(statement) ||
  (ts.isImportDeclaration(statement) && statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);

/** The source without statements that are types, their comments included. */
function withoutDeclarations(source, path) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ESNext);
  return file.statements.map((statement) => (isType(statement) ? '' : statement.getFullText(file))).join('');
}

/** @throws Error for types that are not only annotations. */
function toJavaScript(source, path) {
  const text = blankSpace(withoutDeclarations(source, path), (node) => {
    throw new Error(`${path}: ${node.getText()} is more than a type.`);
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, [biome, 'format', '--stdin-file-path=index.js'], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${path} cannot be formatted: ${stderr}`);
  return stdout.trimStart();
}

const templates = join(root, 'templates');
const kinds = (await readdir(templates, { withFileTypes: true })).filter((entry) => entry.isDirectory());
for (const { name: kind } of kinds) {
  const folder = join(root, 'dist/javascript', kind);
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(join(templates, kind))) {
    const source = await readFile(join(templates, kind, file), 'utf8');
    await writeFile(join(folder, file.replace(/\.ts$/, '.js')), toJavaScript(source, `${kind}/${file}`));
  }
}
