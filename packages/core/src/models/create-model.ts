import { checkArgument, checkArguments, argumentKinds as kinds, listOf, optional } from '../contracts/arguments.js';
import type { Layer } from '../layers/layer.js';
import { type Interaction, isPairwise } from './interaction.js';
import { createLayout, type Range } from './layout.js';
import type { BlockPart, EnergyModel } from './model.js';
import { checkStructure } from './structure.js';

/** What `createModel` needs: a model without what follows from it. */
export interface ModelDescription {
  readonly kind: string;
  readonly layers: readonly { readonly name: string; readonly layer: Layer; readonly visible?: boolean }[];
  readonly interactions: readonly Interaction[];
  /** A number stands for a whole layer. */
  readonly blocks: readonly (readonly (number | BlockPart)[])[];
  readonly constant?: number;
}

/**
 * An energy model with the layers' initial parameters and zero weights; open interactions bring initial parameters of their own.
 *
 * @throws RbmError `ARGUMENT_INVALID` if names repeat, an interaction or block names a layer or unit that does not exist,
 * an edge repeats, an open interaction does not fit the layers, blocks do not hold each unit exactly once, or units of one block
 * interact.
 */
export function createModel(description: ModelDescription): EnergyModel {
  checkArguments('createModel', description, {
    kind: kinds.text,
    layers: listOf({ ...kinds.record, example: "{ name: 'visible', layer: bernoulli(16), visible: true }" }, 'layers'),
    interactions: listOf(
      { ...kinds.record, example: "{ kind: 'dense', name: 'weights', between: [0, 1] }" },
      'interactions',
    ),
    blocks: { ...listOf(kinds.array, 'blocks'), example: '[[1], [0]]' },
    constant: optional(kinds.number),
  });
  const { kind, interactions, constant = 0 } = description;
  for (const [l, entry] of description.layers.entries()) {
    checkArgument('createModel', `layers[${l}].layer`, entry.layer, kinds.layer);
    checkArgument('createModel', `layers[${l}].name`, entry.name, kinds.text);
  }
  const layers = description.layers.map((entry) => entry.layer);
  const names = description.layers.map((entry) => entry.name);
  const blocks = description.blocks.map((block) =>
    block.map((part): BlockPart => (typeof part === 'number' ? { layer: part } : part)),
  );
  checkStructure({ layers, names, interactions, blocks });
  const layout = createLayout(layers, names, interactions);
  const parameters = new Float64Array(layout.length);
  layers.forEach((layer, l) => {
    parameters.set(layer.initial, (layout.layers[l] as Range).start);
  });
  interactions.forEach((interaction, n) => {
    if (!isPairwise(interaction)) parameters.set(interaction.initial, (layout.interactions[n] as Range).start);
  });
  const visible = description.layers.flatMap((entry, l) => (entry.visible ? [l] : []));
  return { specVersion: 1, kind, layers, names, visible, interactions, blocks, constant, layout, parameters };
}
