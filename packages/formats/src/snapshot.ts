import { RbmError } from '@rbm/core';
import type { ChainSnapshot, EstimatorSnapshot, TrainingDescription, TrainingSnapshot } from '@rbm/core/contracts';
import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import packageFile from '../package.json' with { type: 'json' };
import { checkBytes } from './check-bytes.js';
import { quote } from './declared-sizes.js';
import { type FileLimits, type FullFileLimits, fillLimits } from './limits.js';
import { parseMetadata } from './metadata.js';
import { decodeSafetensors, encodeSafetensors, type SafetensorsDtype, type Tensor } from './safetensors.js';
import { checkSeal, NO_SEAL, SEAL, seal } from './seal.js';
import { isIndices, isRecord } from './structure.js';
import { isTraining } from './training-description.js';

/** The content of a snapshot file. */
export interface SnapshotFile {
  readonly snapshot: TrainingSnapshot;
  /** Texts by name that were written with it. */
  readonly notes: Readonly<Record<string, string>>;
  /** What wrote it: `@rbm/formats 0.1.0`. */
  readonly library: string;
}

/** Options of `decodeSnapshot`. */
export interface DecodeSnapshotOptions {
  /** What the file may cost to read. */
  readonly limits?: FileLimits;
}

const FORMAT = 'rbm-snapshot';
const VERSION = '1';

/** The names of tensors begin with the part of the snapshot that they belong to. */
const parts = {
  parameters: 'parameters.',
  optimizer: 'optimizer.',
  average: 'average.',
  extra: 'estimator.extra.',
  chains: 'chains.values.',
  chainExtra: 'chains.extra.',
  notes: 'notes.',
} as const;

/** What the metadata `position` hold. */
type Position = Pick<TrainingSnapshot, 'step' | 'seen' | 'phase'> & { readonly averaged?: number };

/** What the metadata `estimator` hold. */
interface EstimatorRecord {
  readonly steps: number;
  readonly chains?: {
    readonly chains: number;
    readonly sweeps: number;
    /** Extras of the chains that are texts. */
    readonly texts: Readonly<Record<string, string>>;
  };
}

/**
 * A training's snapshot as a safetensors file with a checksum: tensors, each of the narrowest type that holds its numbers exactly, and
 * metadata that say the rest. The layout is described in `docs/snapshot-file.md`. The same snapshot gives the same bytes.
 *
 * @param notes Texts of the caller's, by name.
 * @throws RbmError `SHAPE_MISMATCH` for arrays that do not fit the snapshot's own description; `ARGUMENT_INVALID` for names or
 * numbers that cannot be written; `SIZE_LIMIT` as `encodeSafetensors`
 */
