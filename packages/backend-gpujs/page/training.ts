import { bernoulli, enumerate, generator, klDivergence, rbm } from '@rbm/core';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs } from '@rbm/samplers';
import { pcd, sgd, train } from '@rbm/train';
import { open } from './open.js';
import type { TrainingReport } from './reports.js';

/** Persistent contrastive divergence on bars and stripes. */
export async function reportTraining(parameters: URLSearchParams): Promise<TrainingReport> {
  const backend = await open(parameters);
  const model = rbm({ visible: bernoulli(9), hidden: bernoulli(8), random: generator(1), scale: 0.1 });
  const data = barsAndStripes(3).train;
  const epochs = Number(parameters.get('epochs'));
  const start = performance.now();
  const records = train({
    model,
    data,
    backend,
    estimator: pcd({ sampler: gibbs() }),
    optimizer: sgd(),
    rate: { from: 1, to: 0 },
    batch: 14,
    epochs,
    every: epochs,
    random: generator(1),
  });
  for await (const _ of records);
  const seconds = (performance.now() - start) / 1000;
  const memory = backend.memory();
  await backend.close();
  const { logPartition } = await enumerate(model);
  return { info: backend.info, divergence: klDivergence(model, data, logPartition), seconds, memory };
}
