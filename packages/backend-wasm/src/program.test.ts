import { bernoulli, type EnergyModel, gaussian, generator, potts, rbm } from '@rbm/core';
import { type Backend, type Buffer, layerParametersLength, type Optimizer, type Target } from '@rbm/core/contracts';
import { centring, sgd } from '@rbm/train';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wasm } from './backend.js';
import {
  align,
  branchedModel,
  difference,
  graphModels,
  kinds,
  type MakeLayer,
  normals,
  type Pair,
  pair,
  randomModel,
  readPair,
  type Twin,
  twin,
} from './reference.testing.js';

type Found = EnergyModel['layout']['arrays'][number];

/** Rounding of float32, for sums of hundreds of terms. */
const ROUNDING = 3e-6;

describe.each([1, 2, 4])('with threads: %i', (threads) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await wasm({ threads });
  });
  afterAll(async () => {
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
    await backend.close();
  });

  async function withTwin(model: EnergyModel, check: (both: Twin, rows: number) => Promise<void>, rows: number) {
    const both = await twin(model, backend);
    const [, program] = both.programs;
    const owned: { dispose(): void }[] = [];
    const allocate = program.allocate.bind(program);
    program.allocate = (spec) => {
      const buffer = allocate(spec);
      owned.push(buffer);
      return buffer;
    };
    try {
      await check(both, rows);
    } finally {
      for (const buffer of owned) buffer.dispose();
      program.dispose();
    }
  }

  /** States of every layer, drawn without input, the same on both sides. */
  async function drawStates(both: Twin, rows: number): Promise<Pair[]> {
    const states: Pair[] = [];
    for (const layer of both.model.layers.keys()) {
      const silence = pair(both, { holds: 'inputs', layer, rows });
      const drawn = pair(both, { holds: 'states', layer, rows });
      both.programs[0].sample(layer, silence[0], drawn[0], { random: generator(5), step: layer });
      await align(both, drawn);
      states.push(drawn);
    }
    return states;
  }

  async function checkAll(both: Twin, rows: number): Promise<void> {
    const { model, programs } = both;
    const states = await drawStates(both, rows);
    const inputs = model.layers.map((_, layer) => pair(both, { holds: 'inputs', layer, rows }));
    const base = pair(both, { holds: 'layerParameters' }, baseOf(model).slice(0, layerParametersLength(model)));
    const betas = pair(
      both,
      { holds: 'rows', rows },
      Float64Array.from({ length: rows }, (_, r) => 0.2 + (r % 4) / 5),
    );
    const targets: ((side: 0 | 1) => Target | undefined)[] = [
      () => undefined,
      (side) => ({ base: base[side], beta: 0.3 }),
      (side) => ({ base: base[side], beta: betas[side] }),
    ];
    for (const layer of model.layers.keys()) {
      const received = inputs[layer] as Pair;
      programs.forEach((program, side) => {
        const values = states.map((buffers) => buffers[side] as Pair[0]);
        program.affine(layer, values, received[side] as Pair[0]);
      });
      expect(await difference(both, received)).toBeLessThan(ROUNDING);
      await align(both, received);
      for (const target of targets) {
        const means = pair(both, { holds: 'means', layer, rows });
        const drawn = pair(both, { holds: 'states', layer, rows });
        const site = { random: generator(6), step: 2 ** 32 + 7, firstChain: 11 };
        programs.forEach((program, side) => {
          program.mean(layer, received[side] as Pair[0], means[side] as Pair[0], target(side as 0 | 1));
          program.sample(layer, received[side] as Pair[0], drawn[side] as Pair[0], site, target(side as 0 | 1));
        });
        expect(await difference(both, means)).toBeLessThan(ROUNDING);
        const [expected, actual] = await readPair(both, drawn);
        if (model.layers[layer]?.states === null) expect(await difference(both, drawn)).toBeLessThan(ROUNDING);
        else expect(actual).toEqual(expected);
      }
    }
    await checkSums(both, rows, states, inputs, targets);
    for (const target of targets) {
      const site = { random: generator(16), step: 3, firstChain: 2 };
      programs.forEach((program, side) => {
        program.gibbs(
          states.map((buffers) => buffers[side] as Buffer),
          3,
          site,
          target(side as 0 | 1),
        );
      });
      for (const [layer, drawn] of states.entries()) {
        const discrete = model.layers[layer]?.states !== null;
        expect(await difference(both, drawn)).toBeLessThan(discrete ? Number.MIN_VALUE : 10 * ROUNDING);
        await align(both, drawn);
      }
    }
  }

  async function checkSums(
    both: Twin,
    rows: number,
    states: readonly Pair[],
    inputs: readonly Pair[],
    targets: readonly ((side: 0 | 1) => Target | undefined)[],
  ): Promise<void> {
    const { model, programs } = both;
    const joint = (side: number) => states.map((buffers) => ({ values: buffers[side] as Pair[0] }));
    const without = (layers: readonly number[]) => (side: number) =>
      model.layers.map((_, l) =>
        layers.includes(l)
          ? { inputs: (inputs[l] as Pair)[side] as Pair[0] }
          : { values: (states[l] as Pair)[side] as Pair[0] },
      );
    const assignments = [joint, ...model.blocks.map((block) => without(block.map(({ layer }) => layer)))];
    const weights = pair(both, { holds: 'rows', rows }, normals(7, rows).map(Math.abs));
    for (const assignment of assignments) {
      for (const target of targets) {
        const energies = pair(both, { holds: 'rows', rows }, normals(8, rows));
        programs.forEach((program, side) => {
          const sum = { rows: energies[side] as Pair[0], scale: -1.5 };
          program.energy(assignment(side), sum, target(side as 0 | 1));
        });
        expect(await difference(both, energies)).toBeLessThan(ROUNDING);
      }
      const sums = pair(both, { holds: 'parameters' }, normals(9, model.layout.length));
      programs.forEach((program, side) => {
        program.statistics(sums[side] as Pair[0], [
          { assignment: assignment(side), scale: -1 / rows },
          { assignment: joint(side), scale: 0.5, weights: weights[side] as Pair[0] },
        ]);
      });
      expect(await difference(both, sums)).toBeLessThan(ROUNDING);
    }
  }

  const names = Object.keys(kinds);
  // One thread tries all pairs; what several threads share out depends on each kind alone. `npm run test:e2e` asks for everything.
  const others = (visible: string): readonly string[] =>
    threads === 1 || process.env.RBM_ALL_TESTS !== undefined ? names : [visible];
  const cases = names.flatMap((visible) => others(visible).map((hidden) => [visible, hidden] as const));
  test.each(cases)('%s and %s units agree with the reference', async (visible, hidden) => {
    for (const [v, h, rows] of [
      [45, 1, 1],
      [33, 67, 37],
    ] as const) {
      const model = randomModel((kinds[visible] as MakeLayer)(v), (kinds[hidden] as MakeLayer)(h), 1);
      await withTwin(model, checkAll, rows);
    }
  });

  test.each(Object.entries(graphModels()))('%s', async (_, model) => {
    for (const rows of [1, 7, 38]) await withTwin(model, checkAll, rows);
  });

  test('several interactions a layer, and a constant', () => withTwin(branchedModel(2), checkAll, 50));

  test.each([
    ['two layers', randomModel(gaussian(40), potts(9, { categories: 4 }), 5), 40],
    ['several interactions a layer', branchedModel(6), 47],
  ])('steps in coordinates of centred units, in a model of %s', (_, model, width) =>
    withTwin(
      model,
      async (both) => {
        const data = { values: normals(15, 3 * width).map((x) => (x > 0 ? 1 : 0)), count: 3, width };
        const optimizer = sgd({ momentum: 0.5, penalties: { l2: 0.1 }, centre: centring(model, data) });
        const slots = optimizer.init(model).map((array) => pair(both, { holds: 'parameters' }, array));
        for (let step = 0; step < 3; step++) {
          const gradient = pair(both, { holds: 'parameters' }, normals(16 + step, model.layout.length));
          both.programs.forEach((program, side) => {
            const own = slots.map((slot) => slot[side] as Buffer);
            program.update(optimizer, gradient[side] as Buffer, own, { rate: 0.1, step });
          });
        }
        const live = both.programs.map((program) => program.parameters) as unknown as Pair;
        // Sums over a layer of gradients of order 1.
        expect(await difference(both, live)).toBeLessThan(10 * ROUNDING);
        expect(await difference(both, slots[0] as Pair)).toBeLessThan(10 * ROUNDING);
      },
      3,
    ),
  );

  test('optimizers, with a kernel and without, and constraints', () =>
    withTwin(
      randomModel(gaussian(40), bernoulli(35), 4),
      async (both) => {
        const { model, programs } = both;
        const host: Optimizer = { ...sgd({ momentum: 0.9 }), kind: 'test/sgd' };
        for (const optimizer of [sgd(), sgd({ momentum: 0.5, penalties: { l2: 0.1 } }), host]) {
          const velocity = pair(both, { holds: 'parameters' }, normals(12, model.layout.length, 0.1));
          for (let step = 0; step < 3; step++) {
            const gradient = pair(both, { holds: 'parameters' }, normals(11, model.layout.length));
            programs.forEach((program, side) => {
              program.update(optimizer, gradient[side] as Buffer, [velocity[side] as Buffer], { rate: 0.2, step });
            });
          }
          const live = programs.map((program) => program.parameters) as unknown as Pair;
          expect(await difference(both, velocity)).toBeLessThan(ROUNDING);
          expect(await difference(both, live)).toBeLessThan(ROUNDING);
          const { offset, length } = model.layout.arrays.find(({ name }) => name === 'visible.precision') as Found;
          const precisions = (await readPair(both, live))[1].subarray(offset, offset + length);
          expect(Math.min(...precisions)).toBeGreaterThanOrEqual(1e-6);
          // Both copies of the weights have changed.
          const values = [
            pair(both, { holds: 'means', layer: 0, rows: 2 }, normals(13, 80)),
            pair(both, { holds: 'means', layer: 1, rows: 2 }, normals(14, 70)),
          ] as const;
          for (const layer of [0, 1]) {
            const inputs = pair(both, { holds: 'inputs', layer, rows: 2 });
            programs.forEach((program, side) => {
              program.affine(
                layer,
                values.map((buffers) => buffers[side] as Buffer),
                inputs[side] as Buffer,
              );
            });
            expect(await difference(both, inputs)).toBeLessThan(ROUNDING);
          }
        }
      },
      3,
    ));

  test('many rows and few, dense and sparse states', () =>
    withTwin(
      randomModel(
        bernoulli(300, { bias: Float64Array.from({ length: 300 }, (_, i) => (i < 150 ? -3 : 0.5)) }),
        bernoulli(70),
        3,
      ),
      checkAll,
      400,
    ));
});

/** A base: other parameters, with precisions that are allowed. */
function baseOf(model: EnergyModel): Float64Array {
  const base = normals(10, model.layout.length, 0.5);
  for (const { offset, length, minimum } of model.layout.arrays) {
    if (minimum === Number.NEGATIVE_INFINITY) continue;
    for (let i = offset; i < offset + length; i++) base[i] = 2 + (i % 2);
  }
  return base;
}

test('a sample that was drawn before is refused when its inputs are released, in whatever object they come', async () => {
  const backend = await wasm({ threads: 1 });
  const program = await backend.prepare(rbm({ visible: bernoulli(3), hidden: bernoulli(2) }));
  const inputs = program.allocate({ holds: 'inputs', layer: 1, rows: 2 });
  const out = program.allocate({ holds: 'states', layer: 1, rows: 2 });
  const draw = (base?: Buffer): void =>
    program.sample(1, base ? { inputs, base } : { inputs }, out, { random: generator(1), step: 0 });
  for (let n = 0; n < 2; n++) draw();
  expect(() => draw(inputs)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  inputs.dispose();
  expect(() => draw()).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  await backend.close();
});
