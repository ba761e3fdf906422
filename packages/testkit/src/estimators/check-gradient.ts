import { cloneModel, type EnergyModel, generator, statistics } from '@rbm/core';
import type { Batch } from '@rbm/core/contracts';
import { demandSame } from '../demands.js';
import { jointDistribution } from '../joint.js';
import { agree, demand, demandFinite } from '../layers/agreement.js';
import { backendGibbs } from '../sweep-sampler.js';
import { transitionMatrix } from '../transition.js';
import {
  bindEstimator,
  type EstimatorSubject,
  eachTaken,
  firstSamples,
  gradientsOf,
  positivePhase,
  type SmallData,
  twoSets,
  withWeights,
} from './subject.js';

const TOLERANCE = 1e-9;
const ROWS = 3;

export async function checkGradient(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const bench = await bindEstimator(subject.estimator, model, ROWS);
    const random = generator(1);
    const batch = bench.batch(twoSets(model, ROWS)[0]);
    const { gradient, state, info } = await bench.estimation.estimate(
      batch,
      await bench.estimation.init(random),
      random,
    );
    const found = await bench.backend.read(gradient);
    demand(
      gradient.spec.holds === 'parameters' && found.length === model.layout.length,
      `The gradient is a buffer of ${gradient.spec.holds} with ${found.length} numbers, wanted one laid out like the ` +
        `${model.layout.length} parameters.`,
    );
    demandFinite('The gradient', found);
    demand(state.steps === 1, `After one estimate the state has done ${state.steps} steps, wanted 1.`);
    const phases = await info.phases?.();
    if (phases) {
      const difference = phases.negative.map((n, i) => n - (phases.positive[i] as number));
      agree('The gradient of the cost: negative − positive phase', found, difference, TOLERANCE);
    }
    state.dispose();
    bench.dispose();
  });
}

export async function checkPositivePhase(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const bench = await bindEstimator(subject.estimator, model, ROWS);
    const random = generator(1);
    let state = await bench.estimation.init(random);
    for (const data of twoSets(model, ROWS).flatMap((set) => [set, withWeights(set)])) {
      const estimate = await bench.estimation.estimate(bench.batch(data), state, random);
      state = estimate.state;
      const phases = await estimate.info.phases?.();
      if (!phases) continue;
      const what = `The positive phase, of a batch ${data.weights ? 'with' : 'without'} weights: statistics given the data`;
      agree(what, phases.positive, positivePhase(model, data), TOLERANCE);
    }
    state.dispose();
    bench.dispose();
  });
}

/** The last batch of an epoch has fewer samples. */
export async function checkShortBatches(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const [full] = twoSets(model, ROWS);
    const short = firstSamples(full, ROWS - 1, ROWS);
    const equal = { ...short, weights: new Float64Array(short.rows).fill(1 / short.rows) };
    const bench = await bindEstimator(subject.estimator, model, ROWS);
    const random = generator(1);
    const batches = [full, short, equal].map((data) => bench.batch(data));
    // Each is the first batch of its own run, so that chains are at the same place.
    const [found, wanted] = [
      (await gradientsOf(bench, [batches[1] as Batch], random))[0] as Float64Array,
      (await gradientsOf(bench, [batches[2] as Batch], random))[0] as Float64Array,
    ];
    const what = `The gradient of a batch of ${short.rows} samples where most have ${ROWS}: that with equal weights`;
    agree(what, found, wanted, TOLERANCE);
    let state = await bench.estimation.init(random);
    const memory: number[] = [];
    for (let n = 0; n < 4; n++) {
      const estimate = await bench.estimation.estimate(batches[n % 2] as Batch, state, random);
      state = estimate.state;
      const phases = await estimate.info.phases?.();
      const data = n % 2 === 0 ? full : short;
      if (phases) {
        const which = `The positive phase of batch ${n} of 3, 2, 3 and 2 samples: statistics given the data`;
        agree(which, phases.positive, positivePhase(model, data), TOLERANCE);
      }
      memory.push(bench.backend.memory().buffers);
    }
    state.dispose();
    const [, after, , later] = memory;
    demand(
      later === after,
      `Batches of ${ROWS} and ${short.rows} samples by turns leave ${after} buffers after two and ${later} after four: keep ` +
        'buffers for both sizes.',
    );
    bench.dispose();
    demand(bench.backend.memory().buffers === 0, 'Short batches leave buffers behind after dispose.');
  });
}

