import type { EnergyModel } from '@rbm/core';
import { definePlugin, type Optimizer, type Plugin, type UpdateSettings } from '@rbm/core/contracts';

/** Options of the optimizer. */
export interface OptimizerOptions {
  /** Share of the velocity that each step keeps, from 0 to below 1 (default: 0.9). */
  readonly momentum?: number;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'my/__NAME__': OptimizerOptions;
  }
}

/** Gradient descent with momentum: `v ← momentum · v − rate · g`, `λ ← λ + v`. */
export function optimizer({ momentum = 0.9 }: OptimizerOptions = {}): Optimizer {
  return {
    specVersion: 1,
    kind: 'my/__NAME__',
    settings: { momentum },
    slots: ['velocity'],
    init: (model: EnergyModel): Float64Array[] => [new Float64Array(model.layout.length)],

    /** Replace the rule. Arrays are laid out like the parameters; what is remembered lies in the slots. */
    update(
      gradient: Float64Array,
      [velocity]: readonly Float64Array[],
      parameters: Float64Array,
      { rate }: UpdateSettings,
    ): void {
      for (let i = 0; i < parameters.length; i++) {
        velocity[i] = momentum * velocity[i] - rate * gradient[i];
        parameters[i] += velocity[i];
      }
    },
  };
}

export default (): Plugin =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { optimizers: 1 },
    provides: {
      optimizers: {
        'my/__NAME__': {
          options: {
            momentum: { type: 'number', minimum: 0, maximum: 0.999, default: 0.9, describe: 'Share of velocity kept' },
          },
          create: optimizer,
        },
      },
    },
  });
