import { condition, type EnergyModel, energy, generator, ising, logSumExp, parameter, reference } from '@rbm/core';
import {
  type Buffer,
  type ChainSnapshot,
  FirstBlock,
  type Layer,
  type Program,
  type Target,
} from '@rbm/core/contracts';
import {
  detailedBalanceError,
  isIrreducible,
  noDrift,
  override,
  randomDeepBoltzmannMachine,
  randomRbm,
  stationaryError,
  transitionMatrix,
} from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { gibbs } from './gibbs.js';

const machine = randomRbm({ visible: 3, hidden: 2, scale: 1, seed: 1 });
const deep = randomDeepBoltzmannMachine({ widths: [2, 2, 2], scale: 1, seed: 2 });
/** Two of four visible units are clamped: one on, one off. */
const whole = randomRbm({ visible: 4, hidden: 3, scale: 1, seed: 3 });
const conditioned = condition(whole, [0, 1, 0, 1], Float64Array.of(0, 1, 0, 0));

const models: [string, EnergyModel][] = [
  ['a restricted machine', machine],
  ['a deep machine', deep],
  ['a conditioned machine', conditioned],
];

describe('the transition matrix of gibbs', () => {
  it.each(models)('leaves the distribution of %s invariant and reaches every state', async (_, model) => {
    const transition = await transitionMatrix(gibbs(), model);
    expect(stationaryError(transition)).toBeLessThan(1e-12);
    expect(isIrreducible(transition)).toBe(true);
  });

  it('is invariant for several sweeps at once', async () => {
    const small = randomRbm({ visible: 2, hidden: 2, scale: 2, seed: 5 });
    expect(stationaryError(await transitionMatrix(gibbs(), small, { sweeps: 2 }))).toBeLessThan(1e-12);
  });

  it.each(models)('is reversible on the visible units of %s, and not on joint states', async (_, model) => {
    expect(detailedBalanceError(await transitionMatrix(gibbs(), model, { of: 'visible' }))).toBeLessThan(1e-12);
    expect(detailedBalanceError(await transitionMatrix(gibbs(), model))).toBeGreaterThan(1e-3);
    expect(gibbs().capabilities.reversible).toBe(false);
  });

  it('of a conditioned model has the conditional distribution of the whole one', async () => {
    const { stationary, states, count } = await transitionMatrix(gibbs(), conditioned);
    const visible = conditioned.complete(states.visible as Float64Array);
    expect(Array.from(visible.subarray(0, 4))).toEqual([0, 1, 0, 0]);
    const logWeights = energy(whole, { visible, hidden: states.hidden as Float64Array }).map((e) => -e);
    const log = logSumExp(logWeights);
    expect(count).toBe(32);
    stationary.forEach((p, n) => {
      expect(p).toBeCloseTo(Math.exp((logWeights[n] as number) - log), 13);
    });
  });
});

