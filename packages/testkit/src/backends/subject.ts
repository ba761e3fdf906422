import {
  bernoulli,
  binomial,
  type EnergyModel,
  type Generator,
  gaussian,
  generator,
  potts,
  rbm,
  reference,
  relu,
  spin,
} from '@rbm/core';
import { type Backend, type Buffer, type BufferSpec, type Layer, type Program, rowLength } from '@rbm/core/contracts';
import { agree } from '../layers/agreement.js';

/** Makes a backend, which the check closes. */
export type MakeBackend = () => Promise<Backend> | Backend;

/** A kind of units to try a backend with. */
export interface UnitKind {
  /** As the names of checks have it. */
  readonly name: string;
  /** Makes a layer of so many units. */
  readonly layer: (units: number) => Layer;
}

/** A kind that no backend knows: it has to run through the layer's own functions on the host. */
const stranger = (units: number): Layer => {
  const own = spin(units);
  return { ...own, kind: 'testkit/coin', select: (chosen) => stranger(chosen.length) };
};

export const unitKinds: readonly UnitKind[] = [
  { name: 'bernoulli', layer: bernoulli },
  { name: 'spin', layer: spin },
  { name: 'potts', layer: (units) => potts(units, { categories: 3 }) },
  { name: 'binomial', layer: (units) => binomial(units, { trials: 3 }) },
  { name: 'gaussian', layer: gaussian },
  { name: 'relu', layer: relu },
  { name: "a stranger's layer", layer: stranger },
];

/** Around the widths of vectors and tiles: 1, odd, one more than a power of two. */
const sizes: readonly (readonly [visible: number, hidden: number])[] = [
  [1, 3],
  [3, 5],
  [5, 67],
  [17, 33],
  [33, 1],
];

/** One sample, and odd batches. */
const batches: readonly number[] = [1, 3, 7];
/** A batch larger than a tile, a work group or a byte of bits; of the smallest machines only. */
export const LARGE_BATCH = 131;

/** Machines of all sizes with the kind as visible and as hidden units. All numbers are exact in float32. */
export function modelsOf({ layer }: UnitKind): EnergyModel[] {
  return sizes.flatMap(([visible, hidden], n) =>
    [
      rbm({ visible: layer(visible), hidden: bernoulli(hidden) }),
      rbm({ visible: bernoulli(visible), hidden: layer(hidden) }),
    ].map((model) => fillModel(model, generator(n + 1))),
  );
}

/** Random parameters, above their minimums. */
export function fillModel(model: EnergyModel, random: Generator): EnergyModel {
  const widest = Math.max(...model.layers.map(rowLength));
  for (const { offset, length, minimum, interaction } of model.layout.arrays) {
    for (let i = offset; i < offset + length; i++) {
      const x = random.normal(0, i, 0, 0);
      const initial = model.parameters[i] as number;
      const scale = interaction ? 1 / Math.sqrt(widest) : 0.5;
      model.parameters[i] = Math.fround(minimum === -Infinity ? initial + scale * x : initial + Math.abs(x) / 2);
    }
  }
  return model;
}

/** One buffer on the backend under test and its twin on the reference. */
export interface Twin {
  readonly found: Buffer;
  readonly wanted: Buffer;
}

/** A model on the backend under test and on the reference: what is done to one is done to the other. */
export class Twins {
  readonly backend: Backend;
  readonly model: EnergyModel;
  readonly oracle: Backend;
  readonly found: Program;
  readonly wanted: Program;

  private constructor(backend: Backend, oracle: Backend, found: Program, wanted: Program) {
    this.backend = backend;
    this.oracle = oracle;
    this.model = wanted.model;
    this.found = found;
    this.wanted = wanted;
  }

  static async prepare(backend: Backend, model: EnergyModel): Promise<Twins> {
    const oracle = reference();
    return new Twins(backend, oracle, await backend.prepare(model), await oracle.prepare(model));
  }

  allocate(spec: BufferSpec, data?: Float64Array): Twin {
    const twin = { found: this.found.allocate(spec), wanted: this.wanted.allocate(spec) };
    if (data) {
      this.backend.write(twin.found, data);
      this.oracle.write(twin.wanted, data);
    }
    return twin;
  }

  /** Calls `work` for both programs; `of` picks the buffer that belongs to the one at hand. */
  run(work: (program: Program, of: (twin: Twin) => Buffer) => void): void {
    work(this.found, ({ found }) => found);
    work(this.wanted, ({ wanted }) => wanted);
  }

  /** Fails unless the buffers agree to `scale` times the declared error. */
  async compare(what: string, twin: Twin, scale = 1): Promise<void> {
    const { error } = this.backend.capabilities;
    const [found, wanted] = [await this.backend.read(twin.found), await this.oracle.read(twin.wanted)];
    agree(
      `${what} on a ${describeSizes(this.model)} (capabilities.error is ${error})`,
      found,
      wanted,
      4 * error * scale,
    );
  }

  dispose(): void {
    this.found.dispose();
    this.wanted.dispose();
  }
}

function describeSizes(model: EnergyModel): string {
  return model.layers.map(({ kind, units }) => `${units} ${kind}`).join(' × ');
}

/** Values of all layers that units can take, `[rows, units · width]` each. */
export async function drawValues(twins: Twins, rows: number, random: Generator): Promise<Float64Array[]> {
  return Promise.all(
    twins.model.layers.map(async (_, layer) => {
      const inputs = twins.wanted.allocate({ holds: 'inputs', layer, rows });
      const states = twins.wanted.allocate({ holds: 'states', layer, rows });
      twins.wanted.sample(layer, inputs, states, { random, step: 0 });
      return (await twins.oracle.read(states)).map(Math.fround);
    }),
  );
}

/** Normal numbers, exact in float32. */
export function drawNumbers(length: number, scale: number, random: Generator): Float64Array {
  return Float64Array.from({ length }, (_, i) => Math.fround(scale * random.normal(0, i, 0, 0)));
}

/** The largest of some numbers, by size. */
export function largest(...arrays: readonly ArrayLike<number>[]): number {
  return arrays.reduce((most, array) => Array.from(array).reduce((m, x) => Math.max(m, Math.abs(x)), most), 0);
}

/** Opens a backend, and closes it whatever happens. */
export async function withBackend(make: MakeBackend, work: (backend: Backend) => Promise<void>): Promise<void> {
  const backend = await make();
  try {
    await work(backend);
  } finally {
    await backend.close();
  }
}

/** Calls `work` for each model of a kind and each size of batch. */
export async function eachBatch(
  make: MakeBackend,
  kind: UnitKind,
  work: (twins: Twins, rows: number, values: readonly Float64Array[], random: Generator) => Promise<void>,
): Promise<void> {
  await withBackend(make, async (backend) => {
    for (const [n, model] of modelsOf(kind).entries()) {
      const twins = await Twins.prepare(backend, model);
      const smallest = model.layers.reduce((sum, { units }) => sum + units, 0) <= 4;
      for (const rows of smallest ? [...batches.slice(0, 2), LARGE_BATCH] : batches) {
        const random = generator(100 + 10 * n + rows);
        await work(twins, rows, await drawValues(twins, rows, random.fork('values')), random);
      }
      twins.dispose();
    }
  });
}
