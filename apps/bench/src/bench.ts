import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GpujsMode, gpujs } from '@rbm/backend-gpujs';
import { wasm } from '@rbm/backend-wasm';
import type { Backend } from '@rbm/core/contracts';
import { writeCaseFolder } from './case-folder.js';
import { caseWorkload } from './case-workload.js';
import { type Case, cases, type MachineName } from './cases.js';
import { ChromiumSide, openPageEngine } from './chromium.js';
import { type CaseResult, compare } from './compare.js';
import { measureComposition } from './composition.js';
import { demoCost, demoTable } from './demo.js';
import { type Engine, type EngineTimes, measureEngine, timeStep } from './engines.js';
import { type Growth, measureGrowth } from './growth.js';
import { thisMachine } from './machine.js';
import { type TrainedMachine, trainedMachine } from './machines.js';
import { measureInTurn } from './measure.js';
import { type MemoryUse, measureMemory } from './memory.js';
import { measureOptimizers } from './optimizers.js';
import { type Options, parseOptions, usage } from './options.js';
import { startPeers } from './peers.js';
import { contestant } from './rbm-backend.js';
import * as report from './report.js';
import { measureTempering } from './tempering.js';
import type { Timing } from './workload.js';

const cache: string = fileURLToPath(new URL('../.cache/', import.meta.url));
const site: string = fileURLToPath(new URL('./page/', import.meta.url));
const log = (line: string): void => console.error(line);