export function encodeSnapshot(snapshot: TrainingSnapshot, notes: Readonly<Record<string, string>> = {}): Uint8Array {
  checkArgument('encodeSnapshot', 'snapshot', snapshot, {
    ...kinds.record,
    noun: 'a snapshot of a training',
    example: 'await record.snapshot()',
    is: (value) => kinds.record.is(value) && 'training' in (value as object),
  });
  checkArgument('encodeSnapshot', 'notes', notes, kinds.record);
  const { step, seen, phase, training, estimator, average } = snapshot;
  const tensors: Record<string, Tensor<'F64' | 'F32' | 'U8'>> = Object.create(null);
  const add = (name: string, shape: readonly number[], data: Float64Array | Uint8Array): void => {
    if (Object.hasOwn(tensors, name)) throw invalid(`two arrays would be called ${quote(name)}`);
    tensors[name] = data instanceof Uint8Array ? { dtype: 'U8', shape, data } : { ...narrow(data), shape };
  };
  const addLaidOut = (part: string, numbers: Float64Array | undefined): void => {
    const arrays = training.model.arrays.map(({ name, shape }) => ({ name, shape, length: lengthOf(shape) }));
    const length = arrays.reduce((sum, array) => sum + array.length, 0);
    if (numbers?.length !== length) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `"${part.slice(0, -1)}" of the snapshot has ${numbers?.length ?? 'no'} numbers; its model has ${length}.`,
      );
    }
    let offset = 0;
    for (const array of arrays) {
      add(part + array.name, array.shape, numbers.subarray(offset, offset + array.length));
      offset += array.length;
    }
  };

  addLaidOut(parts.parameters, snapshot.parameters);
  for (const slot of training.optimizer.slots) addLaidOut(`${parts.optimizer}${slot}.`, snapshot.optimizer[slot]);
  if (average) addLaidOut(parts.average, average.sum);
  for (const [name, data] of Object.entries(estimator.extra ?? {})) add(parts.extra + name, [data.length], data);
  const { chains } = estimator;
  const texts: Record<string, string> = {};
  for (const [name, data] of Object.entries(chains?.values ?? {})) {
    add(parts.chains + name, [chains?.chains as number, data.length / (chains?.chains as number)], data);
  }
  for (const [name, data] of Object.entries(chains?.extra ?? {})) {
    if (typeof data === 'string') setOwn(texts, name, data);
    // One number is a tensor too: JSON has no infinity.
    else if (typeof data === 'number') add(parts.chainExtra + name, [], Float64Array.of(data));
    else add(parts.chainExtra + name, [data.length], data);
  }
  for (const [name, text] of Object.entries(notes)) {
    const data = new TextEncoder().encode(text);
    add(parts.notes + name, [data.length], data);
  }

  const position: Position = { step, seen, phase, ...(average ? { averaged: average.count } : {}) };
  const record: EstimatorRecord = {
    steps: estimator.steps,
    ...(chains ? { chains: { chains: chains.chains, sweeps: chains.sweeps, texts } } : {}),
  };
  // As it will be read: JSON has no infinity.
  if (!isTraining(JSON.parse(JSON.stringify(training)))) throw invalid('its description of the training is incomplete');
  const problem = problemOf(position, record, training);
  if (problem) throw invalid(problem);
  const metadata = {
    format: FORMAT,
    formatVersion: VERSION,
    library: `@rbm/formats ${packageFile.version}`,
    training: JSON.stringify(training),
    position: JSON.stringify(position),
    estimator: JSON.stringify(record),
    [SEAL]: NO_SEAL,
  };
  return seal(encodeSafetensors(tensors, metadata));
}

/**
 * The snapshot in a file written by `encodeSnapshot`, to be given to `train` as `resume`.
 *
 * @param name Of the file, for error messages.
 * @throws RbmError `FILE_INVALID` for a file that is damaged, no snapshot, or of another version; `SIZE_LIMIT` for what would cost more
 * than `limits`. All that the file declares is compared with the arrays it has, and nothing is allocated for the rest.
 */
export function decodeSnapshot(bytes: Uint8Array, name: string, options: DecodeSnapshotOptions = {}): SnapshotFile {
  checkBytes('decodeSnapshot', bytes, name);
  checkArguments('decodeSnapshot', options, { limits: optional(kinds.record) });
  const limits = fillLimits(options.limits);
  checkSeal(bytes, name);
  const { tensors, metadata } = decodeSafetensors(bytes, name, options.limits);
  if (metadata.format !== FORMAT || metadata.formatVersion !== VERSION) {
    throw refusal(
      name,
      `the metadata should say format "${FORMAT}", version "${VERSION}", not ${quote(String(metadata.format))}, ` +
        `${quote(String(metadata.formatVersion))}. Is it a snapshot, of this version of rbm?`,
    );
  }
  const { training, position, record } = readRecords(metadata, limits, name);
  const reader = new TensorReader(tensors, name);

  const parameters = reader.laidOut(parts.parameters, training);
  const bad = parameters.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) throw refusal(name, `parameter ${bad} is ${parameters[bad]}`);
  const optimizer = training.optimizer.slots.map(
    (slot) => [slot, reader.laidOut(`${parts.optimizer}${slot}.`, training)] as const,
  );
  const { averaged, ...at } = position;
  const average =
    averaged === undefined ? undefined : { sum: reader.laidOut(parts.average, training), count: averaged };
  const estimator = readEstimator(reader, record);
  const notes = reader.named(parts.notes, ['U8']).map(([note, { data }]) => [note, readText(data as Uint8Array, name)]);
  reader.finish();
  return {
    snapshot: {
      version: 1,
      ...at,
      parameters,
      optimizer: Object.fromEntries(optimizer),
      estimator,
      ...(average ? { average } : {}),
      training,
    },
    notes: Object.fromEntries(notes),
    library: metadata.library ?? '',
  };
}

