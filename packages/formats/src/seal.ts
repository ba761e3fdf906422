import { sha256 } from '@noble/hashes/sha2.js';
import { RbmError } from '@rbm/core';

/** The key of the metadata under which the checksum stands. */
export const SEAL = 'sha256';
/** What stands there while the checksum is computed. */
export const NO_SEAL: string = '0'.repeat(64);

/** The bytes that come before the checksum: unescaped quotes, so that no value can contain them. */
const key = new TextEncoder().encode(`"${SEAL}":"`);
const digits = 64;

/**
 * Writes the checksum of a safetensors file into it, in place: the SHA-256 of all its bytes while its own 64 digits are zeros.
 *
 * @param bytes A file whose metadata have the entry `SEAL`, `NO_SEAL`.
 */
export function seal(bytes: Uint8Array): Uint8Array {
  const start = findSeal(bytes) as number;
  bytes.set(new TextEncoder().encode(digest(bytes, start)), start);
  return bytes;
}

/** @throws RbmError `FILE_INVALID` for a file without a checksum, or with that of another content. */
export function checkSeal(bytes: Uint8Array, name: string): void {
  const start = findSeal(bytes);
  if (start === undefined) {
    throw new RbmError('FILE_INVALID', `${name} is damaged, or no snapshot: it has no header with a checksum.`);
  }
  const found = new TextDecoder().decode(bytes.subarray(start, start + digits));
  if (found !== digest(bytes, start)) {
    throw new RbmError('FILE_INVALID', `${name} is damaged: its checksum does not match its content.`);
  }
}

/** Where the digits of the checksum begin. */
function findSeal(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  const end = length < BigInt(bytes.length) ? 8 + Number(length) : bytes.length;
  for (let at = bytes.indexOf(key[0] as number, 8); at >= 0; at = bytes.indexOf(key[0] as number, at + 1)) {
    const start = at + key.length;
    if (start + digits > end) return undefined;
    if (key.every((byte, i) => byte === bytes[at + i])) return start;
  }
  return undefined;
}

function digest(bytes: Uint8Array, start: number): string {
  const hash = sha256.create();
  hash.update(bytes.subarray(0, start));
  hash.update(new TextEncoder().encode(NO_SEAL));
  hash.update(bytes.subarray(start + digits));
  return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
