import { type Layer, size } from '../layers/layer.js';
import { type Interaction, isPairwise } from './interaction.js';
import { interactionShape } from './interaction-sums.js';

/** One named array inside the flat parameter buffer of a model. */
export interface ParameterArray {
  /** `weights`, `visible.bias`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
  /** The smallest value allowed; `−∞` for none. */
  readonly minimum: number;
  /** Whether it holds an interaction's weights: weight decay acts on those alone. Fields of single units are none. */
  readonly interaction: boolean;
}

/** A part of the flat parameter buffer. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Where each parameter lives in the flat buffer: the layers' parameters in order, then the interactions'. Gradients
 * and the optimizer's arrays are laid out in the same way.
 */
export interface Layout {
  readonly length: number;
  readonly arrays: readonly ParameterArray[];
  /** The part of each layer. */
  readonly layers: readonly Range[];
  /** The part of each interaction. */
  readonly interactions: readonly Range[];
}

/** Where the parameters of layers and interactions go. */
export function createLayout(
  layers: readonly Layer[],
  names: readonly string[],
  interactions: readonly Interaction[],
): Layout {
  const arrays: ParameterArray[] = [];
  let offset = 0;
  const append = (name: string, shape: readonly number[], minimum: number, interaction: boolean): void => {
    const length = size({ name, shape, minimum });
    arrays.push({ name, shape, offset, length, minimum, interaction });
    offset += length;
  };
  const layerRanges = layers.map((layer, l): Range => {
    const start = offset;
    for (const { name, shape, minimum } of layer.parameters) append(`${names[l]}.${name}`, shape, minimum, false);
    return { start, end: offset };
  });
  const interactionRanges = interactions.map((interaction): Range => {
    const start = offset;
    const { name } = interaction;
    if (isPairwise(interaction)) append(name, interactionShape(interaction, layers), Number.NEGATIVE_INFINITY, true);
    else {
      for (const { name: part, shape, minimum = Number.NEGATIVE_INFINITY, field = false } of interaction.parameters) {
        append(`${name}.${part}`, shape, minimum, !field);
      }
    }
    return { start, end: offset };
  });
  return { length: offset, arrays, layers: layerRanges, interactions: interactionRanges };
}