/** What the declaration of the negative phase says it is on average, over some data. */
type ExpectedNegative = (data: SmallData) => Float64Array;

export async function checkExactNegative(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const bench = await bindEstimator(subject.estimator, model, ROWS);
    const expected = modelAverage(model);
    const sets = twoSets(model, ROWS).flatMap((set) => [set, withWeights(set)]);
    const gradients = await gradientsOf(
      bench,
      sets.map((set) => bench.batch(set)),
      generator(1),
    );
    for (const [n, gradient] of gradients.entries()) {
      const positive = positivePhase(model, sets[n] as SmallData);
      agree(
        'The gradient, whose negative phase `capabilities` claims to be the average over the model itself',
        gradient,
        expected.map((e, i) => e - (positive[i] as number)),
        TOLERANCE,
      );
    }
    bench.dispose();
  });
}

/** `⟨−∂E/∂λ⟩` of the model, by enumeration of its joint states. */
function modelAverage(model: EnergyModel): Float64Array {
  const { values, probabilities } = jointDistribution(model, 64);
  const byName = Object.fromEntries(model.names.map((name, l) => [name, values[l] as Float64Array]));
  return statistics(model, byName, probabilities);
}

/** Rows of a batch of chains that are judged together. */
const CHAINS = 400;

export async function checkDataChains(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const claim = subject.estimator.capabilities?.negativePhase;
    const sweeps = claim?.over === 'data chains' ? claim.sweeps : 1;
    const expected = await afterSweeps(model, sweeps);
    const sets = twoSets(model, CHAINS).map((set, n) => (n === 1 ? withWeights(set) : set));
    const bench = await bindEstimator(subject.estimator, model, CHAINS);
    const batches = sets.map((set) => bench.batch(set));
    // In turn, so that what is left of the batch before would show.
    const rounds = Array.from({ length: 60 }, (_, n) => n % 2);
    const gradients = await gradientsOf(
      bench,
      rounds.map((n) => batches[n] as Batch),
      generator(2),
    );
    for (const [n, set] of sets.entries()) {
      const positive = positivePhase(model, set);
      demandMean(
        `The negative phase over ${n === 1 ? 'a weighted batch' : 'a batch'} that follows another: \`capabilities\` claims ` +
          `chains that start at the batch itself, after ${sweeps} sweep${sweeps === 1 ? '' : 's'}, hidden units given ` +
          'where the chains are then',
        gradients.filter((_, round) => rounds[round] === n).map((g) => g.map((x, i) => x + (positive[i] as number))),
        expected(set),
      );
    }
    bench.dispose();
  });
}

/** Averages over chains of block Gibbs that started at data, by their exact transition matrix. */
async function afterSweeps(model: EnergyModel, sweeps: number): Promise<ExpectedNegative> {
  const { matrix, count, states } = await transitionMatrix(backendGibbs(), model, { of: 'visible' });
  const names = model.visible.map((l) => model.names[l] as string);
  const rowOf = (values: Readonly<Record<string, ArrayLike<number>>>, row: number, rows: number): string =>
    names
      .map((name) => {
        const all = Array.from(values[name] as ArrayLike<number>);
        const length = all.length / rows;
        return all.slice(row * length, (row + 1) * length).join();
      })
      .join('|');
  const indices = new Map(Array.from({ length: count }, (_, state) => [rowOf(states, state, count), state]));
  return ({ rows, values, weights }) => {
    let now = new Float64Array(count);
    for (let row = 0; row < rows; row++) {
      const state = indices.get(rowOf(values as Record<string, ArrayLike<number>>, row, rows)) as number;
      now[state] = (now[state] as number) + (weights ? (weights[row] as number) : 1 / rows);
    }
    for (let s = 0; s < sweeps; s++) {
      const before = now;
      now = Float64Array.from({ length: count }, (_, to) =>
        before.reduce((sum, p, from) => sum + p * (matrix[from * count + to] as number), 0),
      );
    }
    return statistics(model, states, now);
  };
}

