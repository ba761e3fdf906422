import { RbmError } from '../contracts/errors.js';
import { checkUnits, setInitial } from './initial.js';
import type { Draws, Layer, LayerParameter, UnboundedUnits } from './layer.js';

/**
 * One unit that is a single number `x`, with energy
 *
 *     E(x) = ½ γ x² − θ x + base(x).
 *
 * The input adds to the field: everything is a function of `z = θ + I` and of the precision `γ`, which is 0 for units
 * without one. The five functions of `z` are `Γ(z) = log Σ_x exp(z x − ½ γ x² − base(x))`, its first two derivatives,
 * where its summand is largest, and a sample.
 */
export interface ScalarUnit {
  readonly kind: string;
  readonly settings: Readonly<Record<string, number>>;
  /** How many states, or `null`. */
  readonly states: number | null;
  readonly uniforms: number;
  /** The name of the field `θ`: `bias` for discrete units, `field` for continuous ones. */
  readonly field: 'bias' | 'field';
  /** The smallest precision allowed, for units that have one. */
  readonly minimumPrecision?: number;
  /** Which values units without a bound take; they have precisions. Absent for bounded ones. */
  readonly support?: UnboundedUnits['support'];
  /** State `index`. Finite units only. */
  state(index: number): number;
  /** The energy that no parameter sets: `−log` of how many ways there are to be `x`. */
  base(x: number): number;
  cgf(z: number, precision: number): number;
  mean(z: number, precision: number): number;
  variance(z: number, precision: number): number;
  mode(z: number, precision: number): number;
  sample(z: number, precision: number, draws: Draws, row: number, unit: number): number;
  isState(x: number): boolean;
  isMean(x: number): boolean;
  /**
   * Field and precision of greatest likelihood for a mean and a variance, both of a sample to which a share
   * `featureless` of a featureless unit is to be added.
   */
  fit(mean: number, variance: number, featureless: number): readonly [field: number, precision: number];
}

/** Parameters that a layer may start from. */
export interface ScalarInitial {
  /** `[units]`; 0 when absent. */
  readonly field?: ArrayLike<number> | undefined;
  /** `[units]`; 1 when absent. */
  readonly precision?: ArrayLike<number> | undefined;
}

/**
 * A layer of such units. Its parameters are the fields and then, for units that have one, the precisions.
 *
 * @throws RbmError `ARGUMENT_INVALID`, `SHAPE_MISMATCH` or `NOT_FINITE`.
 */
