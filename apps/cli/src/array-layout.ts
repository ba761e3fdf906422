import { type ImageShape, RbmError, type SampleArray } from '@rbm/core';
import { formatNote } from '@rbm/datasets';
import type { DataArguments } from './data-options.js';
import type { LayerChoice } from './layer-choice.js';
import { checkShape, visibleShape } from './model-match.js';
import type { ReadContext } from './raw-data.js';
import { UsageError } from './usage-error.js';

/** What the axes of an array after the first one are. */
export interface ArrayLayout {
  readonly layout: 'image' | 'onehot' | 'flat';
  /** Of one-hot units: the length of the last axis. */
  readonly categories: number;
  /** Of the visible units, with the categories of one-hot ones. */
  readonly visible: LayerChoice;
  readonly image?: ImageShape;
}

/**
 * What the axes after the first are: as `--layout` says, else by the content. Three axes are one-hot units if each slice
 * along the last axis has one 1 and else 0, and images otherwise.
 *
 * @throws RbmError `DATA_INVALID` for an array that is no list of samples, or not what `--layout` says; UsageError
 */
export function layoutOf(
  shape: readonly number[],
  values: SampleArray,
  { data: file, layout: asked, image: given }: DataArguments,
  { visible, log, model }: Pick<ReadContext, 'visible' | 'log' | 'model'>,
): ArrayLayout {
  const [count = 0, ...axes] = shape;
  const shown = `[${shape.join(', ')}]`;
  if (count === 0 || axes.length === 0 || axes.includes(0)) {
    throw new RbmError(
      'DATA_INVALID',
      `${file}: an array of shape ${shown} is no list of samples; expected [count, …].`,
    );
  }
  const categories = axes.at(-1) as number;
  const long = axes.filter((length) => length > 1);
  const [height, width] = long as [number, number];
  const wrong = asked === 'onehot' ? firstNotOneHot(values, categories) : -1;
  if (asked === 'onehot' && (axes.length < 2 || wrong >= 0)) {
    const reason = axes.length < 2 ? 'it has two axes' : `${describeSlice(wrong, axes)} is not one 1 and else 0`;
    throw new RbmError(
      'DATA_INVALID',
      `${file}: --layout onehot: an array of shape ${shown} is not one-hot: ${reason}.`,
    );
  }
  if (asked === 'image' && given === undefined && long.length !== 2) {
    throw new UsageError(
      `--layout image: ${file} has the shape ${shown}; expected [count, height, width]. Use --image.`,
    );
  }
  const isOneHot = asked === undefined && axes.length === 2 && categories > 1 && firstNotOneHot(values, categories) < 0;
  const layout = asked ?? (isOneHot ? 'onehot' : long.length === 2 && axes.length > 1 ? 'image' : 'flat');
  const note = (message: string, reverse: string): void => {
    log(formatNote(file, { message: `an array of shape ${shown}: ${message}`, reverse }));
  };
  switch (layout) {
    case 'onehot': {
      const units = axes.slice(0, -1).reduce((product, length) => product * length, 1);
      if (visible.kind !== 'potts') {
        // A model has its units already.
        if (model) return { layout, categories, visible };
        const numbers = units * categories;
        note(
          `the last axis is one-hot, and is read as ${numbers} units instead of ${units} of ${categories} categories`,
          '--visible potts',
        );
        return { layout, categories, visible };
      }
      if (model) checkShape(file, { units, categories }, visibleShape(model));
      if (visible.size !== undefined && visible.size !== categories) {
        throw new UsageError(
          `${file}: an array of shape ${shown} has ${categories} categories; the visible units have ${visible.size}.`,
        );
      }
      if (asked === undefined) note(`${units} one-hot units of ${categories} categories`, '--layout image');
      return { layout, categories, visible: { ...visible, size: categories } };
    }
    case 'image':
      if (asked === undefined && given === undefined) note(`images of ${height} × ${width}`, '--layout flat');
      return { layout, categories, visible, ...(given === undefined && { image: [height, width] as const }) };
    case 'flat':
      if (asked === undefined && axes.length > 1 && given === undefined) {
        note(`samples of ${values.length / count} numbers without a shape`, '--image');
      }
      return { layout, categories, visible };
  }
}

/** The first slice of `categories` numbers that is not one 1 and else 0; −1 if there is none. */
function firstNotOneHot(values: SampleArray, categories: number): number {
  for (let start = 0; start < values.length; start += categories) {
    let ones = 0;
    for (let k = start; k < start + categories; k++) {
      if (values[k] === 1) ones++;
      else if (values[k] !== 0) return start / categories;
    }
    if (ones !== 1) return start / categories;
  }
  return -1;
}

function describeSlice(slice: number, axes: readonly number[]): string {
  const units = axes.slice(0, -1).reduce((product, length) => product * length, 1);
  return `row ${Math.floor(slice / units)}, unit ${slice % units} (from 0)`;
}
