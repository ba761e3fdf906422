import type { Operation } from './cost.js';
import type { CheckOptions } from './options.js';

/** A size at which operations are timed. */
export interface Size {
  readonly visible: number;
  readonly hidden: number;
  readonly batch: number;
}

/** How long things may take, in milliseconds, and what is measured. */
export interface Plan {
  readonly budget: number;
  /** Of a measurement. */
  readonly duration: number;
  /** Of one case with its preparation. */
  readonly caseLimit: number;
  readonly suiteLimit: number;
  readonly trainingLimit: number;
  readonly epochs: number;
  readonly images: number;
  readonly operations: readonly Operation[];
  readonly sizes: readonly Size[];
}

const all = [
  [64, 32],
  [256, 256],
  [784, 500],
  [1024, 1024],
  [2048, 2048],
  [4096, 4096],
  [8192, 8192],
] as const;
const few: readonly number[] = [64, 784, 2048, 8192];

/** The plan of a form. Its budget leaves time for the start, and for the end, of the 4 or 9 minutes that are promised. */
export function planOf({ form, largest }: Pick<CheckOptions, 'form' | 'largest'>): Plan {
  const quick = form === 'quick';
  const models = all.filter(([visible]) => visible <= largest && (!quick || few.includes(visible)));
  const batches = quick ? [64, 1024] : [64, 256, 1024];
  return {
    budget: quick ? 220_000 : 510_000,
    duration: quick ? 150 : 250,
    caseLimit: quick ? 12_000 : 20_000,
    suiteLimit: quick ? 45_000 : 120_000,
    trainingLimit: quick ? 30_000 : 60_000,
    epochs: quick ? 3 : 10,
    images: 10_000,
    operations: ['cd-1', 'gibbs', 'ais'],
    sizes: models.flatMap(([visible, hidden]) => batches.map((batch) => ({ visible, hidden, batch }))),
  };
}

/**
 * Predicts steps from those before, which grow with visible × hidden × batch at most, and tells which ones would take longer
 * than a case may.
 */
export class Forecast {
  readonly #perProduct: Map<string, number> = new Map();

  /** A reason to leave a case out, if there is one. A case makes four steps at least. */
  reason(series: string, size: Size, limit: number): string | undefined {
    const step = (this.#perProduct.get(series) ?? 0) * products(size);
    if (step * 4 <= limit) return undefined;
    return Number.isFinite(step)
      ? `left out: a step would take up to ${Math.ceil(step / 1000)} s`
      : 'left out: smaller ones failed';
  }

  took(series: string, size: Size, step: number): void {
    this.#perProduct.set(series, step / products(size));
  }

  /** A case was cut off or failed: larger ones are left out. */
  failed(series: string): void {
    this.#perProduct.set(series, Number.POSITIVE_INFINITY);
  }
}

function products({ visible, hidden, batch }: Size): number {
  return visible * hidden * batch;
}
