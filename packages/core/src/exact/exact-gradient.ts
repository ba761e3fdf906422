import { checkArgument, argumentKinds as kinds } from '../contracts/arguments.js';
import type { Samples } from '../contracts/dataset.js';
import { splitVisible, statistics } from '../models/energy.js';
import { checkModel, type EnergyModel } from '../models/model.js';
import type { Exact } from './exact.js';
import { checkWidth } from './likelihood.js';

/** The two phases of the gradient of the cost and their difference, each laid out like the parameters. */
export interface Phases {
  /** `⟨−∂E/∂λ⟩` over the data. */
  readonly positive: Float64Array;
  /** `⟨−∂E/∂λ⟩` under the model. */
  readonly negative: Float64Array;
  /** `∂C/∂λ = negative − positive`. */
  readonly gradient: Float64Array;
}

/**
 * The exact gradient of the cost over the data, from an enumeration at the same parameters.
 *
 * @throws as `statistics`; `SHAPE_MISMATCH` for samples of another width than the model's.
 */
export function exactGradient(model: EnergyModel, data: Samples, exact: Exact): Phases {
  checkModel('exactGradient', model);
  checkArgument('exactGradient', 'data', data, kinds.samples);
  checkArgument('exactGradient', 'exact', exact, {
    ...kinds.record,
    noun: 'what enumerate returns',
    example: 'await enumerate(model)',
  });
  checkWidth(model, data);
  const positive = statistics(model, splitVisible(model, data.values), data.weights);
  const negative = exact.statistics;
  return { positive, negative, gradient: negative.map((n, i) => n - (positive[i] as number)) };
}
