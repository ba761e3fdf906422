import { type ArgumentKind, checkArgument, argumentKinds as kinds } from '../contracts/arguments.js';
import type { SampleArray, Samples } from '../contracts/dataset.js';
import { RbmError } from '../contracts/errors.js';
import type { Layer } from '../layers/layer.js';
import { energy, freeEnergy, type LayerValues } from '../models/energy.js';
import { checkModel, type EnergyModel, sampleWidth } from '../models/model.js';
import { empirical, entropy } from './empirical.js';

/**
 * `log P` of each row, in nats (a log density for continuous units): of the joint state where all layers are given,
 * of the marginal where some are left out.
 *
 * @param logPartition `log Z`, from `enumerate` or an estimate.
 * @returns `[rows]`
 * @throws as `energy`.
 */
export function logProbability(model: EnergyModel, values: LayerValues, logPartition: number): Float64Array {
  checkModel('logProbability', model);
  checkArgument('logProbability', 'logPartition', logPartition, logPartitionKind);
  return energy(model, values).map((e) => -e - logPartition);
}

/**
 * `log P(v)` of each sample of data, in nats.
 *
 * @param visible `[rows, width of a sample]`
 * @returns `[rows]`
 */
export function logLikelihood(model: EnergyModel, visible: SampleArray, logPartition: number): Float64Array {
  checkModel('logLikelihood', model);
  checkArgument('logLikelihood', 'visible', visible, kinds.sampleArray);
  checkArgument('logLikelihood', 'logPartition', logPartition, logPartitionKind);
  return freeEnergy(model, visible).map((f) => -f - logPartition);
}

/**
 * The cost `C = −⟨log P(v)⟩_data` in nats a sample: what training lowers. Weighted samples count by their weights.
 *
 * @throws as `empirical` and `energy`; `SHAPE_MISMATCH` for samples of another width than the model's.
 */
export function cost(model: EnergyModel, data: Samples, logPartition: number): number {
  checkLikelihood('cost', model, data, logPartition);
  const { rows, probabilities } = empirical(data);
  const logs = logLikelihood(model, rows, logPartition);
  return -logs.reduce((sum, log, n) => sum + (probabilities[n] as number) * log, 0);
}

/**
 * `KL(P_data ‖ P_model) = −H(data) − ⟨log P(v)⟩_data`, in nats: the cost above the least any model could have.
 *
 * @throws as `cost`; `UNSUPPORTED` for continuous visible units: from samples to a density it is infinite.
 */
export function klDivergence(model: EnergyModel, data: Samples, logPartition: number): number {
  checkLikelihood('klDivergence', model, data, logPartition);
  const continuous = model.visible.find((l) => (model.layers[l] as Layer).states === null);
  if (continuous !== undefined) {
    throw new RbmError(
      'UNSUPPORTED',
      `Layer "${model.names[continuous]}" is continuous, and the KL divergence from samples to a density is infinite. ` +
        'Use cost(), which is finite.',
    );
  }
  return cost(model, data, logPartition) - entropy(data);
}

const logPartitionKind: ArgumentKind = { ...kinds.number, example: '(await enumerate(model)).logPartition' };

function checkLikelihood(owner: string, model: EnergyModel, data: Samples, logPartition: number): void {
  checkModel(owner, model);
  checkArgument(owner, 'data', data, kinds.samples);
  checkArgument(owner, 'logPartition', logPartition, logPartitionKind);
  checkWidth(model, data);
}

/** A wrong width could still divide into whole rows, and would give numbers that mean nothing. */
export function checkWidth(model: EnergyModel, data: Samples): void {
  const width = sampleWidth(model);
  if (data.width === width) return;
  throw new RbmError('SHAPE_MISMATCH', `The model takes samples of ${width} numbers; the data have ${data.width}.`);
}
