import { RbmError } from '../contracts/errors.js';
import type { Layout, ParameterArray } from '../models/layout.js';
import type { GradientSettings } from './gradient-settings.js';

/** Adds the gradients of the penalties, in place: step 1 of `GradientSettings`. */
export function addPenalties(
  gradient: Float64Array,
  parameters: Float64Array,
  layout: Layout,
  { l1 = 0, l2 = 0, group = 0 }: GradientSettings,
): void {
  if (l1 === 0 && l2 === 0 && group === 0) return;
  for (const array of layout.arrays) {
    if (!array.interaction) continue;
    const { offset, length } = array;
    const sums = group === 0 ? undefined : columnSums(array, parameters);
    const columns = sums?.length ?? 1;
    // Of each column: what multiplies the sign of its weights.
    const slopes = sums?.map((sum) => l1 + (group * sum * columns) / length) ?? Float64Array.of(l1);
    for (let n = 0; n < length; n++) {
      const w = parameters[offset + n] as number;
      const penalty = l2 * w + Math.sign(w) * (slopes[n % columns] as number);
      gradient[offset + n] = (gradient[offset + n] as number) + penalty;
    }
  }
}

/** `Σ_i |w_ij|` for each column j. */
function columnSums({ name, shape, offset, length }: ParameterArray, parameters: Float64Array): Float64Array {
  const [, columns] = shape;
  if (shape.length !== 2 || columns === undefined) {
    throw new RbmError(
      'UNSUPPORTED',
      `The group penalty needs dense interactions; "${name}" has no groups of weights.`,
    );
  }
  const sums = new Float64Array(columns);
  for (let n = 0; n < length; n++) {
    sums[n % columns] = (sums[n % columns] as number) + Math.abs(parameters[offset + n] as number);
  }
  return sums;
}

/** Brings each number within `clipValue`, then all together within `clipNorm`: steps 3 and 4 of `GradientSettings`. */
export function clipGradient(gradient: Float64Array, { clipValue, clipNorm }: GradientSettings): void {
  if (clipValue !== undefined) {
    for (let i = 0; i < gradient.length; i++) {
      gradient[i] = Math.min(Math.max(gradient[i] as number, -clipValue), clipValue);
    }
  }
  if (clipNorm === undefined) return;
  let squares = 0;
  for (let i = 0; i < gradient.length; i++) squares += (gradient[i] as number) ** 2;
  const norm = Math.sqrt(squares);
  if (norm <= clipNorm) return;
  const scale = clipNorm / norm;
  for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] as number) * scale;
}
