import { type Buffer, type Sampler, sweepKernel, type Target } from '@rbm/core/contracts';

/**
 * Metropolis et al. (1953) for Bernoulli units, as a third party would write it: proposes to flip one unit, chosen at random, of
 * each chain. It knows of no block, ladder or path: the target goes to the backend's energies.
 */
export function metropolis(): Sampler {
  return {
    specVersion: 1,
    name: 'test/metropolis',
    settings: {},
    capabilities: { invariant: true, reversible: true },
    bind: (program) =>
      sweepKernel(program, async (layers, { random, step }, chains, target: Target | undefined) => {
        const { backend, model } = program;
        const units = model.layers.reduce((sum, layer) => sum + layer.units, 0);
        const change = program.allocate({ holds: 'rows', rows: chains });
        const accepted = program.allocate({ holds: 'rows', rows: chains });
        const proposals: Buffer[] = layers.map((values) => program.allocate(values.spec));
        try {
          const chosen = Array.from({ length: chains }, (_, chain) =>
            random.categorical(new Float64Array(units).fill(1 / units), 0, units, chain, 0, step, 0),
          );
          let first = 0;
          for (const [l, layer] of model.layers.entries()) {
            const values = await backend.read(layers[l] as Buffer);
            for (const [chain, unit] of chosen.entries()) {
              const at = chain * layer.units + unit - first;
              if (unit >= first && unit < first + layer.units) values[at] = 1 - (values[at] as number);
            }
            backend.write(proposals[l] as Buffer, values);
            first += layer.units;
          }
          const of = (buffers: readonly Buffer[]) => buffers.map((values) => ({ values }));
          program.energy(of(layers), { rows: change, scale: 1 }, target);
          program.energy(of(proposals), { rows: change, scale: -1 }, target);
          backend.metropolis(accepted, [{ rows: change, scale: 1 }], { random: random.fork('accept'), step });
          const rows = Uint32Array.from({ length: chains }, (_, chain) => chain);
          proposals.forEach((proposal, l) => {
            backend.exchange(proposal, rows, layers[l] as Buffer, rows, accepted);
          });
        } finally {
          for (const buffer of [change, accepted, ...proposals]) buffer.dispose();
        }
      }),
  };
}
