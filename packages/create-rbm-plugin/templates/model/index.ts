import { colour, createModel, type EnergyModel, type Generator, RbmError } from '@rbm/core';
import { definePlugin, type Layer, listPairs, type OpenInteraction, type Plugin } from '@rbm/core/contracts';

/** Options of the interaction. */
export interface InteractionOptions {
  readonly name?: string;
  /** The layer, as an index into the model's. */
  readonly between?: readonly number[];
  readonly units: number;
  /** The distance of two units that act on each other (default: 1, neighbours). */
  readonly distance?: number;
  /** The coupling that training starts from (default: 0). */
  readonly coupling?: number;
}

/** Options of the model. */
export interface ModelOptions {
  /** The layer of the data. */
  readonly visible: Layer;
  /** The distance of two units that act on each other (default: 1, neighbours). */
  readonly distance?: number;
  /** Starts the coupling at random; without it at 0. */
  readonly random?: Generator | undefined;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'my/__NAME__': { readonly distance?: number };
  }
}

/**
 * One coupling that all pairs of units at a distance share: `E(x) = −J Σ_i x_i x_{i+d}`. Replace the energy first: `modelSuite`
 * compares it with the equation in the test, and everything else with the energy.
 */
export function interaction(options: InteractionOptions): OpenInteraction {
  const { name = 'coupling', between = [0], units, distance = 1, coupling = 0 } = options;
  const pairs = units - distance;
  return {
    specVersion: 1,
    kind: 'my/__NAME__',
    name,
    between,
    units: [units],
    widths: [1],
    joins: [[0, 0]],
    settings: { distance },
    parameters: [{ name: 'strength', shape: [1] }],
    initial: Float64Array.of(coupling),

    addEnergy([strength]: Float64Array, [x]: readonly Float64Array[], scale: number, out: Float64Array): void {
      for (let row = 0; row < out.length; row++) {
        const first = row * units;
        for (let i = 0; i < pairs; i++) out[row] -= scale * strength * x[first + i] * x[first + i + distance];
      }
    },

    // What unit i receives, −∂E/∂x_i: from the two units at the distance.
    addInputs(
      [strength]: Float64Array,
      _to: number,
      [x]: readonly (Float64Array | undefined)[],
      out: Float64Array,
    ): void {
      if (!x) return;
      for (let first = 0; first < out.length; first += units) {
        for (let i = 0; i < pairs; i++) {
          out[first + i] += strength * x[first + i + distance];
          out[first + i + distance] += strength * x[first + i];
        }
      }
    },

    // −∂E/∂J.
    addStatistics([x]: readonly Float64Array[], scale: Float64Array, out: Float64Array): void {
      for (let row = 0; row < scale.length; row++) {
        const first = row * units;
        for (let i = 0; i < pairs; i++) out[0] += scale[row] * x[first + i] * x[first + i + distance];
      }
    },

    addInputChange(
      [strength]: Float64Array,
      _from: number,
      unit: number,
      change: number,
      _to: number,
      _values: readonly (Float64Array | undefined)[],
      out: Float64Array,
    ): void {
      for (const other of [unit - distance, unit + distance]) {
        if (other >= 0 && other < units) out[other] += strength * change;
      }
    },

    visitPairs(visit: (a: number, unitA: number, b: number, unitB: number) => void): void {
      for (let i = 0; i < pairs; i++) visit(0, i, 0, i + distance);
    },
  };
}

/**
 * A chain of units with one shared coupling, and a bias each.
 *
 * @throws RbmError `UNSUPPORTED` for data that the model is not for.
 */
export function model({ visible, distance = 1, random }: ModelOptions): EnergyModel {
  const { units, width } = visible;
  if (width !== 1 || units <= distance) {
    const given = `given ${units} units of ${width}`;
    throw new RbmError('UNSUPPORTED', `my/__NAME__ needs more than ${distance} units of one number each; ${given}.`);
  }
  const coupling = random ? 0.01 * random.fork('coupling').normal(0, 0, 0, 0) : 0;
  const shared = interaction({ units, distance, coupling });
  // Units that do not act on each other are drawn together: a block a colour.
  const colours = colour(units, listPairs([visible], [shared]));
  const blocks = Array.from({ length: Math.max(...colours) + 1 }, (_, c) => [
    { layer: 0, units: Uint32Array.from(colours.keys()).filter((unit) => colours[unit] === c) },
  ]);
  return createModel({
    kind: 'my/__NAME__',
    layers: [{ name: 'visible', layer: visible, visible: true }],
    interactions: [shared],
    blocks,
  });
}

export default (): Plugin =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { energyModels: 1, interactions: 1 },
    provides: {
      energyModels: {
        'my/__NAME__': {
          options: { distance: { type: 'integer', minimum: 1, default: 1, describe: 'Of units that are coupled' } },
          create: ({ distance }, { visible, random }) => {
            if (!visible) throw new RbmError('ARGUMENT_INVALID', 'A visible layer is required.');
            return model({ visible, distance, random });
          },
        },
      },
      interactions: {
        // A model file keeps the settings of the interaction and its place, and makes it again here.
        'my/__NAME__': {
          options: { distance: { type: 'integer', minimum: 1 } },
          create: ({ distance }, { interaction: place }) => {
            if (!place) throw new RbmError('ARGUMENT_INVALID', 'The place of the interaction is required.');
            const { name, between, layers } = place;
            return interaction({ name, between, units: layers[0].units, distance });
          },
        },
      },
    },
  });
