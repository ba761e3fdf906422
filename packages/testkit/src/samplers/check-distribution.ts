import { cloneModel, type EnergyModel, type Generator, generator, reference } from '@rbm/core';
import type { ChainSnapshot, Sampler } from '@rbm/core/contracts';
import { Branches } from '../branches.js';
import { demandSame } from '../demands.js';
import { noDrift } from '../drift.js';
import { gatherStates, jointDistribution, stateIndex } from '../joint.js';
import { demand } from '../layers/agreement.js';
import { override } from '../override.js';
import {
  detailedBalanceError,
  enumerateOutcomes,
  isIrreducible,
  stationaryError,
  transitionMatrix,
} from '../transition.js';
import {
  bindSampler,
  describeModel,
  eachModel,
  progressOf,
  type SamplerSubject,
  shiftedChains,
  spreadPosition,
} from './subject.js';

const TOLERANCE = 1e-12;

export async function checkInvariance(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    demandInvariance('one sweep', model, stationaryError(await transitionMatrix(subject.sampler, model)));
  });
}

/** The largest models of which two and five sweeps have few enough outcomes to visit each. */
const [STATES_OF_TWO, STATES_OF_FIVE] = [16, 4];

export async function checkSuccessiveSweeps(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { count } = jointDistribution(model, 64);
    await checkSteps(subject, model);
    await checkComposition(subject, model);
    if (count > STATES_OF_TWO) return;
    const { sampler } = subject;
    const progress = progressOf(subject, model);
    // One sweep after another: a kernel may do other things at odd sweeps than at even ones.
    const most = count > STATES_OF_FIVE ? 2 : 5;
    let product: Float64Array | undefined;
    for (let sweeps = 1; sweeps <= most; sweeps++) {
      const { matrix } = await transitionMatrix(sampler, model, { after: sweeps - 1, progress });
      product = product ? multiply(product, matrix, count) : matrix;
      if (sweeps === 1 || (sweeps !== 2 && sweeps !== 5)) continue;
      const together = await transitionMatrix(sampler, model, { sweeps, progress });
      demandInvariance(`${sweeps} sweeps asked for at once`, model, stationaryError(together));
      const error = together.matrix.reduce((most, p, n) => Math.max(most, Math.abs(p - (product?.[n] as number))), 0);
      demand(
        error <= TOLERANCE,
        `On a ${describeModel(model)}, ${sweeps} sweeps asked for at once differ by ${error} from ${sweeps} sweeps one after ` +
          `another, wanted P·P·… within ${TOLERANCE}: \`sweeps\` is how many are done.`,
      );
    }
  });
}

function multiply(a: Float64Array, b: Float64Array, count: number): Float64Array {
  const product = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < count; k++) {
      const x = a[i * count + k] as number;
      for (let j = 0; j < count; j++) {
        product[i * count + j] = (product[i * count + j] as number) + x * (b[k * count + j] as number);
      }
    }
  }
  return product;
}

/** Sweeps far apart draw other numbers: an address has as many bits for the step as a count of sweeps needs. */
async function checkSteps({ sampler }: SamplerSubject, model: EnergyModel): Promise<void> {
  const chains = 40;
  const at = async (sweeps: number): Promise<string> => {
    const { kernel, program } = await bindSampler(sampler, model);
    const started = await kernel.init(generator(3), spreadPosition(model, chains));
    const first = await kernel.load({ ...(await kernel.save(started)), sweeps });
    const { state } = await kernel.step(first, generator(3), 1);
    const { values } = await kernel.save(state);
    for (const each of [started, state]) each.dispose();
    program.dispose();
    return JSON.stringify(model.names.map((name) => Array.from(values[name] as Float64Array)));
  };
  const found = new Map<string, number>();
  for (const sweeps of [0, 2 ** 8, 2 ** 16, 2 ** 32]) {
    const outcome = await at(sweeps);
    const same = found.get(outcome);
    demand(
      same === undefined,
      `On a ${describeModel(model)}, ${chains} chains go the same way in sweep ${sweeps} as in sweep ${same}: the numbers of sweep ` +
        `${sweeps} are those of another, wanted others. \`sweeps\` of the state is the step of the next numbers.`,
    );
    found.set(outcome, sweeps);
  }
}

