import { parseArgs } from 'node:util';
import { gpujs } from '@rbm/backend-gpujs';
import { wasm } from '@rbm/backend-wasm';
import { type Backend, reference } from '@rbm/core';
import { barsAndStripes } from '@rbm/datasets';
import { round, roundRandom, type Work, works } from './cycle.js';
import { growthOf, type LiveMemory, liveMemory } from './live-memory.js';

/** How each backend is opened. */
const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  wasm: () => wasm({ threads: 2 }),
  reference: async () => reference(),
  'gpujs:cpu': () => gpujs({ gpu: () => import('gpu.js'), mode: 'cpu' }),
  'gpujs:webasm': () => gpujs({ gpu: () => import('gpu.js'), mode: 'webasm' }),
};

/** The share of the time in which the engine still warms up. */
const WARM_UP = 0.25;
/** Bytes by which live memory may change in ten minutes. */
const MOST_CHANGE = 1e6;
/** Looks at memory over a run. */
const LOOKS = 40;

const usage = `npm run soak -- [--minutes N] [--backend NAME]... [--seed N]

  --minutes N      how long each backend works (default: 10)
  --backend NAME   one of ${Object.keys(backends).join(', ')}; may be repeated (default: all)
  --seed N         of what is done and when it is ended (default: 1)`;

/** Works on one backend after another. @returns Whether memory stayed what it was, and no thread was left. */
async function main(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      backend: { type: 'string', multiple: true },
      seed: { type: 'string', default: '1' },
    },
  });
  const minutes = Number(values.minutes);
  const seed = Number(values.seed);
  const chosen = values.backend ?? Object.keys(backends);
  const unknown = chosen.find((name) => !(name in backends));
  if (unknown !== undefined) throw new Error(`There is no backend "${unknown}".`);
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) throw new Error('--minutes and --seed are numbers.');
  let sound = true;
  for (const name of chosen) sound = (await soak(name, minutes, seed)) && sound;
  return sound;
}

async function soak(name: string, minutes: number, seed: number): Promise<boolean> {
  const open = backends[name] as () => Promise<Backend>;
  const data = barsAndStripes(4);
  const started = performance.now();
  const passed = (): number => (performance.now() - started) / 60_000;
  const { workers: before } = await liveMemory(0);
  const looks: LiveMemory[] = [];
  const counts = Object.fromEntries(works.map((work) => [work, 0])) as Record<Work, number>;
  let backend = await open();
  for (let n = 0; passed() < minutes; n++) {
    const random = roundRandom(seed, n);
    const work = works[Math.floor(works.length * random.uniform(9, 0, 0, 0))] as Work;
    if (await round(work, backend, data, random)) backend = await open();
    counts[work]++;
    if (passed() > (minutes * (looks.length + 1)) / (LOOKS + 1)) looks.push(await liveMemory(passed()));
  }
  await backend.close();
  const last = await liveMemory(passed());
  const warm = looks.filter((look) => look.minutes > WARM_UP * minutes);
  const change = 10 * growthOf(warm);
  const sound = Math.abs(change) <= MOST_CHANGE && last.workers === before;
  const rounds = Object.entries(counts).map(([work, count]) => `${count} ${work}`);
  console.log(
    `${name}: ${passed().toFixed(1)} min, seed ${seed}, rounds: ${rounds.join(', ')}; live memory ${(last.bytes / 1e6).toFixed(1)} MB, ` +
      `${(change / 1e6).toFixed(2)} MB in ten minutes; ${last.workers - before} threads left: ${sound ? 'sound' : 'NOT SOUND'}`,
  );
  return sound;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${usage}`);
  process.exitCode = 1;
}
