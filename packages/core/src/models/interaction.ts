/**
 * All pairs between two different layers `a` and `b`: energy `−x_aᵀ W x_b`, with `W` of shape
 * `[a.units · a.width, b.units · b.width]`, row-major.
 */
export interface DenseInteraction {
  readonly kind: 'dense';
  /** `weights`, where a model has only one. */
  readonly name: string;
  /** Indices into the model's layers. */
  readonly between: readonly [a: number, b: number];
}

/**
 * All pairs of different units of one layer: energy `−Σ_{i<j} x_iᵀ J_ij x_j`. The parameters are the pairs (0, 1), (0, 2),
 * …, (1, 2), … in order, one number each, or a block of `width × width` numbers where units have several.
 */
export interface SymmetricInteraction {
  readonly kind: 'symmetric';
  readonly name: string;
  /** The same layer twice. */
  readonly between: readonly [layer: number, same: number];
}

/**
 * Some pairs of units, of two layers or of one: energy `−Σ_e x_iᵀ J_e x_j` over the edges e = (i, j). The parameters are
 * one number an edge, or a block of `width_a × width_b` numbers where units have several.
 */
export interface SparseInteraction {
  readonly kind: 'sparse';
  readonly name: string;
  readonly between: readonly [a: number, b: number];
  /** `[edges, 2]`: a unit of layer `a` and one of layer `b`. Each pair once, in either order within one layer. */
  readonly edges: Uint32Array;
}

/** The built-in kinds: each parameter multiplies one number of one unit with one of another. Backends run them natively. */
export type PairInteraction = DenseInteraction | SymmetricInteraction | SparseInteraction;

/** One parameter array of an open interaction. Arrays follow one another in order. */
export interface InteractionParameter {
  /** `filters`. Model files and layouts put the interaction's name before it: `convolution.filters`. */
  readonly name: string;
  /** Row-major. */
  readonly shape: readonly number[];
  /** The smallest value allowed; updates are projected onto it (default: −∞). */
  readonly minimum?: number;
  /** Whether it is a field of single units, like a bias, which weight decay leaves alone (default: false). */
  readonly field?: boolean;
}

/** What is left of an interaction between the units that are not clamped. */
export interface FreeInteraction {
  /** Units are those that are left, numbered anew in order; `between` holds positions in `between` of the whole. */
  readonly interaction: Interaction;
  /** In the layout of `interaction`. */
  readonly parameters: Float64Array;
}

/**
 * How units act on each other, by a third party: shared weights, products of three units, and so on.
 *
 * Its energy is linear in its parameters `w` and in each unit's values, with no unit twice in one term:
 *
 *     E(x) = −Σ_k w_k f_k(x),    f_k(x) a sum of products of numbers of different units.
 *
 * So what a unit receives, `I_i = −∂E/∂x_i`, does not depend on its own values, and changes linearly with those of every other
 * unit. Terms of a single unit are allowed: a bias that many units share.
 *
 * An interaction is a description: it holds no changing state, and its functions work on arrays that the caller owns. They
 * take layers by their **position** in `between`, and do not read `name` or `between`: the same object with others of these is
 * the same interaction elsewhere. `parameters` is one buffer with the arrays of `parameters` in order. `values` has one entry a
 * position, `[rows, units · width]`, row-major; the number of rows follows from the length of `out`. All functions add to `out`.
 *
 * Device backends run it on the host between their operations, and report that in `Program.hostInteractions`.
 */
