import type { Buffer, Inputs, Program, Target } from '../contracts/backend.js';

/** Whether the target's base has weights of its own, so that inputs from it are needed too. */
export function hasWeightedBase(target: Target | undefined): boolean {
  return target?.base?.spec.holds === 'parameters';
}

/**
 * Computes what the values of the other layers send to a layer at a target, from its base too where `into` has a buffer for that.
 *
 * @param states A buffer of values a layer, in order.
 * @param into Buffers of inputs: `[rows, units · width]`.
 * @throws RbmError `SHAPE_MISMATCH`, `DISPOSED` as `Program.affine`.
 */
export function receiveInputs(
  program: Program,
  layer: number,
  states: readonly Buffer[],
  into: Inputs,
  target: Target | undefined,
): void {
  program.affine(layer, states, into.inputs, target?.parameters);
  if (into.base) program.affine(layer, states, into.base, target?.base);
}
