import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder, rbm } from './run.testing.js';

const TIMEOUT = 60_000;

/** A plugin without imports, so that it can live anywhere: a sampler that only ever says that it was bound. */
const plugin = `export default () => ({
  name: 'rbm-plugin-loud',
  specVersion: { samplers: 1, datasets: 1 },
  provides: {
    samplers: {
      'acme/loud': {
        options: { volume: { type: 'integer', minimum: 1, maximum: 11, default: 3 } },
        create: ({ volume }) => ({
          specVersion: 1, name: 'acme/loud', settings: {}, capabilities: { invariant: true, reversible: false },
          bind() { throw new Error('bound at volume ' + volume); },
        }),
      },
    },
    datasets: {
      'acme/corners': {
        create: () => ({
          specVersion: 1, name: 'corners', preparation: {},
          train: { values: Uint8Array.from([0, 0, 1, 1]), count: 2, width: 2 },
        }),
      },
    },
  },
});
`;

async function project(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const installed = {
  'node_modules/rbm-plugin-loud/package.json':
    '{ "name": "rbm-plugin-loud", "version": "2.3.4", "type": "module", "exports": "./index.js" }',
  'node_modules/rbm-plugin-loud/index.js': plugin,
};
const training = ['train', '--hidden', '2', '--epochs', '1', '--sample-sweeps', '2', '--out', 'run', '--data'];
const core = new URL('../../../packages/core/dist/index.js', import.meta.url).href;
const trainPackage = new URL('../../../packages/train/dist/index.js', import.meta.url).href;

/** A config with a plugin that has one of everything else, made of the toolkit's own pieces under other names. */
const everything = `
import { bernoulli, boltzmannMachine, createModel, reference } from '${core}';
import { sgd } from '${trainPackage}';
const renamed = (layer) => ({
  ...layer, kind: 'acme/bits', settings: { strength: 2 }, select: (units) => renamed(layer.select(units)),
});
const plugin = {
  name: 'rbm-plugin-everything',
  specVersion: { layers: 1, energyModels: 1, optimizers: 1, monitors: 1, backends: 1 },
  provides: {
    layers: {
      'acme/bits': {
        options: { strength: { type: 'number', default: 2 } },
        create: (_, { units }) => renamed(bernoulli(units)),
      },
    },
    energyModels: {
      'acme/ring': {
        create: (_, { visible }) => {
          const edges = Array.from({ length: visible.units }, (_, i) => [i, (i + 1) % visible.units]).flat();
          const { interactions, blocks } = boltzmannMachine({ visible, edges });
          return createModel({
            kind: 'acme/ring', layers: [{ name: 'visible', layer: visible, visible: true }], interactions, blocks,
          });
        },
      },
    },
    optimizers: { 'acme/step': { create: () => ({ ...sgd(), kind: 'acme/step' }) } },
    monitors: {
      'acme/count': {
        create: () => ({ specVersion: 1, name: 'acme/count', measure: async ({ step }) => ({ counted: step }) }),
      },
    },
    backends: { 'acme/slow': { create: () => Object.assign(reference(), { info: 'a slow one' }) } },
  },
};
export default { plugins: [plugin] };
`;

const loud = [...training, 'bars-and-stripes:2', '--sampler', 'acme/loud'];

describe('plugins in a project', () => {
  it.each([
    [
      'rbm.config.ts',
      "import { defineConfig } from '@rbm/cli';\nconst volume: number = 7;\nexport default defineConfig({ plugins: ['rbm-plugin-loud'], options: { 'acme/loud': { volume } } });\n",
    ],
    [
      'rbm.config.js',
      "import loud from 'rbm-plugin-loud';\nexport default { plugins: [loud()], options: { 'acme/loud': { volume: 7 } } };\n",
    ],
  ])('are named in %s', { timeout: TIMEOUT }, (name, text) =>
    inFolder(async (folder) => {
      await project(folder, { ...installed, [name]: text });
      const run = await rbm(loud, folder);
      expect(run.stderr).toContain('bound at volume 7');
      const list = await rbm(['plugins'], folder);
      expect([list.code, list.stderr]).toEqual([0, expect.stringContaining(join(folder, name))]);
      expect(list.stdout).toMatch(/rbm-plugin-loud[\s\S]*acme\/loud \(volume\)/);
      if (name === 'rbm.config.ts') expect(list.stdout).toContain('2.3.4');
    }),
  );

  it('bring data sets', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      await project(folder, { ...installed, 'rbm.config.js': 'export default { plugins: ["rbm-plugin-loud"] }' });
      const run = await rbm([...training, 'acme/corners'], folder);
      expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('Done')]);
      expect(JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8')).data.name).toBe('corners');
    }),
  );

  it('bring layers, models, optimizers, monitors and backends', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      await project(folder, { 'rbm.config.js': everything });
      const data = ['--data', 'bars-and-stripes:3'];
      const common = [...data, '--epochs', '2', '--sample-sweeps', '2', '--optimizer', 'acme/step'];
      const units = ['--visible', 'acme/bits', '--hidden', 'acme/bits:3', '--monitor', 'acme/count'];
      const trained = await rbm(['train', ...common, ...units, '--backend', 'acme/slow', '--out', 'run'], folder);
      expect([trained.code, trained.stderr]).toEqual([0, expect.stringMatching(/On a slow one[\s\S]*counted 1/)]);
      const run = JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8'));
      expect(run.settings).toMatchObject({ optimizer: 'acme/step', monitor: ['acme/count'], backend: 'acme/slow' });
      const info = JSON.parse(
        (await rbm(['info', 'run/model.safetensors', '--json', '--config', 'rbm.config.js'], folder)).stdout,
      );
      expect(info.layers).toMatchObject([
        { kind: 'acme/bits', units: 9, settings: { strength: 2 } },
        { kind: 'acme/bits', units: 3 },
      ]);
      const judged = await rbm(
        ['eval', 'run/model.safetensors', ...data, '--json', '--config', 'rbm.config.js'],
        folder,
      );
      expect([judged.code, JSON.parse(judged.stdout).logPartition.method]).toEqual([0, 'exact']);
      const drawn = await rbm(
        ['sample', 'run/model.safetensors', '--count', '3', '--out', 'x.csv', '--config', 'rbm.config.js'],
        folder,
      );
      expect([drawn.code, (await readFile(join(folder, 'x.csv'), 'utf8')).trim().split('\n')]).toEqual([
        0,
        Array(3).fill(expect.stringMatching(/^[01](,[01]){8}$/)),
      ]);

      const ring = await rbm(['train', ...common, '--model', 'acme/ring', '--out', 'ring'], folder);
      expect([ring.code, ring.stderr]).toEqual([0, expect.stringContaining('couplings.png')]);
      expect(ring.stderr).toContain('Note: wasm has no kernels for optimizer acme/step.');
      const model = JSON.parse((await rbm(['info', 'ring/model.safetensors', '--json'], folder)).stdout);
      expect([model.model, Object.values(model.parameters)]).toEqual(['acme/ring', [[9], [9]]]);

      const stray = ['train', ...data, '--optimizer', 'acme/step', '--momentum', '0.5', '--out', 'x'];
      expect(await rbm(stray, folder)).toMatchObject({ code: 2, stderr: expect.stringContaining('acme/step') });
      await project(folder, { 'rbm.config.js': 'export default {};' });
      const gone = await rbm(['info', 'run/model.safetensors'], folder);
      expect(gone).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/"acme\/bits" are not known here.*--plugin PACKAGE/),
      });
    }),
  );

  it('may be files, whose content is their version', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const typed = `import type { Plugin } from '@rbm/core/contracts';\n${everything
        .replace('const plugin =', 'const plugin: Plugin =')
        .replace('export default { plugins: [plugin] };', 'export default plugin;')}`;
      await project(folder, { 'mine.ts': typed });
      const train = ['train', '--data', 'bars-and-stripes:3', '--epochs', '1', '--sample-sweeps', '1', '--out', 'run'];
      const trained = await rbm([...train, '--visible', 'acme/bits', '--plugin', './mine.ts'], folder);
      expect([trained.code, trained.stderr]).toEqual([0, expect.stringContaining(`from ${join(folder, 'mine.ts')}`)]);
      const { versions, settings } = JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8'));
      const [[name, version]] = Object.entries(versions.plugins) as [[string, string]];
      expect(version).toMatch(/^sha256:[0-9a-f]{12}$/);
      expect(settings.plugin).toEqual(['./mine.ts']);
      const info = await rbm(['info', 'run/model.safetensors', '--plugin', './mine.ts', '--json'], folder);
      expect(JSON.parse(info.stdout).plugins).toEqual({ 'acme/bits': `${name}@${version}` });
      const stranger = await rbm(['info', 'run/model.safetensors'], folder);
      expect(stranger.stderr).toContain(`package "${name}@${version}" provides it`);

      await project(folder, { 'mine.ts': `${typed}\n// Changed.\n` });
      const resumed = await rbm(['resume', 'run', '--epochs', '2'], folder);
      expect(resumed).toMatchObject({ code: 1, stderr: expect.stringMatching(/--force plugins.*RUN_CHANGED/) });
      for (const [given, mentions] of [
        ['./yours.ts', /there is no file .*yours\.ts.*PLUGIN_NOT_FOUND/],
        ['mine.ts', /or \.\/mine\.ts for the file/],
      ] as const) {
        expect(await rbm(['plugins', '--plugin', given], folder)).toMatchObject({
          code: 1,
          stderr: expect.stringMatching(mentions),
        });
      }
    }),
  );

  it('are trained without the usual monitors where these do not fit the model', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const deep = `
import { bernoulli, deepBoltzmannMachine } from '${core}';
const still = {
  specVersion: 1,
  name: 'acme/still',
  settings: {},
  bind: (program) => {
    const gradient = program.allocate({ holds: 'parameters' });
    const state = (steps) => ({ steps, dispose() {} });
    return {
      init: async () => state(0),
      estimate: async (_, { steps }) => ({ gradient, state: state(steps + 1), info: { numbers: { restful: 1 } } }),
      save: async ({ steps }) => ({ steps }),
      load: async ({ steps }) => state(steps),
      dispose: () => gradient.dispose(),
    };
  },
};
export default {
  name: 'rbm-plugin-deep',
  specVersion: { energyModels: 1, estimators: 1 },
  provides: {
    energyModels: {
      'acme/deep': { create: (_, { visible, random }) => deepBoltzmannMachine({ visible, hidden: [bernoulli(3), bernoulli(2)], random }) },
    },
    estimators: { 'acme/still': { create: () => still } },
  },
};`;
      await project(folder, { 'deep.js': deep });
      const args = ['train', '--data', 'bars-and-stripes:2', '--epochs', '1', '--sample-sweeps', '1', '--out', 'run'];
      const plugin = ['--plugin', './deep.js', '--model', 'acme/deep', '--estimator', 'acme/still'];
      const trained = await rbm([...args, ...plugin], folder);
      expect([trained.code, trained.stderr]).toEqual([
        0,
        expect.stringContaining('Note: hidden units of this model act'),
      ]);
      expect(trained.stderr).toContain('Done after');
    }),
  );

  it('bring data sets to be judged by', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      await project(folder, { ...installed, 'rbm.config.js': 'export default { plugins: ["rbm-plugin-loud"] }' });
      await rbm([...training, 'acme/corners'], folder);
      const judged = await rbm(
        [
          'eval',
          'run/model.safetensors',
          '--data',
          'acme/corners',
          '--split',
          'train',
          '--json',
          '--plugin',
          'rbm-plugin-loud',
        ],
        folder,
      );
      expect([judged.code, JSON.parse(judged.stdout).logLikelihood.samples]).toEqual([0, 2]);
    }),
  );

  it('are refused with a code before any work', { timeout: TIMEOUT }, () =>
    inFolder(async (folder) => {
      const cases: [config: string, args: string[], mentions: RegExp][] = [
        ['{ "plugins": ["rbm-plugin-gone"] }', loud, /npm install rbm-plugin-gone.*PLUGIN_NOT_FOUND/],
        ['{ "plugin": [] }', loud, /Did you mean "plugins".*FILE_INVALID/],
        ['{ "plugins": [{ "name": "x" }] }', loud, /"x".*PLUGIN_INVALID/],
        ['{ "plugins": ["rbm-plugin-loud", "rbm-plugin-loud"] }', loud, /NAME_TAKEN/],
        ['{ "plugins": ["rbm-plugin-loud"] }', [...loud.slice(0, -1), 'acme/lout'], /"acme\/loud".*PLUGIN_UNKNOWN/],
        [
          '{ "plugins": ["rbm-plugin-loud"], "options": { "acme/loud": { "volume": 12 } } }',
          loud,
          /from 1 to 11, not 12.*OPTION_INVALID/,
        ],
        ['{ "plugins": ["rbm-plugin-loud"] }', [...loud, '--estimator', 'cd'], /--sampler goes with/],
      ];
      for (const [n, [config, args, mentions]] of cases.entries()) {
        // A process loads each module once.
        const each = join(folder, String(n));
        await project(each, { ...installed, 'rbm.config.js': `export default ${config}` });
        const run = await rbm(args, each);
        expect([run.code === 0, run.stderr]).toEqual([false, expect.stringMatching(mentions)]);
      }
    }),
  );
});

