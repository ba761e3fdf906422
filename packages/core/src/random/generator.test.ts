import { describe, expect, test } from 'vitest';
import { codeOf } from '../exact/brute-force.testing.js';
import { type Generator, generator, permutation, wordToUniform } from './generator.js';

/** Philox4x32-10 as the paper writes it, with 64-bit products. */
function bigPhilox(counter: readonly bigint[], key: readonly bigint[]): bigint[] {
  const mask = 0xffffffffn;
  let [c0, c1, c2, c3] = counter as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3];
}

/** The uniform of an address by the documented layout, in integer arithmetic. */
function expected(key: bigint, chain: number, unit: number, step: number, draw: number): number {
  const s = BigInt(step);
  const counter = [BigInt(unit) / 4n, BigInt(chain), s & 0xffffffffn, (BigInt(draw) << 24n) | (s >> 32n)];
  const word = bigPhilox(counter, [key & 0xffffffffn, key >> 32n])[unit % 4] as bigint;
  return (2 * Number(word >> 9n) + 1) / 2 ** 24;
}

const addresses: [chain: number, unit: number, step: number, draw: number][] = [
  [0, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 2, 0, 0],
  [0, 3, 0, 0],
  [0, 4, 0, 0],
  [1, 0, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
  [99, 783, 123456, 7],
  [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1, 254],
  [5, 6, 2 ** 32, 0],
  [5, 6, 2 ** 40 + 3, 200],
  [3, 2, 2 ** 53 - 1, 254],
];
const seeds = [0, 1, 42, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];

describe('the address of a uniform', () => {
  test('is the documented counter, lane and conversion', () => {
    for (const seed of seeds) {
      const random = generator(seed);
      for (const address of addresses) expect(random.uniform(...address)).toBe(expected(BigInt(seed), ...address));
    }
  });

  test('gives the golden numbers, for good', () => {
    // From another program (Python), in units of 2^-24.
    const random = generator(2024);
    expect([0, 1, 2, 3, 4].map((unit) => random.uniform(0, unit, 0, 0) * 2 ** 24)).toEqual([
      10128235, 4505745, 16518825, 1402509, 5809685,
    ]);
    expect(random.uniform(17, 803, 2 ** 33 + 5, 3) * 2 ** 24).toBe(10199679);
    expect(random.fork('weights').uniform(0, 0, 0, 0) * 2 ** 24).toBe(11210315);
    expect(random.fork(7).uniform(0, 0, 0, 0) * 2 ** 24).toBe(10926939);
  });

  test('decides the number whatever was asked before', () => {
    const first = addresses.map((address) => generator(3).uniform(...address));
    const random = generator(3);
    expect(addresses.map((address) => random.uniform(...address))).toEqual(first);
    expect([...addresses].reverse().map((address) => random.uniform(...address))).toEqual([...first].reverse());
    expect(addresses.map((address) => [random.uniform(...address), random.uniform(...address)])).toEqual(
      first.map((u) => [u, u]),
    );
  });

  test('tells every coordinate apart', () => {
    const random = generator(8);
    const seen = new Set<number>();
    for (let chain = 0; chain < 6; chain++)
      for (let unit = 0; unit < 6; unit++)
        for (let step = 0; step < 6; step++)
          for (let draw = 0; draw < 6; draw++) seen.add(random.uniform(chain, unit, step, draw));
    // 1296 of 2^23 values: 0.1 coincidences are expected.
    expect(seen.size).toBeGreaterThan(1293);
  });
});

test('words become the midpoints of 2^23 intervals, exact in float32 and never 0 or 1', () => {
  expect(wordToUniform(0)).toBe(2 ** -24);
  expect(wordToUniform(0x1ff)).toBe(2 ** -24);
  expect(wordToUniform(0x200)).toBe(3 * 2 ** -24);
  expect(wordToUniform(0xffffffff)).toBe(1 - 2 ** -24);
  for (const word of [0, 0x12345678, 0x80000000, 0xffffffff]) {
    expect(Math.fround(wordToUniform(word))).toBe(wordToUniform(word));
  }
});

describe('uniforms', () => {
  const count = 1 << 16;
  const numbers = (random: Generator, address: (n: number) => [number, number, number, number]): Float64Array =>
    Float64Array.from({ length: count }, (_, n) => random.uniform(...address(n)));

  /** Of uniform numbers, whose variance is 1/12. */
  const correlation = (u: Float64Array, w: Float64Array): number =>
    u.reduce((total, x, n) => total + 12 * (x - 0.5) * ((w[n] as number) - 0.5), 0) / u.length;

  const walks: [string, (n: number) => [number, number, number, number]][] = [
    ['units', (n) => [0, n, 0, 0]],
    ['chains', (n) => [n, 0, 0, 0]],
    ['steps', (n) => [0, 0, n, 0]],
    ['draws', (n) => [n >> 7, 0, 0, n & 127]],
  ];

  test.each(walks)('fill 256 boxes evenly, and are not correlated, along %s', (_, address) => {
    const u = numbers(generator(5), address);
    const boxes = new Float64Array(256);
    for (const x of u) {
      const box = Math.floor(256 * x);
      boxes[box] = (boxes[box] as number) + 1;
    }
    const chiSquare = boxes.reduce((total, b) => total + (b - count / 256) ** 2 / (count / 256), 0);
    // 255 degrees of freedom: variance 510.
    expect(Math.abs(chiSquare - 255)).toBeLessThan(5 * Math.sqrt(510));
    expect(Math.abs(correlation(u.subarray(1), u))).toBeLessThan(5 / Math.sqrt(count));
  });

  test('of different seeds, and of a fork and its parent, are not correlated', () => {
    const u = numbers(generator(1), (n) => [0, n, 0, 0]);
    const others = [
      generator(2),
      generator(1).fork('a'),
      generator(1).fork('b'),
      generator(1).fork(0),
      generator(2 ** 32 + 1),
    ];
    for (const other of others) {
      const w = numbers(other, (n) => [0, n, 0, 0]);
      expect(Math.abs(correlation(u, w))).toBeLessThan(5 / Math.sqrt(count));
    }
  });
});

describe('fork', () => {
  const first = (random: Generator): number => random.uniform(0, 0, 0, 0);

  test('derives the key from the documented block', () => {
    const [low, high] = bigPhilox([9n, 0n, 0n, 255n << 24n], [1n, 0n]) as [bigint, bigint];
    expect(first(generator(1).fork(9))).toBe(expected(low | (high << 32n), 0, 0, 0, 0));
  });

  test('is stable and depends on the label, the parent and nothing else', () => {
    const used = generator(1);
    used.uniform(1, 2, 3, 4);
    expect(first(used.fork('chains'))).toBe(first(generator(1).fork('chains')));
    const all = [
      generator(1),
      generator(1).fork('chains'),
      generator(1).fork('order'),
      generator(1).fork(0),
      generator(1).fork(1),
      generator(1).fork('0'),
      generator(2).fork('chains'),
      generator(1).fork('chains').fork('chains'),
    ].map(first);
    expect(new Set(all).size).toBe(all.length);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the label %s', async (label) => {
    expect(await codeOf(() => generator(1).fork(label))).toBe('ARGUMENT_INVALID');
  });
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1' as unknown as number])(
  'refuses the seed %s',
  async (seed) => {
    expect(await codeOf(() => generator(seed))).toBe('ARGUMENT_INVALID');
  },
);

test('bernoulli is 1 where the uniform is below the probability', () => {
  const random = generator(4);
  for (let n = 0; n < 1000; n++) {
    const u = random.uniform(n, 0, 0, 0);
    expect(random.bernoulli(u, n, 0, 0, 0)).toBe(0);
    expect(random.bernoulli(u + 2 ** -24, n, 0, 0, 0)).toBe(1);
    expect(random.bernoulli(0, n, 0, 0, 0)).toBe(0);
    expect(random.bernoulli(1, n, 0, 0, 0)).toBe(1);
  }
});

test('categorical inverts the cumulative sums, and reads only its part of the array', () => {
  const random = generator(4);
  const probabilities = Float64Array.of(9, 0.2, 0, 0.5, 0.3, 9);
  for (let n = 0; n < 2000; n++) {
    const u = random.uniform(n, 3, 1, 2);
    const index = random.categorical(probabilities, 1, 4, n, 3, 1, 2);
    expect(index).toBe(u < 0.2 ? 0 : u < 0.7 ? 2 : 3);
  }
  // Probabilities that sum to less by rounding: the last one takes what is left.
  expect(random.categorical(Float64Array.of(0, 0), 0, 2, 0, 0, 0, 0)).toBe(1);
});

test('normal numbers have the moments of the normal distribution', () => {
  const count = 1 << 16;
  const random = generator(6);
  const x = Float64Array.from({ length: count }, (_, n) => random.normal(n, 1, 2, 3));
  // Means of x^k and, from the moments of twice the order, the variance of x^k.
  const moments: [k: number, mean: number, variance: number][] = [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ];
  for (const [k, mean, variance] of moments) {
    const average = x.reduce((total, value) => total + value ** k, 0) / count;
    expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(variance / count));
  }
  const [u, w] = [random.uniform(9, 1, 2, 3), random.uniform(9, 1, 2, 4)];
  expect(random.normal(9, 1, 2, 3)).toBeCloseTo(Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * w), 14);
});

describe('permutation', () => {
  test('has every number once, and depends on the step', () => {
    for (const length of [0, 1, 2, 17, 1000]) {
      const order = permutation(generator(1), length, 5);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
    }
    expect(permutation(generator(1), 20, 0)).not.toEqual(permutation(generator(1), 20, 1));
  });

  test('gives each of the 24 orders of 4 equally often', () => {
    const random = generator(12);
    const steps = 24_000;
    const counts = new Map<string, number>();
    for (let step = 0; step < steps; step++) {
      const key = permutation(random, 4, step).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce((total, n) => total + (n - steps / 24) ** 2 / (steps / 24), 0);
    // 23 degrees of freedom: variance 46.
    expect(Math.abs(chiSquare - 23)).toBeLessThan(5 * Math.sqrt(46));
  });
});
