import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { run } from './run.ts';
import { exampleNames, publishedPackages, readManifest, root } from './workspace.ts';

// Plugins of third parties, installed beside the packed packages: their own tests, their types, code and commands that use them.

const { npm } = inject('packed');
const exampleOf = (name: string): string => join(root, 'examples', name);
const installed = (name: string): string => join(npm, 'examples', name);

it('are there for every kind', () => {
  const provided = exampleNames.flatMap((name) => {
    const source = readFileSync(join(exampleOf(name), 'index.js'), 'utf8');
    return [
      ...(/specVersion: \{([^}]*)\}/.exec(source.slice(source.indexOf('definePlugin({')))?.[1] ?? '').matchAll(
        /\w+(?=:)/g,
      ),
    ];
  });
  const kinds = new Set(provided.map(([kind]) => kind));
  const places = 'backends datasets energyModels estimators interactions layers monitors optimizers samplers';
  expect([...kinds].sort()).toEqual(places.split(' '));
});

describe.each(exampleNames)('%s', (name) => {
  const manifest = readManifest(exampleOf(name));

  it('asks for the packages as they are now', () => {
    const version = publishedPackages[0]?.manifest.version;
    const ranges = { ...manifest.peerDependencies, ...manifest.devDependencies };
    expect(manifest.peerDependencies).toHaveProperty(['@rbm/core']);
    expect(Object.values(ranges).filter((range) => range !== `^${version}`)).toEqual([]);
  });

  it('is installed with its code and types, and says how it is used', () => {
    const files = readdirSync(join(npm, 'node_modules', name));
    expect(files.sort()).toEqual(['README.md', 'index.d.ts', 'index.js', 'package.json']);
    expect(manifest.keywords).toContain('rbm-plugin');
    const readme = readFileSync(join(exampleOf(name), 'README.md'), 'utf8');
    expect(readme).toContain(`from '${name}'`);
    expect(readme).toMatch(new RegExp(`rbm train .*(acme/|--plugin ${name})`));
  });
});

it('a sampler takes at most 40 lines', async () => {
  const lines = (await readFile(join(exampleOf('rbm-sampler-metropolis'), 'index.js'), 'utf8')).trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(40);
});

/** The test files of an example. */
const testsOf = (name: string): string[] =>
  readdirSync(join(exampleOf(name), 'test'))
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => join(installed(name), 'test', file));

// Two processes, which take about as long: loading takes as long as some of the tests. `plugins.e2e.ts` runs each as its author does.
const first = ['rbm-plugin-convolutional', 'rbm-backend-javascript'];
const halves = [first, exampleNames.filter((name) => !first.includes(name))];

describe('pass their own tests', { concurrent: true, timeout: 600_000 }, () => {
  it.each(halves.map((names) => [names.length, names] as const))('%i of them', async (_, names) => {
    const imports = names.flatMap(testsOf).map((file) => `await import(${JSON.stringify(file)});\n`);
    const all = join(npm, `all-tests-${names[0]}.js`);
    await writeFile(all, imports.join(''));
    const { stdout } = await run(process.execPath, ['--test-reporter=tap', all], { cwd: npm, timeout: 600_000 });
    for (const what of ['fail', 'skipped', 'cancelled', 'todo'])
      expect(stdout).toMatch(new RegExp(`^# ${what} 0$`, 'm'));
    expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(4 * names.length);
  });
});

