import { definePlugin } from '@rbm/core/contracts';

/**
 * Lion (Chen and others 2023, "Symbolic discovery of optimization algorithms"), with `g` the gradient and `w` the weights:
 *
 *     λ ← λ − rate · (sign(β₁ m + (1 − β₁) g) + weightDecay · w),   m ← β₂ m + (1 − β₂) g.
 *
 * Biases do not decay.
 */
export function lion({ beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = {}) {
  return {
    specVersion: 1,
    kind: 'acme/lion',
    settings: { beta1, beta2, weightDecay },
    slots: ['momentum'],
    init: (model) => [new Float64Array(model.layout.length)],
    update(gradient, [momentum], parameters, { rate }, layout) {
      for (const { offset, length, interaction } of layout.arrays) {
        const decay = interaction ? weightDecay : 0;
        for (let i = offset; i < offset + length; i++) {
          const direction = Math.sign(beta1 * momentum[i] + (1 - beta1) * gradient[i]);
          momentum[i] = beta2 * momentum[i] + (1 - beta2) * gradient[i];
          parameters[i] -= rate * (direction + decay * parameters[i]);
        }
      }
    },
  };
}

const share = (value, describe) => ({ type: 'number', minimum: 0, maximum: 0.9999, default: value, describe });

export default () =>
  definePlugin({
    name: 'rbm-optimizer-lion',
    specVersion: { optimizers: 1 },
    provides: {
      optimizers: {
        'acme/lion': {
          options: {
            beta1: share(0.9, 'Share of the momentum in a step'),
            beta2: share(0.99, 'Share of the momentum that is kept'),
            weightDecay: { type: 'number', minimum: 0, default: 0, describe: 'Decay of the weights' },
          },
          create: lion,
        },
      },
    },
  });
