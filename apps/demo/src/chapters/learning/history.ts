import type { Report } from './lesson.js';

/** What is kept of every report of a lesson, for the curves. */
export interface History {
  readonly steps: readonly number[];
  /** In nats. */
  readonly divergences: readonly number[];
  /** Between estimate and exact gradient, in degrees; null before the first update. */
  readonly angles: readonly (number | null)[];
  /** Between their means over some reports; null before there are as many. */
  readonly smoothed: readonly (number | null)[];
}

export const emptyHistory: History = { steps: [], divergences: [], angles: [], smoothed: [] };

export function extend({ steps, divergences, angles, smoothed }: History, report: Report): History {
  const { comparison } = report;
  return {
    steps: [...steps, report.step],
    divergences: [...divergences, report.divergence],
    angles: [...angles, comparison ? degrees(comparison.cosine) : null],
    smoothed: [...smoothed, report.smoothed ? degrees(report.smoothed.cosine) : null],
  };
}

/** The angle of a cosine. */
export function degrees(cosine: number): number {
  return (180 / Math.PI) * Math.acos(cosine);
}
