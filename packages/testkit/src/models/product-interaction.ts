import type { OpenInteraction } from '@rbm/core/contracts';

/** A number of a unit: the position of its layer among those that take part, and its place in a row. */
export type Factor = readonly [position: number, number: number];

/** A product of numbers of different units, times a parameter that other terms may share. */
export interface ProductTerm {
  readonly parameter: number;
  readonly factors: readonly Factor[];
}

/** Options of `productInteraction`. */
export interface ProductOptions {
  readonly name: string;
  /** The layers that take part, as indices into the model's. */
  readonly between: readonly number[];
  /** Units and numbers a unit of each. */
  readonly units: readonly number[];
  readonly widths: readonly number[];
  readonly terms: readonly ProductTerm[];
}

/**
 * An interaction of any products, written term by term: `E = −Σ_t w_p(t) Π_f x_f`. Slow, and no built-in kind: to try what has to
 * run on the host, and to compare others with.
 */
export function productInteraction({ name, between, units, widths, terms }: ProductOptions): OpenInteraction {
  const lengths = units.map((count, position) => count * (widths[position] as number));
  const count = terms.reduce((most, { parameter }) => Math.max(most, parameter + 1), 0);
  const at = (values: readonly (Float64Array | undefined)[], row: number, [position, number]: Factor): number =>
    values[position]?.[row * (lengths[position] as number) + number] as number;
  const unitOf = ([position, number]: Factor): number => Math.floor(number / (widths[position] as number));
  const product = (
    values: readonly (Float64Array | undefined)[],
    row: number,
    factors: readonly Factor[],
    except: readonly Factor[] = [],
  ): number => factors.reduce((p, factor) => (except.includes(factor) ? p : p * at(values, row, factor)), 1);
  const add = (out: Float64Array, index: number, x: number): void => {
    out[index] = (out[index] as number) + x;
  };
  const joins = new Map<string, readonly [number, number]>();
  for (const { factors } of terms) {
    factors.forEach(([a], n) => {
      for (const [b] of factors.slice(n + 1)) joins.set([a, b].sort().join(), [Math.min(a, b), Math.max(a, b)]);
    });
  }
  return {
    specVersion: 1,
    kind: 'testkit/products',
    name,
    between,
    units,
    widths,
    joins: [...joins.values()],
    settings: {},
    indices: { terms: Uint32Array.from(terms.flatMap((t) => [t.parameter, t.factors.length, ...t.factors.flat()])) },
    parameters: [{ name: 'weights', shape: [count] }],
    initial: new Float64Array(count),
    addEnergy(parameters, values, scale, out) {
      for (let row = 0; row < out.length; row++) {
        for (const { parameter, factors } of terms) {
          add(out, row, -scale * (parameters[parameter] as number) * product(values, row, factors));
        }
      }
    },
    addInputs(parameters, to, values, out) {
      const length = lengths[to] as number;
      for (let row = 0; row < out.length / length; row++) {
        for (const { parameter, factors } of terms) {
          for (const factor of factors) {
            if (factor[0] !== to) continue;
            const others = product(values, row, factors, [factor]);
            add(out, row * length + factor[1], (parameters[parameter] as number) * others);
          }
        }
      }
    },
    addStatistics(values, scale, out) {
      for (let row = 0; row < scale.length; row++) {
        for (const { parameter, factors } of terms) {
          add(out, parameter, (scale[row] as number) * product(values, row, factors));
        }
      }
    },
    addInputChange(parameters, from, number, change, to, values, out) {
      for (const { parameter, factors } of terms) {
        const changed = factors.find((factor) => factor[0] === from && factor[1] === number);
        if (!changed) continue;
        for (const factor of factors) {
          if (factor[0] !== to || factor === changed) continue;
          const others = product(values, 0, factors, [factor, changed]);
          add(out, factor[1], (parameters[parameter] as number) * change * others);
        }
      }
    },
    visitPairs(visit) {
      for (const { factors } of terms) {
        factors.forEach((a, n) => {
          for (const b of factors.slice(n + 1)) visit(a[0], unitOf(a), b[0], unitOf(b));
        });
      }
    },
  };
}
