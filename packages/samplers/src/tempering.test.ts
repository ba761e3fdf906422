import {
  bernoulli,
  type EnergyModel,
  enumerate,
  generator,
  parameter,
  rbm,
  reference,
  type Samples,
  sampleWidth,
  visibleDistribution,
} from '@rbm/core';
import type { Buffer, ChainSnapshot, Program, Sampler } from '@rbm/core/contracts';
import {
  type AuxiliaryVariables,
  Branches,
  errorsInStandardErrors,
  override,
  randomDeepBoltzmannMachine,
  randomRbm,
  rootMeanSquareOfErrors,
  samplerChecks,
  samplerSuite,
} from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { baseRates } from './base.js';
import { gibbs } from './gibbs.js';
import { metropolis } from './metropolis.testing.js';
import { type TemperOptions, temper } from './tempering.js';

/** Joint states of a model of Bernoulli units: bit `u` of the index is unit `u`, numbered across layers. */
function unitsOf(index: number, units: number): number[] {
  return Array.from({ length: units }, (_, u) => (index >> u) & 1);
}

/** Energies of all joint states on the path from the base, straight from the definition. */
function pathEnergies(model: EnergyModel, base: Float64Array, beta: number): number[] {
  const [visible, hidden] = model.layers.map(({ units }) => units) as [number, number];
  const of = (parameters: Float64Array, coupled: boolean, x: number[]): number => {
    const array = (name: string): Float64Array => {
      const { offset, length } = model.layout.arrays.find((a) => a.name === name) as { offset: number; length: number };
      return parameters.subarray(offset, offset + length);
    };
    let energy = 0;
    for (let i = 0; i < visible; i++) energy -= (array('visible.bias')[i] as number) * (x[i] as number);
    for (let j = 0; j < hidden; j++) {
      energy -= (array('hidden.bias')[j] as number) * (x[visible + j] as number);
      if (!coupled) continue;
      for (let i = 0; i < visible; i++) {
        energy -= (array('weights')[i * hidden + j] as number) * (x[i] as number) * (x[visible + j] as number);
      }
    }
    return energy;
  };
  return Array.from({ length: 2 ** (visible + hidden) }, (_, index) => {
    const x = unitsOf(index, visible + hidden);
    return (1 - beta) * of(base, false, x) + beta * of(model.parameters, true, x);
  });
}

function normalised(energies: number[]): number[] {
  const total = energies.reduce((sum, e) => sum + Math.exp(-e), 0);
  return energies.map((e) => Math.exp(-e) / total);
}

/**
 * `Σ_j |(p T)_j − p_j|` over the extended states, which are the joint states of all replicas, each at its rung: every outcome of one
 * step from each of them, with its probability.
 */
