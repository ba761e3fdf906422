import { describe, expect, test } from 'vitest';
import type { Assignment, Buffer, BufferSpec, Inputs, Program, Target } from '../contracts/backend.js';
import type { Optimizer } from '../contracts/optimizer.js';
import {
  bits,
  bruteForce,
  codeOf,
  directEnergy,
  directStatistics,
  distance,
  logSum,
  normals,
  randomDeep,
  randomLabelled,
  randomNetworks,
  randomRbm,
  type State,
  sum,
} from '../exact/brute-force.testing.js';
import { bernoulli } from '../layers/bernoulli.js';
import type { Layer } from '../layers/layer.js';
import { conditionalMean, energy, inputs, statistics } from '../models/energy.js';
import { type EnergyModel, parameter } from '../models/model.js';
import { rbm } from '../models/rbm.js';
import { generator } from '../random/generator.js';
import { reference } from './backend.js';

const [visible, hidden, rows] = [17, 9, 23];
const rowsOfBits = (seed: number, units: number): Float64Array => bits(seed, rows * units);

/** A state of each unit, chosen by the sign of a number. */
function drawn(layer: Layer, numbers: Float64Array, count: number): Float64Array {
  const out = new Float64Array(count * layer.units * layer.width);
  numbers.forEach((x, n) => {
    layer.state(x > 0 ? 1 : 0, out, n * layer.width);
  });
  return out;
}

/** Buffers filled from the host. */
function upload(program: Program, spec: BufferSpec, data: Float64Array): Buffer {
  const buffer = program.allocate(spec);
  program.backend.write(buffer, data);
  return buffer;
}

async function prepared(
  model: EnergyModel,
): Promise<{ program: Program; read(buffer: Buffer): Promise<Float64Array> }> {
  const backend = reference();
  return { program: await backend.prepare(model), read: (buffer) => backend.read(buffer) };
}

/** An RBM on the backend with states on both sides, their inputs, and room for results. */
async function rig(model: EnergyModel = randomRbm(visible, hidden, 1)) {
  const { program, read } = await prepared(model);
  const [v, h] = [rowsOfBits(2, visible), rowsOfBits(3, hidden)];
  const states = [
    upload(program, { holds: 'states', layer: 0, rows }, v),
    upload(program, { holds: 'states', layer: 1, rows }, h),
  ] as [Buffer, Buffer];
  const received = [0, 1].map((layer) => program.allocate({ holds: 'inputs', layer, rows })) as [Buffer, Buffer];
  for (const layer of [0, 1]) program.affine(layer, states, received[layer] as Buffer);
  return { model, program, read, v, h, states, received };
}

