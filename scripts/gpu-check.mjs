// Installs, builds, then measures graphics hardware: `npm run gpu-check -- --full`. With --pack: makes the folder that does so
// on a machine without a network.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBuilt } from './built-program.mjs';
import { root } from './pnpm.mjs';

/** WebGPU for Node. Not a dependency of the workspace: it has 84 MB. */
const WEBGPU = 'webgpu@0.6.2';

function installWebgpu() {
  const folder = join(root, 'apps', 'bench', '.cache', WEBGPU);
  const module = join(folder, 'node_modules', 'webgpu', 'index.js');
  if (existsSync(module)) return module;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const options = { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' };
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', WEBGPU], options);
    return module;
  } catch (error) {
    console.error(`${WEBGPU} could not be installed: ${error.message}`);
    return '';
  }
}

const [first, ...rest] = process.argv.slice(2);
const pack = first === '--pack';
const args = pack ? rest : process.argv.slice(2);
const program = pack ? 'gpu-check-pack.js' : 'gpu-check.js';
const prepare = () => ({ RBM_WEBGPU: installWebgpu() });
process.exitCode = await runBuilt(['@rbm/bench'], program, args, { prepare });
