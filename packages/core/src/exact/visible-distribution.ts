import { checkArgument, argumentKinds as kinds } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import type { Layer } from '../layers/layer.js';
import { freeEnergy } from '../models/energy.js';
import { checkModel, type EnergyModel, sampleWidth } from '../models/model.js';
import { countStates } from './enumeration-plan.js';

/** Every state of the visible units of a small discrete model, with its probability. */
export interface Distribution {
  /** `[count, width of a sample]`, in the order of counting with the first unit fastest. */
  readonly states: Float64Array;
  /** `[count]`, sums to 1. */
  readonly probabilities: Float64Array;
  readonly count: number;
}

/**
 * The whole distribution of the visible units.
 *
 * @param limit The largest number of states to list (default: 2^16).
 * @throws RbmError `SIZE_LIMIT`.
 */
export function visibleDistribution(model: EnergyModel, limit: number = 2 ** 16): Distribution {
  checkModel('visibleDistribution', model);
  checkArgument('visibleDistribution', 'limit', limit, kinds.number);
  const layers = model.visible.map((l) => model.layers[l] as Layer);
  const count = countStates(layers);
  if (!(count <= limit)) {
    throw new RbmError('SIZE_LIMIT', `A list of ${count} visible states was asked for; the limit is ${limit}.`);
  }
  const width = sampleWidth(model);
  const states = new Float64Array(count * width);
  for (let n = 0; n < count; n++) {
    let index = n;
    let offset = n * width;
    for (const layer of layers) {
      const radix = layer.states as number;
      for (let unit = 0; unit < layer.units; unit++, offset += layer.width) {
        layer.state(index % radix, states, offset);
        index = Math.floor(index / radix);
      }
    }
  }
  const free = freeEnergy(model, states);
  const smallest = free.reduce((least, f) => Math.min(least, f), Number.POSITIVE_INFINITY);
  const weights = free.map((f) => Math.exp(smallest - f));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return { states, probabilities: weights.map((w) => w / total), count };
}
