import { RbmError } from '@rbm/core';
import { argumentKinds, checkArgument } from '@rbm/core/contracts';
import { checkShape, countElements } from './array-shape.js';
import { checkBytes } from './check-bytes.js';
import { type ElementArray, type ElementKind, elementBytes, readElements, writeElements } from './elements.js';
import { fileInvalid } from './file-invalid.js';
import { parseJsonText } from './json-text.js';
import { type FileLimits, fillLimits, MOST_AXES, overLimit } from './limits.js';

/** Storage types of safetensors that this package reads. */
export type SafetensorsDtype =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'I64'
  | 'U64'
  | 'I32'
  | 'U32'
  | 'I16'
  | 'U16'
  | 'I8'
  | 'U8'
  | 'BOOL';

/** Storage types that this package writes: those that a host array holds without rounding. */
export type WritableDtype = Exclude<SafetensorsDtype, 'F16' | 'BF16' | 'I64' | 'U64'>;

/** A named array of a safetensors file, row-major. */
export interface Tensor<Dtype extends SafetensorsDtype = SafetensorsDtype> {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** `[product of shape]`. */
  readonly data: ElementArray;
}

/** What a safetensors file holds. Both records are without a prototype, so that any name is safe. */
export interface SafetensorsContent {
  /**
   * `F16` and `BF16` were widened to a `Float32Array`, `I64` and `U64` to a `Float64Array`, and `BOOL` is a
   * `Uint8Array` of 0 and 1; `dtype` is that of the file.
   */
  readonly tensors: Record<string, Tensor>;
  readonly metadata: Record<string, string>;
}

const kinds: Readonly<Record<SafetensorsDtype, ElementKind>> = {
  F64: 'f64',
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
  I64: 'i64',
  U64: 'u64',
  I32: 'i32',
  U32: 'u32',
  I16: 'i16',
  U16: 'u16',
  I8: 'i8',
  U8: 'u8',
  BOOL: 'bool',
};

type ArrayConstructor = { new (length: number): ElementArray; readonly name: string };

/** The host array that each storage type is written from. */
const sources: Readonly<Record<WritableDtype, ArrayConstructor>> = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

const lengthBytes = 8;
const alignment = 8;
const metadataKey = '__metadata__';
/** The limit of the reference implementation. */
const maxHeaderBytes = 100_000_000;

/**
 * Writes named arrays as a safetensors file. The same content gives the same bytes whatever the order of its keys:
 * wide numbers come first, so that every array starts at a multiple of its own width, and then names in order.
 *
 * @see https://github.com/huggingface/safetensors#format
 * @throws RbmError `SHAPE_MISMATCH` if a shape does not describe its data, `ARGUMENT_INVALID` if data and dtype do not
 *   match, a tensor is called `__metadata__` or the metadata are not strings, `SIZE_LIMIT` if the header would be longer
 *   than readers accept (100 MB)
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor<WritableDtype>>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  checkArgument('encodeSafetensors', 'tensors', tensors, argumentKinds.record);
  checkArgument('encodeSafetensors', 'metadata', metadata, argumentKinds.record);
  const entries = Object.entries(tensors);
  for (const [tensorName, tensor] of entries) {
    checkArgument('encodeSafetensors', tensorName, tensor, {
      ...argumentKinds.record,
      example: "{ dtype: 'F32', shape, data }",
    });
    checkArgument('encodeSafetensors', `shape of ${tensorName}`, tensor.shape, {
      ...argumentKinds.array,
      example: '[2, 3]',
    });
    checkTensor(tensorName, tensor);
  }
  entries.sort(
    ([nameA, a], [nameB, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || compareText(nameA, nameB),
  );

  const fields = encodeMetadata(metadata);
  let dataBytes = 0;
  for (const [tensorName, { dtype, shape, data }] of entries) {
    const extent = [dataBytes, dataBytes + data.byteLength];
    fields.push(`${JSON.stringify(tensorName)}:${JSON.stringify({ dtype, shape, data_offsets: extent })}`);
    dataBytes += data.byteLength;
  }

  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerBytes = Math.ceil(json.length / alignment) * alignment;
  if (headerBytes > maxHeaderBytes) {
    throw new RbmError(
      'SIZE_LIMIT',
      `The safetensors header would take ${headerBytes} bytes, and readers accept ${maxHeaderBytes}. ` +
        'Shorten the metadata or write fewer tensors.',
    );
  }
  const dataStart = lengthBytes + headerBytes;
  const bytes = new Uint8Array(dataStart + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, lengthBytes, dataStart);
  bytes.set(json, lengthBytes);
  let offset = dataStart;
  for (const [, { data }] of entries) {
    writeElements(bytes, offset, data);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file strictly: every byte of it must be accounted for. The arrays are copies.
 *
 * @param name what errors call the file, usually its path
 * @see https://github.com/huggingface/safetensors#format
 * @throws RbmError `FILE_INVALID`, naming the byte, if the content contradicts the format or uses a storage type other
 *   than those of {@link SafetensorsDtype}; `SIZE_LIMIT` for more tensors than `limits` allow
 */
