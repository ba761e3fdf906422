import type { BufferSpec } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import { rowLength } from '../layers/layer.js';
import { type EnergyModel, layerParametersLength } from '../models/model.js';

/**
 * For authors of backends: how many numbers a buffer of a model holds.
 *
 * @throws RbmError `ARGUMENT_INVALID` for a layer or a number of rows that cannot be.
 */
export function bufferLength(spec: BufferSpec, model: EnergyModel): number {
  if (spec.holds === 'parameters') return model.layout.length;
  if (spec.holds === 'layerParameters') return layerParametersLength(model);
  if (!Number.isSafeInteger(spec.rows) || spec.rows < 1) {
    throw new RbmError('ARGUMENT_INVALID', `A buffer needs a positive whole number of rows, not ${spec.rows}.`);
  }
  if (spec.holds === 'rows') return spec.rows;
  const layer = model.layers[spec.layer];
  if (!layer) throw new RbmError('ARGUMENT_INVALID', `The model has no layer ${spec.layer} to hold ${spec.holds} of.`);
  return spec.rows * (spec.holds === 'mask' ? layer.units : rowLength(layer));
}
