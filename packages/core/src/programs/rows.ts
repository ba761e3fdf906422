import type { Buffer, BufferSpec } from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';

/** Validates a `copy`. @throws RbmError `SHAPE_MISMATCH`. */
export function checkCopy(source: Buffer, target: Buffer): void {
  const [from, to] = [source.spec, target.spec];
  const same = from.holds === to.holds || (from.holds === 'states' && to.holds === 'means');
  if (same && source.length === target.length && countOf(from) === countOf(to)) return;
  throw new RbmError(
    'SHAPE_MISMATCH',
    `A buffer of ${source.length} numbers that holds ${from.holds} cannot be copied to one of ${target.length} ` +
      `that holds ${to.holds}.`,
  );
}

/** Validates that rows of two buffers, perhaps of two models, are equally long. @throws RbmError `SHAPE_MISMATCH`. */
export function checkRowLengths(a: Buffer, b: Buffer): void {
  const [lengthA, lengthB] = [a.length / countOf(a.spec), b.length / countOf(b.spec)];
  if (lengthA === lengthB) return;
  throw new RbmError('SHAPE_MISMATCH', `Rows of ${lengthA} and of ${lengthB} numbers were given; expected the same.`);
}

/**
 * Validates a `gather`: the same numbers of the same layer in both buffers, as many rows as are named, each of which exists.
 *
 * @throws RbmError `SHAPE_MISMATCH`, `ARGUMENT_INVALID` for a row that does not exist.
 */
export function checkGather(source: BufferSpec, rows: Uint32Array, target: BufferSpec): void {
  const [count, wanted] = [rowsOfSame(source, target, 'gathered into'), countOf(target)];
  if (rows.length !== wanted) {
    throw new RbmError('SHAPE_MISMATCH', `The target has ${wanted} rows, but ${rows.length} were named.`);
  }
  checkRows(rows, count, 'The source');
}

/**
 * Validates an `exchange`.
 *
 * @param same Whether `a` and `b` are one buffer.
 * @throws RbmError `SHAPE_MISMATCH`; `ARGUMENT_INVALID` for a row that does not exist or is named twice.
 */
export function checkExchange(
  a: BufferSpec,
  rowsA: Uint32Array,
  b: BufferSpec,
  rowsB: Uint32Array,
  accepted: BufferSpec,
  same: boolean,
): void {
  const [countA, countB] = [rowsOfSame(a, b, 'exchanged with'), countOf(b)];
  if (rowsA.length !== rowsB.length || accepted.holds !== 'rows' || accepted.rows !== rowsA.length) {
    throw new RbmError(
      'SHAPE_MISMATCH',
      `${rowsA.length} rows are to be exchanged with ${rowsB.length}, decided by ${JSON.stringify(accepted)}; expected equal numbers ` +
        'and one decision for each.',
    );
  }
  checkRows(rowsA, countA, 'The first buffer');
  checkRows(rowsB, countB, 'The second buffer');
  checkDistinct(same ? [...rowsA, ...rowsB] : rowsA);
  if (!same) checkDistinct(rowsB);
}

/** Validates the buffers of `metropolis`. @throws RbmError `SHAPE_MISMATCH`. */
export function checkLogRatios(accepted: BufferSpec, logRatios: readonly BufferSpec[]): void {
  for (const spec of [accepted, ...logRatios]) {
    if (spec.holds === 'rows' && spec.rows === countOf(accepted)) continue;
    throw new RbmError(
      'SHAPE_MISMATCH',
      `Decisions need buffers of one number a row, all of ${countOf(accepted)} rows; one is ${JSON.stringify(spec)}.`,
    );
  }
}

/** How many rows the first buffer has, if rows can move between the two. */
function rowsOfSame(from: BufferSpec, to: BufferSpec, move: string): number {
  const layerOf = (spec: BufferSpec): number => ('layer' in spec ? spec.layer : -1);
  if (from.holds !== to.holds || !('rows' in from) || layerOf(from) !== layerOf(to)) {
    throw new RbmError('SHAPE_MISMATCH', `Rows of ${name(from)} cannot be ${move} ${name(to)}.`);
  }
  return from.rows;
}

function countOf(spec: BufferSpec): number {
  return 'rows' in spec ? spec.rows : 0;
}

function checkRows(rows: Uint32Array, count: number, what: string): void {
  for (const row of rows) {
    if (row < count) continue;
    throw new RbmError(
      'ARGUMENT_INVALID',
      `Row ${row} was named; expected 0 to ${count - 1}. ${what} has ${count} rows.`,
    );
  }
}

function checkDistinct(rows: ArrayLike<number>): void {
  const seen = new Set<number>();
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k] as number;
    if (seen.has(row)) throw new RbmError('ARGUMENT_INVALID', `Row ${row} was named twice; expected different rows.`);
    seen.add(row);
  }
}

function name(spec: BufferSpec): string {
  return 'layer' in spec ? `${spec.holds} of layer ${spec.layer}` : spec.holds;
}
