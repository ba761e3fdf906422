/** What is measured. */
export type Operation = 'cd-1' | 'gibbs' | 'ais';

/** The least that a step of an operation takes. */
export interface Cost {
  /** Floating-point operations of its matrix products, two for each pair of factors. */
  readonly operations: number;
  /** Bytes to and from memory: each product reads its factors and writes its result once, all float32. */
  readonly bytes: number;
}

/**
 * Operations and bytes of one step: of CD-1 with its update, of one Gibbs sweep, or of one temperature of annealing.
 *
 * CD-1 takes three products with the weights and two that add up statistics; the update reads and writes the weights. A sweep
 * takes two products, a temperature two as well: inputs of the hidden units serve both free energies and the sample.
 */
export function costOf(operation: Operation, visible: number, hidden: number, batch: number): Cost {
  const weights = visible * hidden;
  const units = batch * (visible + hidden);
  if (operation === 'cd-1') {
    // Weights: read by three products; the gradient is written, and read by the update, which reads and writes the weights.
    return { operations: 10 * weights * batch, bytes: 4 * (7 * weights + 5 * units) };
  }
  return { operations: 4 * weights * batch, bytes: 4 * (2 * weights + 2 * units) };
}

/** What a card can do by its maker's account. */
export interface CardLimits {
  /** Bytes a second. */
  readonly bandwidth: number;
  /** Float32 operations a second without tensor cores. */
  readonly rate: number;
}

// From the makers' data sheets: GB/s, TFLOP/s in float32. The first name that fits counts.
const cards: readonly (readonly [name: RegExp, gigabytes: number, teraflops: number])[] = [
  [/H200/, 4800, 67],
  [/GH200/, 4000, 67],
  [/H100.*(PCIe|NVL)/, 2000, 51],
  [/H100/, 3350, 67],
  [/A100.*80/, 2039, 19.5],
  [/A100/, 1555, 19.5],
  [/L40S/, 864, 91.6],
  [/\bL4\b/, 300, 30.3],
  [/\bA10G?\b/, 600, 31.2],
  [/V100/, 900, 15.7],
  [/\bT4\b/, 320, 8.1],
  [/RTX 4090/, 1008, 82.6],
  [/RTX 3090/, 936, 35.6],
];

/** The limits of a card, if its data sheet is known here. */
export function cardLimits(name: string): CardLimits | undefined {
  const found = cards.find(([pattern]) => pattern.test(name));
  return found && { bandwidth: found[1] * 1e9, rate: found[2] * 1e12 };
}

/** The larger of the shares of bandwidth and of arithmetic that a step of so many milliseconds used. */
export function shareOfLimits(
  { operations, bytes }: Cost,
  { bandwidth, rate }: CardLimits,
  milliseconds: number,
): number {
  return Math.max(bytes / bandwidth, operations / rate) / (milliseconds / 1000);
}
