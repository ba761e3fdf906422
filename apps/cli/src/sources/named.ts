import type { Dataset } from '@rbm/core';
import { type Binarisation, barsAndStripes, digits } from '@rbm/datasets';
import { mnist } from '@rbm/datasets/node';
import type { DataArguments, SourceKind } from '../data-options.js';
import type { Pieces } from '../pieces.js';
import type { ReadContext } from '../raw-data.js';
import { UsageError } from '../usage-error.js';

/** Data sets that have a name: the program's own, and those of plugins. */
export type NamedSource = Extract<SourceKind, 'mnist' | 'digits' | 'bars-and-stripes' | 'plugin'>;

/** Whether a source is a data set with a name, and no file. */
export function isNamed(kind: SourceKind): kind is NamedSource {
  return kind === 'mnist' || kind === 'digits' || kind === 'bars-and-stripes' || kind === 'plugin';
}

/** Loads a data set by its name. @throws UsageError; RbmError as the loaders. */
export async function loadNamed(
  kind: NamedSource,
  args: DataArguments,
  binarise: Binarisation | undefined,
  { signal, log, pieces }: Omit<ReadContext, 'visible'> & { readonly pieces?: Pieces },
): Promise<Dataset> {
  const chosen = binarise ? { binarise } : {};
  switch (kind) {
    case 'mnist':
      return mnist({
        ...chosen,
        ...(args['data-folder'] ? { folder: args['data-folder'] } : {}),
        resolveFrom: [import.meta.url],
        signal,
        log,
      });
    case 'digits':
      return digits(chosen);
    case 'bars-and-stripes': {
      const [, side] = args.data.split(':', 2);
      // Every pattern is a training sample and there is nothing else to judge by.
      const patterns = barsAndStripes(side === undefined ? 4 : Number(side));
      return { ...patterns, test: patterns.train };
    }
    case 'plugin': {
      if (pieces) return pieces.dataset(args.data, { signal, log });
      throw new UsageError(`--data ${args.data}: there is no such file.`);
    }
  }
}
