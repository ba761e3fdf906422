import { bernoulli, type EnergyModel, generator } from '@rbm/core';
import type { Backend, Buffer, Optimizer, Program } from '@rbm/core/contracts';
import { adam, sgd } from '@rbm/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wasm } from './backend.js';
import type { WasmBuffer } from './buffer.js';
import type { Engine } from './engine.js';
import { Plans } from './plans.js';
import { randomModel } from './reference.testing.js';
import type { Workspace } from './workspace.js';

describe('plans', () => {
  const written = new Set<object>();
  const engine = {
    write: () => {
      const block = {};
      written.add(block);
      return { block };
    },
    release: (block: object) => written.delete(block),
  } as unknown as Engine;
  const buffer = (): WasmBuffer & { disposed: boolean } => ({ disposed: false }) as never;

  function known(count: number, workspace = { moves: 0 }) {
    const plans = new Plans(engine, workspace as Workspace);
    const all = Array.from({ length: count }, (_, n) => {
      const buffers = [buffer()];
      return { operands: ['affine', n, ...buffers], buffers, commands: [[n]] };
    });
    for (const plan of all) plans.keep(plan);
    return { plans, all, workspace };
  }

  it('are found by equal operands only, in any order', () => {
    const { plans, all } = known(5);
    for (const n of [0, 1, 2, 3, 4, 4, 2, 0]) {
      const { operands, commands } = all[n] as (typeof all)[number];
      expect(plans.find([...operands])?.commands).toBe(commands);
    }
    const [first] = all as [(typeof all)[number]];
    expect(plans.find([...first.operands, 1])).toBeUndefined();
    expect(plans.find(first.operands.slice(0, 2))).toBeUndefined();
    expect(plans.find(['affine', 0, buffer()])).toBeUndefined();
  });

  it('are not found once a buffer is released or working memory has moved', () => {
    const { plans, all, workspace } = known(2);
    const [first, second] = all as [(typeof all)[number], (typeof all)[number]];
    (first.buffers[0] as { disposed: boolean }).disposed = true;
    expect(plans.find(first.operands)).toBeUndefined();
    expect(plans.find(second.operands)).toBeDefined();
    workspace.moves++;
    expect(plans.find(second.operands)).toBeUndefined();
  });

  it('of the last operations are kept, and give back the memory in which they are written', () => {
    written.clear();
    const { plans, all, workspace } = known(1000);
    expect(written.size).toBe(1000 % 32);
    expect(plans.find((all[0] as (typeof all)[number]).operands)).toBeUndefined();
    expect(plans.find((all[999] as (typeof all)[number]).operands)).toBeDefined();
    workspace.moves++;
    plans.find([]);
    expect(written.size).toBe(0);
  });
});

