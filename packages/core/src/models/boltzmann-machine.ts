import { type ArgumentKind, checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import { colour } from './colouring.js';
import { createModel } from './create-model.js';
import type { Interaction } from './interaction.js';
import { type Block, type BlockPart, type EnergyModel, layerParameters, parameter } from './model.js';

/** Numbers that belong to edges or units: the same for all, one for each, or a function of its index. */
export type Values = number | ArrayLike<number> | ((index: number) => number);

/** For checks of arguments. */
export const valuesKind: ArgumentKind = {
  noun: 'a number, an array of numbers or a function of an index',
  example: '1',
  is: (value) => typeof value === 'function' || kinds.number.is(value) || kinds.numbers.is(value),
};

/** What `boltzmannMachine` takes. */
export interface BoltzmannMachineOptions {
  readonly visible: Layer;
  /** Units that data do not describe. */
  readonly hidden?: Layer;
  /** `[edges, 2]`: pairs of units that act on each other; hidden units are numbered after the visible ones. */
  readonly edges: ArrayLike<number>;
  /**
   * `J` of each edge, in units of k_B T; 0 unless given. Between Potts units it favours equal categories, as in the
   * model that gave them their name: the block of the edge is `J` times the identity.
   */
  readonly couplings?: Values;
  /** Added to the biases of the visible units, `[units · width]`; 0 unless given. */
  readonly fields?: Values;
}

/**
 * A Boltzmann machine on any graph (Ackley, Hinton and Sejnowski 1985): units act on each other along edges. A sweep draws
 * the units colour by colour.
 *
 * Parameters: the layers' own, and `couplings`, one an edge in the given order; with hidden units, those between them are
 * `hidden couplings`, and those between the layers `weights`.
 *
 * @throws RbmError `ARGUMENT_INVALID` for edges that repeat, join a unit to itself or to one that does not exist;
 * `SHAPE_MISMATCH`; `NOT_FINITE`.
 */
export function boltzmannMachine(options: BoltzmannMachineOptions): EnergyModel {
  checkArguments('boltzmannMachine', options, {
    visible: kinds.layer,
    hidden: optional(kinds.layer),
    edges: { ...kinds.numbers, example: 'latticeEdges([4, 4])' },
    couplings: optional(valuesKind),
    fields: optional(valuesKind),
  });
  const { visible, hidden, couplings = 0, fields = 0 } = options;
  const layers = hidden ? [visible, hidden] : [visible];
  const edges = checkEdges(options.edges, visible.units + (hidden?.units ?? 0));
  const groups = groupEdges(edges, visible.units);
  const model = createModel({
    kind: 'graph',
    layers: layers.map((layer, l) => ({ name: l === 0 ? 'visible' : 'hidden', layer, visible: l === 0 })),
    interactions: groups.map(({ interaction }) => interaction),
    blocks: colourBlocks(layers, edges),
  });
  const strengths = expand(couplings, edges.length / 2, 'coupling');
  for (const group of groups) fillCouplings(model, group, strengths);
  const own = layerParameters(model, 0, model.parameters);
  visible.absorb(own.slice(), expand(fields, rowLength(visible), 'field'), own);
  return model;
}

function checkEdges(edges: ArrayLike<number>, units: number): Uint32Array {
  const bad = Array.from(edges).findIndex((unit) => !Number.isSafeInteger(unit) || unit < 0 || unit >= units);
  if (bad >= 0 || edges.length % 2 !== 0) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      bad >= 0
        ? `Edge ${Math.floor(bad / 2)} names unit ${edges[bad]}; the units are 0 to ${units - 1}.`
        : `Edges are pairs of units, not ${edges.length} numbers.`,
    );
  }
  return Uint32Array.from(edges);
}

interface EdgeGroup {
  readonly interaction: Interaction;
  /** Which of the given edges they are. */
  readonly numbers: readonly number[];
}

/** The edges by the layers they join: one interaction for each pair of layers that has any. */
function groupEdges(edges: Uint32Array, visible: number): EdgeGroup[] {
  const kinds = [
    { name: 'couplings', between: [0, 0] },
    { name: 'weights', between: [0, 1] },
    { name: 'hidden couplings', between: [1, 1] },
  ] as const;
  return kinds.flatMap(({ name, between }, hiddenEnds): EdgeGroup[] => {
    const numbers: number[] = [];
    const units: number[] = [];
    for (let e = 0; e < edges.length / 2; e++) {
      const [i, j] = [...edges.subarray(2 * e, 2 * e + 2)].sort((x, y) => x - y) as [number, number];
      if (Number(i >= visible) + Number(j >= visible) !== hiddenEnds) continue;
      numbers.push(e);
      units.push(i >= visible ? i - visible : i, j >= visible ? j - visible : j);
    }
    if (numbers.length === 0) return [];
    return [{ interaction: { kind: 'sparse', name, between, edges: Uint32Array.from(units) }, numbers }];
  });
}

/** One block a colour, with the units of each layer that have it. */
function colourBlocks(layers: readonly Layer[], edges: Uint32Array): Block[] {
  const units = layers.reduce((sum, layer) => sum + layer.units, 0);
  const colours = colour(units, edges);
  const count = colours.reduce((most, c) => Math.max(most, c + 1), 0);
  return Array.from({ length: count }, (_, c): Block => {
    let first = 0;
    return layers.flatMap((layer, l): BlockPart[] => {
      const own = colours.subarray(first, first + layer.units);
      first += layer.units;
      const chosen = Uint32Array.from(Array.from(own.keys()).filter((i) => own[i] === c));
      if (chosen.length === 0) return [];
      return [chosen.length === layer.units ? { layer: l } : { layer: l, units: chosen }];
    });
  });
}

/** One number for units of one number each; its multiple of the identity for units of equally many categories. */
function fillCouplings(model: EnergyModel, { interaction, numbers }: EdgeGroup, couplings: Float64Array): void {
  const target = parameter(model, interaction.name);
  const [widthA, widthB] = interaction.between.map((l) => (model.layers[l] as Layer).width) as [number, number];
  numbers.forEach((edge, e) => {
    for (let k = 0; k < Math.min(widthA, widthB); k++) {
      target[(e * widthA + k) * widthB + k] = couplings[edge] as number;
    }
  });
}

function expand(values: Values, count: number, what: string): Float64Array {
  if (typeof values === 'object' && values.length !== count) {
    throw new RbmError('SHAPE_MISMATCH', `There are ${values.length} ${what}s for ${count} of them.`);
  }
  return Float64Array.from({ length: count }, (_, n) => {
    const value =
      typeof values === 'number' ? values : typeof values === 'function' ? values(n) : (values[n] as number);
    if (!Number.isFinite(value)) throw new RbmError('NOT_FINITE', `The ${what} number ${n} is ${value}.`);
    return value;
  });
}
