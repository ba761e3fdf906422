import {
  bernoulli,
  type EnergyModel,
  type Generator,
  gaussian,
  generator,
  hopfield,
  potts,
  RbmError,
  rbm,
  reference,
  spin,
} from '@rbm/core';
import type { Backend, Kernel, Position, Program, Sampler } from '@rbm/core/contracts';
import { gatherStates, jointDistribution } from '../joint.js';
import { fillParameters, randomDeepBoltzmannMachine, randomRbm } from '../models.js';
import { override } from '../override.js';
import type { Pace } from '../pace.js';

/** What the checks of a sampler work on. */
export interface SamplerSubject {
  readonly sampler: Sampler;
  /** Small discrete models: at most 64 joint states each. */
  readonly models: readonly EnergyModel[];
  /** Models whose layers have more than 8 units, and continuous ones. */
  readonly largeModels: readonly EnergyModel[];
  readonly pace: Pace;
}

/**
 * Models to try a sampler on: a restricted and a deep Boltzmann machine of 0 and 1, one of categories and signs, and one
 * whose units act on each other within a layer. None of their parameters is 0.
 */
export function smallModels(): EnergyModel[] {
  return [
    randomRbm({ visible: 1, hidden: 1, scale: 1.5, seed: 3 }),
    randomRbm({ visible: 2, hidden: 2, scale: 1, seed: 1 }),
    randomDeepBoltzmannMachine({ widths: [2, 2, 1], scale: 1, seed: 4 }),
    fillParameters(rbm({ visible: potts(1, { categories: 3 }), hidden: spin(2) }), 1, generator(21)),
    fillParameters(hopfield({ visible: bernoulli(3) }), 1, generator(22)),
  ];
}

/** More than 8 units a layer of each kind, beyond what one vector or one word of a random number generator holds. */
export function largeModels(): EnergyModel[] {
  return [
    fillParameters(rbm({ visible: bernoulli(12), hidden: bernoulli(10) }), 0.5, generator(23)),
    fillParameters(rbm({ visible: potts(9, { categories: 3 }), hidden: spin(9) }), 0.3, generator(24)),
    fillParameters(hopfield({ visible: bernoulli(10) }), 0.5, generator(25)),
    fillParameters(rbm({ visible: gaussian(9), hidden: bernoulli(9) }), 0.4, generator(26)),
  ];
}

/** A model and a sampler that takes it, in words for messages. */
export function describeModel(model: EnergyModel): string {
  return `${model.kind} of ${model.layers.map(({ kind, units }) => `${units} ${kind}`).join(' + ')}`;
}

/**
 * Calls `work` for every model that the sampler takes: one it refuses with `UNSUPPORTED` is not demanded.
 *
 * @throws Error if it takes none of them.
 */
export async function eachModel(
  { sampler, models, pace }: SamplerSubject,
  work: (model: EnergyModel) => Promise<void>,
): Promise<void> {
  const refusals: string[] = [];
  for (const [n, model] of models.entries()) {
    pace.reach(`model ${n + 1} of ${models.length}`);
    const refusal = await findRefusal(sampler, model);
    if (refusal === undefined) await work(model);
    else refusals.push(`${describeModel(model)}: ${refusal}`);
  }
  if (refusals.length < models.length) return;
  throw new Error(
    `Sampler "${sampler.name}" refuses every model of the suite (${refusals.join('; ')}). Give the suite some that it takes, ` +
      'as `models`: discrete, of at most 64 joint states.',
  );
}

/** Calls `work` for every large model that the sampler takes. */
export async function eachLargeModel(
  { sampler, largeModels, pace }: SamplerSubject,
  work: (model: EnergyModel) => Promise<void>,
): Promise<void> {
  for (const [n, model] of largeModels.entries()) {
    pace.reach(`large model ${n + 1} of ${largeModels.length}`);
    if ((await findRefusal(sampler, model)) === undefined) await work(model);
  }
}

/** Says how far the enumeration of a model's states is. */
export function progressOf({ pace }: SamplerSubject, model: EnergyModel): (state: number) => void {
  return (state) => pace.reach(`state ${state} of a ${describeModel(model)}`);
}

