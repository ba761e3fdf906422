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

/** A slope over time. */
export interface Growth {
  /** Bytes a minute. */
  readonly slope: number;
  /** Its standard error; NaN for fewer than three looks. */
  readonly standardError: number;
}

/** Growth of live memory in bytes a minute, by least squares. */
export function growthOf(looks: readonly LiveMemory[]): Growth {
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const [t, y] = [looks.map(({ minutes }) => minutes), looks.map(({ bytes }) => bytes)];
  const [meanT, meanY] = [mean(t), mean(y)];
  const covariance = t.reduce((sum, x, n) => sum + (x - meanT) * ((y[n] as number) - meanY), 0);
  const variance = t.reduce((sum, x) => sum + (x - meanT) ** 2, 0);
  if (!(variance > 0)) return { slope: 0, standardError: Number.NaN };
  const slope = covariance / variance;
  const rest = t.reduce((sum, x, n) => sum + ((y[n] as number) - meanY - slope * (x - meanT)) ** 2, 0);
  return { slope, standardError: t.length > 2 ? Math.sqrt(rest / (t.length - 2) / variance) : Number.NaN };
}

/** Bytes by which live memory may grow in ten minutes. */
const MOST_GROWTH = 1e6;

/** What the looks at a backend come to. */
export interface MemoryVerdict {
  readonly sound: boolean;
  /** For a line of results. */
  readonly text: string;
}

/**
 * Judges live memory after the warm-up: growth of more than 1 MB in ten minutes is a leak. A fall is none: engines give back what the
 * warm-up has left.
 */
export function judgeMemory(looks: readonly LiveMemory[]): MemoryVerdict {
  const { slope, standardError } = growthOf(looks);
  const [change, error] = [10 * slope, 10 * standardError];
  const megabytes = `${change < 0 ? '−' : '+'}${(Math.abs(change) / 1e6).toFixed(2)} ± ${(error / 1e6).toFixed(2)} MB in ten minutes`;
  const sound = change <= MOST_GROWTH;
  return {
    sound,
    text: `${megabytes}${change < -MOST_GROWTH ? ' (a fall, which is no leak)' : sound ? '' : ' (A LEAK)'}`,
  };
}
