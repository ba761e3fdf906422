import type { Generator } from '@rbm/core';
import { type Buffer, FirstBlock, type Program } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';
import { sgd } from '@rbm/train';

/** Persistent contrastive divergence (Tieleman 2008) for an RBM: data stay on the backend, chains go on, two products a sweep. */
export async function persistentChains(
  program: Program,
  data: { readonly values: Uint8Array; readonly count: number },
  random: Generator,
  { steps, batch, chains, rate }: { steps: number; batch: number; chains: number; rate: number },
): Promise<void> {
  const { backend } = program;
  const all = program.allocate({ holds: 'states', layer: 0, rows: data.count });
  backend.write(all, data.values);
  const visible = program.allocate({ holds: 'states', layer: 0, rows: batch });
  const inputs = program.allocate({ holds: 'inputs', layer: 1, rows: batch });
  const [gradient, velocity] = [0, 1].map(() => program.allocate({ holds: 'parameters' })) as [Buffer, Buffer];
  const kernel = gibbs().bind(program);
  const hidden = new FirstBlock(program, chains, undefined);
  let state = await kernel.init(random, { chains });
  hidden.receive(state.layers, undefined);
  for (let step = 0; step < steps; step++) {
    hidden.draw(state.layers, { random, step }, undefined);
    ({ state } = await kernel.step(state, random, 1, { firstBlock: 'given', inputs: hidden.inputs }));
    backend.gather(
      all,
      Uint32Array.from({ length: batch }, (_, row) => (step * batch + row) % data.count),
      visible,
    );
    program.affine(1, [visible, visible], inputs);
    program.statistics(gradient, [
      { assignment: [{ values: visible }, { inputs }], scale: -1 / batch },
      { assignment: hidden.summedOut(state.layers), scale: 1 / chains },
    ]);
    program.update(sgd(), gradient, [velocity], { rate, step });
  }
  for (const owned of [all, visible, inputs, gradient, velocity, hidden, state]) owned.dispose();
}
