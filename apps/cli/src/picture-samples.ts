import { generator } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { baseRates, bennettAcceptanceRatio, sample } from '@rbm/samplers';
import type { EstimatedPartition } from './independent-comparison.js';
import { samplesPicture } from './pictures.js';
import { Progress } from './progress.js';
import type { TrainingSetup } from './training-results.js';

/** Samples in the picture. */
const SAMPLES = 100;
/** Ladders that draw them, one sample of each at equal distances in the second half of the sweeps. */
const LADDERS = 20;
/** Sweeps below which tempered chains have not set out. */
const LEAST_SWEEPS = 20;

/** A picture of samples, and how they were drawn. */
export interface DrawnPicture {
  readonly picture: Uint8Array;
  readonly description: string;
  /** Of tempered chains. */
  readonly logPartition?: EstimatedPartition;
}

/**
 * Draws samples for `samples.png`: by parallel tempering, which shows the modes with the weights that the model gives them, or by a
 * plugin's sampler.
 *
 * @throws RbmError `ABORTED` by the signal.
 */
export async function drawPicture(setup: TrainingSetup, sweeps: number, signal?: AbortSignal): Promise<DrawnPicture> {
  const progress = new Progress('Sampling');
  try {
    const { means, ...drawn } = await draw(setup, sweeps, {
      progress: (done) => progress.update(done / sweeps),
      ...(signal ? { signal } : {}),
    });
    const visible = setup.model.layers[setup.model.visible[0] as number] as Layer;
    return { picture: samplesPicture(means, SAMPLES, visible, setup.data.dataset.image), ...drawn };
  } finally {
    progress.done();
  }
}

async function draw(
  { model, method, args, data }: TrainingSetup,
  sweeps: number,
  watched: { readonly progress: (sweeps: number) => void; readonly signal?: AbortSignal },
): Promise<Omit<DrawnPicture, 'picture'> & { readonly means: Float64Array }> {
  const { backend, sampler } = method;
  const random = generator(args.seed).fork('picture');
  if (sampler) {
    const { means } = await sample({ model, backend, sampler, random, count: SAMPLES, burnIn: sweeps, ...watched });
    return { means, description: `${SAMPLES} samples by ${sampler.name}, ${sweeps} sweeps` };
  }
  const total = Math.max(sweeps, LEAST_SWEEPS);
  const burnIn = Math.floor(total / 2);
  const program = await backend.prepare(model);
  try {
    const base = baseRates(model, data.dataset.train);
    const run = { program, base, random, chains: LADDERS, burnIn, sweeps: total - burnIn, keep: SAMPLES, ...watched };
    const { samples, roundTrips, ladder, logPartition: value, standardError } = await bennettAcceptanceRatio(run);
    const description =
      `${SAMPLES} samples of ${LADDERS} chains tempered over ${ladder.length} rungs, ${total} sweeps, ` +
      `${roundTrips} round trips in the second half`;
    return { means: samples.means, description, logPartition: { value, standardError } };
  } finally {
    program.dispose();
  }
}