describe('without a path', () => {
  test('affine and mean are those of the model', async () => {
    const { model, program, read, v, h, received } = await rig();
    expect(distance(await read(received[1]), inputs(model, 'hidden', { visible: v }))).toBeLessThan(1e-12);
    expect(distance(await read(received[0]), inputs(model, 'visible', { hidden: h }))).toBeLessThan(1e-12);
    const mean = program.allocate({ holds: 'means', layer: 1, rows });
    program.mean(1, received[1], mean);
    expect(distance(await read(mean), conditionalMean(model, 'hidden', { visible: v }))).toBeLessThan(1e-14);
  });

  test('affine takes means as well, and overwrites', async () => {
    const { model, program, read, received } = await rig();
    const grey = normals(4, rows * visible).map((x) => 1 / (1 + Math.exp(-x)));
    const means = upload(program, { holds: 'means', layer: 0, rows }, grey);
    program.affine(1, [means], received[1]);
    expect(distance(await read(received[1]), inputs(model, 'hidden', { visible: grey }))).toBeLessThan(1e-12);
  });

  test('affine adds what several layers send', async () => {
    const model = randomDeep(4, 3, 5, 6);
    const { program, read } = await prepared(model);
    const [low, high] = [rowsOfBits(7, 4), rowsOfBits(8, 5)];
    const values: Buffer[] = [];
    values[0] = upload(program, { holds: 'states', layer: 0, rows }, low);
    values[2] = upload(program, { holds: 'states', layer: 2, rows }, high);
    const out = program.allocate({ holds: 'inputs', layer: 1, rows });
    program.affine(1, values, out);
    const [first, second] = [parameter(model, 'first'), parameter(model, 'second')];
    const direct = Array.from({ length: rows * 3 }, (_, n) => {
      const [row, j] = [Math.floor(n / 3), n % 3];
      const from = (data: Float64Array, length: number, weights: Float64Array): number =>
        sum(Array.from({ length }, (_, i) => (data[row * length + i] as number) * (weights[i * 3 + j] as number)));
      return from(low, 4, first) + from(high, 5, second);
    });
    expect(distance(await read(out), direct)).toBeLessThan(1e-13);
  });

  test('sample compares the addressed uniforms with the conditional probabilities', async () => {
    const { model, program, read, v, received } = await rig();
    const out = program.allocate({ holds: 'states', layer: 1, rows });
    const random = generator(9);
    program.sample(1, received[1], out, { random, step: 40, firstChain: 100 });
    const probability = conditionalMean(model, 'hidden', { visible: v });
    // Units are numbered across the model: the first hidden one comes after all visible ones.
    const expected = probability.map((p, n) =>
      random.uniform(100 + Math.floor(n / hidden), visible + (n % hidden), 40, 0) < p ? 1 : 0,
    );
    expect(await read(out)).toEqual(expected);
  });

  test('gibbs is affine and sample, block by block, with a step a sweep', async () => {
    for (const model of [randomRbm(visible, hidden, 1), randomDeep(6, 4, 5, 10), randomLabelled(6, 3, 4, 11)]) {
      const { program, read } = await prepared(model);
      const random = generator(12);
      const [together, alone] = [0, 1].map(() =>
        model.layers.map((layer, l) => {
          const states = program.allocate({ holds: 'states', layer: l, rows });
          const silence = program.allocate({ holds: 'inputs', layer: l, rows });
          program.sample(l, silence, states, { random: random.fork(layer.kind), step: l });
          return states;
        }),
      ) as [Buffer[], Buffer[]];
      program.gibbs(together, 3, { random, step: 5, firstChain: 2 });
      for (let step = 5; step < 8; step++) {
        for (const { layer: l } of model.blocks.flat()) {
          const received = program.allocate({ holds: 'inputs', layer: l, rows });
          program.affine(l, alone, received);
          program.sample(l, received, alone[l] as Buffer, { random, step, firstChain: 2 });
        }
      }
      for (const l of model.layers.keys()) {
        expect(await read(together[l] as Buffer)).toEqual(await read(alone[l] as Buffer));
      }
    }
  });

  test.each(randomNetworks())('gibbs on %s draws each unit from its conditional, block by block', async (_, model) => {
    const { program, read } = await prepared(model);
    const random = generator(12);
    const host = model.layers.map((layer, l) => drawn(layer, normals(50 + l, rows * layer.units), rows));
    const states = host.map((data, layer) => upload(program, { holds: 'states', layer, rows }, data));
    program.gibbs(states, 2, { random, step: 5, firstChain: 2 });
    for (const step of [5, 6]) {
      for (const { layer: l, units } of model.blocks.flat()) {
        // All units of the layer are drawn by the same addresses, and those of the block kept.
        const layer = model.layers[l] as Layer;
        const chosen = Array.from(units ?? Array(layer.units).keys());
        const all = program.allocate({ holds: 'states', layer: l, rows });
        const received = program.allocate({ holds: 'inputs', layer: l, rows });
        const values = Object.fromEntries(model.names.map((name, n) => [name, host[n] as Float64Array]));
        const isSource = (n: number): boolean =>
          model.interactions.some(({ between: [a, b] }) => n !== l || (a === l && b === l));
        const given = Object.fromEntries(Object.entries(values).filter((_, n) => isSource(n)));
        program.backend.write(received, inputs(model, model.names[l] as string, given));
        program.sample(l, received, all, { random, step, firstChain: 2 });
        const sampled = await read(all);
        for (let n = 0; n < sampled.length; n++) {
          const unit = Math.floor((n % (layer.units * layer.width)) / layer.width);
          if (chosen.includes(unit)) (host[l] as Float64Array)[n] = sampled[n] as number;
        }
      }
    }
    for (const [l, buffer] of states.entries()) expect(await read(buffer)).toEqual(host[l]);
  });

  test('gibbs does not depend on how sweeps and chains are split, nor on the first block', async () => {
    const { program, read, v, states } = await rig();
    const random = generator(13);
    program.gibbs(states, 6, { random, step: 0 });
    const whole = await read(states[0]);

    const again = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows })) as [Buffer, Buffer];
    program.backend.write(again[0], v);
    program.gibbs(again, 2, { random, step: 0 });
    program.gibbs(again, 0, { random, step: 2 });
    program.gibbs(again, 4, { random, step: 2 });
    expect(await read(again[0])).toEqual(whole);

    const tail = 10;
    const part = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows: rows - tail })) as [
      Buffer,
      Buffer,
    ];
    program.backend.write(part[0], v.slice(tail * visible));
    program.gibbs(part, 6, { random, step: 0, firstChain: tail });
    expect(await read(part[0])).toEqual(whole.slice(tail * visible));
  });

  test('energies of joint states and free energies are added with their scale', async () => {
    const { model, program, read, v, h, states, received } = await rig();
    const start = normals(14, rows);
    const cases: [Assignment, Float64Array][] = [
      [[{ values: states[0] }, { values: states[1] }], energy(model, { visible: v, hidden: h })],
      [[{ values: states[0] }, { inputs: received[1] }], energy(model, { visible: v })],
      [[{ inputs: received[0] }, { values: states[1] }], energy(model, { hidden: h })],
    ];
    for (const [assignment, energies] of cases) {
      const out = upload(program, { holds: 'rows', rows }, start);
      program.energy(assignment, { rows: out, scale: -2 });
      expect(
        distance(
          await read(out),
          start.map((x, n) => x - 2 * (energies[n] as number)),
        ),
      ).toBeLessThan(1e-11);
    }
  });
});

