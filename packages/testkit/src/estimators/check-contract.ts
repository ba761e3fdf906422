import { type EnergyModel, generator } from '@rbm/core';
import type { Estimation } from '@rbm/core/contracts';
import { demandCode, demandMemory, demandSame, structuredCopy } from '../demands.js';
import { demand } from '../layers/agreement.js';
import { failingProgram } from '../samplers/subject.js';
import {
  bindEstimator,
  type EstimatorBench,
  type EstimatorSubject,
  eachTaken,
  gradientsOf,
  twoSets,
  withWeights,
} from './subject.js';

const ROWS = 3;
/** Enough chains that two sets of them do not meet by chance. */
const MANY = 40;
const NOTHING = { buffers: 0, bytes: 0 };

export function checkManifest({ estimator }: EstimatorSubject): void {
  demand(estimator.specVersion === 1, `Estimator: specVersion is ${estimator.specVersion}, wanted 1.`);
  demand(typeof estimator.name === 'string' && estimator.name.length > 0, 'Estimator: wanted a name.');
  for (const [name, value] of Object.entries(estimator.settings)) {
    demand(
      typeof value === 'number' || typeof value === 'string',
      `settings.${name} is ${String(value)}, wanted a number or a string: settings go to run files.`,
    );
  }
}

export async function checkReproducible(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const run = async (): Promise<Float64Array[]> => {
      const bench = await bindEstimator(subject.estimator, model, ROWS);
      const [a, b] = twoSets(model, ROWS).map((set) => bench.batch(set));
      return gradientsOf(bench, [a, b, a] as never, generator(5));
    };
    const [found, wanted] = [await run(), await run()];
    for (const [n, gradient] of wanted.entries()) {
      demandSame(`Gradient ${n} of a second run from the same seed`, found[n] as Float64Array, gradient);
    }
  });
}

export async function checkSnapshots(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const random = generator(6);
    const [data] = twoSets(model, MANY);
    const bench = await bindEstimator(subject.estimator, model, MANY);
    const batch = bench.batch(data);
    let state = await bench.estimation.init(random);
    for (let n = 0; n < 2; n++) ({ state } = await bench.estimation.estimate(batch, state, random));
    const saved = structuredCopy('An estimator snapshot', await bench.estimation.save(state));
    demand(saved.steps === 2, `A snapshot after 2 steps says ${saved.steps}, wanted 2.`);
    const wanted = await goOn(bench, state, batch);
    const other = await bindEstimator(subject.estimator, model, MANY);
    const found = await goOn(other, await other.estimation.load(saved), other.batch(data));
    demandSame('Gradients after a snapshot was loaded by another estimation', found, wanted);
  });
}

async function goOn(
  { estimation, backend }: EstimatorBench,
  from: Awaited<ReturnType<Estimation['init']>>,
  batch: Parameters<Estimation['estimate']>[0],
): Promise<number[]> {
  const found: number[] = [];
  let state = from;
  for (let n = 0; n < 3; n++) {
    const estimate = await estimation.estimate(batch, state, generator(6));
    state = estimate.state;
    found.push(...(await backend.read(estimate.gradient)));
  }
  return found;
}

export async function checkPurity(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const parameters = model.parameters.slice();
    const bench = await bindEstimator(subject.estimator, model, ROWS);
    const batch = Object.freeze(bench.batch(withWeights(twoSets(model, ROWS)[0])));
    const read = async (): Promise<number[]> => {
      const buffers = [...batch.visible, batch.weights as never, bench.program.parameters];
      return (await Promise.all(buffers.map((buffer) => bench.backend.read(buffer)))).flatMap((x) => Array.from(x));
    };
    const before = await read();
    await gradientsOf(bench, [batch, batch], Object.freeze(generator(1)));
    demandSame('The batch, its weights and the live parameters after two estimates', await read(), before);
    demandSame('Parameters of the model after two estimates', model.parameters, parameters);
  });
}

export async function checkMemory(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const bench = await bindEstimator(subject.estimator, model, ROWS);
    const { estimation } = bench;
    const batch = bench.batch(twoSets(model, ROWS)[0]);
    const { state, info } = await estimation.estimate(batch, await estimation.init(generator(1)), generator(1));
    await info.phases?.();
    const copy = await estimation.load(await estimation.save(state));
    state.dispose();
    copy.dispose();
    bench.dispose();
    demandMemory(
      'After an estimate, a snapshot, and dispose of states and estimation',
      bench.backend.memory(),
      NOTHING,
    );
  });
}

export async function checkFailures(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const calls = await callsOfEstimate(subject, model);
    for (let failing = 0; failing < Math.min(calls, 12); failing++) {
      let target = -1;
      let spied: ReturnType<typeof failingProgram> | undefined;
      const bench = await bindEstimator(subject.estimator, model, ROWS, (plain) => {
        spied = failingProgram(plain, () => target);
        return spied.program;
      });
      const batch = bench.batch(twoSets(model, ROWS)[0]);
      const state = await bench.estimation.init(generator(1));
      target = (spied?.calls() ?? 0) + failing;
      await demandCode(`An estimate whose operation ${failing} fails on the backend`, 'BACKEND_FAILED', () =>
        bench.estimation.estimate(batch, state, generator(1)),
      );
      bench.dispose();
      const when = `After an estimate whose operation ${failing} failed: estimate owns the state it is given, and`;
      demandMemory(when, bench.backend.memory(), NOTHING);
    }
  });
}

async function callsOfEstimate(subject: EstimatorSubject, model: EnergyModel): Promise<number> {
  let spied: ReturnType<typeof failingProgram> | undefined;
  const bench = await bindEstimator(subject.estimator, model, ROWS, (plain) => {
    spied = failingProgram(plain, () => -1);
    return spied.program;
  });
  const batch = bench.batch(twoSets(model, ROWS)[0]);
  const state = await bench.estimation.init(generator(1));
  const before = spied?.calls() ?? 0;
  await bench.estimation.estimate(batch, state, generator(1));
  return (spied?.calls() ?? 0) - before;
}

export async function checkAbort(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const bench = await bindEstimator(subject.estimator, model, ROWS);
    const batch = bench.batch(twoSets(model, ROWS)[0]);
    const state = await bench.estimation.init(generator(1));
    await demandCode('An estimate whose signal has fired', 'ABORTED', () =>
      bench.estimation.estimate(batch, state, generator(1), { signal: { aborted: true, reason: 'the suite' } }),
    );
    bench.dispose();
    demandMemory('After an aborted estimate', bench.backend.memory(), NOTHING);
  });
}