export function decodeSafetensors(bytes: Uint8Array, name: string, limits: FileLimits = {}): SafetensorsContent {
  checkBytes('decodeSafetensors', bytes, name);
  const { entries, depth } = fillLimits(limits);
  const dataStart = lengthBytes + readHeaderLength(bytes, name);
  const header = parseHeader(bytes.subarray(lengthBytes, dataStart), depth, name);
  const metadata: Record<string, string> = Object.create(null);
  const placed: PlacedTensor[] = [];
  for (const [key, value] of Object.entries(header)) {
    if (key === metadataKey) readMetadata(value, metadata, name);
    else placed.push(readTensorInfo(key, value, name));
  }
  if (placed.length > entries) throw overLimit(name, 'its tensors are', placed.length, 'entries', entries);
  checkContiguous(placed, dataStart, bytes.length, name);

  const tensors: Record<string, Tensor> = Object.create(null);
  for (const { tensorName, dtype, shape, count, begin } of placed) {
    const run = { kind: kinds[dtype], count, offset: dataStart + begin, littleEndian: true };
    tensors[tensorName] = { dtype, shape, data: readElements(bytes, run, name) };
  }
  return { tensors, metadata };
}

function checkTensor(tensorName: string, { dtype, shape, data }: Tensor<WritableDtype>): void {
  if (tensorName === metadataKey) {
    throw new RbmError('ARGUMENT_INVALID', `A tensor cannot be called ${metadataKey}: the format reserves that name.`);
  }
  const wanted = Object.hasOwn(sources, dtype) ? sources[dtype] : undefined;
  if (wanted === undefined || !(data instanceof wanted)) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `Tensor "${tensorName}" of dtype ${dtype} was given as ${Object.prototype.toString.call(data).slice(8, -1)}; ` +
        `expected ${wanted?.name ?? `one of the dtypes ${Object.keys(sources).join(', ')}`}.`,
    );
  }
  checkShape(`Tensor "${tensorName}"`, shape, data.length);
  if (dtype === 'BOOL' && (data as Uint8Array).some((value) => value > 1)) {
    throw new RbmError('ARGUMENT_INVALID', `Tensor "${tensorName}" of dtype BOOL holds a value other than 0 and 1.`);
  }
}

