import { expect, it } from 'vitest';
import type { Program, Target } from '../contracts/backend.js';
import { bernoulli } from '../layers/bernoulli.js';
import { rbm } from '../models/rbm.js';
import { reference } from '../reference/backend.js';
import { FirstBlock } from './first-block.js';

async function prepared(): Promise<Program> {
  return reference().prepare(rbm({ visible: bernoulli(2), hidden: bernoulli(3) }));
}

it('has inputs from a base with weights, and releases all', async () => {
  const program = await prepared();
  const target: Target = { base: program.allocate({ holds: 'parameters' }), beta: 0.5 };
  const before = program.backend.memory();
  const hidden = new FirstBlock(program, 4, target);
  expect(hidden.layers).toEqual([1]);
  expect(hidden.buffers.map(({ spec }) => spec)).toEqual(new Array(2).fill({ holds: 'inputs', layer: 1, rows: 4 }));
  hidden.dispose();
  expect(program.backend.memory()).toEqual(before);
});

it('sums no layer out that has clamped units', async () => {
  const program = await prepared();
  const clamp = [undefined, program.allocate({ holds: 'mask', layer: 1, rows: 1 })];
  expect(new FirstBlock(program, 4, { clamp }).layers).toEqual([]);
});

it('releases what it has when there is no memory for the rest', async () => {
  const program = await prepared();
  const base = program.allocate({ holds: 'parameters' });
  const before = program.backend.memory();
  let allocations = 0;
  const short = Object.create(program, {
    model: { value: program.model },
    allocate: {
      value: (spec: Parameters<Program['allocate']>[0]) => {
        if (++allocations === 2) throw new Error('no memory');
        return program.allocate(spec);
      },
    },
  }) as Program;
  expect(() => new FirstBlock(short, 4, { base, beta: 0.5 })).toThrow('no memory');
  expect(program.backend.memory()).toEqual(before);
});
