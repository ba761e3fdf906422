import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { mnistBits } from './images.js';
import { planOf } from './plan.js';

// Makes a folder that runs the check on bare x86-64 Linux: Node, WebGPU, the packed packages, a part of MNIST.

const run = promisify(execFile);
const app: string = fileURLToPath(new URL('..', import.meta.url));
const root: string = join(app, '..', '..');
const MOST_BYTES = 60e6;

/** Packages of the workspace that the programs import. */
const packages = ['core', 'backend-gpujs', 'backend-wasm', 'datasets', 'formats', 'samplers', 'testkit', 'train'];
const libraryFolders = [
  '/usr/lib/x86_64-linux-gnu',
  '/lib/x86_64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/lib/chromium',
];

const script = `#!/bin/sh
# Measures the graphics hardware of this machine: ./gpu-check [--quick | --full] [--out FOLDER]
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$work/webgpu/dist/linux-x64"
gzip -dc "$here/bin/node.gz" >"$work/node" && chmod +x "$work/node" || exit 1
cp "$here/webgpu/index.js" "$here/webgpu/package.json" "$work/webgpu/"
gzip -dc "$here/webgpu/dawn.node.gz" >"$work/webgpu/dist/linux-x64/dawn.node" || exit 1
# Where the system has no C++ library, the one that came along.
if ! "$work/node" --version >"$work/version" 2>"$work/error"; then
  LD_LIBRARY_PATH="$here/runtime\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export LD_LIBRARY_PATH
  "$work/node" --version >"$work/version" 2>"$work/error" || { echo "Node does not start: $(head -n 1 "$work/error")" >&2; exit 1; }
fi
RBM_WEBGPU="$work/webgpu/index.js" "$work/node" "$here/app/dist/gpu-check.js" "$@"
`;

async function main(folder: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`The folder is for x86-64 Linux; pack it there, not on ${process.platform} ${process.arch}.`);
  }
  const webgpu = process.env.RBM_WEBGPU;
  if (!webgpu) throw new Error('The package webgpu is missing; it could not be installed.');
  await rm(folder, { recursive: true, force: true });
  const scratch = await mkdtemp(join(tmpdir(), 'rbm-gpu-check-pack-'));
  try {
    await mkdir(join(folder, 'bin'), { recursive: true });
    await compress(await stripped(process.execPath, scratch), join(folder, 'bin', 'node.gz'));
    await copyWebgpu(dirname(webgpu), join(folder, 'webgpu'), scratch);
    await copyLibraries(['libstdc++.so.6', 'libgcc_s.so.1'], join(folder, 'runtime'));
    await copyLibraries(['libvulkan.so.1'], join(folder, 'app', 'lib'));
    await copyApp(join(folder, 'app'), scratch);
    await writeFile(join(folder, 'gpu-check'), script);
    await chmod(join(folder, 'gpu-check'), 0o755);
    await copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const bytes = await sizeOf(folder);
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  if (bytes > MOST_BYTES) throw new Error(`${folder} has ${size}; expected at most ${MOST_BYTES / 1e6} MB.`);
  console.log(`${folder}: ${size}. Copy it to a machine with a card and run ./gpu-check there.`);
}

/** Without symbols, if there is a program that removes them. */
async function stripped(file: string, scratch: string): Promise<string> {
  const copy = join(scratch, basename(file));
  await copyFile(file, copy);
  await run('strip', ['--strip-unneeded', copy]).catch(() => console.error('strip is missing: files stay larger.'));
  return copy;
}

async function compress(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createGzip({ level: 9 }), createWriteStream(to));
}

async function copyWebgpu(from: string, to: string, scratch: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of ['index.js', 'package.json', 'LICENSE', 'LICENSE.md']) {
    if (existsSync(join(from, name))) await copyFile(join(from, name), join(to, name));
  }
  await compress(await stripped(join(from, 'dist', 'linux-x64', 'dawn.node'), scratch), join(to, 'dawn.node.gz'));
}

/** Copies libraries of this machine under the names that programs load. */
async function copyLibraries(names: readonly string[], to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of names) {
    const found = libraryFolders.map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (found) await copyFile(await realpath(found), join(to, name));
    else console.error(`${name} is missing here: the machine with the card must have it.`);
  }
}

async function copyApp(to: string, scratch: string): Promise<void> {
  const plain = (path: string): boolean => !path.endsWith('.map');
  await cp(join(app, 'dist'), join(to, 'dist'), { recursive: true, filter: plain });
  await rm(join(to, 'dist', 'bench.js'));
  await rm(join(to, 'dist', 'gpu-check-pack.js'));
  await mkdir(join(to, 'peers'));
  for (const name of ['peer.py', 'pytorch_cuda.py']) await copyFile(join(app, 'peers', name), join(to, 'peers', name));
  await writeFile(join(to, 'package.json'), '{ "private": true, "type": "module" }\n');
  await writeFile(join(to, 'images.bin'), await mnistBits(planOf({ form: 'full', largest: 64 }).images));
  const modules = join(to, 'node_modules');
  const copied = new Set<string>();
  for (const id of packages) {
    const from = join(root, 'packages', id);
    const target = join(modules, '@rbm', id);
    await mkdir(target, { recursive: true });
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', scratch], { cwd: from });
    await run('tar', ['-xzf', join(scratch, stdout.trim()), '-C', target, '--strip-components=1']);
    await removeMaps(target);
    await copyDependencies(from, modules, copied);
  }
  await copyPackage(join(app, 'node_modules', 'gpu.js'), 'gpu.js', modules, copied);
}

/** Others' packages that one depends on, with theirs. */
async function copyDependencies(from: string, modules: string, copied: Set<string>): Promise<void> {
  const { dependencies = {} } = JSON.parse(await readFile(join(from, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    // Packages lie beside each other or, of the workspace, below. What the overrides of the workspace leave out is not there.
    const places = [join(from, 'node_modules', name), join(modulesOf(from), name)];
    const found = places.find((path) => existsSync(path));
    if (found && !name.startsWith('@rbm/')) await copyPackage(found, name, modules, copied);
  }
}

function modulesOf(folder: string): string {
  return folder.slice(0, folder.lastIndexOf('node_modules') + 'node_modules'.length);
}

async function copyPackage(from: string, name: string, modules: string, copied: Set<string>): Promise<void> {
  if (copied.has(name)) return;
  copied.add(name);
  const folder = await realpath(from);
  const kept = (path: string): boolean =>
    !/\.map$|\.d\.ts$/.test(path) && !path.slice(folder.length).includes('node_modules');
  await cp(folder, join(modules, name), { recursive: true, filter: kept });
  // Bundles of gpu.js for browsers: Node loads its sources.
  if (name === 'gpu.js') await rm(join(modules, name, 'dist'), { recursive: true, force: true });
  await copyDependencies(folder, modules, copied);
}

async function removeMaps(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) {
    if (/\.map$|\.d\.ts$/.test(entry)) await rm(join(folder, entry));
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true })) {
    const { size, isFile } = await stat(join(folder, entry)).then((found) => ({
      size: found.size,
      isFile: found.isFile(),
    }));
    if (isFile) bytes += size;
  }
  return bytes;
}

try {
  await main(process.argv[2] ?? join(root, 'gpu-check'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
