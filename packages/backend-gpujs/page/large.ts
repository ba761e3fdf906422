import { bernoulli, generator, rbm, reference } from '@rbm/core';
import type { Backend, Buffer } from '@rbm/core/contracts';
import { open } from './open.js';
import type { LargeReport } from './reports.js';

const [VISIBLE, HIDDEN, ROWS] = [785, 513, 67];

/** States after a sweep, and statistics, of a machine as large as those for pictures. */
async function computed(backend: Backend): Promise<readonly Float64Array[]> {
  const random = generator(1);
  const model = rbm({ visible: bernoulli(VISIBLE), hidden: bernoulli(HIDDEN), random, scale: 0.05 });
  const program = await backend.prepare(model);
  const states = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows: ROWS })) as [Buffer, Buffer];
  const start = Float32Array.from({ length: ROWS * VISIBLE }, (_, i) => Number(random.uniform(0, i, 0, 1) < 0.3));
  backend.write(states[0], start);
  program.gibbs(states, 1, { random, step: 7 });
  const found = await Promise.all(states.map((buffer) => backend.read(buffer)));
  // The same states for every backend.
  backend.write(states[0], start);
  const inputs = program.allocate({ holds: 'inputs', layer: 1, rows: ROWS });
  program.affine(1, states, inputs);
  const statistics = program.allocate({ holds: 'parameters' });
  program.statistics(statistics, [{ assignment: [{ values: states[0] }, { inputs }], scale: 1 / ROWS }]);
  found.push(await backend.read(statistics));
  for (const buffer of [...states, inputs, statistics]) buffer.dispose();
  program.dispose();
  await backend.close();
  return found;
}

/** Compares with the reference backend. */
export async function reportLarge(parameters: URLSearchParams): Promise<LargeReport> {
  const found = await computed(await open(parameters));
  const wanted = await computed(reference());
  const [states, statistics] = [[0, 1], [2]].map((indices) =>
    indices.flatMap((n) => Array.from(found[n] as Float64Array, (x, i) => Math.abs(x - (wanted[n]?.[i] as number)))),
  ) as [number[], number[]];
  return {
    states: states.length,
    different: states.filter((difference) => difference > 0).length,
    error: statistics.reduce((most, difference) => Math.max(most, difference), 0),
  };
}
