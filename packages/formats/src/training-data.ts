import { type EnergyModel, RbmError } from '@rbm/core';
import { quote } from './declared-sizes.js';
import type { Tensor } from './safetensors.js';
import { isRecord, ownTensor } from './structure.js';

/** What a model file says of the data that the model was trained on: enough to recognise them, not to restore them. */
export interface TrainingData {
  /** What the data are called: the name of the file, or of the data set. */
  readonly name: string;
  /** SHA-256 of the parsed values, all rows, as 64 hexadecimal digits. */
  readonly sha256: string;
  /** Rows of the data, held-out ones included. */
  readonly rows: number;
  /** Rows that were held out. */
  readonly heldOut: number;
  /** Different rows among those that were trained on. */
  readonly distinctRows: number;
  /**
   * `[hashes, 2]`: the first 64 bits of the SHA-256 of each different row that was trained on, as the visible units took
   * it: high and low half, in increasing order. Those of `distinctRows` rows, or only the smallest ones of them. Absent
   * where rows cannot be compared.
   */
  readonly rowHashes?: Uint32Array;
}

type Tensors = Readonly<Record<string, Tensor>>;

/** The tensor of the hashes. */
const ROWS = 'training.rows';
const hexadecimal = /^[0-9a-f]{64}$/;

/** A parameter array of a visible layer: its name, shape, smallest value, and place among those of all visible layers. */
interface VisibleArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly minimum: number;
  readonly offset: number;
  readonly length: number;
}

/** The parameter arrays of the visible layers, one after the other. */
function visibleArrays({ layout, visible }: EnergyModel): VisibleArray[] {
  let next = 0;
  return visible.flatMap((l) => {
    const { start, end } = layout.layers[l] as { readonly start: number; readonly end: number };
    return layout.arrays
      .filter(({ offset }) => offset >= start && offset < end)
      .map(({ name, shape, minimum, length }) => {
        const offset = next;
        next += length;
        return { name: `baseline.${name}`, shape, minimum, offset, length };
      });
  });
}

/** The names of all tensors that may say something of the training data. */
export function trainingTensorNames(model: EnergyModel): string[] {
  return [ROWS, ...visibleArrays(model).map(({ name }) => name)];
}

/**
 * The tensors of a model's training data.
 *
 * @param baseline See `ModelDetails.baseline`.
 * @throws RbmError `ARGUMENT_INVALID` for what `readTrainingData` and `readBaseline` would not read.
 */
export function trainingTensors(
  model: EnergyModel,
  training: TrainingData | undefined,
  baseline: Float64Array | undefined,
): Record<string, Tensor<'F64' | 'U32'>> {
  const tensors: Record<string, Tensor<'F64' | 'U32'>> = {};
  if (training?.rowHashes) {
    tensors[ROWS] = { dtype: 'U32', shape: [training.rowHashes.length / 2, 2], data: training.rowHashes };
  }
  const { rowHashes: _, ...record } = training ?? {};
  const problem = training && (problemOfRecord(record) ?? problemOfHashes(training, tensors[ROWS]));
  if (problem) throw new RbmError('ARGUMENT_INVALID', `The training data ${problem}.`);
  if (!baseline) return tensors;
  const arrays = visibleArrays(model);
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  if (baseline.length !== length) {
    throw new RbmError('ARGUMENT_INVALID', `The baseline has ${baseline.length} numbers; expected ${length}.`);
  }
  for (const { name, shape, minimum, offset, length: count } of arrays) {
    const data = baseline.slice(offset, offset + count);
    const bad = data.findIndex((x) => !isAllowed(x, minimum));
    if (bad >= 0) throw new RbmError('ARGUMENT_INVALID', `Number ${bad} of "${name}" is ${data[bad]}.`);
    tensors[name] = { dtype: 'F64', shape, data };
  }
  return tensors;
}

/** Training data as metadata. */
export function describeTrainingData({ rowHashes: _, ...record }: TrainingData): string {
  return JSON.stringify(record);
}

