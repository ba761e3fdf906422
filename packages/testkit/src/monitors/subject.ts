import { type EnergyModel, generator, reference, type Samples } from '@rbm/core';
import {
  type Backend,
  type ChainState,
  type Layer,
  type Monitor,
  type MonitorContext,
  type Program,
  rowLength,
  startChains,
} from '@rbm/core/contracts';
import { randomRbm } from '../models.js';
import type { Pace } from '../pace.js';

/** Numbers by name, from a model at the parameters measured, the samples and what the estimator reported. */
export type ExpectedNumbers = (given: {
  readonly model: EnergyModel;
  readonly train: Samples;
  readonly heldOut: Samples;
  readonly numbers: Readonly<Record<string, number>>;
  /** Values of the estimator's chains by layer name. */
  readonly chains: Readonly<Record<string, Float64Array>>;
}) => Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;

/** What the checks of a monitor work on. */
export interface MonitorSubject {
  readonly make: () => Monitor;
  readonly model: EnergyModel;
  readonly train: Samples;
  readonly heldOut: Samples;
  readonly numbers: Readonly<Record<string, number>>;
  readonly expected: ExpectedNumbers | undefined;
  readonly pace: Pace;
}

export function monitorModel(): EnergyModel {
  return randomRbm({ visible: 5, hidden: 3, scale: 1, seed: 2 });
}

/** Samples whose units are each in a state of its own. */
export function randomSamples(model: EnergyModel, count: number, seed: number): Samples {
  const random = generator(seed);
  const layers = model.visible.map((l) => model.layers[l] as Layer);
  const width = layers.reduce((sum, layer) => sum + rowLength(layer), 0);
  const values = new Float64Array(count * width);
  for (let row = 0; row < count; row++) {
    let offset = row * width;
    let number = 0;
    for (const layer of layers) {
      for (let unit = 0; unit < layer.units; unit++) {
        const u = random.uniform(row, number++, 0, 0);
        // More of the first states than of the last.
        if (layer.states !== null) layer.state(Math.floor(u * u * layer.states), values, offset);
        else values[offset] = u;
        offset += layer.width;
      }
    }
  }
  return { values, count, width };
}

const CHAINS = 9;

/** A model on a reference backend of its own, with chains, where a monitor can look. */
export interface MonitorBench {
  readonly backend: Backend;
  readonly program: Program;
  readonly chains: ChainState;
  readonly context: MonitorContext;
}

export async function benchOf(
  { model, train, heldOut, numbers }: MonitorSubject,
  spy: (program: Program) => Program = (program) => program,
): Promise<MonitorBench> {
  const backend = reference();
  const plain = await backend.prepare(model);
  const chains = startChains(plain, generator(3), { chains: CHAINS });
  const program = spy(plain);
  return {
    backend,
    program,
    chains,
    context: { program, train, heldOut, numbers, chains, random: generator(5), step: 12 },
  };
}

/** What a new monitor measures. */
export async function measured(
  subject: MonitorSubject,
  change: Partial<MonitorContext> = {},
): Promise<Readonly<Record<string, number>>> {
  const { context, backend } = await benchOf(subject);
  try {
    return await subject.make().measure({ ...context, ...change });
  } finally {
    await backend.close();
  }
}
