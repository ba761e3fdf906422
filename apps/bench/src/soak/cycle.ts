import { bernoulli, type Dataset, type Generator, generator, RbmError, rbm } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { baseRates, bennettAcceptanceRatio, gibbs, sample, temper } from '@rbm/samplers';
import { centring, pcd, reconstructionError, sgd, train } from '@rbm/train';

/** What one round does with a backend. */
export const works = ['train', 'evaluate', 'sample', 'abort', 'close while busy'] as const;
export type Work = (typeof works)[number];

/** Errors that come of ending work early. */
const ENDED: readonly string[] = ['ABORTED', 'DISPOSED', 'BACKEND_FAILED'];

/**
 * One round of work on a backend, which is left as it was found, unless it is closed.
 *
 * @param random Chooses the sizes, and the moment of an end.
 * @returns Whether the backend was closed.
 * @throws Error if memory is left over, or for any error that is not that of an early end.
 */
async function round(work: Work, backend: Backend, { train: data }: Dataset, random: Generator): Promise<boolean> {
  const before = backend.memory();
  const hidden = 8 + Math.floor(32 * random.uniform(0, 0, 0, 0));
  const model = rbm({ visible: bernoulli(data.width), hidden: bernoulli(hidden), random, scale: 0.05 });
  const controller = new AbortController();
  const training = async (epochs: number): Promise<void> => {
    const records = train({
      model,
      data,
      backend,
      estimator: pcd({ sampler: random.uniform(1, 0, 0, 0) < 0.5 ? gibbs() : temper({ ladder: 4, warmUp: Infinity }) }),
      optimizer: sgd({ centre: centring(model, data) }),
      rate: 0.05,
      batch: 50,
      epochs,
      random,
      every: 10,
      monitors: [reconstructionError({ samples: 50 })],
      signal: controller.signal,
    });
    for await (const _ of records);
  };
  switch (work) {
    case 'train':
      await training(1);
      break;
    case 'evaluate': {
      const program = await backend.prepare(model);
      const common = { program, base: baseRates(model, data), random };
      await bennettAcceptanceRatio({ ...common, chains: 8, ladder: 6, burnIn: 20, sweeps: 20 });
      program.dispose();
      break;
    }
    case 'sample':
      await sample({ model, backend, sampler: gibbs(), random, count: 40, burnIn: 20 });
      break;
    case 'abort':
      await endedEarly(training(50), random, () => controller.abort());
      break;
    case 'close while busy':
      await endedEarly(training(50), random, () => backend.close());
      return true;
  }
  const after = backend.memory();
  if (after.bytes !== before.bytes || after.buffers !== before.buffers) {
    throw new Error(
      `${work}: ${after.buffers} buffers, ${after.bytes} bytes; before it ${before.buffers}, ${before.bytes}.`,
    );
  }
  return false;
}

/** Ends a work at a random moment within 0.2 s, and waits for it. */
async function endedEarly(work: Promise<void>, random: Generator, end: () => unknown): Promise<void> {
  const result = work.then(
    () => undefined,
    (error: unknown) => error,
  );
  await new Promise((resolve) => setTimeout(resolve, 200 * random.uniform(2, 0, 0, 0)));
  await end();
  const error = await result;
  if (error === undefined || (RbmError.isInstance(error) && ENDED.includes(error.code))) return;
  throw error;
}

/** A backend that works for a long time; where a round closes it, the next round has a new one. */
export class SoakedBackend {
  readonly #open: () => Promise<Backend>;
  readonly #data = barsAndStripes(4);
  #backend: Backend;

  static async open(open: () => Promise<Backend>): Promise<SoakedBackend> {
    return new SoakedBackend(open, await open());
  }

  private constructor(open: () => Promise<Backend>, backend: Backend) {
    this.#open = open;
    this.#backend = backend;
  }

  /** What the backend says of itself. */
  get info(): string {
    return this.#backend.info;
  }

  /** Works for one round. @returns What was done. @throws as `round` */
  async round(seed: number, n: number): Promise<Work> {
    const random = generator(seed).fork(`round ${n}`);
    const work = works[Math.floor(works.length * random.uniform(9, 0, 0, 0))] as Work;
    if (await round(work, this.#backend, this.#data, random)) this.#backend = await this.#open();
    return work;
  }

  close(): Promise<void> {
    return this.#backend.close();
  }
}
