import { bernoulli, enumerate, generator, klDivergence, rbm, reference } from '@rbm/core';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs } from '@rbm/samplers';
import { pcd, sgd, type TrainingRecord, type TrainOptions, train } from '@rbm/train';

/** A short training, and how near it came. */
export default async function use(): Promise<string> {
  const random = generator(1);
  const data = barsAndStripes(2).train;
  const model = rbm({ visible: bernoulli(4), hidden: bernoulli(3), random, scale: 0.1 });
  const options: TrainOptions = {
    model,
    data,
    backend: reference(),
    estimator: pcd({ sampler: gibbs(), chains: 10 }),
    optimizer: sgd(),
    rate: { from: 0.1, to: 0 },
    batch: 6,
    epochs: 200,
    random,
  };
  let last: TrainingRecord | undefined;
  for await (const record of train(options)) last = record;
  const { logPartition } = await enumerate(model);
  return [last?.step, klDivergence(model, data, logPartition).toFixed(6)].join(' ');
}

/** Never called: what the compiler has to refuse. */
export function refused(options: TrainOptions): void {
  // @ts-expect-error Nobody gets a backend silently.
  train({ ...options, backend: undefined });
  // @ts-expect-error A record can be waited for, not called back.
  train({ ...options, onRecord: () => {} });
}
