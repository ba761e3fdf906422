import { type EnergyModel, type Generator, generator, reference, type Samples } from '@rbm/core';
import type { Batch, Estimation, GradientEstimator, Program } from '@rbm/core/contracts';
import { checkData } from './data.js';
import { SampleRows, SampleSource } from './source.js';

/** An estimator at work on all samples at once, on the reference backend. */
export interface Bench {
  readonly program: Program;
  readonly batch: Batch;
  readonly estimation: Estimation;
}

/** Calls `work` with an estimator bound to a model, and releases everything afterwards. */
export async function withEstimation<T>(
  model: EnergyModel,
  data: Samples,
  estimator: GradientEstimator,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const program = await reference().prepare(model);
  const rows = new SampleRows(
    new SampleSource(program, data, checkData(model, data, 'test'), 'on the host'),
    data.count,
  );
  rows.fillFrom(0, data.count);
  const batch = { visible: rows.visible, rows: data.count, ...(rows.weights ? { weights: rows.weights } : {}) };
  const estimation = estimator.bind(program, data.count);
  try {
    return await work({ program, batch, estimation });
  } finally {
    estimation.dispose();
    rows.dispose();
    program.dispose();
  }
}

/** Successive gradients at the same parameters: `[count][layout.length]`. */
export async function gradients(
  model: EnergyModel,
  data: Samples,
  estimator: GradientEstimator,
  count: number,
  random: Generator = generator(1),
  burnIn = 0,
): Promise<Float64Array[]> {
  return withEstimation(model, data, estimator, async ({ program, batch, estimation }) => {
    const found: Float64Array[] = [];
    let state = await estimation.init(random);
    for (let n = 0; n < burnIn + count; n++) {
      const estimate: Awaited<ReturnType<Estimation['estimate']>> = await estimation.estimate(batch, state, random);
      state = estimate.state;
      if (n >= burnIn) found.push(await program.backend.read(estimate.gradient));
    }
    state.dispose();
    return found;
  });
}

/** The largest |mean − expected| over the entries, in standard errors of the mean of blocks of estimates. */
export function largestDeviation(estimates: readonly Float64Array[], expected: Float64Array, blocks = 20): number {
  const size = Math.floor(estimates.length / blocks);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const means = Array.from({ length: blocks }, (_, b) => {
      let sum = 0;
      for (let n = b * size; n < (b + 1) * size; n++) sum += (estimates[n] as Float64Array)[i] as number;
      return sum / size;
    });
    const mean = means.reduce((a, b) => a + b, 0) / blocks;
    const variance = means.reduce((sum, m) => sum + (m - mean) ** 2, 0) / (blocks - 1) / blocks;
    largest = Math.max(largest, Math.abs(mean - (expected[i] as number)) / Math.sqrt(variance + 1e-30));
  }
  return largest;
}
