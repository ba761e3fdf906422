import {
  type AbortSignalLike,
  bernoulli,
  type EnergyModel,
  type ErrorCode,
  enumerate,
  generator,
  logLikelihood,
  RbmError,
  rbm,
  reference,
} from '@rbm/core';
import type { Backend, Layer } from '@rbm/core/contracts';

/** The likelihood of two samples under a small model, by enumeration. */
export default async function use(): Promise<string> {
  const visible: Layer = bernoulli(4);
  const model: EnergyModel = rbm({ visible, hidden: bernoulli(3), random: generator(1), scale: 1 });
  const backend: Backend = reference();
  const program = await backend.prepare(model);
  program.dispose();
  await backend.close();
  const { logPartition } = await enumerate(model);
  const logs: Float64Array = logLikelihood(model, Uint8Array.of(0, 1, 1, 0, 1, 1, 1, 1), logPartition);
  return [logPartition, ...logs].map((x) => x.toFixed(6)).join(' ');
}

/** How a caller tells errors apart. */
export function codeOf(error: unknown): ErrorCode | undefined {
  return RbmError.isInstance(error) ? error.code : undefined;
}

/** Never called: what the compiler has to refuse. */
export function refused(model: EnergyModel, signal: AbortSignalLike): void {
  // @ts-expect-error The number of units is a number.
  bernoulli('4');
  // @ts-expect-error Every model has hidden units.
  rbm({ visible: bernoulli(4) });
  // @ts-expect-error A model does not change its kind.
  model.kind = 'other';
  // @ts-expect-error A signal is looked at, not set.
  signal.aborted = true;
  // @ts-expect-error Codes of others have a namespace.
  throw new RbmError('NO_DEVICE', 'No device.');
}