describe('statistics', () => {
  test('of several terms, weighted and not, are the sum over their rows', async () => {
    const { model, program, read, v, h, states, received } = await rig();
    const weights = normals(15, rows).map(Math.abs);
    const total = weights.reduce((all, w) => all + w, 0);
    const out = upload(program, { holds: 'parameters' }, normals(16, model.layout.length));
    program.statistics(out, [
      { assignment: [{ values: states[0] }, { inputs: received[1] }], scale: -1 / rows },
      {
        assignment: [{ values: states[0] }, { values: states[1] }],
        scale: 3,
        weights: upload(program, { holds: 'rows', rows }, weights),
      },
    ]);
    const data = statistics(model, { visible: v });
    const joint = statistics(model, { visible: v, hidden: h }, weights);
    const expected = data.map((d, i) => -d + 3 * total * (joint[i] as number));
    expect(distance(await read(out), expected)).toBeLessThan(1e-11);
  });

  test('of all joint states, weighted by their probability, are the model’s', async () => {
    const model = randomLabelled(2, 3, 2, 17);
    const all = bruteForce(model);
    const { program, read } = await prepared(model);
    const count = all.states.length;
    const assignment = model.layers.map((_, layer) => {
      const data = Float64Array.from(all.states.flatMap((state) => state[layer] as number[]));
      return { values: upload(program, { holds: 'states', layer, rows: count }, data) };
    });
    const weights = upload(program, { holds: 'rows', rows: count }, Float64Array.from(all.probabilities));
    const out = program.allocate({ holds: 'parameters' });
    program.statistics(out, [{ assignment, scale: 1, weights }]);
    expect(
      distance(
        await read(out),
        all.average((state) => directStatistics(model, state)),
      ),
    ).toBeLessThan(1e-13);
  });
});

