import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { inFolder } from './run.testing.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const exampleOf = (name: string): string => join(root, 'examples', name);
const example = exampleOf('rbm-sampler-metropolis');
const strangers = ['rbm-sampler-metropolis', 'rbm-plugin-convolutional', 'rbm-plugin-three-spin'];
const execute = promisify(execFile);

/** What runs under our package manager tells npm about it, and our test runner tells node:test: a stranger's shell does not. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|pnpm_|NODE_|VITEST)/i.test(name)),
);

async function run(folder: string, command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await execute(command, args, { cwd: folder, env: environment });
  return stdout + stderr;
}

/** What a program prints as its result: notes, such as the path of a config, go to stderr. */
async function resultOf(folder: string, command: string, ...args: string[]): Promise<unknown> {
  return JSON.parse((await execute(command, args, { cwd: folder, env: environment })).stdout);
}

const training = `
import { bernoulli, fitVisible, generator, rbm, reference } from '@rbm/core';
import { barsAndStripes } from '@rbm/datasets';
import { pcd, sgd, train } from '@rbm/train';
import { metropolis } from 'rbm-sampler-metropolis';
const data = barsAndStripes(3).train;
const model = rbm({ visible: bernoulli(9), hidden: bernoulli(4), random: generator(1) });
fitVisible(model, data);
let step = 0;
const estimator = pcd({ sampler: metropolis({ flip: 0.5 }) });
const records = train({
  model, data, backend: reference(), estimator, optimizer: sgd(), rate: 0.1, batch: 7, epochs: 5, random: generator(2),
});
for await (const record of records) step = record.step;
console.log('steps', step);
`;

const config = `
import { defineConfig } from '@rbm/cli';
const flip: number = 0.4;
export default defineConfig({ plugins: ['rbm-sampler-metropolis'], options: { 'acme/metropolis': { flip } } });
`;

/** A config whose options the compiler knows, since it imports the plugin's types. */
const typed = (flip: string): string => `
import { defineConfig } from '@rbm/cli';
import metropolis from 'rbm-sampler-metropolis';
export default defineConfig({ plugins: [metropolis()], options: { 'acme/metropolis': { flip: ${flip} } } });
`;
/** Models of third parties from code, as the compiler sees them. */
const models = `
import { bernoulli, type EnergyModel, generator, spin } from '@rbm/core';
import { convolution, convolutionalRbm } from 'rbm-plugin-convolutional';
import { threeSpin } from 'rbm-plugin-three-spin';
const random = generator(1);
const model: EnergyModel = convolutionalRbm({ visible: bernoulli(16), image: [4, 4], filters: 2, size: 3, random });
const triples: EnergyModel = threeSpin({ visible: spin(6), triples: [0, 1, 2] });
console.log(model, triples, convolution({ height: 4, width: 4, filters: 1, size: 2 }).kind);
`;
const compiler = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];

it('a stranger’s sampler takes at most 40 lines', async () => {
  const lines = (await readFile(join(example, 'index.js'), 'utf8')).trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(40);
});

it('plugins of strangers pass their tests, train from code and from the command line', { timeout: 600_000 }, () =>
  inFolder(async (folder) => {
    const tarballs = join(folder, 'tarballs');
    await mkdir(tarballs);
    const names = [
      'core',
      'samplers',
      'train',
      'datasets',
      'formats',
      'hopfield',
      'backend-wasm',
      'backend-gpujs',
      'testkit',
      'cli',
    ];
    const filters = names.flatMap((name) => ['--filter', `@rbm/${name}`]);
    await run(root, 'npx', '-y', 'pnpm@10.34.9', '-r', ...filters, 'pack', '--pack-destination', tarballs);
    for (const name of strangers) await cp(exampleOf(name), join(folder, name), { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    const packed = (await readdir(tarballs)).map((name) => `./tarballs/${name}`);
    expect(packed).toHaveLength(names.length);
    const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--install-links'];
    await run(folder, 'npm', ...install, ...packed, ...strangers.map((name) => `./${name}`));

    const tested = strangers.map(async (name) => {
      const copy = join(folder, name);
      expect(await run(copy, 'npm', 'test')).toMatch(/^# fail 0$/m);
      expect(await readFile(join(copy, 'package.json'))).toEqual(await readFile(join(exampleOf(name), 'package.json')));
    });
    await Promise.all(tested);

    await writeFile(join(folder, 'training.js'), training);
    expect(await run(folder, process.execPath, 'training.js')).toContain('steps 10');

    const tsc = join(root, 'node_modules/typescript-7/bin/tsc');
    await writeFile(join(folder, 'right.ts'), typed('0.5'));
    await writeFile(join(folder, 'wrong.ts'), typed("'often'"));
    await writeFile(join(folder, 'models.ts'), models);
    await run(folder, process.execPath, tsc, ...compiler, 'right.ts', 'models.ts');
    const complaint = run(folder, process.execPath, tsc, ...compiler, 'wrong.ts');
    await expect(complaint).rejects.toMatchObject({ stdout: expect.stringMatching(/wrong\.ts.*TS2322.*'number'/) });

    const rbm = join(folder, 'node_modules/.bin/rbm');
    const settings = ['--data', 'bars-and-stripes:3', '--hidden', '4', '--epochs', '2', '--sample-sweeps', '5'];
    await writeFile(join(folder, 'rbm.config.ts'), config);
    await run(folder, rbm, 'train', ...settings, '--sampler', 'acme/metropolis', '--out', 'run');
    expect((await readdir(join(folder, 'run'))).sort()).toContain('model.safetensors');
    const plugins = (await resultOf(folder, rbm, 'plugins', '--json')) as { plugins: { from: string }[] };
    expect(plugins.plugins).toMatchObject([{ name: 'rbm-sampler-metropolis', version: '1.0.0' }]);
    expect(plugins.plugins[0]?.from).toContain('node_modules/rbm-sampler-metropolis/index.js');
    const doctor = await resultOf(folder, rbm, 'doctor', '--json');
    expect(doctor).toMatchObject({ node: process.versions.node, duplicates: [] });
  }),
);
