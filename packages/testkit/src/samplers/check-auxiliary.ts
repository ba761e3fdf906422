import { cloneModel, type EnergyModel, type Generator, generator } from '@rbm/core';
import type { ChainSnapshot, Kernel } from '@rbm/core/contracts';
import { noDrift } from '../drift.js';
import { demand } from '../layers/agreement.js';
import { override } from '../override.js';
import { detailedBalanceError, enumerateOutcomes, isIrreducible, stationaryError } from '../transition.js';
import { bindSampler, describeModel, eachModel, type SamplerSubject } from './subject.js';

/** One state of a chain with all that its kernel remembers. */
export interface ExtendedState {
  /** One chain in that state. */
  readonly snapshot: ChainSnapshot;
  /** Its probability, not normalized. */
  readonly weight: number;
}

/**
 * The extended distribution of a kernel that remembers more than the values of the model's units, such as replicas at other
 * temperatures, or momenta: what it leaves invariant is the distribution of all of them together. At least one of `states` and
 * `start` is required.
 */
export interface AuxiliaryVariables {
  /**
   * All states of one chain and its auxiliary variables, at the parameters of `model`, if there are finitely many: then the suite
   * works out the exact transition matrix between them. At most 4,096; give small `models`.
   */
  states?(model: EnergyModel, kernel: Kernel): readonly ExtendedState[] | Promise<readonly ExtendedState[]>;
  /** Names the state of a snapshot of one chain. Counters, which are no part of it, are left out. Required with `states`. */
  key?(snapshot: ChainSnapshot): string;
  /** Draws chains from the extended distribution: then the suite tests that their values stay in the model's. */
  start?(model: EnergyModel, random: Generator, chains: number, kernel: Kernel): ChainSnapshot | Promise<ChainSnapshot>;
}

const TOLERANCE = 1e-12;
const MOST_STATES = 4096;

export type AuxiliarySubject = SamplerSubject & { readonly auxiliary: AuxiliaryVariables };

/** A matrix between extended states. */
interface ExtendedTransition {
  readonly count: number;
  readonly matrix: Float64Array;
  readonly stationary: Float64Array;
  readonly states: Readonly<Record<string, Float64Array>>;
}

async function transition(
  { auxiliary, pace }: AuxiliarySubject,
  model: EnergyModel,
  kernel: Kernel,
  { sweeps = 1, after = 0 }: { readonly sweeps?: number; readonly after?: number } = {},
): Promise<ExtendedTransition> {
  const { key } = auxiliary;
  const states = (await auxiliary.states?.(model, kernel)) ?? [];
  demand(key !== undefined, 'auxiliary.key is missing; expected a function that names the state of a snapshot.');
  demand(
    states.length > 0 && states.length <= MOST_STATES,
    `On a ${describeModel(model)}, auxiliary.states lists ${states.length} states; expected 1 to ${MOST_STATES}. Give smaller \`models\`.`,
  );
  const indices = new Map(states.map(({ snapshot }, n) => [key(snapshot), n]));
  demand(
    indices.size === states.length,
    `On a ${describeModel(model)}, auxiliary.key gives ${states.length} states ${indices.size} names; expected one each.`,
  );
  const total = states.reduce((sum, { weight }) => sum + weight, 0);
  const stationary = Float64Array.from(states, ({ weight }) => weight / total);
  const matrix = await enumerateOutcomes(kernel, {
    probabilities: stationary,
    start: async (n) => ({ ...(states[n] as ExtendedState).snapshot, sweeps: after }),
    find: (snapshot) => {
      const index = indices.get(key(snapshot));
      demand(
        index !== undefined,
        `On a ${describeModel(model)}, a step ends at ${key(snapshot)}, which auxiliary.states does not list.`,
      );
      return index;
    },
    sweeps,
    progress: (n) => pace.reach(`extended state ${n} of ${states.length} of a ${describeModel(model)}`),
  });
  return { count: states.length, matrix, stationary, states: {} };
}

function demandInvariance(when: string, model: EnergyModel, found: ExtendedTransition): void {
  const error = stationaryError(found);
  demand(
    error <= TOLERANCE,
    `On a ${describeModel(model)}, ${when} takes the extended distribution p to one that differs by ${error}, wanted pP = p within ` +
      `${TOLERANCE}. A kernel leaves the distribution of the values and its auxiliary variables invariant.`,
  );
}

