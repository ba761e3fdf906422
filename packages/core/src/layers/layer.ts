/** One parameter array of a layer: a part of the layer's one parameter buffer. Parts follow one another in order. */
export interface LayerParameter {
  /** The field's name for it: `bias`, `precision`. Model files and layouts call it `visible.bias`. */
  readonly name: string;
  /** `[units]` or `[units, width]`, row-major. */
  readonly shape: readonly number[];
  /** The smallest value allowed; updates are projected onto it. `-Infinity` for an unconstrained parameter. */
  readonly minimum: number;
}

/**
 * Random numbers for one layer at one sweep: a `Generator` with the chain, unit and step of the address filled in.
 * `row` and `unit` count from the first row and the first unit of the arrays at hand; `draw` is below the layer's
 * `uniforms`.
 */
export interface Draws {
  /** Uniform in (0, 1). */
  uniform(row: number, unit: number, draw: number): number;
  /** 1 with the given probability. */
  bernoulli(probability: number, row: number, unit: number, draw: number): 0 | 1;
  /** k with probability `probabilities[offset + k]`, of `length` of them, which sum to 1. */
  categorical(
    probabilities: Float64Array,
    offset: number,
    length: number,
    row: number,
    unit: number,
    draw: number,
  ): number;
  /** Normal with mean 0 and variance 1. */
  normal(row: number, unit: number, draw: number): number;
}

/**
 * How the energy of units that are numbers without a bound grows: like the parabola `½ γ x²`, up to terms that grow more
 * slowly. Couplings between two such layers are parabolas too, and may win: see `checkNormalisable`.
 */
export interface UnboundedUnits {
  /** Which values units take: every real number, or those from 0 up. */
  readonly support: 'real' | 'nonNegative';
  /** Whether `E_θ(x) = ½ γ x² − θ x + constant` exactly: on all real numbers, that makes conditionals normal. */
  readonly parabola: boolean;
  /** Writes the `γ` of each unit to `out`: `[units]`. Positive for parameters that define a distribution. */
  curvature(parameters: Float64Array, out: Float64Array): void;
}

/**
 * Units of one kind, independent of one another given the rest of the model.
 *
 * A unit `x` (`width` numbers) has its own energy `E_θ(x)`, set by the layer's parameters `θ`, and receives an input
 * `I` (`width` numbers) from the interactions of the model. Its conditional distribution is
 *
 *     P(x | I) = exp(I · x − E_θ(x) − Γ_θ(I)),    Γ_θ(I) = log Σ_x exp(I · x − E_θ(x)),
 *
 * with `Γ` the cumulant generating function: its first derivative in `I` is the mean, its second the covariance. That,
 * and its derivatives in `θ`, is all that Gibbs sampling, training, annealing and free energies need.
 *
 * A layer is a description: it holds no changing state, and every function works on arrays that the caller owns.
 * `parameters` is one buffer with the arrays of `parameters` in order. Arrays of values and inputs are
 * `[rows, units · width]`, row-major, and the number of rows follows from their length. Functions that fill `out`
 * overwrite it; functions whose name begins with `add` add to it. `out` may be the same array as the inputs where
 * both have the same shape.
 */
export interface Layer {
  readonly specVersion: 1;
  /** What model files and backends call it: `bernoulli`; `vendor/name` for a third party's. */
  readonly kind: string;
  /** The settings of the constructor that, beside `units`, define the layer: `{ trials: 8 }`. */
  readonly settings: Readonly<Record<string, number>>;
  readonly units: number;
  /** Numbers a unit: 1, or the number of categories of a one-hot unit. */
  readonly width: number;
  /** How many states a unit has, or `null` when it is continuous or unbounded. */
  readonly states: number | null;
  /** How many uniforms a sample of one unit takes, whatever its input: at most 254. A normal number takes two. */
  readonly uniforms: number;
  readonly parameters: readonly LayerParameter[];
  /** The values parameters start from, in the layout of `parameters`. */
  readonly initial: Float64Array;
  /**
   * For units without a bound, whose `width` is 1, unless their energy grows faster than every parabola. Without it, a
   * layer is taken to be normalisable whatever inputs it receives, and however they depend on its own values.
   */
  readonly unbounded?: UnboundedUnits;
  /**
   * Fast paths, by the name of the backend that understands them. Each backend documents the form it takes, leaves the
   * others alone, and runs a layer without one through the functions below, on the host. A fast path is held to these
   * functions within the backend's declared error.
   */
  readonly native?: Readonly<Record<string, unknown>>;