const mine = `import { writeFileSync } from 'node:fs'; writeFileSync('executed', ''); export default {};`;

it('code runs only where it is asked for', { timeout: TIMEOUT }, () =>
  inFolder(async (folder) => {
    await rbm([...training, 'bars-and-stripes:2'], folder);
    await project(folder, {
      'rbm.config.js': mine,
      'run/rbm.config.js': mine,
      'sub/data.csv': '0,1,0,1\n1,0,1,0\n',
      'rbm.config.json': '{ "options": { "acme/loud": { "volume": 7 } } }',
    });
    const model = ['run/model.safetensors'];
    const executed = async (): Promise<boolean> => {
      const found = await readFile(join(folder, 'executed')).then(
        () => true,
        () => false,
      );
      await rm(join(folder, 'executed'), { force: true });
      return found;
    };
    for (const args of [
      ['info', ...model],
      ['eval', ...model, '--data', 'bars-and-stripes:2'],
      ['sample', ...model, '--burn-in', '1', '--out', 'x.csv'],
    ]) {
      expect([args[0], (await rbm(args, folder)).code, await executed()]).toEqual([args[0], 0, false]);
      // A process runs each module once.
      const config = `${args[0]}.config.js`;
      await project(folder, { [config]: mine });
      const asked = await rbm([...args, '--config', config], folder);
      expect([asked.code, await executed()]).toEqual([0, true]);
      expect(asked.stderr).toContain(`Loading ${join(folder, config)}`);
    }
    await rbm(['plugins'], folder);
    expect(await executed()).toBe(true);
    await rbm(['plugins'], join(folder, 'sub'));
    expect(await executed()).toBe(false);
    const json = { 'rbm.config.json': '{ "plugins": ["rbm-plugin-loud"] }' };
    await project(folder, { ...installed, ...json });
    const refused = await rbm(['info', ...model], folder);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/holds options only.*--plugin/) });
    await rm(join(folder, 'rbm.config.json'));
    const drawn = await rbm(['sample', ...model, '--sampler', 'acme/loud', '--out', 'x.csv'], folder);
    expect(drawn.stderr).toMatch(/--plugin PACKAGE.*PLUGIN_UNKNOWN/);
    const loaded = await rbm(
      ['sample', ...model, '--sampler', 'acme/loud', '--plugin', 'rbm-plugin-loud', '--out', 'x.csv'],
      folder,
    );
    expect(loaded.stderr).toMatch(/Loading plugin rbm-plugin-loud[\s\S]*bound at volume 3/);
    expect((await rbm(['info', ...model, '--config', 'none.js'], folder)).stderr).toContain('FILE_NOT_FOUND');
  }),
);

it('rbm doctor says what is installed and what works', { timeout: TIMEOUT }, () =>
  inFolder(async (folder) => {
    const core = 'node_modules/@rbm/core/package.json';
    await project(folder, { [core]: '{ "name": "@rbm/core", "version": "9.9.9" }' });
    const report = JSON.parse((await rbm(['doctor', '--json'], folder)).stdout);
    expect(report.node).toBe(process.versions.node);
    expect(report.duplicates).toHaveLength(2);
    expect(report.backends[0]).toMatchObject({ name: 'reference', works: true });
    const text = await rbm(['doctor'], folder);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/9\.9\.9[\s\S]*installed 2 times/);
  }),
);
