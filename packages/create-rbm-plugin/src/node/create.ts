#!/usr/bin/env node
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { createPlugin } from './create-plugin.js';
import { kinds } from './kinds.js';

const width = Math.max(...Object.keys(kinds).map((kind) => kind.length));
const list = Object.entries(kinds).map(([kind, { noun }]) => `  ${kind.padEnd(width)}  ${noun}`);
const usage = `Usage: npm create rbm-plugin NAME -- --kind KIND [--js]

Makes a package with a plugin for rbm, whose tests pass as generated.

NAME  Of the package, with or without a scope: rbm-sampler-mine, @acme/rbm-mine

Kinds (default: sampler)
${list.join('\n')}

Options
  --js    JavaScript (default: TypeScript)
  --help  Print this

Example
  npm create rbm-plugin @acme/rbm-ternary -- --kind layer`;

try {
  const { values, positionals } = parseArgs({
    options: {
      kind: { type: 'string', default: 'sampler' },
      js: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  });
  if (values.help) {
    console.log(usage);
  } else {
    const [name, ...rest] = positionals;
    if (name === undefined || rest.length > 0) throw new Error(`One name is required; given ${positionals.length}.`);
    const language = values.js ? 'js' : 'ts';
    const { folder, piece } = await createPlugin({ name, kind: values.kind, language, into: process.cwd() });
    const here = relative(process.cwd(), folder);
    console.log(
      `Made ${here} with ${piece}. Next:\n\n  cd ${here}\n  npm install\n  npm test\n\nREADME.md says what to change first.`,
    );
  }
} catch (error) {
  const code = (error as { code?: string }).code;
  console.error(`create-rbm-plugin: ${(error as Error).message}${code ? ` (${code})` : ''}\n\n${usage}`);
  process.exitCode = 1;
}
