import type { Timing } from './workload.js';

/** Processor time that this process has used, in milliseconds, where that can be told. */
export type ProcessorClock = () => number;

/** Times some steps. */
export async function timeSteps(
  steps: number,
  processorTime: ProcessorClock | undefined,
  work: () => Promise<unknown>,
): Promise<Timing> {
  const used = processorTime?.() ?? Number.NaN;
  const from = performance.now();
  await work();
  const wall = (performance.now() - from) / steps;
  return { wall, processor: ((processorTime?.() ?? Number.NaN) - used) / steps };
}
