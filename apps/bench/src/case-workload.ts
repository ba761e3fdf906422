import { baseRates } from '@rbm/samplers';
import { type Case, MEASURED_TEMPERATURES } from './cases.js';
import type { TrainedMachine } from './machines.js';
import type { Workload } from './workload.js';

/** At most so many batches of data, one after the other. */
const BATCHES = 20;

/** Small against the parameters: a measurement ends with the densities it began with. */
const RATE = 0.01;

/** What all sides of a case get. */
export function caseWorkload({ kind, batch, k, persistent }: Case, { model, samples }: TrainedMachine): Workload {
  const [visible, hidden] = model.layers.map(({ units }) => units) as [number, number];
  // Parameters as peers store them.
  const parameters = Float64Array.from(Float32Array.from(model.parameters));
  const bytes = Uint8Array.from(samples.values);
  const count = Math.min(BATCHES * batch, samples.count - batch);
  const data = bytes.subarray(0, (count - (count % batch)) * visible);
  const shared = { visible, hidden, parameters, data };
  if (kind === 'annealing') {
    const base = baseRates(model, samples).slice(0, visible);
    return { ...shared, base, settings: { kind, chains: batch, temperatures: MEASURED_TEMPERATURES } };
  }
  const settings = { kind, batch, k, rate: RATE };
  // Chains start from samples that are in no batch.
  const last = bytes.subarray((samples.count - batch) * visible, samples.count * visible);
  return { ...shared, settings, ...(persistent ? { chains: last } : {}) };
}

/** Which share of the units is on. */
export interface Densities {
  readonly data: number;
  /** Mean of the hidden units given the first batch. */
  readonly hidden: number;
}

/** Densities of the units of a workload. */
export function densities({ visible, hidden, parameters, data, settings }: Workload): Densities {
  const rows = settings.kind === 'training' ? settings.batch : settings.chains;
  let total = 0;
  const inputs = new Float64Array(hidden);
  for (let row = 0; row < rows; row++) {
    inputs.set(parameters.subarray(visible, visible + hidden));
    for (let i = 0; i < visible; i++) {
      if (data[row * visible + i] === 0) continue;
      const from = visible + hidden + i * hidden;
      for (let j = 0; j < hidden; j++) inputs[j] = (inputs[j] as number) + (parameters[from + j] as number);
    }
    for (const input of inputs) total += 1 / (1 + Math.exp(-input));
  }
  return { data: data.reduce((sum, value) => sum + value, 0) / data.length, hidden: total / (rows * hidden) };
}
