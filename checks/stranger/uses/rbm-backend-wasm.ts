import { type WasmOptions, wasm } from '@rbm/backend-wasm';
import { bernoulli, generator, rbm } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { gibbs, sample } from '@rbm/samplers';

/** Samples made by two threads, where there can be two: the same as by one. */
export default async function use(): Promise<string> {
  const options: WasmOptions = { threads: 2 };
  const backend: Backend = await wasm(options);
  const random = generator(1);
  const model = rbm({ visible: bernoulli(40), hidden: bernoulli(30), random, scale: 1 });
  const { values } = await sample({ model, backend, sampler: gibbs(), random, count: 3, burnIn: 20 });
  await backend.close();
  return values.join('');
}

/** Never called: what the compiler has to refuse. */
export function refused(): void {
  // @ts-expect-error Threads are counted, or left to the machine.
  void wasm({ threads: 'all' });
  // @ts-expect-error A backend takes time to start.
  wasm().close();
}