/**
 * The training data in a file.
 *
 * @param record The metadata `training`, parsed.
 * @throws RbmError `FILE_INVALID`
 */
export function readTrainingData(record: unknown, tensors: Tensors, file: string): TrainingData | undefined {
  const tensor = ownTensor(tensors, ROWS);
  if (record === undefined) {
    if (!tensor) return undefined;
    throw invalid(file, `the tensor "${ROWS}" is there without metadata "training"`);
  }
  const training = record as TrainingData;
  const problem = problemOfRecord(record) ?? problemOfHashes(training, tensor);
  if (problem) throw invalid(file, `the metadata "training" ${problem}`);
  return { ...training, ...(tensor ? { rowHashes: tensor.data as Uint32Array } : {}) };
}

/** See `ModelDetails.baseline`. @throws RbmError `FILE_INVALID` */
export function readBaseline(model: EnergyModel, tensors: Tensors, file: string): Float64Array | undefined {
  const arrays = visibleArrays(model);
  if (!arrays.some(({ name }) => ownTensor(tensors, name))) return undefined;
  const baseline = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  for (const { name, shape, minimum, offset } of arrays) {
    const tensor = ownTensor(tensors, name);
    const fits = tensor?.shape.length === shape.length && shape.every((extent, axis) => extent === tensor.shape[axis]);
    if (tensor?.dtype !== 'F64' || !fits) {
      throw invalid(file, `the tensor ${quote(name)} should be F64 of shape [${shape}]`);
    }
    const bad = tensor.data.findIndex((x) => !isAllowed(x, minimum));
    if (bad >= 0) throw invalid(file, `number ${bad} of the tensor ${quote(name)} is ${tensor.data[bad]}`);
    baseline.set(tensor.data, offset);
  }
  return baseline;
}

function isAllowed(x: number, minimum: number): boolean {
  return Number.isFinite(x) && x >= minimum;
}

function isCount(value: unknown, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/** What is wrong with the part that stands in the metadata. */
function problemOfRecord(record: unknown): string | undefined {
  if (!isRecord(record)) return 'should be an object';
  const { name, sha256, rows, heldOut, distinctRows, ...others } = record;
  const [other] = Object.keys(others);
  if (other !== undefined) return `should not have ${quote(other)}`;
  if (typeof name !== 'string') return 'should have a name';
  if (typeof sha256 !== 'string' || !hexadecimal.test(sha256)) return 'should have a sha256 of 64 hexadecimal digits';
  if (!isCount(rows, Number.MAX_SAFE_INTEGER) || rows === 0) return 'should have a positive number of rows';
  if (!isCount(heldOut, rows as number)) return `should have 0 to ${rows} rows heldOut`;
  if (!isCount(distinctRows, rows as number) || distinctRows === 0) return `should have 1 to ${rows} distinctRows`;
  return undefined;
}

/** What is wrong with the hashes. */
function problemOfHashes({ distinctRows }: TrainingData, tensor: Tensor | undefined): string | undefined {
  if (!tensor) return undefined;
  const { dtype, shape, data } = tensor;
  if (dtype !== 'U32' || shape.length !== 2 || shape[1] !== 2 || data.length !== 2 * (shape[0] as number)) {
    return `should go with a tensor "${ROWS}" that is U32 of shape [hashes, 2]`;
  }
  const count = shape[0] as number;
  if (count === 0 || count > distinctRows) return `should go with 1 to ${distinctRows} hashes, not ${count}`;
  for (let n = 2; n < data.length; n += 2) {
    const [high, low, before, lowBefore] = [data[n], data[n + 1], data[n - 2], data[n - 1]] as [
      number,
      number,
      number,
      number,
    ];
    if (high < before || (high === before && low <= lowBefore)) return 'should go with hashes in increasing order';
  }
  return undefined;
}

function invalid(file: string, what: string): RbmError {
  return new RbmError('FILE_INVALID', `${file}: ${what}.`);
}