describe.each([
  ['independent units', false],
  ['weights of its own', true],
])('between the model and a base with %s', (_, weighted) => {
  const model = randomRbm(4, 3, 20);
  const base = randomRbm(4, 3, 21);
  if (!weighted) base.parameters.fill(0, 7);
  /** `(1 − β) E_base + β E`. */
  const between = (beta: number): EnergyModel => {
    const parameters = model.parameters.map((p, i) => (1 - beta) * (base.parameters[i] as number) + beta * p);
    return { ...model, parameters };
  };
  const uploadBase = (program: Program): Buffer =>
    weighted
      ? upload(program, { holds: 'parameters' }, base.parameters)
      : upload(program, { holds: 'layerParameters' }, base.parameters.subarray(0, 7));
  const betas = Float64Array.from({ length: rows }, (_, n) => [0, 0, 0.25, 0.25, 0.7, 1, 0.25][n % 7] as number);

  async function pathRig() {
    const { program, read } = await prepared(model);
    const [v, h] = [rowsOfBits(22, 4), rowsOfBits(23, 3)];
    const baseBuffer = uploadBase(program);
    const states = [v, h].map((data, layer) => upload(program, { holds: 'states', layer, rows }, data)) as [
      Buffer,
      Buffer,
    ];
    const inputsAt = (layer: number, parameters?: Buffer): Buffer => {
      const buffer = program.allocate({ holds: 'inputs', layer, rows });
      program.affine(layer, states, buffer, parameters);
      return buffer;
    };
    const receive = (layer: number): Inputs =>
      weighted ? { inputs: inputsAt(layer), base: inputsAt(layer, baseBuffer) } : { inputs: inputsAt(layer) };
    const received = [receive(0), receive(1)] as const;
    const perRow: Target = { base: baseBuffer, beta: upload(program, { holds: 'rows', rows }, betas) };
    return { program, read, v, h, states, received, receive, baseBuffer, perRow };
  }
  const row = (data: Float64Array, n: number, length: number): Float64Array => data.slice(n * length, (n + 1) * length);

  test('means are those of the model in between, row by row', async () => {
    const { program, read, v, received, perRow } = await pathRig();
    const out = program.allocate({ holds: 'means', layer: 1, rows });
    program.mean(1, received[1], out, perRow);
    const means = await read(out);
    betas.forEach((beta, n) => {
      const direct = conditionalMean(between(beta), 'hidden', { visible: row(v, n, 4) });
      expect(distance(row(means, n, 3), direct)).toBeLessThan(1e-14);
    });
  });

  test('energies and free energies are those of the model in between, row by row', async () => {
    const { program, read, v, h, states, received, perRow } = await pathRig();
    const joint = program.allocate({ holds: 'rows', rows });
    const free = program.allocate({ holds: 'rows', rows });
    program.energy([{ values: states[0] }, { values: states[1] }], { rows: joint, scale: 1 }, perRow);
    program.energy([{ values: states[0] }, received[1]], { rows: free, scale: 1 }, perRow);
    const [joints, frees] = [await read(joint), await read(free)];
    betas.forEach((beta, n) => {
      const state: State = [[...row(v, n, 4)], [...row(h, n, 3)]];
      expect(joints[n]).toBeCloseTo(directEnergy(between(beta), state), 12);
      const hiddenStates = bruteForce(between(beta)).states.filter(([first]) => first?.join() === state[0]?.join());
      expect(frees[n]).toBeCloseTo(-logSum(hiddenStates.map((s) => -directEnergy(between(beta), s))), 12);
    });
  });

  test.each([0, 0.4, 1])('one β for all rows is the same as %d in each', async (beta) => {
    const { program, read, states, received, baseBuffer } = await pathRig();
    const same = upload(program, { holds: 'rows', rows }, new Float64Array(rows).fill(beta));
    const random = generator(24);
    const results: Float64Array[][] = [];
    for (const target of [
      { base: baseBuffer, beta },
      { base: baseBuffer, beta: same },
    ]) {
      const energies = program.allocate({ holds: 'rows', rows });
      program.energy([{ values: states[0] }, received[1]], { rows: energies, scale: 1 }, target);
      const sampled = program.allocate({ holds: 'states', layer: 0, rows });
      program.sample(0, received[0], sampled, { random, step: 1 }, target);
      const chain = [0, 1].map((layer) => {
        const copy = program.allocate({ holds: 'states', layer, rows });
        program.backend.copy(states[layer] as Buffer, copy);
        return copy;
      });
      program.gibbs(chain, 2, { random, step: 2 }, target);
      results.push(await Promise.all([energies, sampled, ...chain].map(read)));
    }
    expect(results[0]).toEqual(results[1]);
  });

  test('samples of each row come from its own β and its own chain', async () => {
    const { program, read, v, received, perRow } = await pathRig();
    const out = program.allocate({ holds: 'states', layer: 1, rows });
    const random = generator(25);
    program.sample(1, received[1], out, { random, step: 3, firstChain: 50 }, perRow);
    const expected = [...betas].flatMap((beta, n) =>
      [...conditionalMean(between(beta), 'hidden', { visible: row(v, n, 4) })].map((p, j) =>
        random.uniform(50 + n, 4 + j, 3, 0) < p ? 1 : 0,
      ),
    );
    expect([...(await read(out))]).toEqual(expected);
  });

  test('gibbs is affine and sample at the target', async () => {
    const { program, read, states, receive, perRow } = await pathRig();
    const random = generator(26);
    const chain = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows }));
    program.backend.copy(states[0], chain[0] as Buffer);
    program.gibbs(chain, 2, { random, step: 4 }, perRow);
    for (const step of [4, 5]) {
      for (const l of model.blocks.flat().map(({ layer }) => layer) as (0 | 1)[]) {
        program.sample(l, receive(l), states[l], { random, step }, perRow);
      }
    }
    for (const l of [0, 1] as const) expect(await read(chain[l] as Buffer)).toEqual(await read(states[l]));
  });

  test('β = 0 is the base, with the constant only if it has weights, and energies are linear in β', async () => {
    const shifted = { ...model, constant: 3 };
    const { program, read } = await prepared(shifted);
    const baseBuffer = uploadBase(program);
    const values = [rowsOfBits(22, 4), rowsOfBits(23, 3)].map((data, layer) => ({
      values: upload(program, { holds: 'states', layer, rows }, data),
    }));
    const at = async (beta: number): Promise<Float64Array> => {
      const out = program.allocate({ holds: 'rows', rows });
      program.energy(values, { rows: out, scale: 1 }, { base: baseBuffer, beta });
      return read(out);
    };
    const [zero, half, one] = [await at(0), await at(0.5), await at(1)];
    const alone = weighted ? { ...base, constant: 3 } : base;
    const direct = energy(alone, { visible: rowsOfBits(22, 4), hidden: rowsOfBits(23, 3) });
    expect(distance(zero, direct)).toBeLessThan(1e-13);
    expect(
      distance(
        half,
        zero.map((e, n) => (e + (one[n] as number)) / 2),
      ),
    ).toBeLessThan(1e-13);
    expect(one[0]).toBeCloseTo(
      3 + directEnergy(model, [[...row(rowsOfBits(22, 4), 0, 4)], [...row(rowsOfBits(23, 3), 0, 3)]]),
      12,
    );
  });
});