describe('chains of gibbs', () => {
  it.each([
    ['a restricted machine', randomRbm({ visible: 6, hidden: 4, scale: 1, seed: 6 })],
    ['a deep machine', randomDeepBoltzmannMachine({ widths: [4, 3, 3], scale: 1, seed: 7 })],
    ['a conditioned machine', conditioned],
  ])('started from the distribution of %s stay there', async (_, model) => {
    const random = generator(8);
    const report = await noDrift({ sampler: gibbs(), model, backend: reference(), random, chains: 8000 });
    expect(report.failures).toEqual([]);
  });

  it('are the same for the same seed, and others for another', async () => {
    const one = await run(machine, 1, [5]);
    expect(await run(machine, 1, [5])).toEqual(one);
    expect((await run(machine, 2, [5])).values).not.toEqual(one.values);
  });

  it('do not depend on how the sweeps are split, nor on how many chains there are', async () => {
    const together = await run(machine, 1, [7], 12);
    expect(await run(machine, 1, [1, 0, 4, 2], 12)).toEqual(together);
    const fewer = await run(machine, 1, [7], 5);
    expect(fewer.values.visible).toEqual(together.values.visible?.subarray(0, 15));
  });

  it('go on from a snapshot bit for bit', async () => {
    const backend = reference();
    const program = await backend.prepare(deep);
    const kernel = gibbs().bind(program);
    const random = generator(4);
    const start = await kernel.init(random, { chains: 6 });
    const { state: middle } = await kernel.step(start, random, 3);
    const snapshot = structuredClone(await kernel.save(middle));
    expect(snapshot).toMatchObject({ chains: 6, sweeps: 3 });
    // Saving leaves the state usable.
    const { state: end } = await kernel.step(middle, random, 4);
    const uninterrupted = await kernel.save(end);
    const elsewhere = gibbs().bind(await reference().prepare(deep));
    const { state: resumed } = await elsewhere.step(await elsewhere.load(snapshot), generator(4), 4);
    expect(await elsewhere.save(resumed)).toEqual(uninterrupted);
    expect(uninterrupted.sweeps).toBe(7);
  });

  it('start where they are told, and elsewhere without input', async () => {
    const program = await reference().prepare(machine);
    const kernel = gibbs().bind(program);
    const visible = Float64Array.of(1, 0, 1, 0, 1, 0);
    const saved = await kernel.save(await kernel.init(generator(1), { chains: 2, values: { visible } }));
    expect(saved.values.visible).toEqual(visible);
    const chains = 4000;
    const { values } = await kernel.save(await kernel.init(generator(1), { chains }));
    const p = 1 / (1 + Math.exp(-(parameter(machine, 'hidden.bias')[1] as number)));
    const mean = (values.hidden as Float64Array).reduce((sum, h, n) => (n % 2 === 1 ? sum + h : sum), 0) / chains;
    expect(Math.abs(mean - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / chains));
  });

  it('follow the live parameters of the program', async () => {
    const backend = reference();
    const program = await backend.prepare(machine);
    const kernel = gibbs().bind(program);
    let state = await kernel.init(generator(1), { chains: 50 });
    const certain = new Float64Array(machine.layout.length).fill(50);
    backend.write(program.parameters, certain);
    ({ state } = await kernel.step(state, generator(1), 1));
    const { values } = await kernel.save(state);
    expect(values.visible?.every((v) => v === 1)).toBe(true);
    backend.write(program.parameters, certain.fill(-50));
    ({ state } = await kernel.step(state, generator(1), 1));
    expect((await kernel.save(state)).values.visible?.every((v) => v === 0)).toBe(true);
  });
});

