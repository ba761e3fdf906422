import type { Backend } from '@rbm/core/contracts';
import { randomMachine } from './machines.js';
import { contestant } from './rbm-backend.js';
import { growthExponent, quantile } from './statistics.js';
import type { Workload } from './workload.js';

/** A CD-1 step of one size. */
export interface GrowthPoint {
  readonly visible: number;
  readonly hidden: number;
  readonly batch: number;
  readonly milliseconds: number;
  /** Nanoseconds for each visible × hidden × batch. */
  readonly perProduct: number;
}

/** How the cost of a CD-1 step grows, all units half on. */
export interface Growth {
  readonly points: readonly GrowthPoint[];
  /** Of the cost as a power of visible × hidden × batch: 1 is in proportion. */
  readonly exponent: number;
}

// biome-ignore format: a line a size
const sizes: readonly (readonly [visible: number, hidden: number, batch: number])[] = [
  [256, 256, 64],
  [512, 512, 64],
  [512, 512, 256],
  [1024, 1024, 256],
  [2048, 2048, 256],
  [2048, 2048, 1024],
];

/** Measures steps of growing size in turn. */
export async function measureGrowth(backend: Backend, repetitions: number): Promise<Growth> {
  const samples = sizes.map((): number[] => []);
  for (let n = 0; n < repetitions; n++) {
    for (const [s, [visible, hidden, batch]] of sizes.entries()) {
      // Made anew each time: only one of them is in memory.
      const side = await contestant('growth', backend, growthWorkload(visible, hidden, batch));
      const { wall: first } = await side.run(1);
      const { wall } = await side.run(Math.max(1, Math.min(200, Math.round(100 / first))));
      samples[s]?.push(wall);
      await side.close();
    }
  }
  const points = sizes.map(([visible, hidden, batch], s): GrowthPoint => {
    const milliseconds = quantile(samples[s] as number[], 0.5);
    return { visible, hidden, batch, milliseconds, perProduct: (milliseconds * 1e6) / (visible * hidden * batch) };
  });
  const products = points.map(({ visible, hidden, batch }) => visible * hidden * batch);
  return {
    points,
    exponent: growthExponent(
      products,
      points.map((point) => point.milliseconds),
    ),
  };
}

function growthWorkload(visible: number, hidden: number, batch: number): Workload {
  const { model, samples } = randomMachine(visible, hidden, batch);
  return {
    visible,
    hidden,
    parameters: model.parameters,
    data: samples.values as Uint8Array,
    settings: { kind: 'training', batch, k: 1, rate: 0.001 },
  };
}
