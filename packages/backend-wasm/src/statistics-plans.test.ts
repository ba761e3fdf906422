import { type Buffer, bernoulli, generator, type Program, rbm, reference, type StatisticsTerm } from '@rbm/core';
import { expect, test } from 'vitest';
import { wasm } from './backend.js';
import { StatisticsPlans } from './statistics-plans.js';

const model = rbm({ visible: bernoulli(40), hidden: bernoulli(7), random: generator(1), scale: 0.5 });
const random = generator(2);
const bits = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => Number(random.uniform(0, i, 0, 0) < 0.5));

/** Visible states, inputs of the hidden units and the term of both. */
function termOf(program: Program, rows: number, scale: number): { visible: Buffer; term: StatisticsTerm } {
  const visible = program.allocate({ holds: 'states', layer: 0, rows });
  const inputs = program.allocate({ holds: 'inputs', layer: 1, rows });
  return { visible, term: { assignment: [{ values: visible }, { inputs }], scale } };
}

test('the same statistics are found, others are not', async () => {
  const backend = await wasm({ threads: 1 });
  const program = await backend.prepare(model);
  const [out, other] = [program.allocate({ holds: 'parameters' }), program.allocate({ holds: 'parameters' })];
  const weights = program.allocate({ holds: 'rows', rows: 3 });
  const { term, visible } = termOf(program, 3, 1);
  const plans = new StatisticsPlans();
  const commands = [[1], [2]];
  plans.keep(out, [term], commands);
  expect(plans.find(out, [{ ...term }])).toBe(commands);
  for (const wrong of [
    [],
    [term, term],
    [{ ...term, scale: 2 }],
    [{ ...term, weights }],
    [{ ...term, assignment: term.assignment.slice(1) }],
    [{ ...term, assignment: [...term.assignment].reverse() }],
    [{ ...term, assignment: [{ inputs: visible }, term.assignment[1] as { inputs: Buffer }] }],
    [termOf(program, 3, 1).term],
  ]) {
    expect(plans.find(out, wrong)).toBeUndefined();
  }
  expect(plans.find(other, [term])).toBeUndefined();
  visible.dispose();
  expect(plans.find(out, [term])).toBeUndefined();
  plans.keep(other, [], commands);
  expect(plans.find(other, [])).toBe(commands);
  plans.clear();
  expect(plans.find(other, [])).toBeUndefined();
  await backend.close();
});

test("a caller's arrays may change afterwards", async () => {
  const backend = await wasm({ threads: 1 });
  const program = await backend.prepare(model);
  const out = program.allocate({ holds: 'parameters' });
  const [first, second] = [termOf(program, 3, 1).term, termOf(program, 3, 1).term];
  const assignment = [...first.assignment];
  const plans = new StatisticsPlans();
  plans.keep(out, [{ assignment, scale: 1 }], []);
  assignment.splice(0, 2, ...second.assignment);
  expect(plans.find(out, [{ assignment, scale: 1 }])).toBeUndefined();
  expect(plans.find(out, [first])).toEqual([]);
  await backend.close();
});

test.each([1, 2])('with %i threads, statistics asked for again are those of the states of then', async (threads) => {
  const backends = [await wasm({ threads }), reference()];
  const found = await Promise.all(
    backends.map(async (backend) => {
      const program = await backend.prepare(model);
      const outs = [0, 1].map(() => program.allocate({ holds: 'parameters' })) as [Buffer, Buffer];
      const [small, large] = [termOf(program, 5, -0.5), termOf(program, 700, 0.25)];
      const ask = async (term: StatisticsTerm): Promise<Float64Array> => {
        const out = outs[Number(term === large.term)] as Buffer;
        program.statistics(out, [term]);
        return backend.read(out);
      };
      const results: Float64Array[] = [];
      backend.write(small.visible, bits(200));
      results.push(await ask(small.term));
      // Working memory grows and moves; what was given back is in other hands now.
      results.push(await ask(large.term));
      const bystanders = Array.from({ length: 200 }, () => program.allocate({ holds: 'rows', rows: 16 }));
      const numbers = Float64Array.from({ length: 16 }, (_, i) => i);
      for (const bystander of bystanders) backend.write(bystander, numbers);
      backend.write(
        small.visible,
        bits(200).map((bit) => 1 - bit),
      );
      results.push(await ask(small.term), await ask(small.term));
      for (const bystander of bystanders) expect(await backend.read(bystander)).toEqual(numbers);
      await backend.close();
      return results;
    }),
  );
  const [mine, wanted] = found as [Float64Array[], Float64Array[]];
  expect(mine[2]).not.toEqual(mine[0]);
  expect(mine[3]).toEqual(mine[2]);
  mine.forEach((numbers, n) => {
    numbers.forEach((x, i) => {
      expect(Math.abs(x - (wanted[n]?.[i] as number))).toBeLessThan(1e-4);
    });
  });
});
