import { bernoulli, enumerate, generator, klDivergence, rbm, reference } from '@rbm/core';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs, sample } from '@rbm/samplers';
import { pcd, sgd, train } from '@rbm/train';

const data = barsAndStripes(4).train;
const random = generator(1);
const backend = reference();
const model = rbm({ visible: bernoulli(16), hidden: bernoulli(12), random, scale: 0.1 });
const estimator = pcd({ sampler: gibbs(), chains: 100 });
const settings = { optimizer: sgd(), rate: { from: 0.1, to: 0 }, batch: 10, epochs: 3000, every: 3000, random };
for await (const { epoch } of train({ model, data, backend, estimator, ...settings })) {
  const { logPartition } = await enumerate(model);
  console.log(`epoch ${epoch}: KL ${klDivergence(model, data, logPartition).toFixed(3)} nats`);
}
const { values } = await sample({ model, backend, sampler: gibbs(), random, count: 3, burnIn: 100 });
console.log(values);
