import { bernoulli, type EnergyModel, gaussian, generator, potts, rbm } from '@rbm/core';
import {
  type Assignment,
  type Backend,
  type Buffer,
  DeviceProgram,
  type Program,
  type Target,
} from '@rbm/core/contracts';
import * as gpu from 'gpu.js';
import { afterEach, expect, test, vi } from 'vitest';
import { gpujs } from './backend.js';
import { DeviceKernel, Engine } from './engine.js';

const ROWS = 4;
const random = generator(1);

afterEach(() => {
  vi.restoreAllMocks();
});

function machine(): EnergyModel {
  return rbm({ visible: gaussian(6), hidden: bernoulli(4), random, scale: 0.1 });
}

async function prepared(model: EnergyModel): Promise<{ backend: Backend; program: Program; states: Buffer[] }> {
  const backend = await gpujs({ gpu, mode: 'cpu' });
  const program = await backend.prepare(model);
  const states = model.layers.map((_, layer) => program.allocate({ holds: 'states', layer, rows: ROWS }));
  return { backend, program, states };
}

/** All ways in which a target can be given. */
function targetsOf(program: Program): Target[] {
  const copy = (holds: 'parameters' | 'layerParameters'): Buffer => {
    const buffer = program.allocate({ holds });
    program.backend.write(buffer, program.model.parameters.subarray(0, buffer.length));
    return buffer;
  };
  const betas = program.allocate({ holds: 'rows', rows: ROWS });
  const clamp = program.model.layers.map((_, layer) =>
    program.allocate({ holds: 'mask', layer, rows: layer ? ROWS : 1 }),
  );
  return (['parameters', 'layerParameters'] as const).flatMap((holds) =>
    [0.5, betas].map((beta): Target => ({ parameters: copy('parameters'), base: copy(holds), beta, clamp })),
  );
}

/** Every operation at a target, and rows that are exchanged. */
function operate(program: Program, states: readonly Buffer[], target: Target): void {
  const { backend } = program;
  const inputs = states.map((_, layer) => {
    const [own, base] = [0, 1].map(() => program.allocate({ holds: 'inputs', layer, rows: ROWS })) as [Buffer, Buffer];
    program.affine(layer, states, own, target.parameters);
    const weighted = target.base?.spec.holds === 'parameters';
    if (weighted) program.affine(layer, states, base, target.base);
    return weighted ? { inputs: own, base } : { inputs: own };
  });
  for (const [layer, state] of states.entries()) {
    program.mean(layer, inputs[layer] as Buffer | (typeof inputs)[number], means(program, layer), target);
    program.sample(layer, inputs[layer] as (typeof inputs)[number], state, { random, step: 0 }, target);
  }
  program.gibbs(states, 2, { random, step: 1 }, target);
  const energies = program.allocate({ holds: 'rows', rows: ROWS });
  program.energy(
    states.map((values) => ({ values })),
    { rows: energies, scale: 1 },
    target,
  );
  const { clamp: _, ...free } = target;
  const summed: Assignment = states.map((values, l) => (l === 1 ? (inputs[1] as (typeof inputs)[number]) : { values }));
  program.energy(summed, { rows: energies, scale: 1 }, free as Target);
  const assignment = states.map((values) => ({ values }));
  program.statistics(program.allocate({ holds: 'parameters' }), [{ assignment, scale: 1 }], target.parameters);
  const accepted = program.allocate({ holds: 'rows', rows: ROWS });
  backend.metropolis(accepted, [{ rows: energies, scale: -1 }], { random, step: 3 });
  const half = program.allocate({ holds: 'rows', rows: ROWS / 2 });
  for (const state of states) backend.exchange(state, Uint32Array.of(0, 1), state, Uint32Array.of(2, 3), half);
}

function means(program: Program, layer: number): Buffer {
  return program.allocate({ holds: 'means', layer, rows: ROWS });
}

test.each([
  ['a machine', machine()],
  ['a machine with categories', rbm({ visible: potts(3, { categories: 3 }), hidden: bernoulli(4) })],
])('at every target, the operations of %s are kernels', async (_, model) => {
  const fallback = vi.spyOn(DeviceProgram.prototype, 'onHost');
  const { backend, program, states } = await prepared(model);
  for (const target of targetsOf(program)) operate(program, states, target);
  await backend.sync();
  expect(fallback).not.toHaveBeenCalled();
  await backend.close();
});

test('what a target needs on the way is released, and used again by the next call', async () => {
  const { backend, program, states } = await prepared(machine());
  const targets = targetsOf(program);
  const compile = vi.spyOn(Engine.prototype, 'compile');
  const compiled: number[] = [];
  for (let call = 0; call < 4; call++) {
    for (const target of targets) program.gibbs(states, 3, { random, step: call }, target);
    await backend.sync();
    compiled.push(compile.mock.calls.length);
  }
  expect(compiled[0]).toBeGreaterThan(0);
  expect(compiled[3]).toBe(compiled[1]);
  await backend.close();
});

test('sweeps at one β from a base with weights interpolate once, and then run as those at any parameters', async () => {
  const { backend, program, states } = await prepared(machine());
  const run = vi.spyOn(DeviceKernel.prototype, 'run');
  const launches = async (sweeps: number, target?: Target): Promise<number> => {
    await backend.sync();
    const before = run.mock.calls.length;
    program.gibbs(states, sweeps, { random, step: 0 }, target);
    await backend.sync();
    return run.mock.calls.length - before;
  };
  const base = program.allocate({ holds: 'parameters' });
  const betas = program.allocate({ holds: 'rows', rows: ROWS });
  await launches(1); // The weights are transposed.
  const plain = await launches(10);
  // Uniforms, a product and a sample of each layer.
  expect(plain).toBe(10 * 2 * 3);
  // Four arrays, and the weights of them transposed.
  expect(await launches(10, { base, beta: 0.5 })).toBe(plain + 4 + 1);
  expect(await launches(10, { base, beta: 0.5 })).toBe(plain + 4 + 1);
  // Another product and a mix for each layer, and once the base's weights transposed.
  expect(await launches(10, { base, beta: betas })).toBe(plain + 10 * 2 * 2 + 1);
  expect(await launches(10, { base, beta: betas })).toBe(plain + 10 * 2 * 2);
  await backend.close();
});

test('a precision at its minimum stays there in parameters of the layers alone', async () => {
  const { backend, program } = await prepared(machine());
  const { minimum, offset, length } = program.model.layout.arrays.find((array) => array.minimum > 0) as {
    minimum: number;
    offset: number;
    length: number;
  };
  const base = program.allocate({ holds: 'layerParameters' });
  backend.write(base, new Float64Array(base.length).fill(minimum));
  for (const x of (await backend.read(base)).subarray(offset, offset + length))
    expect(x).toBeGreaterThanOrEqual(minimum);
  await backend.close();
});
