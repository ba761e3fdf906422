const most = 65_536;
const numbers = [
  '0',
  '-1',
  '1',
  '2',
  '255',
  '256',
  '4096',
  '65536',
  '1e9',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '1e999',
  'NaN',
  '0.5',
  'null',
  '[]',
  '{}',
  '""',
  'true',
];
const texts = [
  '"',
  '[',
  ']',
  '{',
  '}',
  ',',
  '\n',
  '\r',
  '\u0000',
  '\u001b[2J',
  '"__proto__"',
  "'",
  ';',
  '>',
  '.',
  'é',
  '[[[[[[[[',
  '"a":1,',
];
const words = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
const latin1 = {
  encode: (text) => Buffer.from(text, 'latin1'),
  decode: (bytes) => Buffer.from(bytes).toString('latin1'),
};

const mutations = [
  (bytes, random) => {
    const copy = Uint8Array.from(bytes);
    if (copy.length > 0) copy[random.below(copy.length)] ^= 1 << random.below(8);
    return copy;
  },
  (bytes, random) => {
    const copy = Uint8Array.from(bytes);
    if (copy.length > 0) copy[random.below(copy.length)] = random.below(256);
    return copy;
  },
  (bytes, random) => {
    const copy = Uint8Array.from(bytes);
    if (copy.length < 4) return copy;
    new DataView(copy.buffer).setUint32(random.below(copy.length - 3), random.pick(words), random.below(2) === 0);
    return copy;
  },
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  (bytes, random) => {
    const start = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + random.below(64))]);
  },
  (bytes, random) => {
    const start = random.below(bytes.length + 1);
    const part = bytes.subarray(start, start + 1 + random.below(256));
    return Buffer.concat([bytes.subarray(0, start), ...Array(1 + random.below(8)).fill(part), bytes.subarray(start)]);
  },
  (bytes, random) => {
    const start = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, start), Buffer.from(random.pick(texts)), bytes.subarray(start)]);
  },
  // Replaces one number of a text.
  (bytes, random) => {
    const text = latin1.decode(bytes);
    const found = [...text.matchAll(/-?\d+(\.\d+)?/g)];
    if (found.length === 0) return bytes;
    const { index, 0: number } = random.pick(found);
    return latin1.encode(text.slice(0, index) + random.pick(numbers) + text.slice(index + number.length));
  },
  (bytes, random, other) => {
    const [a, b] = [random.below(bytes.length + 1), random.below(other.length + 1)];
    return Buffer.concat([bytes.subarray(0, a), other.subarray(b)]);
  },
];

/** One to four changes of a file, which stays within 64 kB. */
export function mutate(bytes, random, other) {
  let changed = bytes;
  for (let n = 1 + random.below(4); n > 0; n--) changed = random.pick(mutations)(changed, random, other);
  return Uint8Array.from(changed.subarray(0, most));
}

/** Makes the length of a safetensors header right again, so that mutations of the header reach its readers. */
export function repairHeader(bytes, dataBytes) {
  const copy = Uint8Array.from(bytes);
  const header = copy.length - 8 - dataBytes;
  if (header > 0) new DataView(copy.buffer).setBigUint64(0, BigInt(header), true);
  return copy;
}
