import { type BarsAndStripes, barsAndStripes, digits, parseCsv } from '@rbm/datasets';

/** Entropy of a generated set, size of a shipped one, and a table. */
export default async function use(): Promise<string> {
  const patterns: BarsAndStripes = barsAndStripes(3);
  const { train, test } = digits();
  const table = parseCsv('a,b\n0,1\n1,1\n');
  return [patterns.entropy.toFixed(6), train.count, test?.count, table.count].join(' ');
}

/** Never called: what the compiler has to refuse. */
export function refused(): void {
  // @ts-expect-error There are two distributions of this name.
  barsAndStripes(3, { distribution: 'uniform' });
  // @ts-expect-error A table is text.
  parseCsv([0, 1]);
}
