import { generator } from '@rbm/core';
import { philox4x32 } from '@rbm/core/contracts';
import { describe, expect, test } from 'vitest';
import { single } from './binary.generated.js';
import { decodeBase64, imports } from './kernels.js';
import { platform, type WasmMemory } from './platform.js';

interface TestedKernels {
  apply(which: number, at: number, count: number): void;
  randomWords(
    block: number,
    blocks: number,
    chain: number,
    step: number,
    draw: number,
    key0: number,
    key1: number,
    room: number,
    out: number,
  ): void;
}

async function kernels(): Promise<{ exports: TestedKernels; memory: WasmMemory }> {
  const memory = new platform.WebAssembly.Memory({ initial: 16, maximum: 16 });
  const module = await platform.WebAssembly.compile(decodeBase64(single));
  const { exports } = await platform.WebAssembly.instantiate(module, imports(memory));
  return { exports: exports as TestedKernels, memory };
}

const { exports, memory } = await kernels();
const AT = 65536;
const COUNT = 100_000;

/** The distance between neighbouring float32 numbers at `x`. */
function unitInTheLastPlace(x: number): number {
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23);
}

/** The largest error of a function over float32 numbers spread evenly from `low` to `high`, in units of the last place. */
function largestError(which: number, exact: (x: number) => number, low: number, high: number): number {
  const floats = new Float32Array(memory.buffer, AT, COUNT);
  const xs = floats.map((_, i) => low + ((high - low) * i) / (COUNT - 1)).slice();
  floats.set(xs);
  exports.apply(which, AT, COUNT);
  return floats.reduce((most, y, i) => {
    const expected = exact(xs[i] as number);
    const error = Math.abs(y - expected) / unitInTheLastPlace(expected);
    return error > most || Number.isNaN(error) ? error : most;
  }, 0);
}

/** `[name, number, exact, [low, high, most units of the last place] …]`; the middle of the range is looked at closely. */
const functions: [string, number, (x: number) => number, [number, number, number][]][] = [
  [
    'exp',
    0,
    Math.exp,
    [
      [-87.33, 88.37, 1.5],
      [-1, 1, 1.5],
    ],
  ],
  [
    'sigmoid',
    2,
    (x) => 1 / (1 + Math.exp(-x)),
    [
      [-87.33, 3e4, 2.5],
      [-87.33, 100, 2.5],
      [-2, 2, 2.5],
    ],
  ],
  [
    'tanh',
    3,
    Math.tanh,
    [
      [-3e4, 3e4, 2],
      [-100, 100, 2],
      [-1, 1, 2.5],
      [-1e-3, 1e-3, 1],
    ],
  ],
  [
    'log',
    5,
    Math.log,
    [
      [1e-37, 1e38, 1.5],
      [2 ** -24, 1, 2.5],
      [0.9, 1.1, 2.5],
    ],
  ],
];

test.each(functions)('%s is right to within some units of the last place', (_, which, exact, ranges) => {
  for (const [low, high, most] of ranges) expect(largestError(which, exact, low, high)).toBeLessThan(most);
});

test('beyond their ranges, functions keep to the ends', () => {
  const floats = new Float32Array(memory.buffer, AT, 4);
  const cases: [number, number[], (y: number[]) => boolean][] = [
    [0, [-1e9, -88, -Infinity, -100], (y) => y.every((x) => x > 0 && x < 1.2e-38)],
    [0, [89, 1e9, Infinity, 100], (y) => y.every((x) => x > 2.3e38)],
    [2, [-1e9, -200, -Infinity, -100], (y) => y.every((x) => x >= 0 && x < 1.2e-38)],
    [2, [1e9, 200, Infinity, 100], (y) => y.every((x) => x === 1)],
    [3, [-1e9, 200, Infinity, -100], (y) => y.every((x, i) => x === [-1, 1, 1, -1][i])],
  ];
  for (const [which, xs, fits] of cases) {
    floats.set(xs);
    exports.apply(which, AT, 4);
    expect(fits([...floats])).toBe(true);
  }
});

test('cos 2πt is right to 2e-7, and relatively so beside its zeros', () => {
  const floats = new Float32Array(memory.buffer, AT, COUNT);
  for (let i = 0; i < COUNT; i++) floats[i] = ((i * 83 + 0.5) % 2 ** 23) * 2 ** -23;
  const ts = floats.slice();
  let worst = 0;
  exports.apply(6, AT, COUNT);
  for (let i = 0; i < COUNT; i++) {
    const exact = Math.cos(2 * Math.PI * (ts[i] as number));
    worst = Math.max(worst, Math.abs((floats[i] as number) - exact) / (2e-7 * Math.abs(exact) + 1e-15));
  }
  expect(worst).toBeLessThan(1);
});

test('the power of two that samples are drawn by has a relative error of 2e-7 and 1e-7 of its exponent', () => {
  const floats = new Float32Array(memory.buffer, AT, COUNT);
  for (let i = 0; i < COUNT; i++) floats[i] = -126 + (253 * i) / (COUNT - 1);
  const ts = floats.slice();
  let worst = 0;
  exports.apply(7, AT, COUNT);
  for (let i = 0; i < COUNT; i++) {
    const [t, y] = [ts[i] as number, floats[i] as number];
    worst = Math.max(worst, Math.abs(y / 2 ** t - 1) / (2e-7 + 1e-7 * Math.abs(t)));
  }
  expect(worst).toBeLessThan(1);
});

describe('random words', () => {
  const draw = (block: number, blocks: number, c1: number, c2: number, c3: number, key: readonly [number, number]) => {
    exports.randomWords(block, blocks, c1, c2, c3, key[0], key[1], 1024, AT);
    return new Uint32Array(memory.buffer, AT, 4 * blocks).slice();
  };

  test('are those of the published test vectors', () => {
    const vectors: [number, number, number, number, number, number, number[]][] = [
      [0, 0, 0, 0, 0, 0, [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
      [-1, -1, -1, -1, -1, -1, [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
      [
        0x243f6a88,
        0x85a308d3,
        0x13198a2e,
        0x03707344,
        0xa4093822,
        0x299f31d0,
        [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
      ],
    ];
    for (const [c0, c1, c2, c3, k0, k1, words] of vectors)
      expect([...draw(c0, 1, c1, c2, c3, [k0, k1])]).toEqual(words);
  });

  test('are those of the core', () => {
    const expected = new Uint32Array(4);
    for (let n = 0; n < 200; n++) {
      const [block, chain, step] = [n * 7919, 12345 + n, n * 1234567];
      const third = (3 << 24) | n;
      const key = generator(n * 99991).fork('words').key;
      const words = draw(block, 9, chain, step, third, key);
      for (let b = 0; b < 9; b++) {
        philox4x32(block + b, chain, step, third, key[0], key[1], expected);
        expect(words.subarray(4 * b, 4 * b + 4)).toEqual(expected);
      }
    }
  });
});
