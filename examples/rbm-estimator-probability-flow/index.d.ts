import type { GradientEstimator, Plugin } from '@rbm/core/contracts';

export function probabilityFlow(): GradientEstimator;
export default function plugin(): Plugin;
