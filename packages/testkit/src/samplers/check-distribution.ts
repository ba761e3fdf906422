import { cloneModel, type EnergyModel, generator, reference } from '@rbm/core';
import type { Sampler } from '@rbm/core/contracts';
import { Branches } from '../branches.js';
import { noDrift } from '../drift.js';
import { gatherStates, jointDistribution, stateIndex } from '../joint.js';
import { demand } from '../layers/agreement.js';
import { override } from '../override.js';
import { detailedBalanceError, isIrreducible, stationaryError, transitionMatrix } from '../transition.js';
import { bindSampler, describeModel, eachModel, type SamplerSubject } from './subject.js';

const TOLERANCE = 1e-12;

export async function checkInvariance(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    demandInvariance('one sweep', model, stationaryError(await transitionMatrix(subject.sampler, model)));
  });
}

export async function checkSuccessiveSweeps(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    // Two sweeps of the larger models have too many outcomes to visit each.
    if (jointDistribution(model, 64).count > 16) return;
    const transition = await transitionMatrix(subject.sampler, model, { sweeps: 2 });
    demandInvariance('two sweeps asked for at once', model, stationaryError(transition));
  });
}

export async function checkLiveParameters(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const bound = cloneModel(model);
    bound.parameters.set(model.parameters.map((x) => 0.5 - x));
    const plain = reference();
    const late: Sampler = {
      ...subject.sampler,
      bind: (program) => {
        const kernel = subject.sampler.bind(program);
        plain.write(program.parameters, model.parameters);
        return kernel;
      },
    };
    const backend = override(plain, { prepare: () => plain.prepare(bound) });
    const error = stationaryError(await transitionMatrix(late, model, { backend }));
    demandInvariance('one sweep after the live parameters changed', model, error);
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

/** The model with the fewest states: two chains have the square of them. */
export async function checkIndependence(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    if (jointDistribution(model, 64).count > 16) return;
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