function readRecords(
  metadata: Readonly<Record<string, string>>,
  limits: FullFileLimits,
  name: string,
): { readonly training: TrainingDescription; readonly position: Position; readonly record: EstimatorRecord } {
  const read = (key: string, isValid: (value: unknown) => boolean): unknown =>
    parseMetadata(metadata, key, 'required', limits, name, isValid);
  const training = read('training', isTraining) as TrainingDescription;
  const position = read('position', isPosition) as Position;
  const record = read('estimator', isEstimatorRecord) as EstimatorRecord;
  const problem = problemOf(position, record, training);
  if (problem) throw refusal(name, problem);
  return { training, position, record };
}

function readEstimator(reader: TensorReader, { steps, chains }: EstimatorRecord): EstimatorSnapshot {
  const float = (named: readonly (readonly [string, Tensor])[]): Record<string, Float64Array> =>
    Object.fromEntries(named.map(([name, { data }]) => [name, widen(data)]));
  const extra = reader.named(parts.extra);
  return {
    steps,
    ...(chains ? { chains: readChains(reader, chains) } : {}),
    ...(extra.length > 0 ? { extra: float(extra) } : {}),
  };
}

function readChains(reader: TensorReader, record: NonNullable<EstimatorRecord['chains']>): ChainSnapshot {
  const { chains, sweeps, texts } = record;
  const values = reader.named(parts.chains).map(([layer, { shape, data }]) => {
    if (shape.length !== 2 || shape[0] !== chains) {
      throw refusal(
        reader.file,
        `the tensor ${quote(parts.chains + layer)} should have a row for each of ${chains} chains`,
      );
    }
    return [layer, widen(data)] as const;
  });
  const extra: (readonly [string, Float64Array | number | string])[] = Object.entries(texts);
  for (const [name, { shape, data }] of reader.named(parts.chainExtra)) {
    if (Object.hasOwn(texts, name)) throw refusal(reader.file, `the chains have two extras ${quote(name)}`);
    extra.push([name, shape.length === 0 ? (data[0] as number) : widen(data)]);
  }
  return {
    chains,
    sweeps,
    values: Object.fromEntries(values),
    ...(extra.length > 0 ? { extra: Object.fromEntries(extra) } : {}),
  };
}

/** The types that numbers are written in. */
const numbers: readonly SafetensorsDtype[] = ['F64', 'F32', 'U8'];

/** Takes the tensors of a file one by one; all must be taken, and none twice. */
class TensorReader {
  readonly file: string;
  readonly #tensors: Readonly<Record<string, Tensor>>;
  readonly #left: Set<string>;

  constructor(tensors: Readonly<Record<string, Tensor>>, file: string) {
    this.file = file;
    this.#tensors = tensors;
    this.#left = new Set(Object.keys(tensors));
  }

