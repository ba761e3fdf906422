import { bernoulli, type EnergyModel, hopfield, ising, rbm } from '@rbm/core';
import { DeviceProgram } from '@rbm/core/contracts';
import * as gpu from 'gpu.js';
import { afterEach, expect, test, vi } from 'vitest';
import { gpujs } from './backend.js';
import { sweepOf } from './couplings.js';
import type { Engine } from './engine.js';

const device = { onHost: false } as Engine;
const host = { onHost: true } as Engine;

afterEach(() => {
  vi.restoreAllMocks();
});

test('a lattice is drawn colour by colour where there is a device, and by the reference backend elsewhere', () => {
  const lattice = ising({ shape: [4, 4] });
  expect(sweepOf(lattice, device)).toEqual([
    { layer: 0, block: 0 },
    { layer: 0, block: 1 },
  ]);
  expect(sweepOf(lattice, host)).toBeUndefined();
});

test('whole layers are drawn by kernels everywhere, and hundreds of blocks nowhere', () => {
  const machine = rbm({ visible: bernoulli(4), hidden: bernoulli(3) });
  for (const engine of [device, host]) {
    expect(sweepOf(machine, engine)).toEqual([
      { layer: 1, block: undefined },
      { layer: 0, block: undefined },
    ]);
    expect(sweepOf(hopfield({ visible: bernoulli(100) }), engine)).toBeUndefined();
  }
});

/** Runs everything but a sweep. @returns How often the host had to do it. */
async function operate(model: EnergyModel): Promise<number> {
  const fallback = vi.spyOn(DeviceProgram.prototype, 'onHost');
  const backend = await gpujs({ gpu, mode: 'webasm' });
  const program = await backend.prepare(model);
  const states = model.layers.map((_, layer) => program.allocate({ holds: 'states', layer, rows: 3 }));
  const inputs = program.allocate({ holds: 'inputs', layer: 0, rows: 3 });
  program.affine(0, states, inputs);
  const assignment = states.map((values) => ({ values }));
  program.energy(assignment, { rows: program.allocate({ holds: 'rows', rows: 3 }), scale: 1 });
  program.statistics(program.allocate({ holds: 'parameters' }), [{ assignment, scale: 1 }]);
  await backend.sync();
  await backend.close();
  return fallback.mock.calls.length;
}

test.each([
  ['a lattice', ising({ shape: [4, 4] })],
  ['a Hopfield network', hopfield({ visible: bernoulli(9) })],
])('what units of %s send each other, its energy and statistics are kernels', async (_, model) => {
  expect(await operate(model)).toBe(0);
});
