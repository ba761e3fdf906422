import { bernoulli, type EnergyModel, gaussian, generator, hopfield, RbmError, rbm } from '@rbm/core';
import type { Optimizer } from '@rbm/core/contracts';
import { fillParameters } from '../models.js';
import type { Pace } from '../pace.js';

/** The parameters after steps along gradients at rates, one of each a step, from given ones. Nothing is projected. */
export type OptimizerRule = (
  parameters: Float64Array,
  gradients: readonly Float64Array[],
  rates: readonly number[],
  model: EnergyModel,
) => ArrayLike<number>;

/** What the checks of an optimizer work on. */
export interface OptimizerSubject {
  readonly make: () => Optimizer;
  readonly rule: OptimizerRule | undefined;
  readonly rate: number;
  readonly models: readonly EnergyModel[];
  readonly pace: Pace;
}

/** More than 64 weights, parameters with minimums, and couplings within a layer. */
export function optimizerModels(): EnergyModel[] {
  return [
    rbm({ visible: bernoulli(12), hidden: bernoulli(9) }),
    rbm({ visible: gaussian(5), hidden: bernoulli(3) }),
    hopfield({ visible: bernoulli(5) }),
  ].map((model, n) => fillParameters(model, 0.5, generator(30 + n)));
}

/** Calls `work` for every model that the optimizer takes. @throws Error if it takes none. */
export async function eachModel(
  { make, models, pace }: OptimizerSubject,
  work: (model: EnergyModel) => void | Promise<void>,
): Promise<void> {
  const refusals: string[] = [];
  for (const [n, model] of models.entries()) {
    pace.reach(`model ${n + 1} of ${models.length}`);
    const refusal = findRefusal(make(), model);
    if (refusal === undefined) await work(model);
    else refusals.push(refusal);
  }
  if (refusals.length < models.length) return;
  throw new Error(
    `The optimizer refuses every model of the suite (${refusals.join('; ')}). Give some that it takes, as \`models\`.`,
  );
}

function findRefusal(optimizer: Optimizer, model: EnergyModel): string | undefined {
  try {
    optimizer.init({ ...model, parameters: model.parameters.slice() });
  } catch (error) {
    if (RbmError.isInstance(error) && error.code === 'UNSUPPORTED') return error.message;
    throw error;
  }
  return undefined;
}

/** An optimizer under way on a model. */
export class Run {
  readonly optimizer: Optimizer;
  readonly model: EnergyModel;
  readonly parameters: Float64Array;
  readonly slots: Float64Array[];
  /** Steps done. */
  steps: number;

  constructor(optimizer: Optimizer, model: EnergyModel, from?: Pick<Run, 'parameters' | 'slots' | 'steps'>) {
    this.optimizer = optimizer;
    this.model = model;
    this.parameters = (from ?? model).parameters.slice();
    this.slots = from ? from.slots.map((array) => array.slice()) : optimizer.init(model);
    this.steps = from?.steps ?? 0;
  }

  /** One step along a gradient, which stays as it is. */
  step(gradient: Float64Array, rate: number): void {
    this.optimizer.update(
      gradient.slice(),
      this.slots,
      this.parameters,
      { rate, step: this.steps++ },
      this.model.layout,
    );
  }
}

/** Normal numbers laid out like the parameters: one gradient a step. */
export function gradients(model: EnergyModel, count: number, seed: number): Float64Array[] {
  const random = generator(seed);
  return Array.from({ length: count }, (_, n) =>
    Float64Array.from({ length: model.layout.length }, (_, i) => random.normal(n, i, 0, 0)),
  );
}