/** Where two sweeps at once give the bits of two sweeps one by one, many sweeps must: their numbers have the same addresses. */
async function checkComposition({ sampler }: SamplerSubject, model: EnergyModel): Promise<void> {
  const run = async (parts: readonly number[], seed: number): Promise<string> => {
    const { kernel, program } = await bindSampler(sampler, model);
    const random = generator(seed);
    let state = await kernel.init(random, spreadPosition(model, 8));
    for (const sweeps of parts) ({ state } = await kernel.step(state, random, sweeps));
    const { values } = await kernel.save(state);
    state.dispose();
    program.dispose();
    return JSON.stringify(model.names.map((name) => Array.from(values[name] as Float64Array)));
  };
  for (const seed of [1, 2, 3]) if ((await run([2], seed)) !== (await run([1, 1], seed))) return;
  for (const sweeps of [3, 6, 21, 70]) {
    const [found, wanted] = [await run([sweeps], sweeps), await run(new Array(sweeps).fill(1), sweeps)];
    demand(
      found === wanted,
      `On a ${describeModel(model)}, ${sweeps} sweeps asked for at once end elsewhere than ${sweeps} single ones, wanted the same ` +
        'bit for bit, as 2 sweeps do: `sweeps` is how many are done.',
    );
  }
}

export async function checkLiveParameters(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const joint = jointDistribution(model, 64);
    if (joint.count > STATES_OF_TWO) return;
    const find = stateIndex(joint);
    const bound = cloneModel(model);
    bound.parameters.set(model.parameters.map((x) => 0.5 - x));
    const { backend, program, kernel: plain } = await bindSampler(subject.sampler, bound);
    const other = async (times: number): Promise<void> => {
      backend.write(program.parameters, bound.parameters);
      let state = await plain.init(generator(0), { chains: 1 });
      for (let n = 0; n < times; n++) ({ state } = await plain.step(state, generator(0), 1));
      state.dispose();
    };
    let steps = 0;
    const kernel = override(plain, {
      step: async (...given) => {
        // Steps at other parameters come between, one or two, so that each second step is met in both orders.
        await other(1 + (steps++ % 2));
        backend.write(program.parameters, model.parameters);
        return plain.step(...given);
      },
    });
    const matrix = await enumerateOutcomes(kernel, {
      probabilities: joint.probabilities,
      start: async (state) => {
        const chain = await plain.init(generator(0), { chains: 1, values: gatherStates(joint, [state]) });
        const snapshot = await plain.save(chain);
        chain.dispose();
        return snapshot;
      },
      find: ({ values }) =>
        find(
          model.names.map((name) => values[name] as Float64Array),
          0,
        ),
      sweeps: 1,
      progress: progressOf(subject, model),
    });
    const transition = { count: joint.count, matrix, stationary: joint.probabilities, states: {} };
    demandInvariance('one sweep after the live parameters changed', model, stationaryError(transition));
    program.dispose();
  });
}

function demandInvariance(when: string, model: EnergyModel, error: number): void {
  demand(
    error <= TOLERANCE,
    `On a ${describeModel(model)}, ${when} takes the model's distribution p to one that differs by ${error}, wanted pP = p ` +
      `within ${TOLERANCE}. A kernel leaves the distribution of its model invariant.`,
  );
}

export async function checkReach(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    demand(
      isIrreducible(await transitionMatrix(subject.sampler, model)),
      `On a ${describeModel(model)}, some states are never reached from some others, wanted every state from every other in ` +
        'some number of sweeps. A kernel that does not move is invariant, and useless.',
    );
  });
}

export async function checkDetailedBalance(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const error = detailedBalanceError(await transitionMatrix(subject.sampler, model));
    demand(
      error <= TOLERANCE,
      `On a ${describeModel(model)}, p_i P_ij and p_j P_ji differ by ${error}, wanted 0 within ${TOLERANCE}: ` +
        '`capabilities.reversible` claims detailed balance on the joint states.',
    );
  });
}