describe('at other parameters', () => {
  test('every operation gives what the live ones would give', async () => {
    const model = randomRbm(4, 3, 20);
    const other = randomRbm(4, 3, 21);
    const results = await Promise.all(
      [model, other].map(async (live, n) => {
        const { program, read } = await prepared(live);
        const parameters = n === 0 ? upload(program, { holds: 'parameters' }, other.parameters) : undefined;
        const target: Target | undefined = parameters && { parameters };
        const states = [rowsOfBits(22, 4), rowsOfBits(23, 3)].map((data, layer) =>
          upload(program, { holds: 'states', layer, rows }, data),
        );
        const received = program.allocate({ holds: 'inputs', layer: 1, rows });
        program.affine(1, states, received, parameters);
        const means = program.allocate({ holds: 'means', layer: 1, rows });
        program.mean(1, received, means, target);
        const energies = program.allocate({ holds: 'rows', rows });
        const assignment: Assignment = [{ values: states[0] as Buffer }, { inputs: received }];
        program.energy(assignment, { rows: energies, scale: 1 }, target);
        const statistics = program.allocate({ holds: 'parameters' });
        program.statistics(statistics, [{ assignment, scale: 1 }], parameters);
        const samples = program.allocate({ holds: 'states', layer: 1, rows });
        program.sample(1, received, samples, { random: generator(2), step: 1 }, target);
        program.gibbs(states, 2, { random: generator(2), step: 2 }, target);
        return Promise.all([received, means, energies, statistics, samples, ...states].map(read));
      }),
    );
    expect(results[0]).toEqual(results[1]);
  });
});

describe('clamped units', () => {
  const networks: [string, EnergyModel][] = [['a machine', randomRbm(4, 3, 20)], ...randomNetworks()];

  test.each(networks)('of %s stay as they are, and the others are drawn given them', async (_, model) => {
    const { program, read } = await prepared(model);
    const random = generator(27);
    const states = model.layers.map((layer, l) => {
      const spec: BufferSpec = { holds: 'states', layer: l, rows };
      return upload(program, spec, drawn(layer, normals(30 + l, rows * layer.units), rows));
    });
    const before = await Promise.all(states.map(read));
    // Layers without a mask, with one for all rows and with one for each.
    const masks = model.layers.map(({ units }, l) =>
      l % 3 === 2 ? undefined : bits(40 + l, l % 3 === 0 ? rows * units : units),
    );
    const clamp = masks.map((mask, layer) => {
      if (!mask) return undefined;
      const { units } = model.layers[layer] as Layer;
      return upload(program, { holds: 'mask', layer, rows: mask.length / units }, mask);
    });
    program.gibbs(states, 3, { random, step: 5 }, { clamp });

    // Step by step, unit by unit: the unclamped sweep, with clamped values put back before the next block is drawn.
    const expected = model.layers.map((_, layer) => program.allocate({ holds: 'states', layer, rows }));
    expected.forEach((buffer, l) => {
      program.backend.write(buffer, before[l] as Float64Array);
    });
    for (let step = 5; step < 8; step++) {
      for (const block of model.blocks) {
        for (const { layer: l, units } of block) {
          const layer = model.layers[l] as Layer;
          const inputs = program.allocate({ holds: 'inputs', layer: l, rows });
          const free = program.allocate({ holds: 'states', layer: l, rows });
          program.affine(l, expected, inputs);
          program.sample(l, inputs, free, { random, step });
          const [fresh, old] = [await read(free), await read(expected[l] as Buffer)];
          const mask = masks[l];
          fresh.forEach((x, n) => {
            const [row, unit] = [
              Math.floor(n / (layer.units * layer.width)),
              Math.floor(n / layer.width) % layer.units,
            ];
            const fixed = mask && mask[mask.length === layer.units ? unit : row * layer.units + unit] === 1;
            if (!fixed && (!units || units.includes(unit))) old[n] = x;
          });
          program.backend.write(expected[l] as Buffer, old);
        }
      }
    }
    for (const [l, buffer] of states.entries()) {
      const [found, wanted] = [await read(buffer), await read(expected[l] as Buffer)];
      expect(found).toEqual(wanted);
      const { units, width } = model.layers[l] as Layer;
      const mask = masks[l];
      found.forEach((x, n) => {
        const [row, unit] = [Math.floor(n / (units * width)), Math.floor(n / width) % units];
        if (mask && mask[mask.length === units ? unit : row * units + unit] === 1) expect(x).toBe(before[l]?.[n]);
      });
    }
  });

  test('of a layer keep their means and samples', async () => {
    const model = randomRbm(4, 3, 20);
    const { program, read } = await prepared(model);
    const inputs = upload(program, { holds: 'inputs', layer: 1, rows: 2 }, normals(1, 6));
    const mask = upload(program, { holds: 'mask', layer: 1, rows: 2 }, Float64Array.of(1, 0, 0, 0, 1, 0));
    const free = program.allocate({ holds: 'means', layer: 1, rows: 2 });
    program.mean(1, inputs, free);
    const means = upload(program, { holds: 'means', layer: 1, rows: 2 }, Float64Array.of(9, 9, 9, 9, 9, 9));
    program.mean(1, inputs, means, { clamp: [undefined, mask] });
    const wanted = await read(free);
    wanted[0] = 9;
    wanted[4] = 9;
    expect(await read(means)).toEqual(wanted);
  });
});

