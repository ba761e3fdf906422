/**
 * 64 bits that tell lists of numbers apart, as 16 hexadecimal digits: two runs of MurmurHash3 (Appleby 2011) over the float64 of each
 * number. It finds what has changed by accident, not what was changed to deceive.
 */
export function checksumOf(...lists: readonly ArrayLike<number>[]): string {
  const float = new Float64Array(1);
  const words = new Uint32Array(float.buffer);
  // The first word is the high one on big-endian machines.
  const low = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;
  let [a, b] = [0x9747b28c, 0x3c6ef372];
  const add = (x: number): void => {
    // The sum makes −0 and 0 the same number.
    float[0] = x + 0;
    const word = (words[low] as number) ^ Math.imul(words[1 - low] as number, 0x9e3779b1);
    a = mix(a, word, 0xcc9e2d51, 0x1b873593);
    b = mix(b, word, 0x85ebca6b, 0xc2b2ae35);
  };
  for (const list of lists) {
    add(list.length);
    for (let i = 0; i < list.length; i++) add(list[i] as number);
  }
  return [a, b].map((half) => finish(half).toString(16).padStart(8, '0')).join('');
}

function mix(hash: number, word: number, c1: number, c2: number): number {
  const scrambled = Math.imul(rotate(Math.imul(word, c1), 15), c2);
  return (Math.imul(rotate(hash ^ scrambled, 13), 5) + 0xe6546b64) | 0;
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
