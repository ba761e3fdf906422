import { checkArgument, argumentKinds as kinds } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';
import { cloneModel, type EnergyModel } from './model.js';

/**
 * The model at another temperature: `P(x) ∝ exp(−E(x) / T)`, with the energy divided by T.
 *
 * @param temperature In units of the model's own, k_B T = 1; positive.
 * @throws RbmError `ARGUMENT_INVALID`; `UNSUPPORTED` for a layer whose energy is not proportional to its parameters
 * (binomial units: their binomial coefficients are no parameters).
 */
export function atTemperature(model: EnergyModel, temperature: number): EnergyModel {
  checkArgument('atTemperature', 'model', model, kinds.model);
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw new RbmError('ARGUMENT_INVALID', `A temperature is a positive number, not ${temperature}.`);
  }
  const other = model.layers.findIndex((layer) => !isProportional(layer));
  if (other >= 0) {
    throw new RbmError(
      'UNSUPPORTED',
      `The energy of layer "${model.names[other]}" (${model.layers[other]?.kind}) is not proportional to its parameters, ` +
        'so that no parameters give it another temperature.',
    );
  }
  const scaled = cloneModel(model);
  for (let i = 0; i < scaled.parameters.length; i++) {
    scaled.parameters[i] = (scaled.parameters[i] as number) / temperature;
  }
  return { ...scaled, constant: model.constant / temperature };
}

/** Whether a featureless unit has the same energy in all of its states; a continuous one's is asked at 1. */
function isProportional(layer: EnergyModel['layers'][number]): boolean {
  const unit = layer.select(Uint32Array.of(0));
  const states = unit.states ?? 1;
  const values = new Float64Array(states * unit.width);
  if (unit.states === null) values.fill(1);
  for (let s = 0; s < (unit.states ?? 0); s++) unit.state(s, values, s * unit.width);
  const energies = new Float64Array(states);
  unit.addEnergy(new Float64Array(unit.initial.length), values, energies);
  return energies.every((energy) => energy === 0);
}
