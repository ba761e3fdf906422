import type { Samples } from '@rbm/core';

/** What the numbers of some data are like. */
export interface ValueSummary {
  readonly least: number;
  readonly greatest: number;
  /** Whether all are whole numbers. */
  readonly whole: boolean;
  /** Whether all are −1 or 1, and some −1. */
  readonly signed: boolean;
  /** Whether all are 0 or 1, and some 0. */
  readonly binary: boolean;
}

/** Looks at all values once. */
export function summarizeValues(parts: readonly Samples[]): ValueSummary {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let whole = true;
  let [zeros, ones, minusOnes, count] = [0, 0, 0, 0];
  for (const { values } of parts) {
    count += values.length;
    for (let i = 0; i < values.length; i++) {
      const x = values[i] as number;
      if (x < least) least = x;
      if (x > greatest) greatest = x;
      if (x === 0) zeros++;
      else if (x === 1) ones++;
      else if (x === -1) minusOnes++;
      else if (!Number.isInteger(x)) whole = false;
    }
  }
  return {
    least,
    greatest,
    whole,
    signed: minusOnes > 0 && minusOnes + ones === count,
    binary: zeros > 0 && zeros + ones === count,
  };
}