async function main(options: Options): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rbm-bench-'));
  const backends = [await wasm({ threads: 2 }), await wasm({ threads: 1 })];
  try {
    await measureAll(options, folder, backends);
  } finally {
    for (const backend of backends) await backend.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureAll(options: Options, folder: string, backends: readonly Backend[]): Promise<void> {
  const { selected, repetitions } = options;
  const [backend] = backends as [Backend, ...Backend[]];
  const machineOf = machinesOnce(backend);
  const machine = thisMachine();
  const record: Record<string, unknown> = { machine, date: new Date().toISOString() };
  const peers = await startPeers();
  for (const { missing } of peers) if (missing !== undefined) log(`Missing: ${missing}`);
  print('## Machine', report.describeMachine(machine, [...new Set(peers.flatMap(({ peer }) => peer?.version ?? []))]));

  const results: CaseResult[] = [];
  for (const which of cases.filter(({ name }) => selected.has(name))) {
    log(`Measuring ${which.title}`);
    results.push(await compare(which, await machineOf(which.machine), backends, peers, repetitions, folder));
  }
  for (const { peer } of peers) await peer?.close();
  if (results.length > 0) {
    print('## Against the fastest peer', report.comparisonTable(results, machine), report.remarks(results, machine));
    print(report.undisturbedTable(results));
    print('## Densities', report.densitiesTable(results));
    print('## Threads', report.threadsLine(results[0] as CaseResult));
    record.cases = results.map(({ measured, ...rest }) => ({ ...rest, measured: Object.fromEntries(measured) }));
  }
  const first = cases[0] as Case;
  if (selected.has('chromium')) {
    const { line, measured } = await inChromium(first, await machineOf(first.machine), backend, options, folder);
    print('## In a page', line);
    record.chromium = measured;
  }
  if (selected.has('growth')) {
    log('Measuring growth');
    const growth: Growth = await measureGrowth(backend, Math.min(repetitions, 3));
    print('## Growth', report.growthTable(growth));
    record.growth = growth;
  }
  if (selected.has('tempering')) {
    log('Measuring tempering');
    const costs = await measureTempering(backend, await machineOf('mnist-500'), repetitions);
    print('## Tempering', report.temperingTable(costs));
    record.tempering = costs;
  }
  if (selected.has('optimizers')) {
    log('Measuring optimizers');
    const costs = await measureOptimizers(backend, await machineOf('mnist-500'), repetitions);
    print('## Optimizers', report.optimizersTable(costs));
    record.optimizers = costs;
  }
  if (selected.has('composition')) {
    log('Measuring pieces of third parties');
    const costs = await measureComposition(backend, await machineOf('mnist-500'), repetitions);
    print('## Pieces', report.compositionTable(costs));
    record.composition = costs;
  }
  if (selected.has('engines')) {
    const times = await measureEngines();
    print('## gpu.js and WebAssembly', report.enginesTable(times), report.enginesRemarks(times));
    record.engines = times;
  }
  if (selected.has('demo')) {
    const cost = await demoCost(options.minutes, log);
    if (cost) print('## The demo', demoTable(cost, options.minutes));
    record.demo = cost;
  }
  if (selected.has('memory')) {
    const use = await memoryOf(
      cases.filter(({ kind }) => kind === 'training'),
      machineOf,
    );
    print('## Memory', report.memoryTable(use));
    record.memory = Object.fromEntries(use);
  }
  if (results.length > 0) print('## Every side', report.sidesTable(results));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(record, null, 2)}\n`);
}

/** The first case in a page and in Node, in turn. */
async function inChromium(
  which: Case,
  machine: TrainedMachine,
  backend: Backend,
  { repetitions }: Options,
  folder: string,
): Promise<{ line: string; measured: Readonly<Record<string, readonly Timing[]>> }> {
  log('Measuring in Chromium');
  const workload = caseWorkload(which, machine);
  const caseFolder = await writeCaseFolder(join(folder, 'chromium'), workload);
  let page: ChromiumSide;
  try {
    page = await ChromiumSide.start('Chromium', site, caseFolder, backend.capabilities.threads);
  } catch (error) {
    return { line: `Chromium is missing: ${(error as Error).message.split('\n')[0]}`, measured: {} };
  }
  const node = await contestant('Node', backend, workload);
  try {
    const { measurements } = await measureInTurn([node, page], repetitions);
    const line = report.chromiumLine(measurements, `${page.version}, ${page.info}`);
    return { line, measured: Object.fromEntries(measurements) };
  } finally {
    await node.close();
    await page.close();
  }
}

/** What training holds in memory, case by case, each on a backend of its own. */
async function memoryOf(
  which: readonly Case[],
  machineOf: (name: MachineName) => Promise<TrainedMachine>,
): Promise<Map<string, MemoryUse>> {
  log('Measuring memory');
  const use = new Map<string, MemoryUse>();
  for (const one of which) {
    const workload = caseWorkload(one, await machineOf(one.machine));
    use.set(one.title, await measureMemory(() => wasm({ threads: 2 }), workload));
  }
  return use;
}

/** WebAssembly, then gpu.js in each mode, here and in a page. */
async function measureEngines(): Promise<EngineTimes[]> {
  const here = async (open: () => Promise<Backend>): Promise<Engine> => {
    const backend = await open();
    const time: Engine['time'] = (...size) => timeStep(backend, ...size);
    return { name: backend.name, info: backend.info, time, close: () => backend.close() };
  };
  const byGpujs = (mode: GpujsMode) => () => here(() => gpujs({ gpu: () => import('gpu.js'), mode }));
  const inPage = (mode: GpujsMode) => () => openPageEngine(mode, site);
  const engines: readonly (readonly [name: string, open: () => Promise<Engine>])[] = [
    ['wasm, 2 threads, Node', () => here(() => wasm({ threads: 2 }))],
    ['gpujs:webgpu, Node', byGpujs('webgpu')],
    ['gpujs:webasm, Node', byGpujs('webasm')],
    ['gpujs:cpu, Node', byGpujs('cpu')],
    ['gpujs:webgpu, Chromium', inPage('webgpu')],
    ['gpujs:webgl2, Chromium', inPage('webgl2')],
    ['gpujs:webasm, Chromium', inPage('webasm')],
  ];
  const times: EngineTimes[] = [];
  for (const [name, open] of engines) {
    log(`Measuring ${name}`);
    times.push(await measureEngine(name, open));
  }
  return times;
}

/** Loads or trains each machine once. */
function machinesOnce(backend: Backend): (name: MachineName) => Promise<TrainedMachine> {
  const machines = new Map<MachineName, Promise<TrainedMachine>>();
  return (name) => {
    const machine = machines.get(name) ?? trainedMachine(name, cache, backend, log);
    machines.set(name, machine);
    return machine;
  };
}

function print(...paragraphs: readonly string[]): void {
  for (const paragraph of paragraphs) if (paragraph !== '') console.log(`${paragraph}\n`);
}

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${usage}`);
  process.exitCode = 1;
}