describe('in a project that uses them', () => {
  const project = join(npm, 'project');
  const node = (...args: string[]) => run(process.execPath, args, { cwd: project });
  const rbm = (...args: string[]) => node(join(npm, 'node_modules/@rbm/cli/dist/rbm.js'), ...args);
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript-7/package.json')), 'bin/tsc');
  const tsc = (...files: string[]) =>
    node(
      compiler,
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
      '--skipLibCheck',
      'false',
      ...files,
    );

  beforeAll(async () => {
    await mkdir(join(project, 'node_modules/@types'), { recursive: true });
    await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
    // The types of a monitor's console, which every project with Node has.
    const types = dirname(createRequire(import.meta.url).resolve('@types/node/package.json'));
    await symlink(types, join(project, 'node_modules/@types/node'), 'junction');
  });

  it('train from code', async () => {
    await writeFile(join(project, 'training.js'), training);
    expect((await node('training.js')).stdout).toContain('steps 10');
  });

  it('have types, and options that the compiler checks', async () => {
    await writeFile(join(project, 'right.ts'), typed('0.5'));
    await writeFile(join(project, 'wrong.ts'), typed("'often'"));
    await writeFile(join(project, 'all.ts'), all);
    await tsc('right.ts', 'all.ts');
    await expect(tsc('wrong.ts')).rejects.toThrow(/wrong\.ts.*TS2322.*'number'/);
  });

  it('are found by the command line', async () => {
    await writeFile(join(project, 'rbm.config.ts'), config);
    await writeFile(join(project, 'data.txt'), '+1 1:1 2:1\n-1 3:1 4:1\n+1 1:1 2:1\n-1 3:1 4:1\n');
    // One training with a piece of every kind that fits together.
    const pieces = ['--data', 'acme/svmlight', '--hidden', 'acme/truncated-exponential:3', '--optimizer', 'acme/lion'];
    const further = [
      '--backend',
      'acme/javascript',
      '--monitor',
      'acme/spectrum',
      '--estimator',
      'acme/probability-flow',
    ];
    const settings = ['--epochs', '2', '--sample-sweeps', '5', '--lr', '0.01'];
    await rbm('train', ...pieces, ...further, ...settings, '--out', 'run');
    expect(await readdir(join(project, 'run'))).toContain('model.safetensors');
    const metrics = await readFile(join(project, 'run/metrics.jsonl'), 'utf8');
    expect(JSON.parse(metrics.split('\n')[0] ?? '')).toMatchObject({ largestSingularValue: expect.any(Number) });
    await rbm('train', '--data', 'bars-and-stripes:3', '--sampler', 'acme/metropolis', ...settings, '--out', 'sampled');
    const { plugins } = JSON.parse((await rbm('plugins', '--json')).stdout);
    expect(plugins).toMatchObject(used.map((name) => ({ name, version: '1.0.0' })));
    expect(plugins[0].from).toContain(`node_modules/${used[0]}/index.js`);
    const doctor = JSON.parse((await rbm('doctor', '--json')).stdout);
    expect(doctor).toMatchObject({ node: process.versions.node, duplicates: [] });
  });
});

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

/** Those of the config. */
const used = exampleNames.filter((name) => !name.startsWith('rbm-plugin-'));

const config = `
import { defineConfig } from '@rbm/cli';
const flip: number = 0.4;
export default defineConfig({
  plugins: ${JSON.stringify(used)},
  options: { 'acme/metropolis': { flip }, 'acme/svmlight': { file: 'data.txt' } },
});
`;

/** A config whose options the compiler knows, since it imports the plugin's types. */
const typed = (flip: string): string => `
import { defineConfig } from '@rbm/cli';
import metropolis from 'rbm-sampler-metropolis';
export default defineConfig({ plugins: [metropolis()], options: { 'acme/metropolis': { flip: ${flip} } } });
`;

/** Pieces of every plugin from code, as the compiler sees them. */
const all = `
import { bernoulli, type Dataset, type EnergyModel, generator, rbm, spin } from '@rbm/core';
import type { Backend, GradientEstimator, Layer, Monitor, Optimizer, Plugin, Sampler } from '@rbm/core/contracts';
import backend, { javascript } from 'rbm-backend-javascript';
import { svmlight } from 'rbm-dataset-svmlight';
import { probabilityFlow } from 'rbm-estimator-probability-flow';
import { truncatedExponential } from 'rbm-layer-truncated-exponential';
import { spectrum } from 'rbm-monitor-spectrum';
import { lion } from 'rbm-optimizer-lion';
import { convolution, convolutionalRbm } from 'rbm-plugin-convolutional';
import { threeSpin } from 'rbm-plugin-three-spin';
import { metropolis } from 'rbm-sampler-metropolis';
const random = generator(1);
const model: EnergyModel = convolutionalRbm({ visible: bernoulli(16), image: [4, 4], filters: 2, size: 3, random });
const triples: EnergyModel = threeSpin({ visible: spin(6), triples: [0, 1, 2] });
const grey: Layer = truncatedExponential(4);
const pieces: [Sampler, GradientEstimator, Optimizer, Monitor] = [
  metropolis(), probabilityFlow(), lion({ weightDecay: 0.1 }), spectrum({ tolerance: 1e-4 }),
];
const later: [Promise<Backend>, Promise<Dataset>] = [javascript(), svmlight({ file: 'data.txt' })];
const plugin: Plugin = backend();
// @ts-expect-error An optimizer takes numbers.
lion({ beta1: 'large' });
// @ts-expect-error A data set needs its file.
svmlight({});
export default [model, triples, rbm({ visible: grey, hidden: bernoulli(2) }), pieces, later, plugin, convolution];
`;
