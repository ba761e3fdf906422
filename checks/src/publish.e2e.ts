import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, run } from './run.ts';
import { requireAll, runningNode, runProgram, writeProgram } from './stranger.ts';
import { exampleNames, type Manifest, packages, publishedPackages, readManifest, root } from './workspace.ts';

// A release as the workflow does it, from a clone of what is committed, into a registry on this machine.

let folder: string;
let clone: string;
let url: string;
let registry: ChildProcess | undefined;
let npmEnvironment: NodeJS.ProcessEnv;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Installs verdaccio beside the clone, and starts it: own packages stay there, all others come from the usual registry. */
async function startRegistry(): Promise<void> {
  const home = join(folder, 'registry');
  await mkdir(home, { recursive: true });
  const manifest = { private: true, dependencies: { verdaccio: '6.8.0' }, overrides: { 'node-fetch': '2.7.0' } };
  await writeFile(join(home, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: home, timeout: 300_000 });
  const usual = (await run('npm', ['config', 'get', 'registry'], { cwd: home })).stdout.trim();
  const own = Object.fromEntries(
    publishedPackages.map(({ manifest: { name } }) => [name, { access: '$all', publish: '$all', unpublish: '$all' }]),
  );
  // JSON is YAML.
  const settings = {
    storage: join(home, 'storage'),
    auth: { htpasswd: { file: join(home, 'htpasswd'), max_users: -1 } },
    uplinks: { usual: { url: usual, cache: false } },
    packages: { ...own, '**': { access: '$all', proxy: 'usual' } },
    log: { type: 'stdout', format: 'json', level: 'warn' },
  };
  await writeFile(join(home, 'config.yaml'), JSON.stringify(settings));
  const port = await freePort();
  url = `http://127.0.0.1:${port}/`;
  const program = join(home, 'node_modules/verdaccio/bin/verdaccio');
  registry = spawn(
    process.execPath,
    [program, '--config', join(home, 'config.yaml'), '--listen', `127.0.0.1:${port}`],
    {
      cwd: home,
      env: environment,
      stdio: 'ignore',
    },
  );
  for (let tries = 0; tries < 100; tries++) {
    if (
      await fetch(`${url}-/ping`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`The registry on ${url} does not answer.`);
}

async function published(name: string): Promise<Manifest & { repository?: unknown }> {
  const answer = await fetch(`${url}${name.replace('/', '%2f')}/latest`);
  if (!answer.ok) throw new Error(`${name}: the registry answers ${answer.status}.`);
  return (await answer.json()) as Manifest;
}

const git = (...args: string[]) => run('git', args, { cwd: clone });
const npm = (args: string[], cwd: string) => run('npm', args, { cwd, env: npmEnvironment, timeout: 600_000 });

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'rbm-publish-')));
  clone = join(folder, 'clone');
  await startRegistry();
  const userconfig = join(folder, 'npmrc');
  await writeFile(userconfig, `registry=${url}\n${url.replace('http:', '')}:_authToken=nobody\n`);
  npmEnvironment = {
    npm_config_userconfig: userconfig,
    npm_config_registry: url,
    GITHUB_REPOSITORY: 'somebody/somewhere',
  };
  await run('git', ['clone', '--quiet', root, clone], { cwd: folder });
  await git('config', 'user.name', 'Release');
  await git('config', 'user.email', 'release@localhost');
  // Whatever else goes wrong, nothing may reach the registry that strangers use.
  for (const { group, id } of packages) {
    const manifest = readManifest(join(clone, group, id));
    manifest.publishConfig = { ...manifest.publishConfig, registry: url };
    await writeFile(join(clone, group, id, 'package.json'), JSON.stringify(manifest, null, 2));
  }
});

afterAll(async () => {
  registry?.kill();
  await rm(folder, { recursive: true, force: true });
});

describe('a release', () => {
  let version: string;

  it('turns changesets into one version and changelogs', async () => {
    await npm(['run', 'release:version'], clone);
    const manifests = publishedPackages.map(({ group, id }) => readManifest(join(clone, group, id)));
    version = manifests[0]?.version ?? '';
    expect(version).toMatch(/^0\.\d+\.\d+$/);
    expect(manifests.filter((each) => each.version !== version)).toEqual([]);
    expect(version).not.toBe(publishedPackages[0]?.manifest.version);
    for (const { group, id, manifest } of packages.filter((each) => !each.published)) {
      expect(readManifest(join(clone, group, id)).version).toBe(manifest.version);
    }
    for (const name of exampleNames) {
      const { peerDependencies, devDependencies } = readManifest(join(clone, 'examples', name));
      const ranges = new Set(Object.values({ ...peerDependencies, ...devDependencies }));
      expect([...ranges]).toEqual([`^${version}`]);
    }
    const changelog = await readFile(join(clone, 'packages/core/CHANGELOG.md'), 'utf8');
    expect(changelog).toContain(`## ${version}`);
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'Release');
    // The pull request of a release is tested like any other.
    await run('npx', ['biome', 'check', '--error-on-warnings'], { cwd: clone });
  });

  it('publishes every package with what belongs to it, and tags it', async () => {
    await npm(['run', 'release:publish'], clone);
    const tags = (await git('tag')).stdout.trim().split('\n');
    for (const { manifest, group, id } of publishedPackages) {
      const found = await published(manifest.name);
      expect(found.version).toBe(version);
      expect(found).toMatchObject({
        repository: { url: 'git+https://github.com/somebody/somewhere.git', directory: `${group}/${id}` },
      });
      const own = Object.entries(found.dependencies ?? {}).filter(([name]) => name.startsWith('@rbm/'));
      expect(own.filter(([, range]) => range !== `^${version}`)).toEqual([]);
      expect(tags).toContain(`${manifest.name}@${version}`);
    }
    expect(tags).toHaveLength(publishedPackages.length);
  });

  it('keeps private packages private', async () => {
    for (const { manifest } of packages.filter((each) => !each.published)) {
      await expect(published(manifest.name)).rejects.toThrow('404');
    }
  });

  it('publishes nothing twice', async () => {
    const { stdout, stderr } = await npm(['run', 'release:publish'], clone);
    expect(stdout + stderr).toContain('No unpublished projects to publish');
    expect(stdout + stderr).not.toContain('is being published');
  });

  it('can be installed from the registry, and runs', async () => {
    const project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    await npm(
      ['install', '--no-audit', '--no-fund', ...publishedPackages.map(({ manifest }) => manifest.name)],
      project,
    );
    await writeProgram(project);
    const results = await runProgram(runningNode, project);
    expect(Object.keys(results)).toEqual(Object.keys(await requireAll(runningNode, project)));
    const { stdout } = await npm(['exec', '--', 'rbm', '--version'], project);
    expect(stdout.trim()).toBe(version);
  });
});