export async function checkPersistentChains(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const rows = 200;
    const [data] = twoSets(model, rows);
    const bench = await bindEstimator(subject.estimator, model, rows);
    const [settling, blocks, length] = [30, 20, 8];
    const gradients = await gradientsOf(
      bench,
      new Array(settling + blocks * length).fill(bench.batch(data)),
      generator(3),
    );
    const positive = positivePhase(model, data);
    const means = Array.from({ length: blocks }, (_, b) =>
      positive.map((p, i) => {
        const block = gradients.slice(settling + b * length, settling + (b + 1) * length);
        return p + block.reduce((sum, g) => sum + (g[i] as number), 0) / length;
      }),
    );
    demandMean(
      'The negative phase, long after the start at fixed parameters: `capabilities` claims persistent chains, which come to be ' +
        'distributed like the model, with hidden units given where the chains are now and not where they were a step before',
      means,
      modelAverage(model),
    );
    bench.dispose();
  });
}

/** Fails if the mean of some estimates is more than five of its standard errors from what is expected. */
function demandMean(what: string, estimates: readonly Float64Array[], expected: Float64Array): void {
  const count = estimates.length;
  for (const [i, wanted] of expected.entries()) {
    const numbers = estimates.map((estimate) => estimate[i] as number);
    const mean = numbers.reduce((sum, x) => sum + x, 0) / count;
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1);
    const allowed = 5 * Math.sqrt(variance / count) + TOLERANCE;
    demand(
      Math.abs(mean - wanted) <= allowed,
      `${what}: number ${i} is ${mean} on average over ${count} estimates, wanted ${wanted} within 5 standard errors, ${allowed}.`,
    );
  }
}

export async function checkWeights(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const [data] = twoSets(model, 3);
    const weighted = { ...data, weights: Float64Array.of(0.5, 0.25, 0.25) };
    const at = async (samples: SmallData, seed: number): Promise<Float64Array> => {
      const bench = await bindEstimator(subject.estimator, model, samples.rows);
      const [gradient] = await gradientsOf(bench, [bench.batch(samples)], generator(seed));
      return gradient as Float64Array;
    };
    const found = await at(weighted, 1);
    // Chains make noise, of which the checks of the phases take account.
    if ((await at(weighted, 2)).some((x, i) => x !== found[i])) return;
    const names = Object.keys(data.values);
    const doubled = Object.fromEntries(
      names.map((name) => {
        const values = Array.from(data.values[name] as ArrayLike<number>);
        return [name, Float64Array.from([...values.slice(0, values.length / 3), ...values])];
      }),
    );
    const wanted = await at({ rows: 4, values: doubled }, 1);
    agree('The gradient over weighted samples: as over samples that are there twice', found, wanted, TOLERANCE);
  });
}

export async function checkLiveParameters(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const moved = cloneModel(model);
    moved.parameters.set(model.parameters.map((x) => 0.5 - x));
    const [data] = twoSets(model, ROWS);
    const bench = await bindEstimator(subject.estimator, model, ROWS);
    bench.backend.write(bench.program.parameters, moved.parameters);
    const [found] = await gradientsOf(bench, [bench.batch(data)], generator(4));
    const other = await bindEstimator(subject.estimator, moved, ROWS);
    const [wanted] = await gradientsOf(other, [other.batch(data)], generator(4));
    demandSame(
      'The gradient after the live parameters changed: that of a model which began with them',
      found as Float64Array,
      wanted as Float64Array,
    );
  });
}
