import {
  bernoulli,
  binomial,
  createModel,
  type EnergyModel,
  gaussian,
  generator,
  ising,
  potts,
  rbm,
  reference,
  relu,
  spin,
} from '@rbm/core';
import { type Backend, type Buffer, type Layer, type Program, rowLength } from '@rbm/core/contracts';

/** Makes a layer of a kind. */
export type MakeLayer = (units: number) => Layer;

export const kinds: Readonly<Record<string, MakeLayer>> = {
  bernoulli: (units) => bernoulli(units),
  spin: (units) => spin(units),
  gaussian: (units) => gaussian(units, { precision: Float64Array.from({ length: units }, (_, i) => 1 + (i % 3)) }),
  potts: (units) => potts(units, { categories: 3 }),
  binomial: (units) => binomial(units, { trials: 4 }),
  relu: (units) => relu(units),
};

/** Normal numbers. */
export function normals(seed: number, length: number, scale = 1): Float64Array {
  const random = generator(seed);
  return Float64Array.from({ length }, (_, i) => scale * random.normal(0, i, 0, 0));
}

/** A model whose biases and weights are normal numbers; weights get smaller with the size. */
export function randomModel(visible: Layer, hidden: Layer, seed: number): EnergyModel {
  const model = rbm({ visible, hidden });
  const scale = 1 / Math.sqrt(Math.max(rowLength(visible), rowLength(hidden)));
  const random = generator(seed);
  for (const { name, offset, length, interaction } of model.layout.arrays) {
    if (name.endsWith('precision')) continue;
    for (let i = offset; i < offset + length; i++) {
      model.parameters[i] = (interaction ? scale : 0.5) * random.normal(0, i, 0, 0);
    }
  }
  return model;
}

/** Two hidden layers that do not act on each other and a deep one above: several interactions a layer. */
export function branchedModel(seed: number): EnergyModel {
  const model = createModel({
    kind: 'branched',
    layers: [
      { name: 'visible', layer: bernoulli(37), visible: true },
      { name: 'label', layer: potts(2, { categories: 5 }), visible: true },
      { name: 'hidden', layer: spin(33) },
      { name: 'top', layer: bernoulli(3) },
    ],
    interactions: [
      { kind: 'dense', name: 'weights', between: [0, 2] },
      { kind: 'dense', name: 'labels', between: [2, 1] },
      { kind: 'dense', name: 'above', between: [2, 3] },
    ],
    blocks: [[{ layer: 2 }], [{ layer: 0 }, { layer: 1 }, { layer: 3 }]],
    constant: 0.7,
  });
  model.parameters.set(normals(seed, model.parameters.length, 0.3));
  return model;
}

/** Models whose units act on each other within layers, or along edges, or stand in blocks of parts of layers. */
export function graphModels(): Readonly<Record<string, EnergyModel>> {
  const one = (units: number, layer: number) =>
    Array.from({ length: units }, (_, i) => [{ layer, units: Uint32Array.of(i) }]);
  const visible = (layer: Layer) => ({ name: 'visible', layer, visible: true });
  const edges = Uint32Array.from(Array.from({ length: 60 }, (_, e) => [e % 41, (e * 7 + 3) % 35]).flat());
  const models = {
    'a Boltzmann machine': createModel({
      kind: 'boltzmann',
      layers: [visible(bernoulli(45))],
      interactions: [{ kind: 'symmetric', name: 'couplings', between: [0, 0] }],
      blocks: one(45, 0),
    }),
    'a lattice of spins': ising({ shape: [5, 7], periodic: false }),
    'coupled visible units under hidden ones': createModel({
      kind: 'semi-restricted',
      layers: [visible(bernoulli(37)), { name: 'hidden', layer: spin(40) }],
      interactions: [
        { kind: 'symmetric', name: 'couplings', between: [0, 0] },
        { kind: 'dense', name: 'weights', between: [1, 0] },
      ],
      blocks: [[{ layer: 1 }], ...one(37, 0)],
    }),
    'edges between two layers': createModel({
      kind: 'sparse',
      layers: [visible(spin(41)), { name: 'hidden', layer: bernoulli(35) }],
      interactions: [{ kind: 'sparse', name: 'edges', between: [0, 1], edges }],
      blocks: [[{ layer: 1 }], [{ layer: 0 }]],
      constant: 0.3,
    }),
    'coupled categories': createModel({
      kind: 'potts',
      layers: [visible(potts(13, { categories: 3 }))],
      interactions: [{ kind: 'symmetric', name: 'couplings', between: [0, 0] }],
      blocks: one(13, 0),
    }),
    'edges to real numbers': createModel({
      kind: 'sparse',
      layers: [visible(gaussian(41)), { name: 'hidden', layer: bernoulli(35) }],
      interactions: [{ kind: 'sparse', name: 'edges', between: [0, 1], edges }],
      blocks: [[{ layer: 1 }], [{ layer: 0 }]],
    }),
  };
  Object.values(models).forEach((model, seed) => {
    const random = normals(seed, model.parameters.length, 0.2);
    for (const { name, offset, length } of model.layout.arrays) {
      if (name.endsWith('precision')) continue;
      model.parameters.set(random.subarray(offset, offset + length), offset);
    }
  });
  return models;
}

/** The same model on two backends, and what happens to one buffer happens to its twin. */
export interface Twin {
  readonly model: EnergyModel;
  readonly programs: readonly [expected: Program, actual: Program];
}

export async function twin(model: EnergyModel, backend: Backend): Promise<Twin> {
  return { model, programs: [await reference().prepare(model), await backend.prepare(model)] };
}

/** Buffers of the same content on both. */
export type Pair = readonly [expected: Buffer, actual: Buffer];

export function pair({ programs }: Twin, spec: Buffer['spec'], data?: Float64Array): Pair {
  return programs.map((program) => {
    const buffer = program.allocate(spec);
    if (data) program.backend.write(buffer, data);
    return buffer;
  }) as unknown as Pair;
}

/** Copies the expected content to the actual buffer, so that errors do not add up. */
export async function align({ programs }: Twin, [expected, actual]: Pair): Promise<void> {
  programs[1].backend.write(actual, await programs[0].backend.read(expected));
}

export async function readPair({ programs }: Twin, buffers: Pair): Promise<readonly [Float64Array, Float64Array]> {
  const [expected, actual] = await Promise.all(
    buffers.map((buffer, n) => (programs[n] as Program).backend.read(buffer)),
  );
  return [expected as Float64Array, actual as Float64Array];
}

/** The largest difference, over 1 or the largest number expected. */
export async function difference(both: Twin, buffers: Pair): Promise<number> {
  const [expected, actual] = await readPair(both, buffers);
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  return expected.reduce((most, x, i) => {
    const d = Math.abs(x - (actual[i] as number)) / scale;
    return d > most || Number.isNaN(d) ? d : most;
  }, 0);
}
