import { generator } from '@rbm/core';
import type { Backend, Batch, GradientEstimator, Kernel, Program, Sampler } from '@rbm/core/contracts';
import { baseRates, gibbs, temper } from '@rbm/samplers';
import { pcd, tempered } from '@rbm/train';
import type { TrainedMachine } from './machines.js';
import { ratio, type Summary, summarise } from './statistics.js';
import { timeSteps } from './stopwatch.js';

const RUNGS = 24;
const LADDERS = 20;
/** Rows that both sides move. */
const ROWS = RUNGS * LADDERS;
/** Samples in the batch of an update. */
const BATCH = 200;
const SWEEPS = 20;

/** What tempering costs beside block Gibbs on as many rows, in milliseconds. */
export interface TemperingCost {
  readonly what: 'a sweep' | 'an update';
  readonly plain: Summary;
  readonly tempered: Summary;
  /** Of neighbouring measurements: tempered over plain. */
  readonly ratio: Summary;
}

/** Repeats something some times, on the backend. */
type Side = (count: number) => Promise<void>;

/** Sweeps of chains and updates of a training, plain and tempered, in turn. */
export async function measureTempering(
  backend: Backend,
  { model, samples }: TrainedMachine,
  repetitions: number,
): Promise<TemperingCost[]> {
  const program = await backend.prepare(model);
  const ladder = temper({ base: baseRates(model, samples), ladder: RUNGS, warmUp: 0 });
  try {
    const sweeps = [await sweeping(program, gibbs(), ROWS), await sweeping(program, ladder, LADDERS)] as const;
    const batch = batchOf(program, samples.values.subarray(0, BATCH * samples.width));
    const updates = [
      await estimating(program, pcd({ sampler: gibbs(), chains: ROWS }), batch),
      await estimating(program, tempered({ sampler: ladder, chains: LADDERS, start: 'model' }), batch),
    ] as const;
    return [
      { what: 'a sweep', ...(await inTurn(sweeps, repetitions)) },
      { what: 'an update', ...(await inTurn(updates, repetitions)) },
    ];
  } finally {
    program.dispose();
  }
}

async function inTurn(sides: readonly [Side, Side], repetitions: number): Promise<Omit<TemperingCost, 'what'>> {
  const times: [number[], number[]] = [[], []];
  for (const side of sides) await side(2);
  for (let n = 0; n < repetitions; n++) {
    for (const [s, side] of sides.entries()) {
      const { wall } = await timeSteps(SWEEPS, undefined, () => side(SWEEPS));
      (times[s] as number[]).push(wall);
    }
  }
  const [plain, onLadder] = times;
  return { plain: summarise(plain), tempered: summarise(onLadder), ratio: ratio(onLadder, plain) };
}

async function sweeping(program: Program, sampler: Sampler, chains: number): Promise<Side> {
  const random = generator(1);
  const kernel: Kernel = sampler.bind(program);
  let state = await kernel.init(random, { chains });
  return async (count) => {
    ({ state } = await kernel.step(state, random, count));
    await program.backend.sync();
  };
}

async function estimating(program: Program, estimator: GradientEstimator, batch: Batch): Promise<Side> {
  const random = generator(1);
  const estimation = estimator.bind(program, batch.rows);
  let state = await estimation.init(random);
  return async (count) => {
    for (let n = 0; n < count; n++) ({ state } = await estimation.estimate(batch, state, random));
    await program.backend.sync();
  };
}

function batchOf(program: Program, values: TrainedMachine['samples']['values']): Batch {
  const [layer = 0] = program.model.visible;
  const visible = program.allocate({ holds: 'states', layer, rows: BATCH });
  program.backend.write(visible, values);
  return { visible: [visible], rows: BATCH };
}
