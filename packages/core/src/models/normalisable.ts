import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import type { Layer } from '../layers/layer.js';
import { couplingsAreDominated } from './dominated-couplings.js';
import { isPairwise, joinedLayers, type OpenInteraction } from './interaction.js';
import { type EnergyModel, layerParameters, ownParameters } from './model.js';
import { eliminate, type QuadraticForm, quadraticForm } from './quadratic-form.js';

/**
 * Refuses parameters for which the partition function diverges, so that there is no distribution, though every
 * conditional distribution may exist and give plausible numbers.
 *
 * Units with finitely many states, and bounded ones, always have a distribution. Unbounded units need a positive
 * curvature, and, where they act on each other, an energy that grows in every direction of their joint values. With `A`
 * the quadratic form of the energy (curvatures on its diagonal, minus the couplings beside it), that is asked of
 *
 * - real units (Gaussian): `A` positive definite. Necessary and sufficient: the rest of the energy is linear in them and
 *   no help along a direction in which `A` does not grow, since it falls on one side.
 * - units from 0 up (ReLU): integrating the real units out leaves the Schur complement `S` of `A`, whose form has to be
 *   positive for all `x ≥ 0` but 0. Sufficient is that `S`, or `S` without its positive entries beside the diagonal, is
 *   positive definite: leaving entries `s_ij > 0` out only lowers `xᵀ S x` where `x_i x_j ≥ 0`. So couplings that only
 *   inhibit are always fine. Where `S` has no such entries, the condition is necessary too, but for the border, since
 *   such a matrix has its smallest eigenvalue with an eigenvector that is nowhere negative (Perron and Frobenius). In
 *   general it is not: some models that have a distribution are refused, and the message says so.
 *
 * Open interactions may join unbounded units with bounded ones only, so that they add a bounded linear term to their energy: a
 * sufficient condition.
 *
 * @param parameters Laid out like the model's; its own unless given.
 * @throws RbmError `NOT_NORMALISABLE`, naming the condition, the unit and the numbers; `NOT_FINITE` for a parameter that
 * is not; `SHAPE_MISMATCH`; `UNSUPPORTED` for an open interaction between unbounded units; `SIZE_LIMIT` if more than 2,048 unbounded units act on each other, or a proof would need more
 * than `options.work` multiplications. Couplings that are weak beside the precisions are recognised in linear time.
 */
export function checkNormalisable(
  model: EnergyModel,
  parameters: Float64Array = ownParameters('checkNormalisable', model),
  options: { readonly work?: number } = {},
): void {
  checkArgument('checkNormalisable', 'model', model, kinds.model);
  checkArgument('checkNormalisable', 'parameters', parameters, kinds.sampleArray);
  checkArguments('checkNormalisable', options, { work: optional(kinds.number) });
  checkFinite(model, parameters);
  model.layers.forEach((_, l) => {
    checkCurvatures(model, parameters, l);
  });
  for (const interaction of model.interactions) if (!isPairwise(interaction)) checkOpen(model, interaction);
  const unbounded = interactingUnbounded(model);
  const reals = unbounded.filter((l) => supportOf(model, l) === 'real');
  // The largest layer first: its units do not act on each other, so that eliminating them is quick.
  reals.sort((a, b) => (model.layers[b] as Layer).units - (model.layers[a] as Layer).units);
  const rest = unbounded.filter((l) => supportOf(model, l) === 'nonNegative');
  if (unbounded.length === 0) return;
  if (couplingsAreDominated(model, parameters, unbounded)) return;
  checkWork(model, [...reals, ...rest], options.work ?? Number.POSITIVE_INFINITY);
  const form = quadraticForm(model, parameters, [...reals, ...rest]);
  const restFrom = rest.length > 0 ? (form.first[reals.length] as number) : form.units;
  const failed = eliminate(form, 0, restFrom);
  if (failed >= 0) refuse(model, form, failed, 'This condition is necessary.');
  if (rest.length === 0) return;
  const relaxed = withoutInhibition(form, restFrom);
  const failedRest = eliminate(relaxed, restFrom, form.units);
  if (failedRest < 0 || eliminate(form, restFrom, form.units) < 0) return;
  const why =
    'With units from 0 up this condition is sufficient, not necessary: the model may have a distribution, ' +
    'but no test here shows it.';
  refuse(model, relaxed, failedRest, why);
}

