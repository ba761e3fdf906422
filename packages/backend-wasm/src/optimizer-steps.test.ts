import { bernoulli, type EnergyModel, generator, hopfield } from '@rbm/core';
import type { Buffer, Optimizer } from '@rbm/core/contracts';
import { adam, adamW, centring, type GradientOptions, rmsProp, sgd } from '@rbm/train';
import { expect, it } from 'vitest';
import { wasm } from './backend.js';
import { randomModel } from './reference.testing.js';

const everything: GradientOptions = { penalties: { l1: 0.01, l2: 0.1, group: 0.1 }, clip: { value: 1, norm: 3 } };

/** Parameters and slots after some steps. */
async function stepped(model: EnergyModel, optimizer: Optimizer, threads: number): Promise<Float64Array[]> {
  const backend = await wasm({ threads });
  const program = await backend.prepare(model);
  expect(program.updatesOnHost(optimizer)).toBe(false);
  const slots = optimizer.init(model).map((array): Buffer => {
    const slot = program.allocate({ holds: 'parameters' });
    backend.write(slot, array);
    return slot;
  });
  const gradient = program.allocate({ holds: 'parameters' });
  const { length } = model.layout;
  for (let step = 0; step < 3; step++) {
    const random = generator(step);
    backend.write(
      gradient,
      Float64Array.from({ length }, (_, i) => random.normal(0, i, 0, 0)),
    );
    program.update(optimizer, gradient, slots, { rate: 0.1, step });
  }
  const found = await Promise.all([program.parameters, ...slots].map((buffer) => backend.read(buffer)));
  for (const buffer of [gradient, ...slots]) buffer.dispose();
  program.dispose();
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  await backend.close();
  return found;
}

it.each<[string, (options: GradientOptions) => Optimizer]>([
  ['sgd', (options) => sgd({ momentum: 0.5, ...options })],
  ['sgd with Nesterov', (options) => sgd({ momentum: 0.5, nesterov: true, ...options })],
  ['RMSProp', rmsProp],
  ['Adam', adam],
  ['AdamW', adamW],
])('%s makes the same bits on one thread and on several', async (_, make) => {
  const model = randomModel(bernoulli(300), bernoulli(170), 3);
  const data = { values: new Uint8Array(600).map((_, i) => i % 2), count: 2, width: 300 };
  for (const options of [{}, everything, { ...everything, centre: centring(model, data) }]) {
    const one = await stepped(model, make(options), 1);
    for (const threads of [2, 3]) expect(await stepped(model, make(options), threads)).toEqual(one);
  }
});

it('what kernels cannot follow is done on the host, and reported', async () => {
  const backend = await wasm({ threads: 1 });
  const model = hopfield({ visible: bernoulli(4) });
  const program = await backend.prepare(model);
  const centre = centring(model, { values: new Uint8Array(4), count: 1, width: 4 });
  expect(program.updatesOnHost(adam({ penalties: { l1: 0.1 } }))).toBe(false);
  expect(program.updatesOnHost(adam({ centre }))).toBe(true);
  expect(program.updatesOnHost({ ...adam(), kind: 'acme/adam' })).toBe(true);
  await backend.close();
});
