import { couplingMatrix, spin } from '@rbm/core';
import { overlap, type Recall, recall, store, toGaussianHidden } from '@rbm/hopfield';

/** Stores a pattern, damages it, and has it recalled. */
export default async function use(): Promise<string> {
  const pattern = Float64Array.of(1, 1, 1, -1, -1, -1, 1, -1);
  const model = store({ visible: spin(8), patterns: { values: pattern, count: 1, width: 8 } });
  const found: Recall = await recall(
    model,
    pattern.map((s, i) => (i < 2 ? -s : s)),
  );
  const { shift } = toGaussianHidden(model);
  return [overlap(found.states, pattern, 8)[0], couplingMatrix(model)[1], shift.toFixed(6)].join(' ');
}

/** Never called: what the compiler has to refuse. */
export function refused(): void {
  // @ts-expect-error Units are a layer, not a number.
  store({ visible: 8, patterns: { values: new Float64Array(8), count: 1, width: 8 } });
}
