import { bernoulli, type EnergyModel, generator, rbm } from '@rbm/core';
import type { Backend, Optimizer } from '@rbm/core/contracts';
import { AnnealingSteps } from './annealing-steps.js';
import type { ProcessorClock } from './stopwatch.js';
import { TrainingSteps } from './training-steps.js';
import type { Contestant, Workload } from './workload.js';

/** The toolkit's own side: what a user's program would run. For Node and for browsers. */
export async function contestant(
  name: string,
  backend: Backend,
  workload: Workload,
  processorTime?: ProcessorClock,
  optimizer?: Optimizer,
): Promise<Contestant> {
  const { visible, hidden, settings, parameters } = workload;
  const model = bernoulliMachine(visible, hidden, parameters);
  const program = await backend.prepare(model);
  const random = generator(1);
  return settings.kind === 'training'
    ? TrainingSteps.start(name, program, workload, settings, random, processorTime, optimizer)
    : new AnnealingSteps(name, program, workload, settings, random, processorTime);
}

/** An RBM of Bernoulli units with given parameters. */
export function bernoulliMachine(visible: number, hidden: number, parameters: Float64Array): EnergyModel {
  const model = rbm({ visible: bernoulli(visible), hidden: bernoulli(hidden) });
  model.parameters.set(parameters);
  return model;
}