/** The models with few states: two chains have the square of them. */
export async function checkIndependence(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    await checkBatches(subject, model);
    if (jointDistribution(model, 64).count > STATES_OF_TWO) return;
    const { matrix, count } = await transitionMatrix(subject.sampler, model);
    const together = await pairOutcomes(subject.sampler, model, [0, count - 1]);
    for (let n = 0; n < together.length; n++) {
      const [a, b] = [Math.floor(n / count), n % count];
      const wanted = (matrix[a] as number) * (matrix[(count - 1) * count + b] as number);
      demand(
        Math.abs((together[n] as number) - wanted) <= TOLERANCE,
        `On a ${describeModel(model)}, two chains in one state go to ${a} and ${b} with probability ${together[n]}, wanted the ` +
          `product ${wanted} of what each does alone. Chains are independent: each draws at its own chain number.`,
      );
    }
  });
}

/** More chains than a tile or a work group of any backend. */
const MANY = 4103;
/** First chains of the smaller batches, and how many each has. */
const PARTS: readonly (readonly [first: number, chains: number])[] = [
  [0, 1],
  [0, 3],
  [61, 5],
  [4095, 8],
];

/** A chain goes where its own numbers take it, whatever the batch around it. */
async function checkBatches({ sampler }: SamplerSubject, model: EnergyModel): Promise<void> {
  const random = generator(12);
  const whole = spreadPosition(model, MANY);
  const run = async (from: Generator, first: number, chains: number): Promise<ChainSnapshot['values']> => {
    const { kernel, program } = await bindSampler(sampler, model);
    const values = Object.fromEntries(
      model.names.map((name) => [name, rowsOf(whole.values?.[name] as Float64Array, MANY, first, chains)]),
    );
    const { state } = await kernel.step(await kernel.init(from, { chains, values }), from, 2);
    const saved = await kernel.save(state);
    state.dispose();
    program.dispose();
    return saved.values;
  };
  const together = await run(random, 0, MANY);
  for (const [first, chains] of PARTS) {
    const alone = await run(shiftedChains(random, first), first, chains);
    for (const name of model.names) {
      demandSame(
        `On a ${describeModel(model)}, ${chains} chains alone that draw at the numbers of chains ${first} to ` +
          `${first + chains - 1} of ${MANY}, layer "${name}": as in the large batch, for chains are independent`,
        alone[name] as Float64Array,
        rowsOf(together[name] as Float64Array, MANY, first, chains),
      );
    }
  }
}

function rowsOf(values: Float64Array, of: number, first: number, rows: number): Float64Array {
  const width = values.length / of;
  return values.slice(first * width, (first + rows) * width);
}

/** The exact distribution of two chains together after a sweep: `[count, count]`. */
async function pairOutcomes(sampler: Sampler, model: EnergyModel, starts: readonly number[]): Promise<Float64Array> {
  const joint = jointDistribution(model, 64);
  const find = stateIndex(joint);
  const outcomes = new Float64Array(joint.count ** 2);
  const { kernel, program } = await bindSampler(sampler, model);
  const first = await kernel.init(generator(0), { chains: 2, values: gatherStates(joint, starts) });
  const snapshot = await kernel.save(first);
  first.dispose();
  const branches = new Branches();
  do {
    const { state } = await kernel.step(await kernel.load(snapshot), branches.begin(), 1);
    const { values } = await kernel.save(state);
    const layers = model.names.map((name) => values[name] as Float64Array);
    const at = find(layers, 0) * joint.count + find(layers, 1);
    outcomes[at] = (outcomes[at] as number) + branches.probability;
    state.dispose();
  } while (branches.advance());
  program.dispose();
  return outcomes;
}

export async function checkDrift(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { failures } = await noDrift({
      sampler: subject.sampler,
      model,
      backend: reference(),
      random: generator(7),
      chains: 3000,
    });
    demand(
      failures.length === 0,
      `On a ${describeModel(model)}, 3000 chains that start in the model's distribution: ${failures.join(' ')} A kernel keeps ` +
        'them there, and moves.',
    );
  });
}