/** The metadata as a list of no or one header field. */
function encodeMetadata(metadata: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(metadata).sort(([a], [b]) => compareText(a, b));
  if (entries.length === 0) return [];
  // Joined by hand: an object would put keys that look like numbers first and lose `__proto__`.
  const fields = entries.map(([key, value]) => {
    if (typeof value !== 'string') {
      throw new RbmError(
        'ARGUMENT_INVALID',
        `Metadata "${key}" is of type ${typeof value}; safetensors metadata are strings: convert it first.`,
      );
    }
    return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return [`"${metadataKey}":{${fields.join(',')}}`];
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function readHeaderLength(bytes: Uint8Array, name: string): number {
  if (bytes.length < lengthBytes) {
    throw fileInvalid(name, 0, `the ${lengthBytes} bytes of a header length`, `a file of ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  const available = Math.min(bytes.length - lengthBytes, maxHeaderBytes);
  if (length > BigInt(available)) {
    throw fileInvalid(name, 0, `a header length of at most ${available}`, `${length} (is this a safetensors file?)`);
  }
  return Number(length);
}

function parseHeader(header: Uint8Array, depth: number, name: string): object {
  if (header[0] !== 0x7b) {
    throw fileInvalid(name, lengthBytes, 'a JSON header that starts with {', `byte ${header[0] ?? 'none'}`);
  }
  let parsed: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
    parsed = parseJsonText(text, depth);
  } catch (cause) {
    if (!RbmError.isInstance(cause))
      throw fileInvalid(name, lengthBytes, 'a JSON header in UTF-8', String(cause), cause);
    throw new RbmError(cause.code, `Cannot read ${name}: at byte ${lengthBytes}, ${cause.message}.`, { cause });
  }
  return parsed as object;
}

function readMetadata(value: unknown, metadata: Record<string, string>, name: string): void {
  if (!isObject(value)) throw fileInvalid(name, lengthBytes, `an object as ${metadataKey}`, describe(value));
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      throw fileInvalid(name, lengthBytes, `a string as ${metadataKey} "${key}"`, describe(text));
    }
    metadata[key] = text;
  }
}

/** A tensor as the header announces it; `begin` and `end` count from the start of the data. */
interface PlacedTensor {
  readonly tensorName: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly count: number;
  readonly begin: number;
  readonly end: number;
}

function readTensorInfo(tensorName: string, value: unknown, name: string): PlacedTensor {
  const refuse = (expected: string, found: unknown): RbmError =>
    fileInvalid(name, lengthBytes, `${expected} of tensor "${tensorName}"`, describe(found));
  if (!isObject(value)) throw refuse('an object with the dtype, shape and data_offsets', value);
  const { dtype, shape, data_offsets: extent } = value as Record<string, unknown>;
  if (!isDtype(dtype)) throw refuse(`one of ${Object.keys(kinds).join(', ')} as the dtype`, dtype);
  const count = isWholeNumbers(shape) ? countElements(shape) : undefined;
  if (!isWholeNumbers(shape) || count === undefined) throw refuse('a list of whole numbers as the shape', shape);
  if (shape.length > MOST_AXES) throw refuse(`at most ${MOST_AXES} axes in the shape`, shape.length);
  if (!isWholeNumbers(extent) || extent.length !== 2) throw refuse('two whole numbers as the data_offsets', extent);
  const [begin, end] = extent as [number, number];
  const dataBytes = count * elementBytes[kinds[dtype]];
  if (end - begin !== dataBytes) {
    throw refuse(`data_offsets ${dataBytes} bytes apart, as dtype ${dtype} and shape [${shape}] ask,`, extent);
  }
  return { tensorName, dtype, shape, count, begin, end };
}

/** Sorts `placed` by position; together the tensors must fill the rest of the file, with no gap and no overlap. */
function checkContiguous(placed: PlacedTensor[], dataStart: number, fileBytes: number, name: string): void {
  placed.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const tensor of placed) {
    if (tensor.begin !== end) {
      const fault = tensor.begin > end ? 'a gap' : 'an overlap';
      const expected = `the data of tensor "${tensor.tensorName}", which follow on those before`;
      throw fileInvalid(
        name,
        dataStart + end,
        expected,
        `${fault}: its data_offsets start at ${tensor.begin}, not ${end}`,
      );
    }
    end = tensor.end;
  }
  if (dataStart + end !== fileBytes) {
    const fault = dataStart + end > fileBytes ? 'the file is cut short' : 'there are bytes after the last tensor';
    const offset = Math.min(dataStart + end, fileBytes);
    throw fileInvalid(name, offset, `the file to end at byte ${dataStart + end}`, `${fileBytes} bytes: ${fault}`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === 'string' && Object.hasOwn(kinds, value);
}

/** Names what the header holds where something else belongs. Looks one level deep: headers may nest without limit. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return value.length <= 8 ? `[${value.map(nameInList).join(', ')}]` : 'a long list';
  return nameInList(value);
}

function nameInList(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
