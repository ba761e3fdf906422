import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Backend, reference } from '@rbm/core';
import { createJiti } from 'jiti';
import type { CommandModule } from 'yargs';
import { packageFile } from '../config.js';

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

const packages = ['core', 'samplers', 'train', 'datasets', 'formats', 'testkit', 'backend-wasm', 'backend-gpujs'];
const optionalBackends = { wasm: '@rbm/backend-wasm', gpujs: '@rbm/backend-gpujs' };

/** `rbm doctor`: what is installed, and what works here. */
export function doctorCommand(): CommandModule<object, Arguments> {
  return {
    command: 'doctor',
    describe: 'Say which versions are installed and which backends work here',
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

async function tryBackends(project: string): Promise<BackendReport[]> {
  const own = reference();
  const reports: BackendReport[] = [{ name: 'reference', works: true, info: own.info }];
  await own.close();
  for (const [name, from] of Object.entries(optionalBackends)) {
    reports.push({ name, ...(await tryBackend(name, from, project)) });
  }
  return reports;
}

/** Resolved from the project first: what it has installed is what it will use. */
async function tryBackend(name: string, from: string, project: string): Promise<{ works: boolean; info: string }> {
  const folder = [project, dirname(fileURLToPath(import.meta.url))].find((at) => packageFile(from, at) !== undefined);
  if (folder === undefined) return { works: false, info: `not installed: npm install ${from}` };
  try {
    const base = pathToFileURL(join(folder, 'here.js')).href;
    const made = (await import(createJiti(base).esmResolve(from, base)))[name];
    const backend: Backend = await made();
    try {
      return { works: true, info: backend.info };
    } finally {
      await backend.close();
    }
  } catch (cause) {
    return { works: false, info: cause instanceof Error ? cause.message : String(cause) };
  }
}
