import { bernoulli, binomial, type EnergyModel, gaussian, generator, rbm, relu } from '@rbm/core';
import type { Backend, Batch, Layer, Optimizer, Program, Sampler } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';
import { pcd, sgd } from '@rbm/train';
import type { TrainedMachine } from './machines.js';
import { ratio, type Summary, summarise } from './statistics.js';
import { timeSteps } from './stopwatch.js';

const HIDDEN = 500;
const ROWS = 100;
const STEPS = 8;
/** So small that all updates work on the same densities. */
const RATE = 1e-6;

/** What a piece costs where it takes the place of a built-in one, in milliseconds. */
export interface CompositionCost {
  readonly name: string;
  /** A sweep of 100 chains, and an update by PCD-1. */
  readonly sweep: Summary;
  readonly update: Summary;
  /** Of neighbouring measurements: over that of Bernoulli units throughout. */
  readonly sweepRatio: Summary;
  readonly updateRatio: Summary;
}

interface Composition {
  readonly name: string;
  readonly model: EnergyModel;
  readonly sampler?: Sampler;
  readonly optimizer?: Optimizer;
}

/** The pieces of a third party: built-in ones by other names, which the backend does not know. */
function compositions(pixels: number): Composition[] {
  const random = generator(1);
  const machine = (visible: Layer, hidden: Layer): EnergyModel => rbm({ visible, hidden, random, scale: 0.01 });
  const [seen, unseen] = [bernoulli(pixels), bernoulli(HIDDEN)];
  return [
    { name: 'Bernoulli units, block Gibbs, sgd', model: machine(seen, unseen) },
    { name: 'hidden ReLU units', model: machine(seen, relu(HIDDEN)) },
    { name: 'hidden binomial units of 8 trials', model: machine(seen, binomial(HIDDEN, { trials: 8 })) },
    { name: 'visible Gaussian units', model: machine(gaussian(pixels), unseen) },
    { name: 'a third party’s hidden layer of two states', model: machine(seen, renamed(unseen)) },
    { name: 'a third party’s visible layer of two states', model: machine(renamed(seen), unseen) },
    { name: 'a third party’s hidden layer of real numbers', model: machine(seen, renamed(gaussian(HIDDEN))) },
    { name: 'a third party’s sampler', model: machine(seen, unseen), sampler: composed(gibbs()) },
    { name: 'a third party’s optimizer', model: machine(seen, unseen), optimizer: { ...sgd(), kind: 'acme/descent' } },
  ];
}

/** A layer whose kind has no kernels. */
function renamed(layer: Layer): Layer {
  return { ...layer, kind: 'acme/renamed', select: (units) => renamed(layer.select(units)) };
}

/** A sampler of another sampler's kernels, which says nothing of sharing inputs. */
function composed(inner: Sampler): Sampler {
  return {
    specVersion: 1,
    name: 'acme/composed',
    settings: {},
    capabilities: { invariant: true, reversible: false },
    bind: (program) => inner.bind(program),
  };
}

/** Sweeps and updates of each composition in turn. */
export async function measureComposition(
  backend: Backend,
  { samples }: TrainedMachine,
  repetitions: number,
): Promise<CompositionCost[]> {
  const sides: { readonly name: string; readonly sweep: Side; readonly update: Side; readonly program: Program }[] = [];
  try {
    for (const { name, model, sampler = gibbs(), optimizer = sgd() } of compositions(samples.width)) {
      const program = await backend.prepare(model);
      const batch = batchOf(program, samples.values.subarray(0, ROWS * samples.width));
      const sweep = await sweeping(program, sampler);
      const update = await updating(program, sampler, optimizer, batch);
      sides.push({ name, sweep, update, program });
    }
    const times = new Map(sides.map(({ name }) => [name, { sweep: [] as number[], update: [] as number[] }]));
    for (let n = -1; n < repetitions; n++) {
      for (const { name, sweep, update } of sides) {
        const swept = await timeSteps(STEPS, undefined, sweep);
        const updated = await timeSteps(STEPS, undefined, update);
        if (n < 0) continue; // Warm by now.
        times.get(name)?.sweep.push(swept.wall);
        times.get(name)?.update.push(updated.wall);
      }
    }
    const [plain] = [...times.values()] as [{ sweep: number[]; update: number[] }];
    return [...times].map(([name, { sweep, update }]) => ({
      name,
      sweep: summarise(sweep),
      update: summarise(update),
      sweepRatio: ratio(sweep, plain.sweep),
      updateRatio: ratio(update, plain.update),
    }));
  } finally {
    for (const { program } of sides) program.dispose();
  }
}

/** Does its work `STEPS` times, on the backend. */
type Side = () => Promise<void>;

async function sweeping(program: Program, sampler: Sampler): Promise<Side> {
  const random = generator(1);
  const kernel = sampler.bind(program);
  let state = await kernel.init(random, { chains: ROWS });
  return async () => {
    ({ state } = await kernel.step(state, random, STEPS));
    await program.backend.sync();
  };
}

async function updating(program: Program, sampler: Sampler, optimizer: Optimizer, batch: Batch): Promise<Side> {
  const random = generator(1);
  const estimation = pcd({ sampler, chains: ROWS }).bind(program, batch.rows);
  let state = await estimation.init(random);
  const slots = optimizer.slots.map(() => program.allocate({ holds: 'parameters' }));
  let step = 0;
  return async () => {
    for (let n = 0; n < STEPS; n++) {
      const { gradient, state: next } = await estimation.estimate(batch, state, random);
      program.update(optimizer, gradient, slots, { rate: RATE, step: step++ });
      state = next;
    }
    await program.backend.sync();
  };
}

function batchOf(program: Program, values: TrainedMachine['samples']['values']): Batch {
  const [layer = 0] = program.model.visible;
  const visible = program.allocate({ holds: 'states', layer, rows: ROWS });
  program.backend.write(visible, values);
  return { visible: [visible], rows: ROWS };
}