describe('exchange', () => {
  test('swaps rows of two buffers, and within one, where it was accepted', async () => {
    const { program, read } = await prepared(randomRbm(3, 2, 1));
    const [a, b] = [bits(1, 12), bits(2, 9)];
    const buffers = [
      upload(program, { holds: 'states', layer: 0, rows: 4 }, a),
      upload(program, { holds: 'states', layer: 0, rows: 3 }, b),
    ] as const;
    const accepted = upload(program, { holds: 'rows', rows: 2 }, Float64Array.of(1, 0));
    program.backend.exchange(buffers[0], Uint32Array.of(3, 0), buffers[1], Uint32Array.of(1, 2), accepted);
    expect([...(await read(buffers[0]))]).toEqual([...a.slice(0, 9), ...b.slice(3, 6)]);
    expect([...(await read(buffers[1]))]).toEqual([...b.slice(0, 3), ...a.slice(9), ...b.slice(6)]);
    const rowsBuffer = upload(program, { holds: 'rows', rows: 4 }, Float64Array.of(5, 6, 7, 8));
    program.backend.exchange(rowsBuffer, Uint32Array.of(0, 1), rowsBuffer, Uint32Array.of(3, 2), accepted);
    expect([...(await read(rowsBuffer))]).toEqual([8, 6, 7, 5]);
  });
});

describe('metropolis', () => {
  test('accepts with the probability min(1, exp of the sum), by the uniform of each row', async () => {
    const { program, read } = await prepared(randomRbm(3, 2, 1));
    const count = 400;
    const [x, y] = [normals(3, count), normals(4, count)];
    x[7] = Number.NaN;
    const terms = [x, y].map((data, n) => ({
      rows: upload(program, { holds: 'rows', rows: count }, data),
      scale: [0.5, -1][n] as number,
    }));
    const accepted = program.allocate({ holds: 'rows', rows: count });
    const random = generator(8);
    program.backend.metropolis(accepted, terms, { random, step: 6, firstChain: 30 });
    const expected = Array.from(x, (value, r) =>
      random.uniform(30 + r, 0, 6, 0) < Math.exp(0.5 * value - (y[r] as number)) ? 1 : 0,
    );
    expect(expected[7]).toBe(0);
    expect([...(await read(accepted))]).toEqual(expected);
  });
});

