import type { Generator } from '@rbm/core';
import type { Buffer, ChainState, Program } from '@rbm/core/contracts';

/** Samples of a frozen, earlier model of the same shape: its parameters, and the values of all layers. */
export interface Reservoir {
  readonly parameters: Buffer;
  readonly layers: readonly Buffer[];
}

/**
 * Exchanges rows of chains with those of a reservoir, where the product of both distributions allows it (Béreux, Decelle, Furtlehner
 * and Seoane 2023): with `E` the live model and `E₀` the frozen one, the acceptance is `min(1, exp(E(x) + E₀(y) − E(y) − E₀(x)))`.
 */
export function exchangeWithReservoir(
  program: Program,
  chains: ChainState,
  reservoir: Reservoir,
  random: Generator,
  step: number,
): void {
  const { backend } = program;
  const rows = Uint32Array.from({ length: chains.chains }, (_, row) => row);
  const logRatios = program.allocate({ holds: 'rows', rows: rows.length });
  const accepted = program.allocate({ holds: 'rows', rows: rows.length });
  const values = (layers: readonly Buffer[]) => layers.map((buffer) => ({ values: buffer }));
  const frozen = { parameters: reservoir.parameters };
  program.energy(values(chains.layers), { rows: logRatios, scale: 1 });
  program.energy(values(reservoir.layers), { rows: logRatios, scale: 1 }, frozen);
  program.energy(values(reservoir.layers), { rows: logRatios, scale: -1 });
  program.energy(values(chains.layers), { rows: logRatios, scale: -1 }, frozen);
  backend.metropolis(accepted, [{ rows: logRatios, scale: 1 }], { random: random.fork('reservoir'), step });
  chains.layers.forEach((buffer, layer) => {
    backend.exchange(buffer, rows, reservoir.layers[layer] as Buffer, rows, accepted);
  });
  for (const owned of [logRatios, accepted]) owned.dispose();
}