export interface OpenInteraction {
  readonly specVersion: 1;
  /** What model files call it. */
  readonly kind: `${string}/${string}`;
  /** What its parameters are called by: `convolution`. */
  readonly name: string;
  /** The layers that take part, each once, as indices into the model's. */
  readonly between: readonly number[];
  /** Units of each of these layers. */
  readonly units: readonly number[];
  /** Numbers a unit of each of these layers. */
  readonly widths: readonly number[];
  /**
   * Which layers have units that act on each other, as pairs of positions: `[[0, 1]]` between two layers, `[[0, 0]]` inside one,
   * `[[0, 1], [0, 2], [1, 2]]` for products of units of three.
   */
  readonly joins: readonly (readonly [a: number, b: number])[];
  /** Settings that define it, beside the layers; `null` for one that cannot be saved. */
  readonly settings: Readonly<Record<string, number | string | boolean>> | null;
  /** Lists that define it and grow with the number of units, such as edges: model files keep them as tensors. */
  readonly indices?: Readonly<Record<string, Uint32Array>>;
  readonly parameters: readonly InteractionParameter[];
  /** The values parameters start from, in the layout of `parameters`. */
  readonly initial: Float64Array;
  /** Fast paths, by the name of the backend that understands them, as in `Layer`. The built-in backends take none. */
  readonly native?: Readonly<Record<string, unknown>>;

  /** Adds `scale · E(x)` of each row to `out`: `[rows]`. */
  addEnergy(parameters: Float64Array, values: readonly Float64Array[], scale: number, out: Float64Array): void;
  /**
   * Adds `I = −∂E/∂x`, what the values of all other units send to those of layer `to`, to `out`: `[rows, units · width]`.
   *
   * @param values Of the layers that are joined with `to`; other entries may be missing.
   */
  addInputs(
    parameters: Float64Array,
    to: number,
    values: readonly (Float64Array | undefined)[],
    out: Float64Array,
  ): void;
  /**
   * Adds `Σ_row scale[row] · (−∂E/∂w)(x_row)` to `out`, laid out like `parameters`. Means of units that do not act on each other
   * may stand for values.
   *
   * @param scale `[rows]`.
   */
  addStatistics(values: readonly Float64Array[], scale: Float64Array, out: Float64Array): void;
  /**
   * Adds to `out` (`[units · width]` of layer `to`) by how much the inputs of layer `to` grow when number `number` of a row of layer
   * `from` grows by `change`. One configuration: each entry of `values` is one row.
   *
   * @param values Of the layers that are joined with `to`, before or after the change.
   */
  addInputChange(
    parameters: Float64Array,
    from: number,
    number: number,
    change: number,
    to: number,
    values: readonly (Float64Array | undefined)[],
    out: Float64Array,
  ): void;
  /** Calls `visit` for each pair of different units that stand in one term, at least once, in either order. */
  visitPairs(visit: (a: number, unitA: number, b: number, unitB: number) => void): void;
  /**
   * What is left between free units where others are clamped: the terms with two of them or more. Those with one free unit become
   * part of its layer, and those with none a constant, as `addInputs` and `addEnergy` give them (default: this interaction
   * with the clamped values put in, which cannot be saved). For kinds of which something simpler is left.
   *
   * @param isFree One entry a position: `[units]`, 1 where a unit is free.
   * @param values One row a position: what units are clamped to, 0 where they are free.
   */
  condition?(
    parameters: Float64Array,
    isFree: readonly Uint8Array[],
    values: readonly Float64Array[],
  ): readonly FreeInteraction[];
}

/** How units act on each other. Each kind is linear in its parameters and in each of the units it joins. */
export type Interaction = PairInteraction | OpenInteraction;

/** Whether an interaction is of a built-in kind, a list of pairs. */
export function isPairwise(interaction: Interaction): interaction is PairInteraction {
  const { kind } = interaction;
  return kind === 'dense' || kind === 'symmetric' || kind === 'sparse';
}

/** The layers whose units act on each other through an interaction, as pairs of indices into the model's layers. */
export function joinedLayers(interaction: Interaction): readonly (readonly [a: number, b: number])[] {
  if (isPairwise(interaction)) return [interaction.between];
  const { joins, between } = interaction;
  return joins.map(([a, b]) => [between[a] as number, between[b] as number]);
}

/** Whether units of two layers act on each other through some of the interactions; of one layer, if both are the same. */
export function areJoined(interactions: readonly Interaction[], a: number, b: number): boolean {
  return interactions.some((interaction) =>
    joinedLayers(interaction).some(([c, d]) => (a === c && b === d) || (a === d && b === c)),
  );
}
