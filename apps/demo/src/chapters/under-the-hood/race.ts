import { bernoulli, generator, rbm } from '@rbm/core';
import type { Backend, Buffer } from '@rbm/core/contracts';
import { cd, sgd } from '@rbm/train';
import type { Contestant } from './contestants.js';

/** What is trained in a race. */
export interface Course {
  readonly visible: number;
  readonly hidden: number;
  readonly batch: number;
}

/** How one contestant did. */
export interface Lap {
  readonly name: string;
  /** What its backend says of itself; why it could not run, where there is no time. */
  readonly info: string;
  /** Milliseconds of a CD-1 step: the median of several. */
  readonly milliseconds?: number;
}

/** Milliseconds that a contestant is timed for. */
const LONG_ENOUGH = 600;
/** Share of pixels that are on: that of MNIST. */
const DENSITY = 0.13;

/** Lets contestants run one after the other, each alone, and reports each when it arrives. */
export async function race(
  contestants: readonly Contestant[],
  course: Course,
  report: (lap: Lap) => void,
  isOver: () => boolean,
): Promise<void> {
  for (const { name, open } of contestants) {
    if (isOver()) return;
    report(await runAlone(name, open, course, isOver));
  }
}

async function runAlone(name: string, open: Contestant['open'], course: Course, isOver: () => boolean): Promise<Lap> {
  let backend: Backend | undefined;
  try {
    backend = await open();
    return { name, info: backend.info, milliseconds: await timeStep(backend, course, isOver) };
  } catch (error) {
    return { name, info: error instanceof Error ? error.message : String(error) };
  } finally {
    await backend?.close();
  }
}

/** Median time of a CD-1 step with its update, the first one left out: it may compile. */
async function timeStep(backend: Backend, course: Course, isOver: () => boolean): Promise<number> {
  const { visible, hidden, batch: rows } = course;
  const random = generator(1);
  const model = rbm({ visible: bernoulli(visible), hidden: bernoulli(hidden), random });
  const data = new Uint8Array(rows * visible);
  const draws = random.fork('data');
  for (let i = 0; i < data.length; i++) data[i] = draws.bernoulli(DENSITY, 0, i, 0, 0);
  const program = await backend.prepare(model);
  const [optimizer, estimation] = [sgd(), cd().bind(program, rows)];
  const slots: Buffer[] = optimizer.slots.map(() => program.allocate({ holds: 'parameters' }));
  const batch = { visible: [program.allocate({ holds: 'states', layer: 0, rows })], rows };
  try {
    let state = await estimation.init(random);
    const step = async (n: number): Promise<number> => {
      const start = performance.now();
      backend.write(batch.visible[0] as Buffer, data);
      const estimate = await estimation.estimate(batch, state, random);
      state = estimate.state;
      program.update(optimizer, estimate.gradient, slots, { rate: 0.01, step: n });
      await backend.sync();
      return performance.now() - start;
    };
    const first = await step(0);
    if (first > 4 * LONG_ENOUGH) return first;
    const times: number[] = [];
    for (let spent = 0; spent < LONG_ENOUGH && !isOver(); spent += times.at(-1) as number) {
      times.push(await step(times.length + 1));
    }
    times.sort((a, b) => a - b);
    return times[times.length >> 1] ?? first;
  } finally {
    for (const buffer of [...slots, ...batch.visible]) buffer.dispose();
    estimation.dispose();
    program.dispose();
  }
}
