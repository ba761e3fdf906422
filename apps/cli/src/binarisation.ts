import type { Dataset } from '@rbm/core';
import { type Binarisation, binarisationFrom } from '@rbm/datasets';
import type { ModelDetails } from '@rbm/formats';
import type { DataArguments } from './data-options.js';
import type { LayerChoice } from './layer-choice.js';
import { UsageError } from './usage-error.js';

/**
 * How grey levels become 0 and 1: as the command line says, or as the model's data were prepared. They are binarised for
 * binary units only.
 *
 * @throws UsageError for options that do not go together.
 */
export function binarisationFor(
  args: DataArguments,
  visible: LayerChoice,
  { details, log }: { readonly details?: ModelDetails | undefined; readonly log: (line: string) => void },
): Binarisation | undefined {
  const asked = binarisationOf(args);
  if (asked) return asked;
  if (!details?.preparation) {
    return visible.kind === 'gaussian' || visible.kind === 'relu' ? { method: 'none' } : undefined;
  }
  log(`Preparing the data as the model's were: ${describe(details.preparation)}`);
  return binarisationFrom(details.preparation);
}

/** A preparation on one line, without lists of names. */
function describe(preparation: Dataset['preparation']): string {
  return JSON.stringify(Object.fromEntries(Object.entries(preparation).filter(([key]) => !key.endsWith('Names'))));
}

/** Whether the command line says how grey levels become 0 and 1. */
export function hasBinarisation({ binarise, threshold }: DataArguments): boolean {
  return binarise !== undefined || threshold !== undefined;
}

function binarisationOf(args: DataArguments): Binarisation | undefined {
  const { binarise, threshold, 'binarise-seed': seed } = args;
  if (threshold !== undefined && binarise !== undefined && binarise !== 'threshold') {
    throw new UsageError(`--threshold goes with --binarise threshold, not ${binarise}.`);
  }
  if (seed !== undefined && binarise !== 'stochastic') {
    throw new UsageError('--binarise-seed goes with --binarise stochastic.');
  }
  switch (binarise) {
    case 'none':
      return { method: 'none' };
    case 'stochastic':
      return { method: 'stochastic', seed: seed ?? 1 };
    case 'threshold':
      return threshold === undefined ? { method: 'threshold' } : { method: 'threshold', threshold };
    default:
      return threshold === undefined ? undefined : { method: 'threshold', threshold };
  }
}
