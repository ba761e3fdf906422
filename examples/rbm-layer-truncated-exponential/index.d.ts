import type { Layer, Plugin } from '@rbm/core/contracts';

/** @param bias `[units]` (default: zeros, a uniform distribution). */
export function truncatedExponential(units: number, bias?: ArrayLike<number>): Layer;
export default function plugin(): Plugin;
