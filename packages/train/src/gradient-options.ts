import {
  type ArgumentKind,
  builtInOptimizer,
  type Centring,
  checkArguments,
  type GradientSettings,
  argumentKinds as kinds,
  type Optimizer,
  type OptimizerKind,
  type OptimizerSettings,
  optional,
} from '@rbm/core/contracts';

/** Penalties on the weights of interactions; none on the layers' parameters. Each is added to the cost. */
export interface Penalties {
  /** `l1 Σ |w|` (default: 0). */
  readonly l1?: number;
  /** `(l2/2) Σ w²` (default: 0). */
  readonly l2?: number;
  /**
   * `(group/2N) Σ_j (Σ_i |w_ij|)²`, with N the numbers of the visible layer: the L2/L1 penalty of Tubiana, Cocco and Monasson
   * (eLife 2019, 8:e39397, equation 8). It adds `group · sign w_ij · mean_i |w_ij|` to the gradient: sparse weights within a
   * hidden unit, of comparable size among hidden units. For dense interactions, where j is of the second layer (default: 0).
   */
  readonly group?: number;
}

/** Bounds of the gradient of all parameters, after penalties and in the coordinates of the step; `value` before `norm`. */
export interface Clipping {
  /** Each number is brought to between −value and value (default: not clipped). */
  readonly value?: number;
  /** The whole gradient is scaled to this Euclidean norm if it is longer (default: not clipped). */
  readonly norm?: number;
}

/**
 * What the optimizers do to a gradient before their rule sees it: add the penalties, centre, clip; in this order, so that
 * penalties act in centred coordinates, and clipping bounds what the rule gets.
 */
export interface GradientOptions {
  readonly penalties?: Penalties;
  readonly clip?: Clipping;
  /** Steps in coordinates whose units have mean zero: see `centring` (default: plain coordinates). */
  readonly centre?: Centring;
}

const centring: ArgumentKind = {
  noun: 'what centring returns',
  example: 'centring(model, data)',
  is: (value) => kinds.record.is(value) && 'offsets' in (value as object),
};

/** For checks of arguments. */
export const gradientKinds: Readonly<Record<keyof GradientOptions, ArgumentKind>> = {
  penalties: optional({ ...kinds.record, example: '{ l2: 0.001 }' }),
  clip: optional({ ...kinds.record, example: '{ norm: 1 }' }),
  centre: optional(centring),
};

/** The built-in optimizer with a rule's settings and these options. @throws RbmError `ARGUMENT_INVALID`. */
export function optimizerOf<Kind extends OptimizerKind>(
  kind: Kind,
  rule: OptimizerSettings<Kind>,
  options: GradientOptions,
): Optimizer {
  const { penalties = {}, clip = {}, centre } = options;
  const number = optional(kinds.number);
  checkArguments(`${kind}, penalties`, penalties, { l1: number, l2: number, group: number });
  checkArguments(`${kind}, clip`, clip, { value: number, norm: number });
  const { l1, l2, group } = penalties;
  const { value, norm } = clip;
  const preparation: GradientSettings = {
    ...(l1 ? { l1 } : {}),
    ...(l2 ? { l2 } : {}),
    ...(group ? { group } : {}),
    ...(value === undefined ? {} : { clipValue: value }),
    ...(norm === undefined ? {} : { clipNorm: norm }),
  };
  return builtInOptimizer(kind, { ...rule, ...preparation }, centre);
}
