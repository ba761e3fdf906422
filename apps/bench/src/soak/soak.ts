import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gpujs } from '@rbm/backend-gpujs';
import { wasm } from '@rbm/backend-wasm';
import { reference } from '@rbm/core';
import { type Work, works } from './cycle.js';
import { growthOf, judgeMemory, type LiveMemory, liveMemory } from './live-memory.js';
import { pageSide } from './page-side.js';
import { processSide, type Side } from './side.js';

/** A side, in Chromium with what its graphics process holds. */
type SoakSide = Side & { graphicsBytes?(): Promise<number> };

/** Beside this program after the build. */
const site = fileURLToPath(new URL('page/', import.meta.url));

/** Where each backend works. */
const sides: Readonly<Record<string, () => Promise<SoakSide>>> = {
  wasm: () => processSide(() => wasm({ threads: 2 })),
  reference: () => processSide(async () => reference()),
  'gpujs:cpu': () => processSide(() => gpujs({ gpu: () => import('gpu.js'), mode: 'cpu' })),
  'gpujs:webasm': () => processSide(() => gpujs({ gpu: () => import('gpu.js'), mode: 'webasm' })),
  'gpujs:webgl2': () => pageSide('webgl2', site),
  'gpujs:webgpu': () => pageSide('webgpu', site),
};

/** The share of the time in which the engine still warms up. */
const WARM_UP = 0.25;
/** Looks at memory over a run. */
const LOOKS = 40;

const usage = `npm run soak -- [--minutes N] [--backend NAME]... [--seed N]

  --minutes N      how long each backend works (default: 10)
  --backend NAME   one of ${Object.keys(sides).join(', ')}; may be repeated (default: all;
                   webgl2 and webgpu need /usr/bin/chromium)
  --seed N         of what is done and when it is ended (default: 1)`;

/** Works on one backend after another. @returns Whether memory did not grow, and no thread was left. */
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
  const chosen = values.backend ?? Object.keys(sides);
  const unknown = chosen.find((name) => !(name in sides));
  if (unknown !== undefined) throw new Error(`There is no backend "${unknown}".`);
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) throw new Error('--minutes and --seed are numbers.');
  let sound = true;
  for (const name of chosen) sound = (await soak(name, minutes, seed)) && sound;
  return sound;
}

async function soak(name: string, minutes: number, seed: number): Promise<boolean> {
  const { workers: before } = await liveMemory(0);
  const side = await (sides[name] as () => Promise<SoakSide>)();
  try {
    return await watch(side, name, { minutes, seed, workersBefore: side.graphicsBytes ? 0 : before });
  } finally {
    await side.end();
  }
}

async function watch(
  side: SoakSide,
  name: string,
  { minutes, seed, workersBefore }: { readonly minutes: number; readonly seed: number; readonly workersBefore: number },
): Promise<boolean> {
  const started = performance.now();
  const passed = (): number => (performance.now() - started) / 60_000;
  const looks: LiveMemory[] = [];
  const graphics: LiveMemory[] = [];
  const counts = Object.fromEntries(works.map((work) => [work, 0])) as Record<Work, number>;
  for (let n = 0; passed() < minutes; n++) {
    counts[await side.round(seed, n)]++;
    if (passed() <= (minutes * (looks.length + 1)) / (LOOKS + 1)) continue;
    looks.push(await side.memory(passed()));
    if (side.graphicsBytes) graphics.push({ minutes: passed(), bytes: await side.graphicsBytes(), workers: 0 });
  }
  await side.close();
  const last = await side.memory(passed());
  const warm = looks.filter((look) => look.minutes > WARM_UP * minutes);
  const memory = judgeMemory(warm);
  const left = last.workers - workersBefore;
  const sound = memory.sound && left === 0;
  const rounds = Object.entries(counts).map(([work, count]) => `${count} ${work}`);
  console.log(`${name} (${side.info}): ${passed().toFixed(1)} min, seed ${seed}, rounds: ${rounds.join(', ')}`);
  console.log(
    `  live memory ${(last.bytes / 1e6).toFixed(1)} MB, ${memory.text}; ${left} threads left: ${sound ? 'sound' : 'NOT SOUND'}`,
  );
  if (side.graphicsBytes) {
    const late = graphics.filter((look) => look.minutes > WARM_UP * minutes);
    const { slope, standardError } = growthOf(late);
    // Not judged: the driver's pools make it coarse.
    console.log(
      `  resident memory of the process that draws: ${((late.at(-1)?.bytes ?? Number.NaN) / 1e6).toFixed(0)} MB, ` +
        `${(slope / 1e5).toFixed(1)} ± ${(standardError / 1e5).toFixed(1)} MB in ten minutes`,
    );
  }
  return sound;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${usage}`);
  process.exitCode = 1;
}