describe('update', () => {
  /** `m ← m / 2 + g`, `λ ← λ − rate · m`. */
  const momentum: Optimizer = {
    specVersion: 1,
    kind: 'test/momentum',
    settings: {},
    slots: ['velocity'],
    init: ({ layout }) => [new Float64Array(layout.length)],
    update(gradient, [velocity], parameters, { rate }) {
      for (let i = 0; i < parameters.length; i++) {
        const v = 0.5 * ((velocity as Float64Array)[i] as number) + (gradient[i] as number);
        (velocity as Float64Array)[i] = v;
        parameters[i] = (parameters[i] as number) - rate * v;
      }
    },
  };

  test('moves the live parameters and the slots, not the model', async () => {
    const model = randomRbm(3, 2, 30);
    const before = model.parameters.slice();
    const { program, read } = await prepared(model);
    const gradient = normals(31, model.layout.length);
    const slots = [program.allocate({ holds: 'parameters' })];
    const buffer = upload(program, { holds: 'parameters' }, gradient);
    for (const step of [0, 1]) program.update(momentum, buffer, slots, { rate: 0.1, step });
    // Velocities g and 1.5 g.
    expect(
      distance(
        await read(program.parameters),
        before.map((p, i) => p - 0.25 * (gradient[i] as number)),
      ),
    ).toBeLessThan(1e-14);
    expect(
      distance(
        await read(slots[0] as Buffer),
        gradient.map((g) => 1.5 * g),
      ),
    ).toBeLessThan(1e-14);
    expect(model.parameters).toEqual(before);
  });

  test('projects onto the constraints', async () => {
    const layer = bernoulli(2);
    const positive = { ...layer, parameters: [{ name: 'bias', shape: [2], minimum: 0.5 }] };
    const { program, read } = await prepared(rbm({ visible: positive, hidden: bernoulli(1) }));
    const gradient = upload(program, { holds: 'parameters' }, Float64Array.of(1, -1, 1, 1, 1));
    program.update(momentum, gradient, [program.allocate({ holds: 'parameters' })], { rate: 2, step: 0 });
    expect([...(await read(program.parameters))]).toEqual([0.5, 2, -2, -2, -2]);
  });

  test('is seen by the operations after it', async () => {
    const { model, program, read, v, received, states } = await rig();
    const gradient = upload(program, { holds: 'parameters' }, normals(32, model.layout.length));
    program.update(momentum, gradient, [program.allocate({ holds: 'parameters' })], { rate: 1, step: 0 });
    program.affine(1, states, received[1]);
    const moved = { ...model, parameters: await read(program.parameters) };
    expect(distance(await read(received[1]), inputs(moved, 'hidden', { visible: v }))).toBeLessThan(1e-12);
  });

  test('refuses a wrong number of slots', async () => {
    const { program } = await rig();
    const gradient = program.allocate({ holds: 'parameters' });
    expect(await codeOf(() => program.update(momentum, gradient, [], { rate: 1, step: 0 }))).toBe('SHAPE_MISMATCH');
  });
});

