// `release.mjs version` turns changesets into versions and changelogs; `release.mjs publish` publishes what the registry
// does not have, and tags it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runPnpm } from './pnpm.mjs';

/** Runs commands in order, until one fails. */
async function inOrder(...commands) {
  for (const command of commands) {
    const code = await runPnpm(...command);
    if (code !== 0) return code;
  }
  return 0;
}

/**
 * Writes into the manifests where the sources are, which provenance is checked against. Only a workflow knows: the
 * repository has no address of its own.
 */
function nameRepository({ GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: repository }) {
  if (!repository) return;
  for (const group of ['packages', 'apps']) {
    for (const id of readdirSync(join(root, group))) {
      const file = join(root, group, id, 'package.json');
      if (!existsSync(file)) continue;
      const manifest = JSON.parse(readFileSync(file, 'utf8'));
      Object.assign(manifest, {
        homepage: `${server}/${repository}#readme`,
        bugs: `${server}/${repository}/issues`,
        repository: { type: 'git', url: `git+${server}/${repository}.git`, directory: `${group}/${id}` },
      });
      writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
    }
  }
}

/** Lets the plugins in `examples/`, which are no packages of the workspace, ask for the packages as they are released. */
function moveExamples() {
  const { name, version } = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8'));
  const [scope] = name.split('/');
  for (const id of readdirSync(join(root, 'examples'))) {
    const file = join(root, 'examples', id, 'package.json');
    if (!existsSync(file)) continue;
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    for (const ranges of [manifest.dependencies, manifest.peerDependencies, manifest.devDependencies]) {
      for (const asked of Object.keys(ranges ?? {})) if (asked.startsWith(`${scope}/`)) ranges[asked] = `^${version}`;
    }
    writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  }
}

const steps = {
  async version() {
    const versioned = await inOrder(['install', '--frozen-lockfile'], ['exec', 'changeset', 'version']);
    if (versioned !== 0) return versioned;
    moveExamples();
    return inOrder(
      ['install', '--lockfile-only'],
      // Changelogs are written by a tool with a style of its own.
      ['exec', 'biome', 'check', '--write'],
    );
  },
  async publish() {
    const built = await inOrder(['install', '--frozen-lockfile'], ['exec', 'turbo', 'run', 'build']);
    if (built !== 0) return built;
    nameRepository(process.env);
    return inOrder(['exec', 'changeset', 'publish']);
  },
};

const [step] = process.argv.slice(2);
if (!(step in steps)) {
  console.error(`Say which step: ${Object.keys(steps).join(' or ')}.`);
  process.exitCode = 2;
} else {
  process.exitCode = await steps[step]();
}