describe.each([1, 2])('on %i threads', (threads) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await wasm({ threads });
  });
  afterAll(() => backend.close());

  /** Buffers for steps of a batch of so many rows. */
  interface Batch {
    readonly rows: number;
    readonly data: Buffer;
    readonly chain: readonly [Buffer, Buffer];
    readonly inputs: readonly [Buffer, Buffer, Buffer];
    readonly gradient: Buffer;
  }

  function batchOf(program: Program, rows: number): Batch {
    const states = (layer: number): Buffer => program.allocate({ holds: 'states', layer, rows });
    const inputs = (layer: number): Buffer => program.allocate({ holds: 'inputs', layer, rows });
    const chain = [states(0), states(1)] as const;
    const gradient = program.allocate({ holds: 'parameters' });
    return { rows, data: states(0), chain, inputs: [inputs(1), inputs(0), inputs(1)], gradient };
  }

  /** Contrastive divergence, operation by operation. */
  function step(
    program: Program,
    { rows, data, chain, inputs, gradient }: Batch,
    optimizer: Optimizer,
    slots: readonly Buffer[],
    n: number,
  ): void {
    const random = generator(5).fork(n % 2);
    const values = program.model.layers[0]?.units as number;
    const bits = Uint8Array.from({ length: rows * values }, (_, i) => random.bernoulli(0.4, i, 0, n, 7));
    backend.write(data, bits);
    const site = { random, step: 3 * n, firstChain: n };
    program.affine(1, [data], inputs[0]);
    program.sample(1, inputs[0], chain[1], site);
    program.affine(0, [chain[0], chain[1]], inputs[1]);
    program.sample(0, inputs[1], chain[0], site);
    program.gibbs(chain, 1 + (n % 3), { ...site, step: 3 * n + 1 });
    program.affine(1, [chain[0]], inputs[2]);
    program.statistics(gradient, [
      { assignment: [{ values: data }, { inputs: inputs[0] }], scale: -1 / rows },
      { assignment: [{ values: chain[0] }, { inputs: inputs[2] }], scale: 1 / rows },
    ]);
    program.update(optimizer, gradient, slots, { rate: 0.1 / (1 + n), step: n });
  }

  it.each([
    ['descent', sgd({ momentum: 0.5 })],
    ['Adam with penalties and clipping', adam({ penalties: { l1: 0.01, group: 0.1 }, clip: { norm: 0.1 } })],
  ])('repeated steps are the same as steps of a program that has planned nothing: %s', async (_, optimizer) => {
    const model = randomModel(bernoulli(70), bernoulli(33), 4);
    const program = await backend.prepare(model);
    const slots = optimizer.slots.map(() => program.allocate({ holds: 'parameters' }));
    const batches = new Map<number, Batch>();
    const readAll = (of: Program, arrays: readonly Buffer[]): Promise<Float64Array[]> =>
      Promise.all([of.parameters, ...arrays].map((buffer) => backend.read(buffer)));
    let [parameters, ...arrays] = await readAll(program, slots);
    // A larger batch in between moves working memory.
    const rows = [8, 8, 8, 8, 200, 8, 8, 200, 8, 8];
    for (const [n, count] of rows.entries()) {
      const batch = batches.get(count) ?? batchOf(program, count);
      batches.set(count, batch);
      step(program, batch, optimizer, slots, n);
      const fresh = await backend.prepare({ ...model, parameters } as EnergyModel);
      const freshSlots = arrays.map((array) => {
        const slot = fresh.allocate({ holds: 'parameters' });
        backend.write(slot, array);
        return slot;
      });
      step(fresh, batchOf(fresh, count), optimizer, freshSlots, n);
      [parameters, ...arrays] = await readAll(program, slots);
      expect([parameters, ...arrays]).toEqual(await readAll(fresh, freshSlots));
      fresh.dispose();
    }
  });

  it('a repeated call is refused as the first would be', async () => {
    const program = await backend.prepare(randomModel(bernoulli(5), bernoulli(3), 4));
    const velocity = program.allocate({ holds: 'parameters' });
    const calls = ({ data, chain, inputs: [inputs], gradient }: Batch): (() => void)[] => [
      () => program.affine(1, [data], inputs),
      () => program.sample(1, inputs, chain[1], { random: generator(1), step: 0 }),
      () => program.gibbs(chain, 2, { random: generator(1), step: 0 }),
      () => program.statistics(gradient, [{ assignment: [{ values: data }, { inputs }], scale: 1 }]),
      () => program.update(sgd(), gradient, [velocity], { rate: 1, step: 0 }),
    ];
    const batch = batchOf(program, 4);
    for (const call of calls(batch)) for (let n = 0; n < 3; n++) call();
    for (const buffer of [batch.data, ...batch.chain, ...batch.inputs, batch.gradient]) buffer.dispose();
    for (const call of calls(batch)) expect(call).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
    const other = calls(batchOf(program, 4));
    for (const call of other) for (let n = 0; n < 3; n++) call();
    program.dispose();
    const [, sample, gibbs, , update] = other;
    for (const call of [sample, gibbs, update]) expect(call).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  });
});
