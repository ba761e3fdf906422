/**
 * Operands of UPDATE_WEIGHTS and UPDATE_LAYER, and of SQUARE_WEIGHTS and SQUARE_LAYER, which do only what comes before the rule.
 * Addresses are 0 where there is nothing. Compiled twice, as `opcodes.ts` is.
 */

export const PARAMETERS = 1;
export const GRADIENT = 2;
/** The velocity, or the squares. */
export const FIRST_SLOT = 3;
/** Sums of squares, of SQUARE_WEIGHTS and SQUARE_LAYER. */
export const SQUARES = 3;
export const PANELS = 4;
/** Floats, of one row of parameters. */
export const LENGTH = 4;
export const TILES = 5;
export const MINIMUM = 5;
export const TRANSPOSED = 6;
/** Of one row: whether the decay counts, which is for interactions alone. */
export const DECAYS = 6;
export const MEANS = 7;
export const RULE = 8;
/** Five numbers of this step, in the order of the rule's function. */
export const NUMBERS = 9;
/** The last of them: a share of each weight. */
export const DECAY = 13;
export const L1 = 14;
export const L2 = 15;
export const SLOPES = 16;
export const CLIP_VALUE = 17;
export const CLIP_SCALE = 18;
/** Whether the gradient is to be centred; the fields' must still be as it was. */
export const CENTRES = 19;
export const FIELDS_A = 20;
export const FIELDS_B = 21;
export const OFFSETS_A = 22;
export const OFFSETS_B = 23;
export const ROW_SUMS = 24;
export const COLUMN_SUMS = 25;