/** Multiplications of an elimination whose first layer is diagonal: `a b²/2 + b³/6`. */
function checkWork(model: EnergyModel, layers: readonly number[], most: number): void {
  const [first, ...others] = layers.map((l) => (model.layers[l] as Layer).units) as [number, ...number[]];
  const inside = model.interactions.some(
    (interaction) => isPairwise(interaction) && interaction.between.every((l) => l === layers[0]),
  );
  const rest = others.reduce((sum, units) => sum + units, inside ? first : 0);
  const work = (inside ? 0 : (first * rest * rest) / 2) + rest ** 3 / 6;
  if (work <= most) return;
  throw new RbmError(
    'SIZE_LIMIT',
    `Whether the couplings between unbounded layers leave a distribution takes ${work.toExponential(1)} multiplications ` +
      `to tell; the limit is ${most.toExponential(1)}.`,
  );
}

function checkFinite(model: EnergyModel, parameters: Float64Array): void {
  if (parameters.length !== model.layout.length) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `The model has ${model.layout.length} parameters; ${parameters.length} were given.`,
    );
  }
  for (const { name, offset, length } of model.layout.arrays) {
    for (let i = 0; i < length; i++) {
      if (Number.isFinite(parameters[offset + i])) continue;
      throw new RbmError(
        'NOT_FINITE',
        `Number ${i} of "${name}" is ${parameters[offset + i]}: that defines no distribution.`,
      );
    }
  }
}

function checkCurvatures(model: EnergyModel, parameters: Float64Array, l: number): void {
  const layer = model.layers[l] as Layer;
  if (!layer.unbounded) return;
  const curvatures = new Float64Array(layer.units);
  layer.unbounded.curvature(layerParameters(model, l, parameters), curvatures);
  const bad = curvatures.findIndex((c) => !(c > 0 && c < Number.POSITIVE_INFINITY));
  if (bad < 0) return;
  throw new RbmError(
    'NOT_NORMALISABLE',
    `Unit ${bad} of layer "${model.names[l]}" (${layer.kind}) has the precision ${curvatures[bad]}. ` +
      'Unbounded units have a distribution for positive precisions only.',
  );
}

function checkOpen(model: EnergyModel, interaction: OpenInteraction): void {
  const bad = joinedLayers(interaction).find((pair) => {
    const ends = pair.map((l) => model.layers[l] as Layer);
    return ends.every(({ states }) => states === null) && ends.some(({ unbounded }) => unbounded);
  });
  if (!bad) return;
  const [a, b] = bad.map((l) => `"${model.names[l]}" (${model.layers[l]?.kind})`);
  throw new RbmError(
    'UNSUPPORTED',
    `Interaction "${interaction.name}" (${interaction.kind}) joins unbounded units of ${a} with those of ${b}; expected units ` +
      'with finitely many states at one end at least. The check of whether a distribution exists knows dense, symmetric ' +
      'and sparse interactions only.',
  );
}

function supportOf(model: EnergyModel, l: number): 'real' | 'nonNegative' | undefined {
  return (model.layers[l] as Layer).unbounded?.support;
}

/** The unbounded layers that act on another unbounded layer. */
function interactingUnbounded(model: EnergyModel): number[] {
  const pairs = model.interactions
    .filter(isPairwise)
    .filter(({ between }) => between.every((l) => supportOf(model, l)));
  return model.layers.flatMap((_, l) => (pairs.some(({ between }) => between.includes(l)) ? [l] : []));
}

/** A copy of the form without the positive entries beside the diagonal, from one unit on. */
function withoutInhibition(form: QuadraticForm, from: number): QuadraticForm {
  const { units } = form;
  const matrix = form.matrix.slice();
  for (let i = from; i < units; i++) {
    for (let j = from; j < i; j++) matrix[i * units + j] = Math.min(0, matrix[i * units + j] as number);
  }
  return { ...form, matrix };
}

function refuse(model: EnergyModel, form: QuadraticForm, unit: number, why: string): never {
  const n = form.first.findLastIndex((start) => start <= unit);
  const left = form.matrix[unit * form.units + unit] as number;
  throw new RbmError(
    'NOT_NORMALISABLE',
    `The couplings between the unbounded layers ${form.layers.map((l) => `"${model.names[l]}"`).join(', ')} are too ` +
      'strong for their precisions: the quadratic part of the energy is not positive definite. Of the precision ' +
      `${form.curvatures[unit]} of unit ${unit - (form.first[n] as number)} of layer ` +
      `"${model.names[form.layers[n] as number]}", ${left} is left once the units before it are integrated out; it must ` +
      `stay positive. ${why} Weaken the couplings, or raise the precisions.`,
  );
}
