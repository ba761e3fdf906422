import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

const CHROMIUM = process.env.CHROMIUM ?? '';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Source of a function that runs in a page and in Node: parameters after some steps of training on models of all native
 * kinds, as one text.
 */
const fingerprint = `
async function fingerprint({ bernoulli, gaussian, generator, potts, rbm, spin }, backend) {
  const kinds = [bernoulli, spin, gaussian, (units) => potts(units, { categories: 3 })];
  const found = [];
  for (const kind of kinds) {
    const random = generator(1);
    const model = rbm({ visible: kind(45), hidden: bernoulli(37), random, scale: 0.1 });
    const program = await backend.prepare(model);
    const buffers = (holds) => [0, 1].map((layer) => program.allocate({ holds, layer, rows: 60 }));
    const [states, inputs] = [buffers('states'), buffers('inputs')];
    const [gradient, velocity] = [0, 1].map(() => program.allocate({ holds: 'parameters' }));
    const optimizer = { kind: 'sgd', settings: { momentum: 0.5, nesterov: 0 }, slots: ['velocity'] };
    for (let step = 0; step < 20; step++) {
      program.gibbs(states, 3, { random, step: 3 * step });
      program.affine(1, states, inputs[1]);
      const assignment = [{ values: states[0] }, { inputs: inputs[1] }];
      program.statistics(gradient, [{ assignment, scale: 1 / 60 }]);
      program.update(optimizer, gradient, [velocity], { rate: 0.01, step });
    }
    found.push(Array.from(await backend.read(program.parameters)).join());
    for (const buffer of [...states, ...inputs, gradient, velocity]) buffer.dispose();
    program.dispose();
  }
  found.push(backend.memory().bytes);
  await backend.close();
  return found.join(';');
}
`;

/**
 * Where memory can be shared, how many threads each run of the suite has: 1 and 4 are tried in Node, all of them where
 * `npm run test:e2e` asks for everything.
 */
const threadsOfSuite = process.env.RBM_ALL_TESTS === undefined ? [2] : [1, 2, 4];

/**
 * Where memory can be shared, the bits of each number of threads are checked; elsewhere all are the same. Fingerprints
 * first: they take a moment, the suite some seconds.
 */
const page = `<!doctype html><script type="importmap">
{ "imports": {
  "@rbm/core": "/core/index.js", "@rbm/core/contracts": "/core/contracts.js", "@rbm/backend-wasm": "/backend-wasm/index.js",
  "@rbm/samplers": "/samplers/index.js", "@rbm/testkit": "/testkit/index.js"
} }
</script><script type="module">
import * as core from '@rbm/core';
import { wasm } from '@rbm/backend-wasm';
import { gibbs } from '@rbm/samplers';
import { backendSuite, collectFailures, noDrift, randomRbm } from '@rbm/testkit';
${fingerprint}
async function drift(threads) {
  const backend = await wasm({ threads });
  const model = randomRbm({ visible: 5, hidden: 4, scale: 1, seed: 1 });
  const random = core.generator(7);
  const { failures } = await noDrift({ sampler: gibbs(), model, backend, random, chains: 20000, sweeps: [1, 4] });
  await backend.close();
  return failures;
}
const results = [];
try {
  for (const threads of [1, 2, 4]) {
    const backend = await wasm({ threads });
    results.push({ threads: backend.capabilities.threads, text: await fingerprint(core, backend) });
  }
  for (const threads of crossOriginIsolated ? [${threadsOfSuite}] : [1]) {
    let checks = 0;
    const failures = await collectFailures((it) =>
      backendSuite({ it: (name, check) => { checks++; it(name, check); }, backend: () => wasm({ threads }), budget: Infinity }),
    );
    Object.assign(results.find((result) => result.threads === threads), { checks, failures, drift: await drift(threads) });
  }
} catch (error) {
  results.push(String(error));
}
await fetch('/results', { method: 'POST', body: JSON.stringify({ isolated: crossOriginIsolated, results }) });
</script>`;

interface Results {
  readonly isolated: boolean;
  readonly results: readonly {
    readonly threads: number;
    readonly text: string;
    readonly checks?: number;
    readonly failures?: Readonly<Record<string, string>>;
    readonly drift?: readonly unknown[];
  }[];
}

/** Serves the page and the built packages; resolves with what the page reports. */
function serve(isolated: boolean): { server: Server; results: Promise<Results> } {
  let receive: (results: Results) => void;
  const results = new Promise<Results>((resolve) => {
    receive = resolve;
  });
  const headers = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {};
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end();
      receive(JSON.parse(body));
      return;
    }
    const found = /^\/(core|backend-wasm|samplers|testkit)\/([\w.-]+\.js)$/.exec(request.url ?? '');
    if (found) {
      const file = new URL(`../../${found[1]}/dist/${found[2]}`, import.meta.url);
      response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' }).end(await readFile(file));
    } else if (request.url === '/') response.writeHead(200, { ...headers, 'Content-Type': 'text/html' }).end(page);
    else response.writeHead(404).end();
  });
  return { server, results };
}

async function run(isolated: boolean): Promise<Results> {
  const { server, results } = serve(isolated);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = await mkdtemp(join(tmpdir(), 'rbm-chromium-'));
  let browser: ChildProcess | undefined;
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = spawn(CHROMIUM, [...FLAGS, '--remote-debugging-port=0', `--user-data-dir=${profile}`, url], {
      stdio: 'ignore',
    });
    return await results;
  } finally {
    const ended = new Promise((resolve) => browser?.once('exit', resolve));
    browser?.kill();
    await ended;
    server.closeAllConnections();
    server.close();
    // Processes that the browser started may write for a moment after it has ended.
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

// Without Chromium there is nothing to test; where it belongs, its absence is a failure.
const present = CHROMIUM !== '' || process.env.CI === 'true';

describe.runIf(present)('in headless Chromium', () => {
  let expected: string;
  beforeAll(async () => {
    const core = await import('@rbm/core');
    const { wasm } = await import('./backend.js');
    const make = new Function(`${fingerprint} return fingerprint;`) as () => (
      c: unknown,
      b: unknown,
    ) => Promise<string>;
    expected = await make()(core, await wasm({ threads: 2 }));
  });

  test('with cross-origin isolation, threads keep the contract and give the bits that Node gives', {
    timeout: 180_000,
  }, async () => {
    const { isolated, results } = await run(true);
    expect(isolated).toBe(true);
    expect(results.map(({ threads }) => threads)).toEqual([1, 2, 4]);
    for (const { text, ...found } of results) {
      expect(text === expected).toBe(true);
      if (threadsOfSuite.includes(found.threads)) expectConformance(found);
    }
  });

  test('without it, one thread does', { timeout: 180_000 }, async () => {
    const { isolated, results } = await run(false);
    expect(isolated).toBe(false);
    expect(results.map(({ threads }) => threads)).toEqual([1, 1, 1]);
    for (const { text } of results) expect(text === expected).toBe(true);
    expectConformance(results[0]);
  });
});

/** All checks of the suite passed, and chains stayed where they belong. */
function expectConformance(found: Partial<Results['results'][number]> | undefined): void {
  expect(found?.checks).toBeGreaterThan(40);
  expect(found?.failures).toEqual({});
  expect(found?.drift).toEqual([]);
}
