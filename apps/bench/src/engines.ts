import { generator } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { contestant } from './rbm-backend.js';
import type { Workload } from './workload.js';

/** Sizes of machines that engines are compared on, from one that fits a cache to one that fills a graphics card. */
export const engineSizes: readonly (readonly [visible: number, hidden: number])[] = [
  [64, 32],
  [256, 256],
  [784, 500],
  [1024, 1024],
  [2048, 2048],
  [4096, 4096],
  [8192, 8192],
];

/** Samples in a batch: graphics hardware wants many. */
export const ENGINE_BATCH = 1024;

/** An engine is not asked for sizes whose step would take longer. */
const PATIENCE = 30_000;

/** One engine over all sizes. */
export interface EngineTimes {
  readonly name: string;
  /** What it says of itself, or why it does not work here. */
  readonly info: string;
  /** Milliseconds of a CD-1 step at each size; what stands in its place where there is none. */
  readonly steps: readonly (number | string)[];
}

/** Something that makes steps of a size: a backend here, or in a page. */
export interface Engine {
  readonly name: string;
  readonly info: string;
  /** Milliseconds of a step. */
  time(visible: number, hidden: number, batch: number): Promise<number>;
  close(): Promise<void>;
}

/** Opens an engine and measures it on all sizes that it can be waited for. */
export async function measureEngine(name: string, open: () => Promise<Engine>): Promise<EngineTimes> {
  let engine: Engine;
  try {
    engine = await open();
  } catch (error) {
    return { name, info: reason(error), steps: engineSizes.map(() => '–') };
  }
  const steps: (number | string)[] = [];
  let perProduct = 0;
  for (const [visible, hidden] of engineSizes) {
    if (perProduct * visible * hidden > PATIENCE) {
      steps.push(`over ${PATIENCE / 1000} s`);
      continue;
    }
    try {
      const milliseconds = await engine.time(visible, hidden, ENGINE_BATCH);
      perProduct = milliseconds / (visible * hidden);
      steps.push(milliseconds);
    } catch (error) {
      steps.push(reason(error));
      break;
    }
  }
  while (steps.length < engineSizes.length) steps.push('–');
  await engine.close();
  return { name, info: engine.info, steps };
}

/** A CD-1 step of a machine all of whose units are half on: one to warm up, then as many as fill a fifth of a second. */
export async function timeStep(backend: Backend, visible: number, hidden: number, batch: number): Promise<number> {
  const side = await contestant('engine', backend, halfOn(visible, hidden, batch));
  try {
    await side.run(1);
    const { wall: once } = await side.run(1);
    if (once > 200) return once;
    const { wall } = await side.run(Math.ceil(200 / once));
    return wall;
  } finally {
    await side.close();
  }
}

/** Without weights, every unit is on half of the time. */
function halfOn(visible: number, hidden: number, batch: number): Workload {
  const random = generator(1);
  const data = new Uint8Array(batch * visible);
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < visible; i++) data[n * visible + i] = random.bernoulli(0.5, n, i, 0, 0);
  }
  return {
    visible,
    hidden,
    parameters: new Float64Array(visible + hidden + visible * hidden),
    data,
    settings: { kind: 'training', batch, k: 1, rate: 0.001 },
  };
}

/** The smallest size from which on an engine is faster than another, if there is one. */
export function crossover(slow: EngineTimes, fast: EngineTimes): readonly [number, number] | undefined {
  let from: readonly [number, number] | undefined;
  for (const [n, size] of engineSizes.entries()) {
    const [theirs, ours] = [slow.steps[n], fast.steps[n]];
    if (typeof ours !== 'number') continue;
    const wins = typeof theirs !== 'number' || ours < theirs;
    if (!wins) from = undefined;
    else from ??= size;
  }
  return from;
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] as string).slice(0, 160);
}
