import type { Generator } from '@rbm/core';
import { type Buffer, FirstBlock, type Program } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';

/**
 * Parallel tempering of an RBM (Desjardins et al. 2010), written out. Row `chain · rungs + rung` stays at the temperature of its rung;
 * neighbours exchange values where the backend accepts, and nothing waits for the host.
 *
 * @param base Parameters of the layers at β = 0.
 * @returns The visible units at β = 1: `[chains, visible units]`.
 */
export async function parallelTempering(
  program: Program,
  base: Float64Array,
  random: Generator,
  { rungs, chains, sweeps }: { rungs: number; chains: number; sweeps: number },
): Promise<Float64Array> {
  const { backend } = program;
  const rows = rungs * chains;
  const fields = program.allocate({ holds: 'layerParameters' });
  backend.write(fields, base);
  const betas = (rungOf: (row: number) => number): Buffer => {
    const buffer = program.allocate({ holds: 'rows', rows });
    backend.write(
      buffer,
      Float64Array.from({ length: rows }, (_, row) => rungOf(row) / (rungs - 1)),
    );
    return buffer;
  };
  const target = { base: fields, beta: betas((row) => row % rungs) };
  const hidden = new FirstBlock(program, rows, target);
  const kernel = gibbs().bind(program);
  let state = await kernel.init(random, { chains: rows });
  for (let step = 0; step < sweeps; step++) {
    const isLower = (row: number): boolean => (row % rungs) % 2 === step % 2 && row % rungs < rungs - 1;
    const lower = Uint32Array.from({ length: rows }, (_, row) => row).filter(isLower);
    const upper = lower.map((row) => row + 1);
    const there = betas((row) => (isLower(row) ? row + 1 : row > 0 && isLower(row - 1) ? row - 1 : row) % rungs);
    const growth = program.allocate({ holds: 'rows', rows });
    const [up, down, accepted] = [0, 1, 2].map(() => program.allocate({ holds: 'rows', rows: lower.length })) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    // log ratio = −(what the energy of both rows would grow by): free energies, the hidden units summed out.
    hidden.receive(state.layers, target);
    const assignment = hidden.summedOut(state.layers);
    program.energy(assignment, { rows: growth, scale: -1 }, target);
    program.energy(assignment, { rows: growth, scale: 1 }, { base: fields, beta: there });
    backend.gather(growth, lower, up);
    backend.gather(growth, upper, down);
    const ratios = [up, down].map((buffer) => ({ rows: buffer, scale: -1 }));
    backend.metropolis(accepted, ratios, { random: random.fork('swaps'), step });
    for (const buffer of [state.layers[0] as Buffer, ...hidden.buffers]) {
      backend.exchange(buffer, lower, buffer, upper, accepted);
    }
    hidden.draw(state.layers, { random, step }, target);
    ({ state } = await kernel.step(state, random, 1, { target, firstBlock: 'given' }));
    for (const owned of [there, growth, up, down, accepted]) owned.dispose();
  }
  const visible = program.allocate({ holds: 'states', layer: 0, rows: chains });
  backend.gather(
    state.layers[0] as Buffer,
    Uint32Array.from({ length: chains }, (_, chain) => (chain + 1) * rungs - 1),
    visible,
  );
  const samples = await backend.read(visible);
  for (const owned of [fields, target.beta, hidden, state, visible]) owned.dispose();
  return samples;
}
