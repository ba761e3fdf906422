/** How well two noisy estimates of the same array agree. */
export interface Agreement {
  /** Of the entries. Noise lowers it. */
  readonly correlation: number;
  /** Norm of the second over that of the first: another rate, or another number of samples, shows here. */
  readonly relativeNorm: number;
}

/** Compares two arrays of the same length. */
export function agreement(first: ArrayLike<number>, second: ArrayLike<number>): Agreement {
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < first.length; i++) {
    const [x, y] = [first[i] as number, second[i] as number];
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  return { correlation: xy / Math.sqrt(xx * yy), relativeNorm: Math.sqrt(yy / xx) };
}

/** Whether two sides did the same work: the changes of all parameters point the same way and are equally large. */
export function sameChange({ correlation, relativeNorm }: Agreement): boolean {
  return correlation > 0.8 && relativeNorm > 0.85 && relativeNorm < 1.15;
}

/** Difference of two means in units of its standard error. */
export function deviation(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const [a, b] = [moments(first), moments(second)];
  return (a.mean - b.mean) / Math.sqrt(a.variance / first.length + b.variance / second.length);
}

function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += (values[i] as number) / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] as number) - mean) ** 2;
  return { mean, variance: squares / (values.length - 1) };
}
