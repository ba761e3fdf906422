import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wasm } from '@rbm/backend-wasm';
import { reference } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import type { Command } from '../command.js';
import { packageFile } from '../config.js';
import { gpujsModes, openGpujs } from '../gpu.js';

interface Arguments {
  json: boolean;
}

interface Installed {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

interface BackendReport {
  readonly name: string;
  readonly works: boolean;
  /** What computes, or why nothing does. */
  readonly info: string;
}

const packages = [
  'core',
  'samplers',
  'train',
  'hopfield',
  'datasets',
  'formats',
  'testkit',
  'backend-wasm',
  'backend-gpujs',
];

/** `rbm doctor`: what is installed, and what works here. */
export function doctorCommand(): Command<Arguments> {
  return {
    builder: (yargs) => yargs.option('json', { type: 'boolean', default: false, describe: 'Print JSON' }),
    handler: async ({ json }) => {
      const installed = findPackages(process.cwd());
      const cores = installed.filter(({ name }) => name === '@rbm/core');
      const report = {
        node: process.versions.node,
        packages: installed,
        duplicates: cores.length > 1 ? cores.map(({ path }) => path) : [],
        backends: await tryBackends(process.cwd()),
      };
      if (json) {
        console.log(JSON.stringify(report, null, 2));
        return;
      }
      console.log(`node      ${report.node}`);
      for (const { name, version, path } of installed) console.log(`package   ${name} ${version}, ${path}`);
      if (report.duplicates.length > 0) {
        console.log(
          `warning   @rbm/core is installed ${cores.length} times. Run npm dedupe, and look at npm ls @rbm/core.`,
        );
      }
      for (const { name, works, info } of report.backends) {
        console.log(`backend   ${name} ${works ? 'works' : 'does not work'}: ${info}`);
      }
    },
  };
}

/** Our packages as the project's folder sees them and as this program does, and the core that each of those sees. */
function findPackages(project: string): Installed[] {
  const found = new Map<string, Installed>();
  const add = (name: string, folder: string): string | undefined => {
    const file = packageFile(name, folder);
    if (file === undefined) return undefined;
    const path = dirname(realpathSync(file));
    const { version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    found.set(path, { name, version, path });
    return path;
  };
  for (const folder of [project, dirname(fileURLToPath(import.meta.url))]) {
    for (const name of packages) {
      const path = add(`@rbm/${name}`, folder);
      if (path !== undefined && name !== 'core') add('@rbm/core', path);
    }
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** The program's own backends, and gpu.js in each of its modes, with the gpu.js that the project has installed. */
async function tryBackends(project: string): Promise<BackendReport[]> {
  const candidates: readonly (readonly [name: string, open: () => Backend | Promise<Backend>])[] = [
    ['reference', reference],
    ['wasm', wasm],
    ...gpujsModes.map((mode) => [`gpujs:${mode}`, () => openGpujs(mode, project)] as const),
  ];
  const reports: BackendReport[] = [];
  for (const [name, open] of candidates) reports.push({ name, ...(await tryBackend(open)) });
  return reports;
}

async function tryBackend(open: () => Backend | Promise<Backend>): Promise<{ works: boolean; info: string }> {
  try {
    const backend = await open();
    const { info } = backend;
    await backend.close();
    return { works: true, info };
  } catch (cause) {
    return { works: false, info: cause instanceof Error ? cause.message : String(cause) };
  }
}
