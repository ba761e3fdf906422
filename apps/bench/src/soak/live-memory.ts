/** What the process holds after a collection, in bytes: objects, and array buffers outside the heap. */
export interface LiveMemory {
  readonly minutes: number;
  readonly bytes: number;
  /** Threads that run. */
  readonly workers: number;
}

/** Collects what is garbage, and looks. @throws Error unless Node was started with `--expose-gc`. */
export async function liveMemory(minutes: number): Promise<LiveMemory> {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error('Start Node with --expose-gc.');
  // Finalisers run between turns of the event loop, and may free more.
  for (let n = 0; n < 3; n++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external } = process.memoryUsage();
  const { workers } = process.report.getReport() as unknown as { readonly workers: readonly unknown[] };
  return { minutes, bytes: heapUsed + external, workers: workers.length };
}

/** Growth of live memory in bytes a minute, by least squares over the looks after the warm-up. */
export function growthOf(looks: readonly LiveMemory[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const [t, y] = [looks.map(({ minutes }) => minutes), looks.map(({ bytes }) => bytes)];
  const [meanT, meanY] = [mean(t), mean(y)];
  const covariance = t.reduce((sum, x, n) => sum + (x - meanT) * ((y[n] as number) - meanY), 0);
  const variance = t.reduce((sum, x) => sum + (x - meanT) ** 2, 0);
  return variance > 0 ? covariance / variance : 0;
}