describe('gibbs after the first block', () => {
  /** Chains after steps of 1, 3 and 2 sweeps, before each of which the first block is drawn from shared inputs. */
  async function shared(
    model: EnergyModel,
    targetOf: (program: Program) => Target | undefined,
  ): Promise<ChainSnapshot> {
    const backend = reference();
    const program = await backend.prepare(model);
    const target = targetOf(program);
    const baseline = backend.memory();
    const kernel = gibbs().bind(program);
    expect(kernel.sharesInputs).toBe(true);
    const random = generator(5);
    let state = await kernel.init(random, { chains: 6 });
    const first = new FirstBlock(program, 6, target);
    first.receive(state.layers, target);
    for (const sweeps of [1, 3, 2]) {
      first.draw(state.layers, { random, step: state.sweeps }, target);
      const options = { firstBlock: 'given', inputs: first.inputs, ...(target ? { target } : {}) } as const;
      ({ state } = await kernel.step(state, random, sweeps, options));
    }
    // The first block is where the last sweep took it from: draw it as a plain sweep leaves it.
    const saved = await kernel.save(state);
    first.dispose();
    state.dispose();
    expect(backend.memory()).toEqual(baseline);
    return saved;
  }

  async function plain(model: EnergyModel, targetOf: (program: Program) => Target | undefined): Promise<ChainSnapshot> {
    const program = await reference().prepare(model);
    const target = targetOf(program);
    const kernel = gibbs().bind(program);
    const random = generator(5);
    const start = await kernel.init(random, { chains: 6 });
    return kernel.save((await kernel.step(start, random, 6, target ? { target } : {})).state);
  }

  const between = (program: Program): Target => {
    const base = program.allocate({ holds: 'parameters' });
    program.backend.write(
      base,
      program.model.parameters.map((p) => 0.5 - p),
    );
    return { base, beta: 0.25 };
  };

  it.each(models)('does the same with %s, at two products a sweep', async (_, model) => {
    for (const target of [() => undefined, between])
      expect(await shared(model, target)).toEqual(await plain(model, target));
  });

  it('leaves what the first block receives from the values that it returns', async () => {
    const program = await reference().prepare(machine);
    const kernel = gibbs().bind(program);
    const first = new FirstBlock(program, 6, undefined);
    const start = await kernel.init(generator(1), { chains: 6 });
    const { state } = await kernel.step(start, generator(1), 2, { inputs: first.inputs });
    const inputs = await program.backend.read(first.buffers[0] as Buffer);
    first.receive(state.layers, undefined);
    expect(await program.backend.read(first.buffers[0] as Buffer)).toEqual(inputs);
  });

  it('is refused where blocks are parts of layers', async () => {
    const lattice = ising({ shape: [2, 3], periodic: false, couplings: 0.3 });
    const kernel = gibbs().bind(await reference().prepare(lattice));
    expect(kernel.sharesInputs).toBe(false);
    const start = await kernel.init(generator(1), { chains: 2 });
    await expect(kernel.step(start, generator(1), 1, { firstBlock: 'given' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });

  it('returns its memory after a failure', async () => {
    const backend = reference();
    const program = await backend.prepare(machine);
    const baseline = backend.memory();
    const affine = (): never => {
      throw new Error('no device');
    };
    const kernel = gibbs().bind(override(program, { affine }));
    const start = await kernel.init(generator(1), { chains: 2 });
    await expect(kernel.step(start, generator(1), 2, { firstBlock: 'given' })).rejects.toThrow('no device');
    expect(backend.memory()).toEqual(baseline);
  });
});

describe('a state of gibbs', () => {
  it('is refused once it was stepped or released', async () => {
    const program = await reference().prepare(machine);
    const kernel = gibbs().bind(program);
    const random = generator(1);
    const start = await kernel.init(random, { chains: 2 });
    const { state: next } = await kernel.step(start, random, 1);
    await expect(kernel.step(start, random, 1)).rejects.toMatchObject({ code: 'STATE_CONSUMED' });
    await expect(kernel.save(start)).rejects.toMatchObject({ code: 'STATE_CONSUMED' });
    // Releasing a consumed state does not pull the buffers from under its successor.
    start.dispose();
    const { state: last } = await kernel.step(next, random, 1);
    last.dispose();
    last.dispose();
    await expect(kernel.step(last, random, 1)).rejects.toMatchObject({ code: 'STATE_CONSUMED' });
  });

  it('returns its memory after success, failure and abort', async () => {
    const backend = reference();
    const program = await backend.prepare(deep);
    const baseline = backend.memory();
    const random = generator(1);
    const kernel = gibbs().bind(program);

    const { state } = await kernel.step(await kernel.init(random, { chains: 3 }), random, 2);
    expect(backend.memory().buffers).toBe(baseline.buffers + 3);
    state.dispose();
    expect(backend.memory()).toEqual(baseline);

    const failing = override(program, {
      gibbs: () => {
        throw new Error('no device');
      },
    });
    const unlucky = gibbs().bind(failing);
    await expect(unlucky.step(await unlucky.init(random, { chains: 3 }), random, 2)).rejects.toThrow('no device');
    expect(backend.memory()).toEqual(baseline);

    const controller = new AbortController();
    controller.abort('enough');
    const aborted = kernel.step(await kernel.init(random, { chains: 3 }), random, 2, { signal: controller.signal });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(backend.memory()).toEqual(baseline);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('cannot be stepped %d sweeps', async (sweeps) => {
    const backend = reference();
    const program = await backend.prepare(machine);
    const baseline = backend.memory();
    const kernel = gibbs().bind(program);
    const step = kernel.step(await kernel.init(generator(1), { chains: 1 }), generator(1), sweeps);
    await expect(step).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect(backend.memory()).toEqual(baseline);
  });

  it('must fit the model', async () => {
    const backend = reference();
    const program = await backend.prepare(machine);
    const baseline = backend.memory();
    const kernel = gibbs().bind(program);
    const { units } = machine.layers[0] as Layer;
    const values = { visible: new Float64Array(units) };
    const init = (position: Parameters<typeof kernel.init>[1]) => kernel.init(generator(1), position);
    await expect(init({ chains: 0 })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(init({ chains: 2, values })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(init({ chains: 1, values: { seen: values.visible } })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
    values.visible[1] = 0.5;
    await expect(init({ chains: 1, values })).rejects.toMatchObject({ code: 'DATA_INVALID' });
    await expect(kernel.load({ chains: 1, sweeps: 0, values })).rejects.toThrow();
    expect(backend.memory()).toEqual(baseline);
  });
});

async function run(model: EnergyModel, seed: number, sweeps: readonly number[], chains = 4): Promise<ChainSnapshot> {
  const program = await reference().prepare(model);
  const kernel = gibbs().bind(program);
  const random = generator(seed);
  let state = await kernel.init(random, { chains });
  for (const n of sweeps) ({ state } = await kernel.step(state, random, n));
  return kernel.save(state);
}
