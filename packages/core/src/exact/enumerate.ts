import { type AbortSignalLike, throwIfAborted } from '../contracts/abort.js';
import { checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { addEnergies } from '../models/hamiltonian.js';
import { checkModel, cloneModel, type EnergyModel } from '../models/model.js';
import { checkNormalisable } from '../models/normalisable.js';
import { Pacer } from '../numbers/pause.js';
import { planEnumeration } from './enumeration-plan.js';
import type { Exact } from './exact.js';
import { integrateGaussian, isGaussian } from './gaussian-integral.js';
import { ROWS, Walk } from './walk.js';
import { WeightedSums } from './weighted-sums.js';

/** What an enumeration takes. */
export interface EnumerateOptions {
  /** The largest number of states to visit (default: 2^20). Time is proportional to states × units. */
  readonly limit?: number;
  readonly signal?: AbortSignalLike;
  /** Called now and then with the share of the work done, 0 to 1. */
  readonly progress?: (share: number) => void;
}

/**
 * Exact quantities by enumeration: one block of whole layers, if there is one, is summed out in closed form, the states of
 * all other units are visited in Gray code order, so that inputs change by one unit's weights at a time. For an RBM that
 * is the smaller side, or the discrete one where the other is continuous. A model of Gaussian units alone is a normal distribution, and
 * everything a closed form.
 *
 * @throws RbmError `UNSUPPORTED` if continuous layers act on each other otherwise: no method here is exact then;
 * `SIZE_LIMIT` if every choice needs more than `limit` states; `ABORTED`; `NOT_FINITE` if the energies are; as
 * `checkNormalisable`.
 */
export async function enumerate(model: EnergyModel, options: EnumerateOptions = {}): Promise<Exact> {
  checkModel('enumerate', model);
  checkArguments('enumerate', options, {
    limit: optional(kinds.number),
    signal: optional(kinds.signal),
    progress: optional(kinds.function),
  });
  return enumerateFixed(cloneModel(model), options);
}

/** `enumerate` of a model that nobody else changes: the work pauses now and then, and training may go on meanwhile. */
async function enumerateFixed(model: EnergyModel, options: EnumerateOptions): Promise<Exact> {
  checkNormalisable(model);
  if (isGaussian(model)) return integrateGaussian(model);
  const plan = planEnumeration(model, options.limit ?? 2 ** 20);
  const walk = new Walk(model, plan);
  const sums = new WeightedSums(model);
  const energies = new Float64Array(ROWS);
  const pacer = new Pacer();
  for (let visited = 0; visited < plan.states; ) {
    const { assignment, rows } = walk.next();
    const batch = energies.subarray(0, rows).fill(0);
    addEnergies(model, model, assignment, batch, sums.workspace);
    sums.add(assignment, batch);
    visited += rows;
    options.progress?.(visited / plan.states);
    throwIfAborted(options.signal);
    await pacer.breathe();
  }
  return sums.result(plan.states);
}
