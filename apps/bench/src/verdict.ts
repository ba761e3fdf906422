import type { Summary } from './statistics.js';

/**
 * PyTorch 1.13 at its best setting on two cores of a Sapphire-Rapids-class server processor at 2.6 GHz, in milliseconds: the
 * upper ends of what was measured.
 */
export const pytorchReference: Readonly<Record<string, number>> = { 'cd-1': 3.3, 'cd-10': 17.3 };

/** A peer that is slower than its reference by more than this is not at its best setting. */
const TOLERANCE = 1.15;

/** Whether PyTorch is as fast as it should be; `undefined` where nothing is known of this case or processor. */
export function isConfigured(caseName: string, median: number, knownProcessor: boolean): boolean | undefined {
  const reference = pytorchReference[caseName];
  if (reference === undefined || !knownProcessor) return undefined;
  return median <= TOLERANCE * reference;
}

/** `2.31 (2.20–2.40)`. */
export function ratioText({ median, lowerQuartile, upperQuartile }: Summary): string {
  return `${median.toFixed(2)} (${lowerQuartile.toFixed(2)}–${upperQuartile.toFixed(2)})`;
}

/** What became of a goal: a ratio at least as large. */
export function verdict(reached: number, goal: number, configured: boolean | undefined): string {
  if (configured === false) return 'void: peer misconfigured';
  return reached >= goal ? 'met' : 'missed';
}
