import { bernoulli, cloneModel, type EnergyModel, fitVisible, generator, rbm, reference } from '@rbm/core';
import { npySource } from '@rbm/formats/node';
import { gibbs } from '@rbm/samplers';
import { pcd, sgd, streamSamples, train } from '@rbm/train';

/**
 * Trains an RBM on a `.npy` file larger than memory, interrupted after the first epoch and resumed. The file is read once to be checked, then
 * in blocks: at most two windows of blocks are in memory, one to train on and one that is read meanwhile.
 *
 * @param path Of an array `[samples, …]` of 0 and 1.
 */
export async function largerThanMemory(
  path: string,
  {
    hidden,
    epochs,
    blockRows,
    windowBlocks,
  }: { hidden: number; epochs: number; blockRows: number; windowBlocks: number },
): Promise<EnergyModel> {
  const source = await npySource(path);
  try {
    const model = rbm({
      visible: bernoulli(source.width),
      hidden: bernoulli(hidden),
      random: generator(1),
      scale: 0.1,
    });
    const data = await streamSamples(source, { model, blockRows, windowBlocks });
    fitVisible(model, data.excerpt);
    const options = {
      model,
      data,
      backend: reference(),
      estimator: pcd({ sampler: gibbs(), chains: 50 }),
      optimizer: sgd({ momentum: 0.5 }),
      rate: { from: 0.1, to: 0.01 },
      batch: 25,
      epochs,
      random: generator(2),
    };
    for await (const record of train({ ...options, model: cloneModel(model) })) {
      // The order of the rest follows from the seed and the samples seen.
      const resume = await record.snapshot();
      for await (const { step } of train({ ...options, resume })) void step;
      break;
    }
    return model;
  } finally {
    await source.close();
  }
}
