import {
  bernoulli,
  type EnergyModel,
  type Generator,
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
import { randomDeepBoltzmannMachine, randomRbm } from '../models.js';
import { override } from '../override.js';

/** What the checks of a sampler work on. */
export interface SamplerSubject {
  readonly sampler: Sampler;
  /** Small discrete models: at most 64 joint states each. */
  readonly models: readonly EnergyModel[];
}

/**
 * Models to try a sampler on: a restricted and a deep Boltzmann machine of 0 and 1, one of categories and signs, and one
 * whose units act on each other within a layer.
 */
export function smallModels(): EnergyModel[] {
  const coloured = rbm({
    visible: potts(1, { categories: 3 }),
    hidden: spin(2),
    random: generator(21),
    scale: 1,
  });
  return [
    randomRbm({ visible: 2, hidden: 2, scale: 1, seed: 1 }),
    randomDeepBoltzmannMachine({ widths: [2, 2, 1], scale: 1, seed: 4 }),
    coloured,
    hopfield({ visible: bernoulli(3), couplings: [0, 0.7, -0.4, 0.7, 0, 0.9, -0.4, 0.9, 0] }),
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
  { sampler, models }: SamplerSubject,
  work: (model: EnergyModel) => Promise<void>,
): Promise<void> {
  const refusals: string[] = [];
  for (const model of models) {
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
