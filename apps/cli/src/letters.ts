import { alphabet } from '@rbm/datasets';
import type { ModelDetails } from '@rbm/formats';
import type { DataArguments } from './data-options.js';
import type { LayerChoice } from './layer-choice.js';
import { UsageError } from './usage-error.js';

/** The alphabet that the command line names, or else the model's data, as letters. */
export function lettersFor(args: DataArguments, details: ModelDetails | undefined): string | undefined {
  const recorded = details?.preparation?.alphabet;
  const name = args.alphabet ?? (typeof recorded === 'string' ? recorded : undefined);
  if (name === undefined) return undefined;
  return alphabet(name).letters;
}

/** Potts units of an alphabet have a category a letter. @throws UsageError for units of another kind or size. */
export function withLetters(visible: LayerChoice, letters: string): LayerChoice {
  if (visible.kind !== 'potts') {
    throw new UsageError(`Letters are categories: --visible potts goes with them, not ${visible.kind}.`);
  }
  if (visible.size !== undefined && visible.size !== letters.length) {
    throw new UsageError(
      `The visible units have ${visible.size} categories, but the alphabet "${letters}" has ${letters.length} letters.`,
    );
  }
  return { ...visible, size: letters.length };
}
