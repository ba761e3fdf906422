/** The bytes of an IDX file of unsigned bytes, for tests. Trusts that `data` fits `shape`. */
export function idxFile(shape: readonly number[], data: Iterable<number>): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x0800 + shape.length);
  shape.forEach((length, dimension) => {
    header.setUint32(4 + 4 * dimension, length);
  });
  return Uint8Array.from([...new Uint8Array(header.buffer), ...data]);
}
