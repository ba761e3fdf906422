import { bernoulli, generator, rbm, reference } from '@rbm/core';
import type { Sampler } from '@rbm/core/contracts';
import { annealedImportanceSampling, gibbs, type PartitionEstimate, sample } from '@rbm/samplers';

/** Samples and an estimate of the partition function. */
export default async function use(): Promise<string> {
  const random = generator(1);
  const backend = reference();
  const model = rbm({ visible: bernoulli(4), hidden: bernoulli(3), random, scale: 1 });
  const sampler: Sampler = gibbs();
  const { values } = await sample({ model, backend, sampler, random, count: 2, burnIn: 10 });
  const program = await backend.prepare(model);
  const settings = { program, random, temperatures: 50, chains: 10 };
  const estimate: PartitionEstimate = await annealedImportanceSampling(settings);
  program.dispose();
  return [...values, estimate.logPartition.toFixed(6)].join(' ');
}

/** Never called: what the compiler has to refuse. */
export function refused(): void {
  // @ts-expect-error Nobody gets a backend silently.
  void sample({
    model: rbm({ visible: bernoulli(4), hidden: bernoulli(3) }),
    sampler: gibbs(),
    random: generator(1),
    count: 1,
    burnIn: 0,
  });
}
