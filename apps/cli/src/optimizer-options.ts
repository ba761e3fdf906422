import type { EnergyModel, Samples } from '@rbm/core';
import type { Optimizer } from '@rbm/core/contracts';
import { adam, adamW, centring, type GradientOptions, rmsProp, sgd } from '@rbm/train';
import type { Options } from 'yargs';
import { checkNumbers } from './numbers.js';
import type { Pieces } from './pieces.js';
import { UsageError } from './usage-error.js';

/** The options that say how a gradient becomes a step. */
export interface OptimizerArguments {
  optimizer: string;
  momentum?: number;
  nesterov?: boolean;
  beta?: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  'weight-decay'?: number;
  l1?: number;
  l2?: number;
  group?: number;
  clip?: number;
  'clip-value'?: number;
  centre: boolean;
}

/** What `--optimizer` names of the program's own. */
export const optimizers = ['sgd', 'rmsprop', 'adam', 'adamw'] as const;

type BuiltIn = (typeof optimizers)[number];
type Rule = Exclude<keyof OptimizerArguments, 'optimizer'>;

/** Which of the options are whose. */
const rules: Readonly<Record<BuiltIn, readonly Rule[]>> = {
  sgd: ['momentum', 'nesterov'],
  rmsprop: ['beta', 'epsilon'],
  adam: ['beta1', 'beta2', 'epsilon'],
  adamw: ['beta1', 'beta2', 'epsilon', 'weight-decay'],
};
/** Those of all the program's own. */
const common: readonly Rule[] = ['l1', 'l2', 'group', 'clip', 'clip-value', 'centre'];

/** Options of an optimizer that may change while a training goes on: all but where its steps are taken. */
export const changeableRules = [
  'momentum',
  'nesterov',
  'beta',
  'beta1',
  'beta2',
  'epsilon',
  'weight-decay',
  'l1',
  'l2',
  'group',
  'clip',
  'clip-value',
] as const;

export const optimizerOptions: Record<string, Options> = {
  optimizer: {
    type: 'string',
    default: 'sgd',
    describe: `How a gradient becomes a step: ${optimizers.join(', ')}, or the name of one that a plugin provides`,
  },
  momentum: { type: 'number', describe: 'Share of the last step that the next one keeps (sgd; default: 0)' },
  nesterov: { type: 'boolean', describe: "Nesterov's momentum (sgd with --momentum)" },
  beta: { type: 'number', describe: 'Share of the mean of squares that a step keeps (rmsprop; default: 0.9)' },
  beta1: { type: 'number', describe: 'Share of the mean of gradients that a step keeps (adam, adamw; default: 0.9)' },
  beta2: { type: 'number', describe: 'Share of the mean of squares that a step keeps (adam, adamw; default: 0.999)' },
  epsilon: { type: 'number', describe: 'Added to the root of squares (rmsprop, adam, adamw; default: 1e-8)' },
  'weight-decay': {
    type: 'number',
    describe: 'Decay of the weights that is not part of the gradient (adamw; default: 0.01)',
  },
  l1: { type: 'number', describe: 'Penalty l1 Σ|w| on the weights' },
  l2: { type: 'number', describe: 'Penalty (l2/2) Σ w² on the weights' },
  group: {
    type: 'number',
    describe: 'L2/L1 penalty (group/2N) Σ_j (Σ_i |w_ij|)² on the weights of each hidden unit, of N visible numbers',
  },
  clip: { type: 'number', describe: 'Largest norm of the gradient of all parameters' },
  'clip-value': { type: 'number', describe: 'Largest size of each number of the gradient, before --clip' },
  centre: {
    type: 'boolean',
    default: false,
    describe: 'Steps in coordinates of units with mean zero: a straighter way for data that are mostly off',
  },
};

/** Learning rate of an optimizer, if none is given: steps of adaptive ones are about as long as their rate. */
export function defaultRate(optimizer: string): number {
  return isBuiltIn(optimizer) && optimizer !== 'sgd' ? 0.001 : 0.05;
}

/** Arrays as large as the parameters that an optimizer keeps. */
export function optimizerArrays({ optimizer, centre }: Pick<OptimizerArguments, 'optimizer' | 'centre'>): number {
  return (optimizer === 'adam' || optimizer === 'adamw' ? 2 : 1) + Number(centre);
}

/**
 * Checks the options of an optimizer before any work; those of a plugin's are in the config.
 *
 * @returns What makes the optimizer once there are data and a model.
 * @throws UsageError
 */
export async function planOptimizer(
  args: OptimizerArguments,
  pieces: Pieces,
): Promise<(model: EnergyModel, data: Samples) => Optimizer> {
  const { optimizer } = args;
  const own = isBuiltIn(optimizer) ? [...rules[optimizer], ...common] : [];
  for (const name of [...changeableRules, 'centre'] as const) {
    if (args[name] === undefined || args[name] === false || own.includes(name)) continue;
    const whose = common.includes(name) ? optimizers : optimizers.filter((kind) => rules[kind].includes(name));
    const instead = name === 'weight-decay' ? ' For a penalty on the weights, use --l2.' : '';
    const config = isBuiltIn(optimizer) ? '' : ` Give those of ${optimizer} in the config.`;
    throw new UsageError(`--${name} is for --optimizer ${whose.join(', ')}, not ${optimizer}.${instead}${config}`);
  }
  checkNumbers(args, {
    momentum: 'share',
    beta: 'share',
    beta1: 'share',
    beta2: 'share',
    epsilon: 'positive',
    'weight-decay': 'nonNegative',
    l1: 'nonNegative',
    l2: 'nonNegative',
    group: 'nonNegative',
    clip: 'positive',
    'clip-value': 'positive',
  });
  if (args.nesterov && !args.momentum) throw new UsageError('--nesterov needs --momentum above 0.');
  if (!isBuiltIn(optimizer)) {
    const found = await pieces.optimizer(optimizer);
    return () => found;
  }
  // Once without a model, for what only the optimizer itself checks.
  make(optimizer, args, {});
  return (model, data) => make(optimizer, args, args.centre ? { centre: centring(model, data) } : {});
}

function isBuiltIn(optimizer: string): optimizer is BuiltIn {
  return optimizers.includes(optimizer as BuiltIn);
}

function make(kind: BuiltIn, args: OptimizerArguments, centre: Pick<GradientOptions, 'centre'>): Optimizer {
  const { momentum, nesterov, beta, beta1, beta2, epsilon, 'weight-decay': weightDecay } = args;
  const { l1, l2, group, clip: norm, 'clip-value': value } = args;
  const gradient: GradientOptions = {
    penalties: given({ l1, l2, group }),
    clip: given({ norm, value }),
    ...centre,
  };
  switch (kind) {
    case 'sgd':
      return sgd({ ...given({ momentum, nesterov }), ...gradient });
    case 'rmsprop':
      return rmsProp({ ...given({ beta, epsilon }), ...gradient });
    case 'adam':
      return adam({ ...given({ beta1, beta2, epsilon }), ...gradient });
    case 'adamw':
      return adamW({ ...given({ beta1, beta2, epsilon, weightDecay }), ...gradient });
  }
}

/** Without what is undefined. */
function given<Options extends object>(options: Options): { [Name in keyof Options]?: NonNullable<Options[Name]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