  /** The arrays of a part one after the other, as in the flat buffer of parameters. */
  laidOut(part: string, { model }: TrainingDescription): Float64Array {
    const arrays = model.arrays.map(({ name, shape }) => {
      const { shape: found, data } = this.#take(part + name, numbers);
      if (found.length === shape.length && shape.every((extent, axis) => extent === found[axis])) return data;
      throw refusal(this.file, `the tensor ${quote(part + name)} should be of shape [${shape}], not [${found}]`);
    });
    const flat = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const data of arrays) {
      flat.set(data, offset);
      offset += data.length;
    }
    return flat;
  }

  /** All tensors of a part, by the rest of their names. */
  named(part: string, dtypes: readonly SafetensorsDtype[] = numbers): (readonly [name: string, tensor: Tensor])[] {
    const names = [...this.#left].filter((name) => name.startsWith(part));
    return names.map((name) => [name.slice(part.length), this.#take(name, dtypes)] as const);
  }

  /** @throws RbmError `FILE_INVALID` for tensors that are left. */
  finish(): void {
    const [name] = this.#left;
    if (name !== undefined)
      throw refusal(this.file, `the tensor ${quote(name)} belongs to nothing that the metadata name`);
  }

  #take(name: string, dtypes: readonly SafetensorsDtype[]): Tensor {
    const tensor = this.#left.delete(name) ? this.#tensors[name] : undefined;
    if (tensor && dtypes.includes(tensor.dtype)) return tensor;
    throw refusal(
      this.file,
      tensor
        ? `the tensor ${quote(name)} should be ${dtypes.join(' or ')}, not ${tensor.dtype}`
        : `the tensor ${quote(name)} is missing`,
    );
  }
}

/** What contradicts itself in the records of a snapshot. */
function problemOf(position: Position, record: EstimatorRecord, training: TrainingDescription): string | undefined {
  if (!isPosition(position) || !isEstimatorRecord(record)) return 'its counts should be whole numbers from 0 up';
  const { step, seen, phase } = position;
  if (phase.step > step || phase.seen > seen) return 'a phase has more steps than the training';
  if (phase.number >= training.phases.length) {
    return `it is in phase ${phase.number + 1} of ${training.phases.length}`;
  }
  return undefined;
}

function isPosition(value: unknown): value is Position {
  if (!isRecord(value)) return false;
  const { step, seen, phase, averaged = 0 } = value;
  return isRecord(phase) && isIndices([step, seen, phase.number, phase.step, phase.seen, averaged]);
}

function isEstimatorRecord(value: unknown): value is EstimatorRecord {
  if (!isRecord(value) || !isIndices([value.steps])) return false;
  const { chains } = value;
  if (chains === undefined) return true;
  return (
    isRecord(chains) &&
    isIndices([chains.chains, chains.sweeps]) &&
    chains.chains !== 0 &&
    isRecord(chains.texts) &&
    Object.values(chains.texts).every((text) => typeof text === 'string')
  );
}

/** Numbers in the narrowest type that holds all of them exactly: states are bytes, and what backends compute in float32 stays so. */
function narrow(data: Float64Array): { readonly dtype: 'F64' | 'F32' | 'U8'; readonly data: Tensor['data'] } {
  if (data.every((x) => x >= 0 && x <= 255 && Number.isInteger(x) && !Object.is(x, -0))) {
    return { dtype: 'U8', data: Uint8Array.from(data) };
  }
  if (data.every((x) => Math.fround(x) === x)) return { dtype: 'F32', data: Float32Array.from(data) };
  return { dtype: 'F64', data };
}

function widen(data: Tensor['data']): Float64Array {
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

function readText(data: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch (cause) {
    throw new RbmError('FILE_INVALID', `${name}: a note is no UTF-8 text.`, { cause });
  }
}

function lengthOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Sets a property of that name, be it `__proto__`. */
function setOwn(target: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function invalid(what: string): RbmError {
  return new RbmError('ARGUMENT_INVALID', `The snapshot cannot be written: ${what}.`);
}

function refusal(file: string, what: string): RbmError {
  return new RbmError('FILE_INVALID', `${file}: ${what}.`);
}
