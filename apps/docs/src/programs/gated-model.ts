import { bernoulli, createModel, type EnergyModel, spin } from '@rbm/core';
import type { Layer, OpenInteraction } from '@rbm/core/contracts';

/** Units of three layers that act on each other three at a time: `E = −Σ_ijk w_ijk x_i y_j z_k` (Memisevic and Hinton 2007). */
export function gates(layers: readonly [Layer, Layer, Layer]): OpenInteraction {
  const sizes = layers.map(({ units }) => units) as [number, number, number];
  const count = sizes[0] * sizes[1] * sizes[2];
  type Values = readonly (Float64Array | undefined)[];
  /** Calls `visit` for each weight: what the three units are numbered, in a row and in the batch. */
  const each = (rows: number, visit: (w: number, row: number, at: [number, number, number]) => void): void => {
    for (let row = 0; row < rows; row++) {
      for (let w = 0; w < count; w++) {
        const [i, jk] = [Math.floor(w / (sizes[1] * sizes[2])), w % (sizes[1] * sizes[2])];
        const units = [i, Math.floor(jk / sizes[2]), jk % sizes[2]];
        visit(w, row, units.map((unit, p) => row * (sizes[p] as number) + unit) as [number, number, number]);
      }
    }
  };
  const product = (values: Values, at: readonly number[], but: readonly number[] = []): number =>
    at.reduce((x, n, p) => (but.includes(p) ? x : x * (values[p]?.[n] as number)), 1);
  const add = (out: Float64Array, n: number, x: number): void => {
    out[n] = (out[n] as number) + x;
  };
  return {
    specVersion: 1,
    kind: 'acme/gates',
    name: 'gates',
    between: [0, 1, 2],
    units: sizes,
    widths: [1, 1, 1],
    joins: [
      [0, 1],
      [0, 2],
      [1, 2],
    ],
    settings: {},
    parameters: [{ name: 'weights', shape: sizes }],
    initial: new Float64Array(count),
    addEnergy: (weights, values, scale, out) =>
      each(out.length, (w, row, at) => add(out, row, -scale * (weights[w] as number) * product(values, at))),
    addInputs: (weights, to, values, out) =>
      each(out.length / (sizes[to] as number), (w, _, at) => {
        add(out, at[to] as number, (weights[w] as number) * product(values, at, [to]));
      }),
    addStatistics: (values, scale, out) =>
      each(scale.length, (w, row, at) => add(out, w, (scale[row] as number) * product(values, at))),
    addInputChange: (weights, from, number, change, to, values, out) => {
      if (from === to) return;
      each(1, (w, _, at) => {
        if (at[from] !== number) return;
        add(out, at[to] as number, (weights[w] as number) * change * product(values, at, [from, to]));
      });
    },
    visitPairs: (visit) =>
      each(1, (_, __, [i, j, k]) => {
        visit(0, i, 1, j);
        visit(0, i, 2, k);
        visit(1, j, 2, k);
      }),
  };
}

/** Two images and hidden units that say how one follows from the other. */
export function gatedModel(first: number, second: number, hidden: number): EnergyModel {
  const layers = [spin(first), spin(second), bernoulli(hidden)] as const;
  return createModel({
    kind: 'acme/gated',
    layers: [
      { name: 'first', layer: layers[0], visible: true },
      { name: 'second', layer: layers[1], visible: true },
      { name: 'hidden', layer: layers[2] },
    ],
    interactions: [gates(layers)],
    blocks: [[2], [0], [1]],
  });
}