  /** Writes state `index` (0 to `states − 1`) of a unit to `out[offset … offset + width)`. Finite units only. */
  state(index: number, out: Float64Array, offset: number): void;
  /** `Γ_θ(I)` of each unit. `out`: `[rows, units]`. */
  cgf(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void;
  /** `⟨x⟩ = ∂Γ/∂I`. `out`: `[rows, units · width]`. */
  mean(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void;
  /** `⟨x xᵀ⟩ − ⟨x⟩⟨x⟩ᵀ = ∂²Γ/∂I²` of each unit. `out`: `[rows, units, width, width]`. */
  covariance(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void;
  /** The most probable value; of equals, the first in the order of states. `out`: `[rows, units · width]`. */
  mode(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void;
  /** A sample from `P(x | I)`. `out`: `[rows, units · width]`. */
  sample(parameters: Float64Array, inputs: Float64Array, out: Float64Array, draws: Draws): void;
  /** `E_θ(x)` summed over the units of each row, added to `out`: `[rows]`. */
  addEnergy(parameters: Float64Array, values: Float64Array, out: Float64Array): void;
  /**
   * Adds `Σ_row scale[row] · (−∂E_θ/∂θ)(x_row)` to `out`, which is laid out like `parameters`.
   *
   * @param values `[rows, units · width]`. Where the statistics are linear in `x`, means may stand for samples.
   * @param scale `[rows]`.
   */
  addStatistics(parameters: Float64Array, values: Float64Array, scale: Float64Array, out: Float64Array): void;
  /**
   * Adds `Σ_row scale[row] · ∂Γ_θ/∂θ(I_row)`, the expectation of the statistics given the inputs, to `out`, which is
   * laid out like `parameters`.
   */
  addExpectedStatistics(parameters: Float64Array, inputs: Float64Array, scale: Float64Array, out: Float64Array): void;
  /**
   * Parameters whose energy is `(1 − β) E_from + β E_to`. `out` is laid out like `parameters`. This is how the layer
   * anneals: at `β = 0` it is the base of an annealing run, at `β = 1` the model's own.
   */
  anneal(from: Float64Array, to: Float64Array, beta: number, out: Float64Array): void;
  /**
   * Parameters under which a unit without input behaves as it did with the constant input `I`:
   * `E_out(x) = E_θ(x) − I · x`. `inputs`: `[units · width]`.
   */
  absorb(parameters: Float64Array, inputs: Float64Array, out: Float64Array): void;
  /**
   * Parameters of greatest likelihood for independent units, with the weight of `pseudocount` extra samples drawn from
   * a featureless unit so that no parameter becomes infinite. Without samples, that is what remains.
   *
   * @param values `[rows, units · width]`
   * @param weights `[rows]`
   * @throws RbmError `DATA_INVALID` for values a unit cannot take.
   */
  fit(values: ArrayLike<number>, weights: Float64Array, pseudocount: number, out: Float64Array): void;
  /**
   * The first value in `values` (`[rows, units · width]`) that a unit cannot take, as an index; −1 if there is none.
   * As `means`, values between states are allowed too: grey levels that stand for the mean of a unit.
   */
  findInvalid(values: ArrayLike<number>, as: 'states' | 'means'): number;
  /** The same kind of layer with some of the units, in the given order, `initial` values included. */
  select(units: Uint32Array): Layer;
}

/** The part of a layer's parameter buffer that holds the array at `index` of `layer.parameters`. */
export function parameterRange(layer: Layer, index: number): readonly [start: number, end: number] {
  let start = 0;
  for (let i = 0; i < index; i++) start += size(layer.parameters[i] as LayerParameter);
  return [start, start + size(layer.parameters[index] as LayerParameter)];
}

/** How many numbers a parameter array holds. */
export function size(parameter: LayerParameter): number {
  return parameter.shape.reduce((product, extent) => product * extent, 1);
}

/** Numbers in one row of a layer's values: `units · width`. */
export function rowLength(layer: Layer): number {
  return layer.units * layer.width;
}

/** Positions, within a row of a layer's values, of the numbers of some units. */
export function unitNumbers(layer: Layer, units: Uint32Array): Uint32Array {
  return spread(units, layer.width);
}

/**
 * Positions, within a layer's parameter buffer, of the parameters of some units, in the layout of `select(units)`: every
 * parameter array has the units as its first axis.
 */
export function unitParameters(layer: Layer, units: Uint32Array): Uint32Array {
  const parts = layer.parameters.map((array, index) => {
    const [start] = parameterRange(layer, index);
    return spread(units, size(array) / layer.units).map((position) => start + position);
  });
  const positions = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    positions.set(part, offset);
    offset += part.length;
  }
  return positions;
}

function spread(units: Uint32Array, each: number): Uint32Array {
  return Uint32Array.from({ length: units.length * each }, (_, n) => {
    return (units[Math.floor(n / each)] as number) * each + (n % each);
  });
}
