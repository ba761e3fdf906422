import { RbmError } from '../contracts/errors.js';
import type { Optimizer, UpdateSettings } from '../contracts/optimizer.js';
import type { Layout } from '../models/layout.js';
import type { EnergyModel } from '../models/model.js';
import { type AdamSettings, decayWeights, type RmsPropSettings, scaleByMoments, scaleByRoot } from './adaptive.js';
import type { CentredCoordinates } from './centred-coordinates.js';
import { type DescentSettings, descend } from './descent.js';
import { checkGroups, type GradientSettings } from './gradient-settings.js';
import { addPenalties, clipGradient } from './prepare-gradient.js';

/** Coordinates of the parameters in which units count from offsets, and the offsets. */
export interface Centring extends CentredCoordinates {
  /** Laid out like the parameters: the offset of each number of each layer, in the place of its field; 0 elsewhere. */
  readonly offsets: Float64Array;
}

/** What is particular to a kind: its numbers, its arrays, and its rule. */
interface RuleSettings {
  readonly sgd: DescentSettings;
  readonly rmsprop: RmsPropSettings;
  readonly adam: AdamSettings;
  readonly adamw: AdamSettings;
}

/** The kinds of optimizers of the toolkit, for which a backend may have native paths. */
export type OptimizerKind = keyof RuleSettings;

/** The settings of a built-in kind: those of its rule, and what is done to the gradient before. */
export type OptimizerSettings<Kind extends OptimizerKind> = RuleSettings[Kind] & Omit<GradientSettings, 'centred'>;

/** The arrays of each kind. A centred optimizer has `offsets` after them. */
const slotsOf: Readonly<Record<OptimizerKind, readonly string[]>> = {
  sgd: ['velocity'],
  rmsprop: ['squares'],
  adam: ['means', 'squares'],
  adamw: ['means', 'squares'],
};

/** A smaller ε could be 0 in float32. */
const LEAST_EPSILON = 1e-30;

const share = ['from 0 to below 1', (x: number) => x >= 0 && x < 1] as const;
const nonNegative = ['a number from 0 up', (x: number) => x >= 0 && Number.isFinite(x)] as const;
const positive = ['a positive number', (x: number) => x > 0 && Number.isFinite(x)] as const;
const flag = ['0 or 1', (x: number) => x === 0 || x === 1] as const;
const ranges: Readonly<Record<string, readonly [expected: string, holds: (x: number) => boolean]>> = {
  momentum: share,
  nesterov: flag,
  beta: share,
  beta1: share,
  beta2: share,
  epsilon: ['a number from 1e-30 up', (x) => x >= LEAST_EPSILON && Number.isFinite(x)],
  weightDecay: nonNegative,
  l1: nonNegative,
  l2: nonNegative,
  group: nonNegative,
  clipValue: positive,
  clipNorm: positive,
};

/**
 * An optimizer of the toolkit by its kind and settings, which define it completely: what a backend with a native path for
 * the kind must do is what `update` does here in float64. `sgd`, `rmsProp`, `adam` and `adamW` of @rbm/train make them.
 *
 * The gradient is prepared as `GradientSettings` tells; the rule turns it into a step; the step is carried back from centred
 * coordinates and added; the caller projects the parameters onto their minimums.
 *
 * @param centring Steps in coordinates of centred units (default: plain coordinates).
 * @throws RbmError `ARGUMENT_INVALID` for a setting out of range.
 */
export function builtInOptimizer<Kind extends OptimizerKind>(
  kind: Kind,
  settings: OptimizerSettings<Kind>,
  centring?: Centring,
): Optimizer {
  const plain: Readonly<Record<string, number>> = { ...(settings as object) };
  for (const [name, value] of Object.entries(plain)) {
    const range = ranges[name];
    if (!range) throw new RbmError('ARGUMENT_INVALID', `${name} is no setting of the optimizer "${kind}".`);
    if (range[1](value)) continue;
    throw new RbmError('ARGUMENT_INVALID', `${name} of the optimizer "${kind}" is ${value}; expected ${range[0]}.`);
  }
  const rule = ruleOf(kind, settings);
  return {
    specVersion: 1,
    kind,
    settings: { ...plain, ...(centring ? { centred: 1 } : {}) },
    slots: centring ? [...slotsOf[kind], 'offsets'] : slotsOf[kind],

    init(model: EnergyModel): Float64Array[] {
      checkGroups(model, settings);
      const { length } = model.layout;
      const arrays = slotsOf[kind].map(() => new Float64Array(length));
      if (!centring) return arrays;
      if (centring.offsets.length !== length) {
        throw new RbmError(
          'SHAPE_MISMATCH',
          `The centring has offsets for ${centring.offsets.length} parameters, but the model has ${length}.`,
        );
      }
      return [...arrays, centring.offsets.slice()];
    },

    update(
      gradient: Float64Array,
      slots: readonly Float64Array[],
      parameters: Float64Array,
      at: UpdateSettings,
      layout: Layout,
    ): void {
      const offsets = slots.at(-1) as Float64Array;
      addPenalties(gradient, parameters, layout, settings);
      centring?.gradient(gradient, offsets);
      clipGradient(gradient, settings);
      rule(gradient, slots, parameters, at, layout);
      centring?.step(gradient, offsets);
      for (let i = 0; i < parameters.length; i++) {
        parameters[i] = (parameters[i] as number) + (gradient[i] as number);
      }
    },
  };
}

/** Turns a prepared gradient into a step, in place. */
type Rule = (
  gradient: Float64Array,
  slots: readonly Float64Array[],
  parameters: Float64Array,
  at: UpdateSettings,
  layout: Layout,
) => void;

function ruleOf<Kind extends OptimizerKind>(kind: Kind, settings: RuleSettings[Kind]): Rule {
  if (kind === 'sgd') {
    return (gradient, [velocity], _, at) =>
      descend(gradient, velocity as Float64Array, settings as DescentSettings, at);
  }
  if (kind === 'rmsprop') {
    return (gradient, [squares], _, at) =>
      scaleByRoot(gradient, squares as Float64Array, settings as RmsPropSettings, at);
  }
  const adam = settings as AdamSettings;
  return (gradient, [means, squares], parameters, at, layout) => {
    scaleByMoments(gradient, means as Float64Array, squares as Float64Array, adam, at);
    if (adam.weightDecay) decayWeights(gradient, parameters, adam.weightDecay, at, layout);
  };
}
