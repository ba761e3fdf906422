import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  bernoulli,
  boltzmannMachine,
  gaussian,
  generator,
  hopfield,
  ising,
  potts,
  rbm,
  reference,
  relu,
  spin,
} from '../../packages/core/dist/index.js';
import { decodeIdx, parseCsv, parseFasta, parseIdx } from '../../packages/datasets/dist/index.js';
import {
  decodeModel,
  decodeNpy,
  decodeNpz,
  decodeSafetensors,
  decodeSnapshot,
  encodeModel,
  encodeNpy,
  encodeNpz,
  encodeSnapshot,
  npzKeys,
} from '../../packages/formats/dist/index.js';
import { gibbs } from '../../packages/samplers/dist/index.js';
import { cd, pcd, sgd, train } from '../../packages/train/dist/index.js';

const text = (s) => new TextEncoder().encode(s);
const read = (bytes) => new TextDecoder().decode(bytes);
const models = [
  encodeModel(rbm({ visible: bernoulli(6), hidden: bernoulli(4) }), {
    image: [2, 3],
    preparation: { binarisation: 'threshold', threshold: 3 },
  }),
  encodeModel(rbm({ visible: gaussian(3), hidden: gaussian(2) }), {
    standardisation: { mean: Float64Array.of(1, 2, 3), scale: Float64Array.of(1, 1, 1) },
  }),
  encodeModel(rbm({ visible: potts(3, { categories: 4 }), hidden: relu(2) })),
  encodeModel(hopfield({ visible: spin(5) })),
  encodeModel(ising({ shape: [3, 3] })),
  encodeModel(boltzmannMachine({ visible: bernoulli(2), hidden: bernoulli(2), edges: [0, 2, 0, 3, 2, 3] })),
];
const arrays = [
  encodeNpy({ shape: [4, 3], data: Float64Array.from({ length: 12 }, (_, i) => i) }),
  encodeNpy({ shape: [2, 2, 2], data: Uint8Array.of(0, 1, 0, 1, 1, 0, 1, 0) }),
  encodeNpy({ shape: [5], data: new Int16Array(5) }),
];
const archives = [
  encodeNpz({ a: { shape: [3], data: new Float32Array(3) }, b: { shape: [2, 2], data: new Uint8Array(4) } }),
  encodeNpz({ zeros: { shape: [10_000], data: new Uint8Array(10_000) } }),
];

const snapshots = [
  await snapshotOf({ estimator: cd(), optimizer: sgd(), rate: 0.1 }),
  await snapshotOf({
    estimator: pcd({ sampler: gibbs(), chains: 3 }),
    optimizer: sgd({ momentum: 0.5 }),
    rate: { from: 0.1, to: 0 },
    average: true,
    laterPhases: [{ epochs: 1 }],
  }),
];

async function snapshotOf(options) {
  const training = train({
    model: rbm({ visible: bernoulli(3), hidden: bernoulli(2) }),
    data: { values: Uint8Array.of(0, 1, 1, 1, 0, 1), count: 2, width: 3 },
    backend: reference(),
    batch: 2,
    epochs: 20,
    every: 10,
    random: generator(1),
    ...options,
  });
  for await (const record of training) return encodeSnapshot(await record.snapshot(), { note: 'é' });
}

/** Makes the checksum of a snapshot right again, so that mutations reach what comes after it. */
function resealed(bytes) {
  const copy = Buffer.from(bytes);
  const start = copy.indexOf('"sha256":"') + 10;
  if (start < 10 || start + 64 > copy.length) return copy;
  copy.fill('0', start, start + 64);
  copy.write(createHash('sha256').update(copy).digest('hex'), start, 'latin1');
  return copy;
}

/** Every reader, with files to start from. */
export const readers = {
  model: { corpus: models, read: (bytes) => decodeModel(bytes, 'fuzz') },
  safetensors: { corpus: models, read: (bytes) => decodeSafetensors(bytes, 'fuzz') },
  snapshot: {
    corpus: snapshots,
    read: (bytes) => decodeSnapshot(resealed(bytes), 'fuzz'),
  },
  npy: { corpus: arrays, read: (bytes) => decodeNpy(bytes, 'fuzz') },
  npz: {
    corpus: [...archives, gzipSync(arrays[0])],
    read: (bytes) => [npzKeys(bytes, 'fuzz'), decodeNpz(bytes, 'fuzz')],
  },
  csv: {
    corpus: ['a,b,c\n0,1,0\n1,0,1\n', '0;1\n1;0\n', '1 2 3\n4 5 6\n', ',x\n0,1.5\n1,2\n', '# c\n"1","2"\n'].map(text),
    read: (bytes) => parseCsv(read(bytes)),
  },
  categories: {
    corpus: ['a,b\nx,1\ny,2\n', 'a b\nx 0.5\n3 1\n', '"p, q";r\n"";s\n'].map(text),
    read: (bytes) => [
      parseCsv(read(bytes), { categories: 'text', label: 'last' }),
      parseCsv(read(bytes), { like: { columns: ['a'], categories: { a: ['x', 'y'] } } }),
    ],
  },
  fasta: {
    corpus: ['>a\nACD-\n>b\nAC-E\n', '>a\nACdD-\n>b\nAC.-E\n', '>x\r\nAC\r\nGT\r\n'].map(text),
    read: (bytes) => parseFasta(read(bytes)),
  },
  idx: {
    corpus: [
      Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3),
      Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4),
    ],
    read: (bytes) => parseIdx(bytes, 'fuzz'),
  },
  idxNumbers: {
    corpus: [
      Uint8Array.of(0, 0, 11, 1, 0, 0, 0, 2, 1, 2, 3, 4),
      Uint8Array.of(0, 0, 14, 2, 0, 0, 0, 1, 0, 0, 0, 1, 63, 240, 0, 0, 0, 0, 0, 0),
    ],
    read: (bytes) => decodeIdx(bytes, 'fuzz'),
  },
};