export function scalarLayer(unit: ScalarUnit, units: number, start: ScalarInitial): Layer {
  checkUnits(units);
  const { minimumPrecision, field } = unit;
  const hasPrecision = minimumPrecision !== undefined;
  const initial = new Float64Array(hasPrecision ? 2 * units : units);
  initial.fill(1, units);
  setInitial(initial.subarray(0, units), field, start.field);
  if (hasPrecision) setInitial(initial.subarray(units), 'precision', start.precision, minimumPrecision);
  /** The precision of a unit in a parameter buffer; an ordinary 0 where there is none. */
  const precisionOf = (parameters: Float64Array, i: number): number =>
    hasPrecision ? (parameters[units + i] as number) : 0;
  const map = (
    value: (z: number, precision: number) => number,
    parameters: Float64Array,
    inputs: Float64Array,
    out: Float64Array,
  ): void => {
    for (let row = 0; row < inputs.length; row += units) {
      for (let i = 0; i < units; i++) {
        const z = (parameters[i] as number) + (inputs[row + i] as number);
        out[row + i] = value(z, precisionOf(parameters, i));
      }
    }
  };
  const names: LayerParameter[] = [{ name: field, shape: [units], minimum: Number.NEGATIVE_INFINITY }];
  if (hasPrecision) names.push({ name: 'precision', shape: [units], minimum: minimumPrecision });

  return {
    specVersion: 1,
    kind: unit.kind,
    settings: unit.settings,
    units,
    width: 1,
    states: unit.states,
    uniforms: unit.uniforms,
    parameters: names,
    initial,
    ...(unit.support ? { unbounded: unboundedUnits(unit.support, units) } : {}),

    state(index: number, out: Float64Array, offset: number): void {
      out[offset] = unit.state(index);
    },

    cgf(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void {
      map(unit.cgf, parameters, inputs, out);
    },

    mean(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void {
      map(unit.mean, parameters, inputs, out);
    },

    covariance(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void {
      map(unit.variance, parameters, inputs, out);
    },

    mode(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void {
      map(unit.mode, parameters, inputs, out);
    },

    sample(parameters: Float64Array, inputs: Float64Array, out: Float64Array, draws: Draws): void {
      const rows = inputs.length / units;
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < units; i++) {
          const z = (parameters[i] as number) + (inputs[row * units + i] as number);
          out[row * units + i] = unit.sample(z, precisionOf(parameters, i), draws, row, i);
        }
      }
    },

    addEnergy(parameters: Float64Array, values: Float64Array, out: Float64Array): void {
      const rows = values.length / units;
      for (let row = 0; row < rows; row++) {
        let energy = 0;
        for (let i = 0; i < units; i++) {
          const x = values[row * units + i] as number;
          energy += (0.5 * precisionOf(parameters, i) * x - (parameters[i] as number)) * x + unit.base(x);
        }
        out[row] = (out[row] as number) + energy;
      }
    },

    addStatistics(_parameters: Float64Array, values: Float64Array, scale: Float64Array, out: Float64Array): void {
      for (let row = 0; row < scale.length; row++) {
        const s = scale[row] as number;
        for (let i = 0; i < units; i++) {
          const x = values[row * units + i] as number;
          out[i] = (out[i] as number) + s * x;
          if (hasPrecision) out[units + i] = (out[units + i] as number) - 0.5 * s * x * x;
        }
      }
    },

    addExpectedStatistics(
      parameters: Float64Array,
      inputs: Float64Array,
      scale: Float64Array,
      out: Float64Array,
    ): void {
      for (let row = 0; row < scale.length; row++) {
        const s = scale[row] as number;
        for (let i = 0; i < units; i++) {
          const z = (parameters[i] as number) + (inputs[row * units + i] as number);
          const precision = precisionOf(parameters, i);
          const mean = unit.mean(z, precision);
          out[i] = (out[i] as number) + s * mean;
          if (!hasPrecision) continue;
          out[units + i] = (out[units + i] as number) - 0.5 * s * (mean * mean + unit.variance(z, precision));
        }
      }
    },

    // Energies are linear in field and precision, and `base` belongs to both ends.
    anneal(from: Float64Array, to: Float64Array, beta: number, out: Float64Array): void {
      for (let i = 0; i < out.length; i++) out[i] = (1 - beta) * (from[i] as number) + beta * (to[i] as number);
    },

    absorb(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void {
      for (let i = 0; i < units; i++) out[i] = (parameters[i] as number) + (inputs[i] as number);
      for (let i = units; i < initial.length; i++) out[i] = parameters[i] as number;
    },

    fit(values: ArrayLike<number>, weights: Float64Array, pseudocount: number, out: Float64Array): void {
      const invalid = findInvalid(unit, values, 'means');
      if (invalid >= 0) {
        throw new RbmError(
          'DATA_INVALID',
          `The data do not fit: row ${Math.floor(invalid / units)} has ${values[invalid]} for unit ${invalid % units}, which no ${unit.kind} ` +
            'unit can be. Prepare the data (binarise, scale), or choose another kind of layer.',
        );
      }
      const total = weights.reduce((sum, w) => sum + w, 0);
      // Without samples their moments do not matter, and must not be NaN.
      const one = total > 0 ? total : 1;
      const shrinkage = total > 0 ? pseudocount / (total + pseudocount) : 1;
      const means = new Float64Array(units);
      const variances = new Float64Array(units);
      // Row by row, as they lie in memory: unit by unit it takes ten times as long.
      for (let row = 0; row < weights.length; row++) {
        const weight = (weights[row] as number) / one;
        for (let i = 0; i < units; i++) means[i] = (means[i] as number) + weight * (values[row * units + i] as number);
      }
      for (let row = 0; row < weights.length; row++) {
        const weight = (weights[row] as number) / one;
        for (let i = 0; i < units; i++) {
          const distance = (values[row * units + i] as number) - (means[i] as number);
          variances[i] = (variances[i] as number) + weight * distance * distance;
        }
      }
      for (let i = 0; i < units; i++) {
        const [fitted, precision] = unit.fit(means[i] as number, variances[i] as number, shrinkage);
        out[i] = fitted;
        if (hasPrecision) out[units + i] = precision;
      }
    },

    findInvalid: (values: ArrayLike<number>, as: 'states' | 'means'): number => findInvalid(unit, values, as),

    select(chosen: Uint32Array): Layer {
      return scalarLayer(unit, chosen.length, {
        field: Array.from(chosen, (i) => initial[i] as number),
        precision: hasPrecision ? Array.from(chosen, (i) => initial[units + i] as number) : undefined,
      });
    },
  };
}

/** `½ γ x²` with the precision as `γ`. */
function unboundedUnits(support: UnboundedUnits['support'], units: number): UnboundedUnits {
  return {
    support,
    parabola: true,
    curvature: (parameters, out) => {
      out.set(parameters.subarray(units, 2 * units));
    },
  };
}

function findInvalid(unit: ScalarUnit, values: ArrayLike<number>, as: 'states' | 'means'): number {
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    if (!(as === 'states' ? unit.isState(x) : unit.isMean(x))) return i;
  }
  return -1;
}