export async function checkExtendedInvariance(subject: AuxiliarySubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { kernel, program } = await bindSampler(subject.sampler, model);
    // Tempering tries other pairs at odd sweeps than at even ones.
    for (const after of [0, 1]) {
      demandInvariance(`sweep ${after}`, model, await transition(subject, model, kernel, { after }));
    }
    program.dispose();
  });
}

export async function checkExtendedSweeps(subject: AuxiliarySubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { kernel, program } = await bindSampler(subject.sampler, model);
    const [first, second, both] = [
      await transition(subject, model, kernel),
      await transition(subject, model, kernel, { after: 1 }),
      await transition(subject, model, kernel, { sweeps: 2 }),
    ];
    const { count } = first;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        let wanted = 0;
        for (let k = 0; k < count; k++) {
          wanted += (first.matrix[i * count + k] as number) * (second.matrix[k * count + j] as number);
        }
        const error = Math.abs((both.matrix[i * count + j] as number) - wanted);
        demand(
          error <= TOLERANCE,
          `On a ${describeModel(model)}, 2 sweeps asked for at once differ by ${error} from 2 sweeps one after another, wanted P·P ` +
            `within ${TOLERANCE} on the extended states.`,
        );
      }
    }
    program.dispose();
  });
}

export async function checkExtendedLiveParameters(subject: AuxiliarySubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const bound = cloneModel(model);
    bound.parameters.set(model.parameters.map((x) => 0.5 - x));
    const { backend, kernel: plain, program } = await bindSampler(subject.sampler, bound);
    const kernel = override(plain, {
      step: async (...given) => {
        backend.write(program.parameters, bound.parameters);
        const other = await plain.init(generator(0), { chains: 1 });
        (await plain.step(other, generator(0), 1)).state.dispose();
        backend.write(program.parameters, model.parameters);
        return plain.step(...given);
      },
    });
    const { kernel: own, program: at } = await bindSampler(subject.sampler, model);
    const states = (await subject.auxiliary.states?.(model, own)) ?? [];
    at.dispose();
    const listed = { ...subject, auxiliary: { ...subject.auxiliary, states: () => states } };
    demandInvariance('a sweep after the live parameters changed', model, await transition(listed, model, kernel));
    program.dispose();
  });
}

export async function checkExtendedReach(subject: AuxiliarySubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { kernel, program } = await bindSampler(subject.sampler, model);
    demand(
      isIrreducible(await transition(subject, model, kernel, { sweeps: 1 })) ||
        isIrreducible(await transition(subject, model, kernel, { sweeps: 2 })),
      `On a ${describeModel(model)}, some extended states are never reached from some others, wanted every state from every other ` +
        'in some number of sweeps.',
    );
    program.dispose();
  });
}

export async function checkExtendedBalance(subject: AuxiliarySubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { kernel, program } = await bindSampler(subject.sampler, model);
    const error = detailedBalanceError(await transition(subject, model, kernel));
    demand(
      error <= TOLERANCE,
      `On a ${describeModel(model)}, p_i P_ij and p_j P_ji of extended states differ by ${error}, wanted 0 within ${TOLERANCE}: ` +
        '`capabilities.reversible` claims detailed balance.',
    );
    program.dispose();
  });
}

/** Chains that start in the extended distribution keep their values in the model's. */
export async function checkExtendedDrift(subject: AuxiliarySubject): Promise<void> {
  const { sampler, auxiliary } = subject;
  await eachModel(subject, async (model) => {
    const { backend } = await bindSampler(sampler, model);
    const chains = 3000;
    const { failures } = await noDrift({
      sampler: {
        ...sampler,
        bind: (program) => {
          const kernel = sampler.bind(program);
          return override(kernel, {
            init: async (random, position) => {
              const started = await auxiliary.start?.(model, random.fork('auxiliary'), position.chains, kernel);
              demand(started !== undefined, 'auxiliary.start gives no snapshot.');
              return kernel.load(started);
            },
          });
        },
      },
      model,
      backend,
      random: generator(7),
      chains,
    });
    demand(
      failures.length === 0,
      `On a ${describeModel(model)}, ${chains} chains that start in the extended distribution: ${failures.join(' ')} A kernel keeps ` +
        'them there, and moves.',
    );
  });
}
