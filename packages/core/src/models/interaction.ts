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

/** How units act on each other. Each kind is linear in its parameters and in each of the two units it joins. */
export type Interaction = DenseInteraction | SymmetricInteraction | SparseInteraction;
