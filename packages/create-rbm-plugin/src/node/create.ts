#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { createPlugin, kinds } from './create-plugin.js';

const usage = `Usage: npm create rbm-plugin NAME -- --kind ${kinds.join('|')}`;

try {
  const { values, positionals } = parseArgs({
    options: { kind: { type: 'string', default: 'sampler' } },
    allowPositionals: true,
  });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw new Error('One name is needed.');
  const folder = await createPlugin({ name, kind: values.kind, into: process.cwd() });
  console.log(`Made ${folder}. Next: cd ${name}, npm install, npm test.`);
} catch (error) {
  const code = (error as { code?: string }).code;
  console.error(`create-rbm-plugin: ${(error as Error).message}${code ? ` (${code})` : ''}\n${usage}`);
  process.exitCode = 1;
}
