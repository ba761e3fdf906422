import { RbmError } from '../contracts/errors.js';
import type { Layer } from '../layers/layer.js';
import { checkModel, type EnergyModel } from '../models/model.js';
import { isGaussian } from './gaussian-integral.js';

/** Which layers are visited state by state; the others, one block, are summed out. */
export interface EnumerationPlan {
  readonly enumerated: readonly number[];
  readonly states: number;
}

/**
 * How many states `enumerate` would visit; 0 where a closed form takes their place, `∞` where nothing is exact. Tells
 * whether an enumeration is worth asking for.
 */
export function statesToEnumerate(model: EnergyModel): number {
  checkModel('statesToEnumerate', model);
  if (isGaussian(model)) return 0;
  return Math.min(...listPlans(model).map(({ states }) => states));
}

function listPlans(model: EnergyModel): EnumerationPlan[] {
  // Blocks of whole layers can be summed out; where there are none, every unit's states are visited.
  const blocks = [...model.blocks.filter((block) => block.every(({ units }) => !units)), []];
  return blocks.map((block): EnumerationPlan => {
    const enumerated = model.layers.flatMap((_, l) => (block.some(({ layer }) => layer === l) ? [] : [l]));
    return { enumerated, states: countStates(enumerated.map((l) => model.layers[l] as Layer)) };
  });
}

export function planEnumeration(model: EnergyModel, limit: number): EnumerationPlan {
  const plans = listPlans(model);
  const best = plans.reduce((least, plan) => (plan.states < least.states ? plan : least));
  if (plans.every(({ enumerated }) => enumerated.some((l) => (model.layers[l] as Layer).states === null))) {
    const continuous = model.layers.flatMap((layer, l) =>
      layer.states === null ? [`"${model.names[l]}" (${layer.kind})`] : [],
    );
    throw new RbmError(
      'UNSUPPORTED',
      `The continuous layers ${continuous.join(', ')} of this model act on each other, and not all are Gaussian: they ` +
        'can neither be enumerated nor summed out. Estimate log Z by annealed importance sampling.',
    );
  }
  if (!(best.states <= limit)) {
    throw new RbmError(
      'SIZE_LIMIT',
      `This model cannot be enumerated: its smallest side has ${powerOfTwo(best.states)} states, and the limit is ` +
        `${powerOfTwo(limit)}. Raise the limit (time doubles with each binary unit) or estimate log Z by annealed ` +
        'importance sampling.',
    );
  }
  return best;
}

/** How people name large counts of states: `2^20`, `2^15.8`. */
function powerOfTwo(count: number): string {
  return Number.isFinite(count) ? `2^${Math.round(10 * Math.log2(count)) / 10}` : 'infinitely many';
}

export function countStates(layers: readonly Layer[]): number {
  return layers.reduce((product, layer) => product * (layer.states ?? Number.POSITIVE_INFINITY) ** layer.units, 1);
}
