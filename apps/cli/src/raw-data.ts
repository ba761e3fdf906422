import type { AbortSignalLike, Dataset, EnergyModel, ImageShape, Samples } from '@rbm/core';
import type { ModelDetails } from '@rbm/formats';
import type { LayerChoice } from './layer-choice.js';

/** The samples of a file as it has them. */
export interface RawSamples extends Samples {
  /** `[count, width]`: 1 where a value is missing. */
  readonly mask?: Uint8Array;
  /** Of the columns, where the file names them. */
  readonly names?: readonly string[];
}

/** What a file holds, before it is prepared for visible units. */
export interface RawData {
  readonly samples: RawSamples;
  /** Of the visible units, with what the content decides. */
  readonly visible: LayerChoice;
  readonly image?: ImageShape;
  /** Of the array in the file, where it is one. */
  readonly shape?: readonly number[];
  /** What is added to the preparation that a model file records. */
  readonly record?: Dataset['preparation'];
  /** Whether the values are codes, which are not binarised and have no range to check. */
  readonly areCodes?: boolean;
  /** Of columns of categories, by column: their names; null for numbers. Absent if all are numbers. */
  readonly categories?: readonly (readonly string[] | null)[];
  /** The letters that the values stand for. */
  readonly letters?: string;
  /** The names of labels, in order; absent if labels are numbers. */
  readonly labelNames?: readonly string[];
  /** The options that help against missing values, as a part of a sentence. */
  readonly advice: string;
}

/** What readers of files take beside the options. */
export interface ReadContext {
  readonly signal: AbortSignalLike;
  readonly log: (line: string) => void;
  /** Of the visible units, as chosen before the content is known. */
  readonly visible: LayerChoice;
  /** Whether columns of text are categories, whatever the visible units: to describe data, not to prepare them. */
  readonly describes?: boolean;
  /** The model that the data are for: they are compared with it. */
  readonly model?: EnergyModel | undefined;
  /** Of the model that the data are for, to prepare them as its training data were. */
  readonly details?: ModelDetails | undefined;
}
