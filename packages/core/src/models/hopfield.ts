import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import { type Layer, rowLength } from '../layers/layer.js';
import { createModel } from './create-model.js';
import { isPairwise } from './interaction.js';
import { type EnergyModel, layerParameters, parameter } from './model.js';
import { listEntries } from './pairs.js';

/** What `hopfield` takes. */
export interface HopfieldOptions {
  /** The units: `bernoulli` or `spin`, or others with finitely many states. Their biases are the fields. */
  readonly visible: Layer;
  /**
   * `[n, n]`, symmetric, row-major, `n = units · width`; zeros unless given. The diagonal adds `−½ J_ii x_i²` to the
   * energy, which is `−½ J_ii x_i` for units 0 and 1, and so becomes part of the bias, and a constant for spins.
   */
  readonly couplings?: ArrayLike<number>;
}

/**
 * A Hopfield network (Hopfield 1982): all units of one layer act on each other,
 *
 *     E(x) = −Σ_i a_i x_i − ½ Σ_ij x_i J_ij x_j.
 *
 * As a distribution it is a Boltzmann machine without hidden units. Parameters: `visible.bias`, and `couplings`, the pairs
 * i < j row by row; `couplingMatrix` gives them as a matrix. A sweep draws the units one by one.
 *
 * @throws RbmError `SHAPE_MISMATCH`; `ARGUMENT_INVALID` for couplings that are not symmetric, or of a unit of another kind
 * to itself; `NOT_FINITE`.
 */
export function hopfield(options: HopfieldOptions): EnergyModel {
  checkArguments('hopfield', options, { visible: kinds.layer, couplings: optional(kinds.numbers) });
  const { visible, couplings } = options;
  const model = createModel({
    kind: 'hopfield',
    layers: [{ name: 'visible', layer: visible, visible: true }],
    interactions: visible.units > 1 ? [{ kind: 'symmetric', name: 'couplings', between: [0, 0] }] : [],
    blocks: Array.from({ length: visible.units }, (_, i) => [{ layer: 0, units: Uint32Array.of(i) }]),
  });
  if (!couplings) return model;
  const length = rowLength(visible);
  checkCouplings(visible, couplings, length);
  fillPairs(model, couplings, length);
  return absorbDiagonal(model, couplings, length);
}

function checkCouplings({ units, width, kind }: Layer, couplings: ArrayLike<number>, length: number): void {
  if (couplings.length !== length ** 2) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `The couplings of ${units} units have shape [${length}, ${length}], ${length ** 2} numbers, not ${couplings.length}.`,
    );
  }
  for (let i = 0; i < length; i++) {
    for (let j = 0; j <= i; j++) {
      const [below, above] = [couplings[i * length + j] as number, couplings[j * length + i] as number];
      if (!Number.isFinite(below)) throw new RbmError('NOT_FINITE', `The coupling of ${i} and ${j} is ${below}.`);
      if (below !== above) {
        throw new RbmError(
          'ARGUMENT_INVALID',
          `Couplings are symmetric, but that of ${i} and ${j} is ${below} and that of ${j} and ${i} ${above}. ` +
            'Average the two: an energy knows only their sum.',
        );
      }
      const itself = Math.floor(i / width) === Math.floor(j / width);
      if (itself && below !== 0 && kind !== 'bernoulli' && kind !== 'spin') {
        throw new RbmError(
          'ARGUMENT_INVALID',
          `The coupling of unit ${Math.floor(i / width)} to itself is ${below}; ${kind} units take none.`,
        );
      }
    }
  }
}

function fillPairs(model: EnergyModel, couplings: ArrayLike<number>, length: number): void {
  model.interactions.filter(isPairwise).forEach((interaction) => {
    const target = parameter(model, interaction.name);
    const { a, b } = listEntries(interaction, model.layers);
    for (let e = 0; e < target.length; e++)
      target[e] = couplings[(a[e] as number) * length + (b[e] as number)] as number;
  });
}

function absorbDiagonal(model: EnergyModel, couplings: ArrayLike<number>, length: number): EnergyModel {
  const [visible] = model.layers as [Layer];
  if (visible.width > 1) return model;
  const half = Float64Array.from({ length }, (_, i) => (couplings[i * length + i] as number) / 2);
  if (visible.kind === 'spin') return { ...model, constant: half.reduce((constant, h) => constant - h, 0) };
  const own = layerParameters(model, 0, model.parameters);
  visible.absorb(own.slice(), half, own);
  return model;
}

/**
 * The couplings between the units of one layer as a matrix with zeros on the diagonal, whatever built-in kind of interactions they
 * come from.
 *
 * @returns `[n, n]`, symmetric, `n = units · width`
 * @throws RbmError `UNSUPPORTED` unless the model has one layer; for an interaction that is no list of pairs.
 */
export function couplingMatrix(model: EnergyModel): Float64Array {
  checkArgument('couplingMatrix', 'model', model, kinds.model);
  const [layer, ...more] = model.layers;
  if (!layer || more.length > 0) {
    throw new RbmError(
      'UNSUPPORTED',
      `A matrix of couplings is asked of a model of ${model.layers.length} layers, not one.`,
    );
  }
  const length = rowLength(layer);
  const matrix = new Float64Array(length ** 2);
  model.interactions.forEach((interaction) => {
    if (!isPairwise(interaction)) {
      throw new RbmError(
        'UNSUPPORTED',
        `Interaction "${interaction.name}" is of kind ${interaction.kind}; expected dense, symmetric or sparse: others have no matrix.`,
      );
    }
    const weights = parameter(model, interaction.name);
    const { a, b } = listEntries(interaction, model.layers);
    weights.forEach((w, e) => {
      const [i, j] = [a[e] as number, b[e] as number];
      matrix[i * length + j] = (matrix[i * length + j] as number) + w;
      matrix[j * length + i] = matrix[i * length + j] as number;
    });
  });
  return matrix;
}
