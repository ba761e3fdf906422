import type { BufferSpec } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';

/**
 * Whether rows of one buffer can be gathered into another: the same numbers of the same layer, as many rows as are named, each of
 * which exists.
 *
 * @throws RbmError `SHAPE_MISMATCH`, `ARGUMENT_INVALID` for a row that does not exist.
 */
export function checkGather(source: BufferSpec, rows: Uint32Array, target: BufferSpec): void {
  const layerOf = (spec: BufferSpec): number => ('layer' in spec ? spec.layer : -1);
  if (source.holds !== target.holds || source.holds === 'parameters' || layerOf(source) !== layerOf(target)) {
    throw new RbmError('SHAPE_MISMATCH', `Rows of ${name(source)} cannot be gathered into ${name(target)}.`);
  }
  const { rows: count } = source;
  const { rows: wanted } = target as { readonly rows: number };
  if (rows.length !== wanted) {
    throw new RbmError('SHAPE_MISMATCH', `The target has ${wanted} rows, but ${rows.length} were named.`);
  }
  for (const row of rows) {
    if (row < count) continue;
    throw new RbmError('ARGUMENT_INVALID', `Row ${row} was named, but the source has ${count}, from 0.`);
  }
}

function name(spec: BufferSpec): string {
  return 'layer' in spec ? `${spec.holds} of layer ${spec.layer}` : spec.holds;
}
