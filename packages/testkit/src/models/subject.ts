import { type EnergyModel, type Generator, generator } from '@rbm/core';
import {
  type Interaction,
  isPairwise,
  type Layer,
  listEntries,
  type OpenInteraction,
  rowLength,
} from '@rbm/core/contracts';
import { type JointDistribution, jointDistribution } from '../joint.js';

/** Values of one configuration by the names of the layers: `units · width` numbers each. */
export type Configuration = Readonly<Record<string, Float64Array>>;

/** What the checks of a model share. */
export interface ModelSubject {
  /** With random parameters. */
  readonly model: EnergyModel;
  /** All its states, from the energies of `energy` of @rbm/core. */
  readonly joint: JointDistribution;
  readonly random: Generator;
  /** The author's equation. */
  readonly definition: ((model: EnergyModel, values: Configuration) => number) | undefined;
  readonly saving:
    | {
        save(model: EnergyModel): Uint8Array | Promise<Uint8Array>;
        load(bytes: Uint8Array): EnergyModel | Promise<EnergyModel>;
      }
    | undefined;
}

/** An open interaction of a model, with its parameters. */
export interface OpenPart {
  readonly interaction: OpenInteraction;
  readonly parameters: Float64Array;
  /** Numbers in a row of each of its layers. */
  readonly lengths: readonly number[];
  readonly where: string;
}

/** The largest model whose states are visited one by one. */
const MOST_STATES = 4096;

/** Gives a model random parameters, above their minimums, and lists its states. */
export function subjectOf(
  model: EnergyModel,
  { scale, seed, definition, saving }: { scale: number; seed: number } & Pick<ModelSubject, 'definition' | 'saving'>,
): ModelSubject {
  const random = generator(seed);
  for (const { offset, length, minimum } of model.layout.arrays) {
    for (let i = offset; i < offset + length; i++) {
      const x = scale * random.normal(0, i, 0, 0);
      model.parameters[i] = Number.isFinite(minimum) ? minimum + 0.1 + Math.abs(x) : x;
    }
  }
  return { model, joint: jointDistribution(model, MOST_STATES), random, definition, saving };
}

/** The interactions of third parties. */
export function openParts({ model }: ModelSubject): OpenPart[] {
  return model.interactions.flatMap((interaction, n): OpenPart[] => {
    if (isPairwise(interaction)) return [];
    const { start, end } = model.layout.interactions[n] as { start: number; end: number };
    return [
      {
        interaction,
        parameters: model.parameters.slice(start, end),
        lengths: interaction.between.map((l) => rowLength(model.layers[l] as Layer)),
        where: `interaction "${interaction.name}" (${interaction.kind})`,
      },
    ];
  });
}

/** Values that are no states: the identities of energies hold for them too. One entry a position, `[rows, numbers]`. */
export function realValues(part: OpenPart, rows: number, random: Generator): Float64Array[] {
  return part.lengths.map((length, position) =>
    Float64Array.from({ length: rows * length }, (_, i) => random.fork('values').normal(0, i, position, 0)),
  );
}

/** `E` of each row, by the interaction's own function. */
export function openEnergy(
  { interaction }: OpenPart,
  parameters: Float64Array,
  values: readonly Float64Array[],
  rows: number,
): Float64Array {
  const out = new Float64Array(rows);
  interaction.addEnergy(parameters, values, 1, out);
  return out;
}

/** The energies of some states from the pieces of the model, without what @rbm/core makes of them. `values`: an entry a layer. */
export function pieceEnergies(model: EnergyModel, values: readonly Float64Array[], rows: number): Float64Array {
  const out = new Float64Array(rows).fill(model.constant);
  model.layers.forEach((layer, l) => {
    const { start, end } = model.layout.layers[l] as { start: number; end: number };
    layer.addEnergy(model.parameters.slice(start, end), values[l] as Float64Array, out);
  });
  model.interactions.forEach((interaction, n) => {
    const { start, end } = model.layout.interactions[n] as { start: number; end: number };
    const parameters = model.parameters.slice(start, end);
    if (isPairwise(interaction)) addPairs(interaction, model, parameters, values, out);
    else
      interaction.addEnergy(
        parameters,
        interaction.between.map((l) => values[l] as Float64Array),
        1,
        out,
      );
  });
  return out;
}

/** `−Σ_e x_a w_e x_b`, by the definition of the built-in kinds. */
function addPairs(
  interaction: Extract<Interaction, { kind: 'dense' | 'symmetric' | 'sparse' }>,
  model: EnergyModel,
  weights: Float64Array,
  values: readonly Float64Array[],
  out: Float64Array,
): void {
  const { a, b } = listEntries(interaction, model.layers);
  const [valuesA, valuesB] = interaction.between.map((l) => values[l]) as [Float64Array, Float64Array];
  const [lengthA, lengthB] = interaction.between.map((l) => rowLength(model.layers[l] as Layer)) as [number, number];
  for (let row = 0; row < out.length; row++) {
    weights.forEach((w, e) => {
      const [x, y] = [valuesA[row * lengthA + (a[e] as number)], valuesB[row * lengthB + (b[e] as number)]];
      out[row] = (out[row] as number) - w * (x as number) * (y as number);
    });
  }
}

/** Rows of states by their numbers, an entry a layer. */
export function statesAt({ model, joint }: ModelSubject, rows: readonly number[]): Float64Array[] {
  return model.layers.map((layer, l) => {
    const length = rowLength(layer);
    const listed = joint.values[l] as Float64Array;
    return Float64Array.from({ length: rows.length * length }, (_, n) => {
      return listed[(rows[Math.floor(n / length)] as number) * length + (n % length)] as number;
    });
  });
}

/** Values by the names of layers, those in `except` left out. */
export function named(
  model: EnergyModel,
  values: readonly Float64Array[],
  except: readonly number[] = [],
): Record<string, Float64Array> {
  return Object.fromEntries(
    model.names.flatMap((name, l) => (except.includes(l) ? [] : [[name, values[l] as Float64Array]])),
  );
}

/** A few numbers of states, chosen at random. */
export function someStates({ joint, random }: ModelSubject, count: number, label: string): number[] {
  return Array.from({ length: count }, (_, n) => Math.floor(joint.count * random.fork(label).uniform(0, n, 0, 0)));
}

/** All units of a model, layer by layer. */
export function allUnits(model: EnergyModel): { readonly layer: number; readonly unit: number }[] {
  return model.layers.flatMap((layer, l) => Array.from({ length: layer.units }, (_, unit) => ({ layer: l, unit })));
}

/** The values of one configuration with one unit in another state. */
export function withState(
  model: EnergyModel,
  values: readonly Float64Array[],
  { layer: l, unit }: { readonly layer: number; readonly unit: number },
  state: number,
): Float64Array[] {
  const copy = values.map((array) => array.slice());
  const layer = model.layers[l] as Layer;
  layer.state(state, copy[l] as Float64Array, unit * layer.width);
  return copy;
}
