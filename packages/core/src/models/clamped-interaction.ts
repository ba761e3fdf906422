import type { OpenInteraction } from './interaction.js';

/** Which units of a layer are free, and what the others are clamped to. */
export interface ClampedUnits {
  /** Units. */
  readonly free: Uint32Array;
  /** Positions of the free units' numbers within a row of the layer. */
  readonly freeNumbers: Uint32Array;
  /** One row of the layer, 0 where it is free. */
  readonly values: Float64Array;
}

/**
 * An open interaction with the values of clamped units put in, as one of the free units: the same parameters, energies and
 * statistics, terms of clamped units alone included.
 *
 * @param splits Which units of its layers are free, an entry a position.
 * @param between The layers that have free units, as indices into those of the conditioned model.
 */
export function clampedInteraction(
  whole: OpenInteraction,
  splits: readonly ClampedUnits[],
  between: readonly number[],
): OpenInteraction {
  // Positions of the whole that have free units, in order: those are the positions here.
  const kept = splits.flatMap(({ free }, position) => (free.length > 0 ? [position] : []));
  const here = splits.map((_, position) => kept.indexOf(position));
  const unitsHere = splits.map(({ free }, position) => {
    const numbers = new Int32Array(whole.units[position] as number).fill(-1);
    free.forEach((unit, k) => {
      numbers[unit] = k;
    });
    return numbers;
  });

  /** Rows of the whole from rows of free units; entries that are missing stay so. */
  const complete = (values: readonly (Float64Array | undefined)[], rows: number): (Float64Array | undefined)[] =>
    splits.map(({ freeNumbers, values: clamped }, position) => {
      const free = here[position] === -1 ? new Float64Array(0) : values[here[position] as number];
      if (!free) return undefined;
      const out = new Float64Array(rows * clamped.length);
      for (let row = 0; row < rows; row++) {
        out.set(clamped, row * clamped.length);
        for (let k = 0; k < freeNumbers.length; k++) {
          out[row * clamped.length + (freeNumbers[k] as number)] = free[row * freeNumbers.length + k] as number;
        }
      }
      return out;
    });

  /** Adds the free numbers of rows of layer `to` of the whole to `out`. */
  const addFree = (to: number, received: Float64Array, out: Float64Array): void => {
    const { freeNumbers, values } = splits[to] as ClampedUnits;
    for (let n = 0; n < out.length; n++) {
      const row = Math.floor(n / freeNumbers.length);
      const number = freeNumbers[n % freeNumbers.length] as number;
      out[n] = (out[n] as number) + (received[row * values.length + number] as number);
    }
  };
  const wholeRows = (to: number, rows: number): Float64Array =>
    new Float64Array(rows * (splits[to] as ClampedUnits).values.length);

  return {
    specVersion: 1,
    kind: `${whole.kind}/clamped`,
    name: whole.name,
    between,
    units: kept.map((position) => (splits[position] as ClampedUnits).free.length),
    widths: kept.map((position) => whole.widths[position] as number),
    joins: whole.joins.flatMap(([a, b]) => {
      const [p, q] = [here[a] as number, here[b] as number];
      return p < 0 || q < 0 ? [] : [[p, q] as const];
    }),
    settings: null,
    parameters: whole.parameters,
    initial: whole.initial,
    addEnergy(parameters, values, scale, out) {
      whole.addEnergy(parameters, complete(values, out.length) as Float64Array[], scale, out);
    },
    addInputs(parameters, to, values, out) {
      const position = kept[to] as number;
      const rows = out.length / (splits[position] as ClampedUnits).freeNumbers.length;
      const received = wholeRows(position, rows);
      whole.addInputs(parameters, position, complete(values, rows), received);
      addFree(position, received, out);
    },
    addStatistics(values, scale, out) {
      whole.addStatistics(complete(values, scale.length) as Float64Array[], scale, out);
    },
    addInputChange(parameters, from, number, change, to, values, out) {
      const [source, position] = [kept[from] as number, kept[to] as number];
      const received = wholeRows(position, 1);
      const changed = (splits[source] as ClampedUnits).freeNumbers[number] as number;
      whole.addInputChange(parameters, source, changed, change, position, complete(values, 1), received);
      addFree(position, received, out);
    },
    visitPairs(visit) {
      whole.visitPairs((a, unitA, b, unitB) => {
        const [i, j] = [unitsHere[a]?.[unitA] as number, unitsHere[b]?.[unitB] as number];
        if (i >= 0 && j >= 0) visit(here[a] as number, i, here[b] as number, j);
      });
    },
  };
}