async function extendedError(
  model: EnergyModel,
  base: Float64Array,
  betas: readonly number[],
  sweeps: number,
  first: number,
  tamper: (program: Program) => Program = (program) => program,
  sampler?: Sampler,
): Promise<number> {
  const units = model.layers.reduce((sum, layer) => sum + layer.units, 0);
  const [visible] = model.layers.map((layer) => layer.units) as [number];
  const rungs = betas.length;
  const states = 2 ** units;
  const levels = betas.map((beta) => normalised(pathEnergies(model, base, beta)));
  const program = tamper(await reference().prepare(model));
  const kernel = temper({ base, ladder: betas, ...(sampler ? { sampler } : {}) }).bind(program);
  const started = await kernel.init(generator(0), { chains: 1 });
  const template = await kernel.save(started);
  started.dispose();
  const count = states ** rungs;
  const exact = new Float64Array(count);
  const arriving = new Float64Array(count);
  let strangers = 0;
  const rowsOf = (index: number): number[] =>
    Array.from({ length: rungs }, (_, row) => Math.floor(index / states ** row) % states);
  for (let start = 0; start < count; start++) {
    const rows = rowsOf(start);
    const probability = rows.reduce((product, x, rung) => product * ((levels[rung] as number[])[x] as number), 1);
    exact[start] = probability;
    const bits = rows.map((x) => unitsOf(x, units));
    const top = bits[rungs - 1] as number[];
    const snapshot: ChainSnapshot = {
      chains: 1,
      sweeps: first,
      values: { visible: Float64Array.from(top.slice(0, visible)), hidden: Float64Array.from(top.slice(visible)) },
      extra: {
        ...template.extra,
        'replicas of visible': Float64Array.from(bits.flatMap((x) => x.slice(0, visible))),
        'replicas of hidden': Float64Array.from(bits.flatMap((x) => x.slice(visible))),
      },
    };
    const branches = new Branches();
    do {
      const { state } = await kernel.step(await kernel.load(snapshot), branches.begin(), sweeps);
      const { extra = {}, values } = await kernel.save(state);
      state.dispose();
      const [v, h] = ['visible', 'hidden'].map((name) => extra[`replicas of ${name}`] as Float64Array) as [
        Float64Array,
        Float64Array,
      ];
      const hidden = units - visible;
      const at = (row: number): number[] => [
        ...v.subarray(row * visible, (row + 1) * visible),
        ...h.subarray(row * hidden, (row + 1) * hidden),
      ];
      const shown = [...(values.visible as Float64Array), ...(values.hidden as Float64Array)];
      // Counted, for a call of `expect` takes longer than a branch.
      if (shown.join() !== at(rungs - 1).join()) strangers++;
      const to = Array.from({ length: rungs }, (_, row) =>
        at(row).reduce((sum, bit, u) => sum + bit * 2 ** u, 0),
      ).reduce((sum, x, row) => sum + x * states ** row, 0);
      arriving[to] = (arriving[to] as number) + probability * branches.probability;
    } while (branches.advance());
  }
  program.dispose();
  expect(strangers).toBe(0);
  expect(exact.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  return arriving.reduce((sum, p, to) => sum + Math.abs(p - (exact[to] as number)), 0);
}

const tiny = randomRbm({ visible: 1, hidden: 1, scale: 2, seed: 5 });
const small = randomRbm({ visible: 2, hidden: 1, scale: 1.5, seed: 6 });
const tinyBase = Float64Array.of(0.4, -0.3, 0);
const smallBase = Float64Array.of(0.4, -0.8, 0.2, 0, 0);

/** All states of the replicas of one chain at their rungs, for the testkit. */
function ofReplicas(base: Float64Array, betas: readonly number[]): AuxiliaryVariables {
  const names = ['replicas of visible', 'replicas of hidden'];
  return {
    key: ({ extra }) => JSON.stringify(names.map((name) => Array.from(extra?.[name] as Float64Array))),
    states: async (model, kernel) => {
      const started = await kernel.init(generator(0), { chains: 1 });
      const template = await kernel.save(started);
      started.dispose();
      const [visible, hidden] = model.layers.map(({ units }) => units) as [number, number];
      const states = 2 ** (visible + hidden);
      const levels = betas.map((beta) => normalised(pathEnergies(model, base, beta)));
      return Array.from({ length: states ** betas.length }, (_, index) => {
        const rows = betas.map((_, rung) => Math.floor(index / states ** rung) % states);
        const bits = rows.map((x) => unitsOf(x, visible + hidden));
        const top = bits.at(-1) as number[];
        return {
          weight: rows.reduce((product, x, rung) => product * ((levels[rung] as number[])[x] as number), 1),
          snapshot: {
            ...template,
            values: {
              visible: Float64Array.from(top.slice(0, visible)),
              hidden: Float64Array.from(top.slice(visible)),
            },
            extra: {
              ...template.extra,
              'replicas of visible': Float64Array.from(bits.flatMap((x) => x.slice(0, visible))),
              'replicas of hidden': Float64Array.from(bits.flatMap((x) => x.slice(visible))),
            },
          },
        };
      });
    },
  };
}

/** The checks of the testkit that are of the distribution, which tiny models are enough for. */
const ofDistribution = [
  'invariance',
  'successive sweeps',
  'live parameters',
  'targets',
  'reach',
  'no drift',
  'large layers',
  'independence of chains',
];

describe('temper keeps the contract of samplers', () => {
  for (const { name, run } of samplerChecks({ sampler: temper({ ladder: [0, 0.5, 1] }) })) {
    if (!ofDistribution.includes(name)) it(name, run);
  }
});

describe('temper', () =>
  samplerSuite({
    it,
    sampler: temper({ base: tinyBase, ladder: [0.3, 1] }),
    models: [tiny],
    auxiliary: ofReplicas(tinyBase, [0.3, 1]),
  }));

describe('the extended distribution, of all replicas at their rungs', () => {
  it.each([0, 1])('stays as it is: 3 rungs, step %i', async (first) => {
    expect(await extendedError(tiny, tinyBase, [0, 0.4, 1], 1, first)).toBeLessThan(1e-12);
  });

  it('stays as it is: 2 rungs of 3 units', async () => {
    expect(await extendedError(small, smallBase, [0.3, 1], 1, 0)).toBeLessThan(1e-12);
  });

  it('stays as it is over two sweeps', async () => {
    expect(await extendedError(tiny, tinyBase, [0, 1], 2, 0)).toBeLessThan(1e-12);
  });

  it('stays as it is around a sampler that does not move block by block', async () => {
    const sampler = metropolis();
    expect(await extendedError(tiny, tinyBase, [0.3, 1], 1, 0, (program) => program, sampler)).toBeLessThan(1e-12);
  });

  it.each<[string, (program: Program) => Program]>([
    [
      'energies with the wrong sign',
      (program) =>
        override(program, {
          energy: (assignment, { rows, scale }, path) => program.energy(assignment, { rows, scale: -scale }, path),
        }),
    ],
    [
      'energies of the partner only',
      (program) =>
        override(program, {
          energy: (assignment, target, path) => {
            if (target.scale > 0) program.energy(assignment, target, path);
          },
        }),
    ],
    [
      'sweeps at the temperature of the model',
      (program) =>
        override(program, {
          sample: (layer, inputs, out, site, target) =>
            program.sample(layer, inputs, out, site, target?.base ? { ...target, beta: 1 } : target),
        }),
    ],
  ])('changes under %s', async (_, tamper) => {
    expect(await extendedError(tiny, tinyBase, [0.2, 1], 1, 0, tamper)).toBeGreaterThan(1e-4);
  });
});

/** The model's own visible distribution as weighted data. */
function exactData(model: EnergyModel): Samples {
  const { states, probabilities, count } = visibleDistribution(model);
  return { values: states, count, width: sampleWidth(model), weights: probabilities.map((p) => 100 * p) };
}

it('moves each ladder by random numbers of its own, however many there are', async () => {
  const run = async (chains: number): Promise<Float64Array> => {
    const program = await reference().prepare(small);
    const kernel = temper({ ladder: [0, 0.5, 1] }).bind(program);
    const { state } = await kernel.step(await kernel.init(generator(7), { chains }), generator(7), 20);
    return (await kernel.save(state)).values.visible as Float64Array;
  };
  expect((await run(40)).subarray(0, 40)).toEqual(await run(20));
  expect((await run(40)).subarray(40)).not.toEqual(await run(20));
});

const WIDTH = 8;

/** All units on with probability 0.8, all off with 0.2, and a barrier between. */
function twoModes(): EnergyModel {
  const [visible, hidden, coupling] = [WIDTH, 6, 2];
  const model = rbm({ visible: bernoulli(visible), hidden: bernoulli(hidden) });
  parameter(model, 'weights').fill(coupling);
  parameter(model, 'visible.bias').fill((-coupling * hidden) / 2 + Math.log(4) / visible);
  parameter(model, 'hidden.bias').fill((-coupling * visible) / 2);
  return model;
}

/** The share of chains in the upper mode at each sweep: `[chains]`, averaged over sweeps after the burn-in. */
async function upperShares(
  model: EnergyModel,
  kernelOf: (program: Program) => ReturnType<ReturnType<typeof gibbs>['bind']>,
  { chains, burnIn, sweeps }: Record<'chains' | 'burnIn' | 'sweeps', number>,
): Promise<Float64Array> {
  const backend = reference();
  const program = await backend.prepare(model);
  const kernel = kernelOf(program);
  const random = generator(11);
  // All start in the lower mode.
  let state = await kernel.init(random, { chains, values: { visible: new Float64Array(WIDTH * chains) } });
  ({ state } = await kernel.step(state, random, burnIn));
  const shares = new Float64Array(chains);
  const every = 5;
  for (let s = 0; s < sweeps; s += every) {
    ({ state } = await kernel.step(state, random, every));
    const values = await backend.read(state.layers[0] as never);
    for (let c = 0; c < chains; c++) {
      const on = values.subarray(WIDTH * c, WIDTH * (c + 1)).reduce((sum, x) => sum + x, 0);
      shares[c] = (shares[c] as number) + ((2 * on > WIDTH ? 1 : 2 * on === WIDTH ? 0.5 : 0) * every) / sweeps;
    }
  }
  state.dispose();
  program.dispose();
  return shares;
}

describe('two modes of weights 0.8 and 0.2 between which Gibbs sampling does not cross', () => {
  const model = twoModes();
  const exact = ((): number => {
    const { states, probabilities, count } = visibleDistribution(model);
    return Array.from({ length: count }, (_, s) => {
      const on = states.subarray(WIDTH * s, WIDTH * (s + 1)).reduce((sum, x) => sum + x, 0);
      return (probabilities[s] as number) * (2 * on > WIDTH ? 1 : 2 * on === WIDTH ? 0.5 : 0);
    }).reduce((sum, p) => sum + p, 0);
  })();

  it('are what they should be', () => expect(exact).toBeCloseTo(0.8, 2));

  it('stay as they were under Gibbs sampling', async () => {
    const shares = await upperShares(model, (program) => gibbs().bind(program), {
      chains: 10,
      burnIn: 0,
      sweeps: 10_000,
    });
    expect(shares.every((share) => share === 0)).toBe(true);
  });

  it('are found by tempering, within 4 standard errors of at most 0.01', async () => {
    const chains = 32;
    // Featureless: rates would favour the larger mode at every temperature, and the smaller one would be rare on the way.
    const base = new Float64Array(model.layout.length);
    const shares = await upperShares(model, (program) => temper({ base, ladder: 6, warmUp: 128 }).bind(program), {
      chains,
      burnIn: 200,
      sweeps: 1000,
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / chains;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (chains - 1) / chains;
    expect(Math.sqrt(variance)).toBeLessThan(0.01);
    expect(Math.abs(mean - exact)).toBeLessThan(4 * Math.sqrt(variance));
  });
});

describe('what a step tells', () => {
  const model = randomRbm({ visible: 6, hidden: 4, scale: 1, seed: 2 });
  const base = baseRates(model, exactData(model));

  async function run(options: TemperOptions, chains: number, steps: readonly number[], seed = 1) {
    const program = await reference().prepare(model);
    const kernel = temper({ base, ...options }).bind(program);
    const random = generator(seed);
    let state = await kernel.init(random, { chains });
    let info: Readonly<Record<string, number>> = {};
    for (const sweeps of steps) ({ state, info } = await kernel.step(state, random, sweeps));
    const saved = await kernel.save(state);
    state.dispose();
    program.dispose();
    return { info, saved };
  }

  it('is the acceptance that the exact distributions have', async () => {
    const { info } = await run({ ladder: [0, 1] }, 400, [100, 400]);
    const levels = [0, 1].map((beta) => {
      // Free energies of the visible states at both ends.
      const energies = pathEnergies(model, base, beta);
      return Array.from({ length: 64 }, (_, v) => {
        let sum = 0;
        for (let h = 0; h < 16; h++) sum += Math.exp(-(energies[v + 64 * h] as number));
        return -Math.log(sum);
      });
    }) as [number[], number[]];
    const [p, q] = levels.map((free) => {
      const total = free.reduce((sum, f) => sum + Math.exp(-f), 0);
      return free.map((f) => Math.exp(-f) / total);
    }) as [number[], number[]];
    let wanted = 0;
    for (let x = 0; x < 64; x++) {
      for (let y = 0; y < 64; y++) {
        const [F0, F1] = levels;
        const log = (F0[x] as number) + (F1[y] as number) - (F0[y] as number) - (F1[x] as number);
        wanted += (p[x] as number) * (q[y] as number) * Math.min(1, Math.exp(log));
      }
    }
    // 100,000 swaps; the pair is tried at every second sweep.
    expect(info.swapAcceptance).toBeCloseTo(wanted, 2);
    expect(info.lowestSwapAcceptance).toBe(info.swapAcceptance);
    expect(info.roundTrips).toBeGreaterThan(1000);
  });

  it('is a log Z with an honest error, from the last two sweeps: 60 seeds', async () => {
    const exact = (await enumerate(model)).logPartition;
    const seeds = Array.from({ length: 60 }, (_, seed) => seed + 1);
    const errors = await errorsInStandardErrors(seeds, async (seed) => {
      const { info } = await run({ ladder: 4, warmUp: 0 }, 40, [30, 2], seed);
      return { estimate: info.logPartition as number, standardError: info.logPartitionError as number, exact };
    });
    expect(rootMeanSquareOfErrors(errors)).toBeGreaterThan(0.7);
    expect(rootMeanSquareOfErrors(errors)).toBeLessThan(1.4);
  });

  it('has no log Z where the ladder does not start at the base', async () => {
    const { info } = await run({ ladder: [0.5, 1] }, 10, [4]);
    expect(Object.keys(info).sort()).toEqual(['lowestSwapAcceptance', 'roundTrips', 'swapAcceptance']);
  });

  it('is tuned in the warm-up only, unless it goes on for ever', async () => {
    const betas = async (options: TemperOptions, steps: readonly number[]): Promise<Float64Array> =>
      (await run(options, 20, steps)).saved.extra?.betas as Float64Array;
    const start = Float64Array.from({ length: 6 }, (_, t) => t / 5);
    expect(await betas({ ladder: 6, warmUp: 0 }, [200])).toEqual(start);
    const warm = await betas({ ladder: 6, warmUp: 64 }, [64]);
    expect(warm).not.toEqual(start);
    expect(await betas({ ladder: 6, warmUp: 64 }, [64, 500])).toEqual(warm);
    expect(await betas({ ladder: 6, warmUp: Number.POSITIVE_INFINITY }, [64, 500])).not.toEqual(warm);
    expect(await betas({ ladder: [0, 0.1, 1] }, [500])).toEqual(Float64Array.of(0, 0.1, 1));
  });

  it('evens out the acceptance', async () => {
    const skewed = { ladder: 6, warmUp: 512 };
    const { saved } = await run(skewed, 40, [512, 400]);
    const { attempts, accepted } = saved.extra as Record<string, Float64Array>;
    const rates = Array.from(
      accepted as Float64Array,
      (sum, pair) => sum / ((attempts as Float64Array)[pair] as number),
    );
    expect(Math.max(...rates) - Math.min(...rates)).toBeLessThan(0.05);
  });
});

describe('temper', () => {
  it('works on models whose blocks are several layers, or single units', async () => {
    for (const model of [randomDeepBoltzmannMachine({ widths: [3, 2, 2], scale: 1, seed: 3 })]) {
      const program = await reference().prepare(model);
      const kernel = temper({ ladder: 5, warmUp: 100 }).bind(program);
      const random = generator(1);
      let state = await kernel.init(random, { chains: 200 });
      ({ state } = await kernel.step(state, random, 200));
      const { info, state: next } = await kernel.step(state, random, 2);
      const exact = (await enumerate(model)).logPartition;
      expect(Math.abs((info.logPartition as number) - exact)).toBeLessThan(4 * (info.logPartitionError as number));
      next.dispose();
      program.dispose();
    }
  });

  it('samples a target: other parameters, and units that are clamped in each chain', async () => {
    const [model, other] = [2, 4].map((seed) => randomRbm({ visible: 4, hidden: 3, scale: 1.5, seed })) as [
      EnergyModel,
      EnergyModel,
    ];
    const backend = reference();
    const program = await backend.prepare(model);
    const kernel = temper({ ladder: [0, 0.5, 1] }).bind(program);
    const random = generator(9);
    const chains = 2000;
    // Every second chain has its first unit clamped to 1, the others their second to 0.
    const visible = Float64Array.from({ length: 4 * chains }, (_, n) => (n % 8 === 0 ? 1 : 0));
    const before = backend.memory();
    const started = await kernel.init(random, { chains, values: { visible } });
    const parameters = program.allocate({ holds: 'parameters' });
    backend.write(parameters, other.parameters);
    const mask = program.allocate({ holds: 'mask', layer: 0, rows: chains });
    backend.write(
      mask,
      Float64Array.from({ length: 4 * chains }, (_, n) => (n % 8 === 0 || n % 8 === 5 ? 1 : 0)),
    );
    const { state, info } = await kernel.step(started, random, 25, {
      target: { parameters, clamp: [mask, undefined] },
    });
    expect(info.logPartition).toBeUndefined();
    const values = await backend.read(state.layers[0] as Buffer);
    const { states, probabilities, count } = visibleDistribution(other);
    for (const [parity, unit, clamped] of [
      [0, 0, 1],
      [1, 1, 0],
    ] as const) {
      let [total, mean] = [0, 0];
      for (let s = 0; s < count; s++) {
        if (states[4 * s + unit] !== clamped) continue;
        total += probabilities[s] as number;
        mean += (probabilities[s] as number) * (states[4 * s + 2] as number);
      }
      const rows = Array.from({ length: chains / 2 }, (_, n) => 2 * n + parity);
      expect(rows.every((row) => values[4 * row + unit] === clamped)).toBe(true);
      const found = rows.reduce((sum, row) => sum + (values[4 * row + 2] as number), 0) / rows.length;
      const exact = mean / total;
      expect(Math.abs(found - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / rows.length));
    }
    const base = program.allocate({ holds: 'layerParameters' });
    await expect(kernel.step(state, random, 1, { target: { base, beta: 0.5 } })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    for (const buffer of [parameters, mask, base]) buffer.dispose();
    expect(backend.memory()).toEqual(before);
  });

  it('goes on from a snapshot bit for bit, though its base was the model as it was then', async () => {
    const [model, moved] = [2, 3].map((seed) => randomRbm({ visible: 4, hidden: 3, scale: 1, seed })) as [
      EnergyModel,
      EnergyModel,
    ];
    const finish = async (bound: EnergyModel) => {
      const program = await reference().prepare(bound);
      const kernel = temper({ ladder: [0, 0.5, 1] }).bind(program);
      program.backend.write(program.parameters, moved.parameters);
      const state = await kernel.init(generator(1), { chains: 5 });
      const middle = (await kernel.step(state, generator(1), 4)).state;
      const saved = await kernel.save(middle);
      return { saved, end: await kernel.step(middle, generator(1), 4).then(({ state: last }) => kernel.save(last)) };
    };
    const { saved, end } = await finish(model);
    const program = await reference().prepare(moved);
    const kernel = temper({ ladder: [0, 0.5, 1] }).bind(program);
    const { state } = await kernel.step(await kernel.load(structuredClone(saved)), generator(1), 4);
    expect(await kernel.save(state)).toEqual(end);
  });

  it('refuses a base of another model, and a warm-up that is none', async () => {
    const program = await reference().prepare(tiny);
    expect(() => temper({ base: new Float64Array(7) }).bind(program)).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
    );
    const weights = Float64Array.of(0, 0, 0.5);
    expect(() => temper({ base: weights }).bind(program)).toThrow(
      expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
    );
    expect(() => temper({ warmUp: -1 })).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    program.dispose();
  });
});