/** Why a sampler does not take a model: the message of its `UNSUPPORTED`, from `bind` or from `init`. */
async function findRefusal(sampler: Sampler, model: EnergyModel): Promise<string | undefined> {
  const backend = reference();
  try {
    const kernel = sampler.bind(await backend.prepare(model));
    await kernel.init(generator(1), { chains: 1 });
  } catch (error) {
    if (RbmError.isInstance(error) && error.code === 'UNSUPPORTED') return error.message;
    throw error;
  }
  return undefined;
}

/** A kernel at work, on a program that may be spied on. */
export interface Bench {
  readonly backend: Backend;
  readonly program: Program;
  readonly kernel: Kernel;
}

/** A sampler bound to a model on a reference backend of its own. */
export async function bindSampler(
  sampler: Sampler,
  model: EnergyModel,
  spy: (program: Program) => Program = (program) => program,
): Promise<Bench> {
  const backend = reference();
  const program = spy(await backend.prepare(model));
  return { backend, program, kernel: sampler.bind(program) };
}

/** Chains spread over the joint states of a model. */
export function spreadPosition(model: EnergyModel, chains: number): Position {
  const joint = jointDistribution(model, 64);
  const rows = Array.from({ length: chains }, (_, chain) => (7 * chain + 3) % joint.count);
  return { chains, values: gatherStates(joint, rows) };
}

/** Operations of a program whose calls are counted, and made to fail. */
const operations = ['affine', 'mean', 'sample', 'gibbs', 'statistics', 'energy', 'allocate'] as const;

/** A program whose operation number `failing` throws; counts what is called. */
export function failingProgram(program: Program, failing: () => number): { program: Program; calls(): number } {
  let calls = 0;
  const guarded = Object.fromEntries(
    operations.map((name) => [
      name,
      (...given: unknown[]): unknown => {
        if (calls++ === failing()) {
          throw new RbmError('BACKEND_FAILED', `Operation "${name}" fails, to see what the sampler does.`);
        }
        return (program[name] as (...given: unknown[]) => unknown).apply(program, given);
      },
    ]),
  ) as Partial<Program>;
  return { program: override(program, guarded), calls: () => calls };
}

/** Notes at which addresses numbers are drawn. */
export function recordingGenerator(random: Generator, addresses: string[], purpose = ''): Generator {
  const note = (chain: number, unit: number, step: number, draw: number): void => {
    addresses.push(`${purpose}chain ${chain}, unit ${unit}, step ${step}, draw ${draw}`);
  };
  return {
    key: random.key,
    uniform(chain, unit, step, draw) {
      note(chain, unit, step, draw);
      return random.uniform(chain, unit, step, draw);
    },
    bernoulli(probability, chain, unit, step, draw) {
      note(chain, unit, step, draw);
      return random.bernoulli(probability, chain, unit, step, draw);
    },
    categorical(probabilities, offset, length, chain, unit, step, draw) {
      note(chain, unit, step, draw);
      return random.categorical(probabilities, offset, length, chain, unit, step, draw);
    },
    normal(chain, unit, step, draw) {
      note(chain, unit, step, draw);
      note(chain, unit, step, draw + 1);
      return random.normal(chain, unit, step, draw);
    },
    fork: (label) => recordingGenerator(random.fork(label), addresses, `${purpose}${JSON.stringify(label)} `),
  };
}

/** Numbers of other chains: those of chain `first` for chain 0, and so on. */
export function shiftedChains(random: Generator, first: number): Generator {
  return {
    key: random.key,
    uniform: (chain, unit, step, draw) => random.uniform(first + chain, unit, step, draw),
    bernoulli: (p, chain, unit, step, draw) => random.bernoulli(p, first + chain, unit, step, draw),
    categorical: (p, offset, length, chain, unit, step, draw) =>
      random.categorical(p, offset, length, first + chain, unit, step, draw),
    normal: (chain, unit, step, draw) => random.normal(first + chain, unit, step, draw),
    fork: (label) => shiftedChains(random.fork(label), first),
  };
}
