import { RbmError } from '../contracts/errors.js';
import type { EnergyModel } from '../models/model.js';

/**
 * What is done to a gradient before the rule of a built-in optimizer sees it, as plain numbers. Absent: not done. In this
 * order, `g` being the gradient of the cost:
 *
 * 1. Penalties on the weights of interactions, never on the layers' parameters. With `w_ij` the weights of a dense
 *    interaction, `i` of its first layer, and `N` the numbers of that layer:
 *
 *        g_ij ← g_ij + l2 · w_ij + l1 · sign w_ij + group · sign w_ij · (1/N) Σ_i' |w_i'j|,   sign 0 = 0.
 *
 *    These are the gradients of `(l2/2) Σ w²`, `l1 Σ |w|` and `(group/2N) Σ_j (Σ_i |w_ij|)²`, the L2/L1 penalty of
 *    Tubiana, Cocco and Monasson (eLife 2019, 8:e39397, equation 8), as in RestrictedBoltzmannMachines.jl: among the hidden
 *    units the weights stay comparable, within one they become sparse.
 * 2. `centred`: into coordinates whose units count from offsets (`CentredCoordinates`). Penalties come first, so that they
 *    act in these coordinates too: a step then does not depend on which state of a unit is called 1.
 * 3. `clipValue`: each number of the gradient of all parameters is brought to between −clipValue and clipValue.
 * 4. `clipNorm`: the gradient of all parameters is scaled to this Euclidean norm if it is longer. After 3, so that one number
 *    that is far too large does not shorten all the others.
 *
 * The rule's steps are carried back to plain coordinates, added, and the parameters projected onto their minimums.
 */
export interface GradientSettings {
  readonly l1?: number;
  readonly l2?: number;
  readonly group?: number;
  readonly clipValue?: number;
  readonly clipNorm?: number;
  /** 1 if the last slot, `offsets`, holds the offsets. */
  readonly centred?: number;
}

/** @throws RbmError `UNSUPPORTED` for a group penalty on an interaction that is not dense. */
export function checkGroups({ interactions }: EnergyModel, { group }: GradientSettings): void {
  const other = group ? interactions.find(({ kind }) => kind !== 'dense') : undefined;
  if (!other) return;
  throw new RbmError(
    'UNSUPPORTED',
    `The group penalty needs dense interactions, whose weights have groups, but "${other.name}" is ${other.kind}. ` +
      'Use the penalties l1 or l2.',
  );
}