describe('misuse is refused, and leaves everything as it was', () => {
  const site = { random: generator(1), step: 0 };
  type Rig = Awaited<ReturnType<typeof rig>>;
  const cases: [string, string, (rig: Rig) => unknown][] = [
    ['SHAPE_MISMATCH', 'states where inputs belong', ({ program, states }) => program.affine(1, states, states[1])],
    [
      'SHAPE_MISMATCH',
      'inputs where values belong',
      ({ program, received }) => program.affine(1, received, received[1]),
    ],
    ['SHAPE_MISMATCH', 'a missing layer', ({ program, received }) => program.affine(1, [], received[1])],
    [
      'SHAPE_MISMATCH',
      'a sample into means',
      ({ program, received }) =>
        program.sample(1, received[1], program.allocate({ holds: 'means', layer: 1, rows }), site),
    ],
    [
      'SHAPE_MISMATCH',
      'another layer',
      ({ program, received, states }) => program.sample(1, received[1], states[0], site),
    ],
    [
      'SHAPE_MISMATCH',
      'other rows',
      ({ program, received }) => program.mean(1, received[1], program.allocate({ holds: 'means', layer: 1, rows: 2 })),
    ],
    ['SHAPE_MISMATCH', 'a buffer without rows', ({ program, states }) => program.affine(1, states, program.parameters)],
    ['SHAPE_MISMATCH', 'too few layers', ({ program, states }) => program.gibbs([states[0]], 1, site)],
    ['SHAPE_MISMATCH', 'no layers', ({ program }) => program.gibbs([], 1, site)],
    ['ARGUMENT_INVALID', 'half a sweep', ({ program, states }) => program.gibbs(states, 0.5, site)],
    ['ARGUMENT_INVALID', 'sweeps backwards', ({ program, states }) => program.gibbs(states, -1, site)],
    [
      'SHAPE_MISMATCH',
      'a short assignment',
      ({ program, states }) =>
        program.statistics(program.allocate({ holds: 'parameters' }), [
          { assignment: [{ values: states[0] }], scale: 1 },
        ]),
    ],
    [
      'SHAPE_MISMATCH',
      'statistics into rows',
      ({ program, states }) =>
        program.statistics(states[0], [{ assignment: states.map((values) => ({ values })), scale: 1 }]),
    ],
    [
      'SHAPE_MISMATCH',
      'energies into states',
      ({ program, states }) =>
        program.energy(
          states.map((values) => ({ values })),
          { rows: states[0], scale: 1 },
        ),
    ],
    [
      'SHAPE_MISMATCH',
      'a target whose base is no parameters',
      ({ program, received, states }) =>
        program.sample(1, received[1], states[1], site, { base: states[0], beta: 0.5 }),
    ],
    [
      'SHAPE_MISMATCH',
      'inverse temperatures of other rows',
      ({ program, received, states }) =>
        program.sample(1, received[1], states[1], site, {
          base: program.allocate({ holds: 'layerParameters' }),
          beta: program.allocate({ holds: 'rows', rows: 1 }),
        }),
    ],
    [
      'ARGUMENT_INVALID',
      'a base with weights, of which it is not said what they send',
      ({ program, received, states }) =>
        program.sample(1, received[1], states[1], site, { base: program.allocate({ holds: 'parameters' }), beta: 0.5 }),
    ],
    [
      'ARGUMENT_INVALID',
      'inputs from a base that has no weights',
      ({ program, received, states }) =>
        program.sample(1, { inputs: received[1], base: received[1] }, states[1], site, {
          base: program.allocate({ holds: 'layerParameters' }),
          beta: 0.5,
        }),
    ],
    [
      'ARGUMENT_INVALID',
      'an inverse temperature without a base',
      ({ program, states }) => program.gibbs(states, 1, site, { beta: 0.5 } as unknown as Target),
    ],
    [
      'ARGUMENT_INVALID',
      'an inverse temperature that is no number',
      ({ program, states }) =>
        program.gibbs(states, 1, site, { base: program.allocate({ holds: 'layerParameters' }), beta: Number.NaN }),
    ],
    [
      'SHAPE_MISMATCH',
      'a mask of another layer',
      ({ program, states }) =>
        program.gibbs(states, 1, site, { clamp: [program.allocate({ holds: 'mask', layer: 1, rows: 1 }), undefined] }),
    ],
    [
      'SHAPE_MISMATCH',
      'a mask of other rows',
      ({ program, states }) =>
        program.gibbs(states, 1, site, { clamp: [program.allocate({ holds: 'mask', layer: 0, rows: 2 }), undefined] }),
    ],
    [
      'SHAPE_MISMATCH',
      'a clamp without an entry a layer',
      ({ program, states }) => program.gibbs(states, 1, site, { clamp: [] }),
    ],
    [
      'UNSUPPORTED',
      'a free energy without a layer that has clamped units',
      ({ program, states, received }) =>
        program.energy(
          [{ values: states[0] }, { inputs: received[1] }],
          { rows: program.allocate({ holds: 'rows', rows }), scale: 1 },
          { clamp: [undefined, program.allocate({ holds: 'mask', layer: 1, rows: 1 })] },
        ),
    ],
    [
      'ARGUMENT_INVALID',
      'a layer that does not exist',
      ({ program }) => program.allocate({ holds: 'states', layer: 2, rows }),
    ],
    ['ARGUMENT_INVALID', 'no rows', ({ program }) => program.allocate({ holds: 'rows', rows: 0 })],
    ['ARGUMENT_INVALID', 'half a row', ({ program }) => program.allocate({ holds: 'rows', rows: 1.5 })],
    [
      'DISPOSED',
      'a released buffer',
      ({ program, received, states }) => {
        states[0].dispose();
        program.affine(1, states, received[1]);
      },
    ],
    [
      'DISPOSED',
      'a released program',
      ({ program, states, received }) => {
        program.dispose();
        program.affine(1, states, received[1]);
      },
    ],
    [
      'DISPOSED',
      'memory of a released program',
      ({ program }) => {
        program.dispose();
        program.allocate({ holds: 'rows', rows });
      },
    ],
    [
      'ARGUMENT_INVALID',
      'a buffer of another backend',
      async ({ program, received }) => {
        const other = await rig();
        program.affine(1, other.states, received[1]);
      },
    ],
    [
      'SHAPE_MISMATCH',
      'a buffer of a model of another size',
      async ({ program, states, received }) => {
        const other = await program.backend.prepare(randomRbm(5, hidden, 1));
        program.affine(1, [other.allocate({ holds: 'states', layer: 0, rows }), states[1]], received[1]);
      },
    ],
  ];
  test.each(cases)('%s for %s', async (code, _, work) => {
    const set = await rig();
    const buffers = [...set.states, ...set.received, set.program.parameters];
    const before = await Promise.all(buffers.map(set.read));
    expect(await codeOf(() => work(set))).toBe(code);
    for (const [n, buffer] of buffers.entries()) {
      if (!buffer.disposed) expect(await set.read(buffer)).toEqual(before[n]);
    }
  });
});
