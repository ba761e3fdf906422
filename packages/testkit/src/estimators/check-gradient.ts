import { cloneModel, type EnergyModel, generator, statistics } from '@rbm/core';
import type { Batch, NegativePhase } from '@rbm/core/contracts';
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

/** Standard errors allowed of a mean; few means make their scatter uncertain. */
const ALLOWED = 6;

/** What the declaration of the negative phase says it is on average, over some data. */
type ExpectedNegative = (data: SmallData) => Float64Array;

export async function checkExactNegative(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const bench = await bindEstimator(subject.estimator, model, ROWS);
    const expected = modelAverage(model);
    const full = twoSets(model, ROWS).flatMap((set) => [set, withWeights(set)]);
    const sets = [...full, firstSamples(full[0] as SmallData, ROWS - 1, ROWS)];
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
const CHAINS = 240;
/** Rounds before persistent chains are judged, and lengths of the runs whose means count as independent. */
const [SETTLING, RUN] = [30, 5];
/** Means that a standard error comes from. */
const MEANS = 20;

const phrases = {
  model: 'the average over the model itself',
  'data chains': 'chains that start at the batch itself, hidden units given where the chains are then',
  'persistent chains':
    'persistent chains, which come to be distributed like the model at parameters that stay, with hidden units given where the ' +
    'chains are now and not where they were a step before',
} as const;

/** The negative phase that is claimed, in expectation: of full, weighted and short batches that take turns. */
export async function checkNoisyNegative(subject: EstimatorSubject): Promise<void> {
  const claim = subject.estimator.capabilities?.negativePhase as NegativePhase;
  const parts = claim.over === 'mixture' ? claim.parts : [{ ...claim, share: 1 }];
  const total = parts.reduce((sum, { share }) => sum + share, 0);
  demand(
    parts.length > 0 && Math.abs(total - 1) < 1e-9 && parts.every(({ share }) => share > 0),
    `capabilities.negativePhase: the shares of the mixture sum to ${total}; expected positive ones that sum to 1.`,
  );
  const claims = parts
    .map(({ over, share, ...rest }) => {
      const sweeps = 'sweeps' in rest ? ` after ${rest.sweeps} sweep${rest.sweeps === 1 ? '' : 's'}` : '';
      return `${share === 1 ? '' : `a share of ${share} of `}${phrases[over]}${sweeps}`;
    })
    .join(', and ');
  await eachTaken(subject, async (model) => {
    const averages = await Promise.all(
      parts.map(({ share, ...phase }) =>
        phase.over === 'data chains' ? afterSweeps(model, phase.sweeps) : () => modelAverage(model),
      ),
    );
    const expected = (set: SmallData): Float64Array => {
      const sums = new Float64Array(model.layout.length);
      averages.forEach((average, n) => {
        average(set).forEach((x, i) => {
          sums[i] = (sums[i] as number) + (parts[n]?.share as number) * x;
        });
      });
      return sums;
    };
    const persistent = parts.some(({ over }) => over === 'persistent chains');
    await compareNegative(subject, model, { persistent, expected, claims: `\`capabilities\` claims ${claims}` });
  });
}

/** What the negative phase should be on average. */
interface ExpectedPhase {
  /** Whether chains go on from step to step, and so need time to settle at given parameters. */
  readonly persistent: boolean;
  readonly expected: (set: SmallData) => Float64Array;
  readonly claims: string;
}

async function compareNegative(
  { estimator, pace }: EstimatorSubject,
  model: EnergyModel,
  { persistent, expected, claims }: ExpectedPhase,
): Promise<void> {
  const [first, second] = twoSets(model, CHAINS);
  const sets = [first, withWeights(second), firstSamples(first, CHAINS / 2, CHAINS)];
  const names = ['a batch', 'a weighted batch', 'a short batch'];
  const bench = await bindEstimator(estimator, model, CHAINS);
  const random = generator(2);
  const batches = sets.map((set) => bench.batch(set));
  let state = await bench.estimation.init(random);
  const estimate = async (batch: Batch): Promise<Float64Array> => {
    const found = await bench.estimation.estimate(batch, state, random);
    state = found.state;
    return bench.backend.read(found.gradient);
  };
  // At other parameters first: what is remembered from there shows.
  const other = model.parameters.map((x) => 0.5 - 2 * x);
  const elsewhere = async (): Promise<void> => {
    bench.backend.write(bench.program.parameters, other);
    await estimate(batches[0] as Batch);
    bench.backend.write(bench.program.parameters, model.parameters);
  };
  await elsewhere();
  const each = persistent ? RUN : 1;
  const sums = sets.map(() => Array.from({ length: MEANS }, () => new Float64Array(model.layout.length)));
  const positives = sets.map((set) => positivePhase(model, set));
  for (let round = 0; persistent && round < SETTLING; round++) await estimate(batches[round % 3] as Batch);
  for (let mean = 0; mean < MEANS; mean++) {
    pace.reach(`estimate ${mean} of ${MEANS}`);
    for (let n = 0; n < each * sets.length; n++) {
      if (!persistent) for (let times = 0; times < 1 + (n % 2); times++) await elsewhere();
      const which = n % sets.length;
      const gradient = await estimate(batches[which] as Batch);
      const sum = sums[which]?.[mean] as Float64Array;
      gradient.forEach((g, i) => {
        sum[i] = (sum[i] as number) + (g + (positives[which]?.[i] as number)) / each;
      });
    }
  }
  state.dispose();
  bench.dispose();
  sets.forEach((set, which) => {
    demandMean(
      `The negative phase over ${names[which]} that follows another: ${claims}`,
      sums[which] as Float64Array[],
      expected(set),
    );
  });
}

/** Units that do not interact: whatever chains there are, they are soon distributed like the model. */
export async function checkIndependentUnits(subject: EstimatorSubject): Promise<void> {
  await eachTaken(subject, async (model) => {
    const apart = cloneModel(model);
    for (const { offset, length, interaction } of apart.layout.arrays) {
      if (interaction) apart.parameters.fill(0, offset, offset + length);
    }
    await compareNegative(subject, apart, {
      persistent: true,
      expected: () => modelAverage(apart),
      claims: 'of units that do not interact it is the average over the model, whatever chains it comes from',
    });
  });
}

/** The gradient of a cost that the author states, as its finite difference. */
export async function checkCost(subject: EstimatorSubject): Promise<void> {
  const { cost, estimator, pace } = subject;
  if (!cost) return;
  await eachTaken(subject, async (model) => {
    const [first, second] = twoSets(model, CHAINS);
    const sets = [first, withWeights(second), firstSamples(first, CHAINS / 2, CHAINS)];
    const bench = await bindEstimator(estimator, model, CHAINS);
    for (const [n, set] of sets.entries()) {
      pace.reach(`the cost of batch ${n + 1} of ${sets.length}`);
      const wanted = model.parameters.map((_, i) => {
        const at = (by: number): number => {
          const moved = cloneModel(model);
          moved.parameters[i] = (moved.parameters[i] as number) + by;
          return cost(moved, set);
        };
        return (at(STEP) - at(-STEP)) / (2 * STEP);
      });
      const gradients = await gradientsOf(bench, new Array(MEANS).fill(bench.batch(set)), generator(2));
      demandMean('The gradient: the finite difference of the `cost` that is given', gradients, wanted, 1e-6);
    }
    bench.dispose();
  });
}

/** Half the distance between the parameters of a finite difference. */
const STEP = 1e-4;

/** Something has to say what the gradient is. */
export async function checkDeclaration(subject: EstimatorSubject): Promise<void> {
  if (subject.cost || subject.estimator.capabilities?.negativePhase) return;
  await eachTaken(subject, async (model) => {
    const bench = await bindEstimator(subject.estimator, model, ROWS);
    const random = generator(1);
    const batch = bench.batch(twoSets(model, ROWS)[0]);
    const found = await bench.estimation.estimate(batch, await bench.estimation.init(random), random);
    const phases = await found.info.phases?.();
    found.state.dispose();
    bench.dispose();
    demand(
      phases !== undefined,
      `Estimator "${subject.estimator.name}" does not say what its gradient is, so nothing can be tested. Declare ` +
        "`capabilities.negativePhase`, { over: 'model' }, { over: 'data chains', sweeps }, { over: 'persistent chains' } or a mixture " +
        "of them, { over: 'mixture', parts: [{ share, over, … }] }; or report `info.phases`; or give the suite the `cost` whose " +
        'gradient it is.',
    );
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

/** Fails if the mean of some estimates is more than five of its standard errors from what is expected. */
function demandMean(
  what: string,
  estimates: readonly Float64Array[],
  expected: Float64Array,
  rounding: number = TOLERANCE,
): void {
  const count = estimates.length;
  for (const [i, wanted] of expected.entries()) {
    const numbers = estimates.map((estimate) => estimate[i] as number);
    const mean = numbers.reduce((sum, x) => sum + x, 0) / count;
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1);
    const allowed = ALLOWED * Math.sqrt(variance / count) + rounding;
    demand(
      Math.abs(mean - wanted) <= allowed,
      `${what}: number ${i} is ${mean} on average over ${count} estimates, wanted ${wanted} within ${ALLOWED} standard errors, ${allowed}.`,
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
    await checkEachStep(subject, model);
  });
}

/** The gradient of every step depends on the parameters of that step. */
async function checkEachStep({ estimator }: EstimatorSubject, model: EnergyModel): Promise<void> {
  const steps = 4;
  const rows = 40;
  const [data] = twoSets(model, rows);
  const bench = await bindEstimator(estimator, model, rows);
  const batch = bench.batch(data);
  const far = model.parameters.map((x) => 1 - 3 * x);
  const run = async (changed: number): Promise<Float64Array[]> => {
    const found: Float64Array[] = [];
    const random = generator(9);
    let state = await bench.estimation.init(random);
    for (let step = 0; step < steps; step++) {
      bench.backend.write(bench.program.parameters, step === changed ? far : model.parameters);
      const estimate = await bench.estimation.estimate(batch, state, random);
      state = estimate.state;
      found.push(await bench.backend.read(estimate.gradient));
    }
    state.dispose();
    return found;
  };
  const plain = await run(-1);
  for (let step = 0; step < steps; step++) {
    const moved = (await run(step))[step] as Float64Array;
    demand(
      moved.some((x, i) => x !== plain[step]?.[i]),
      `The gradient of step ${step} is the same whatever the live parameters of that step, wanted the one at them.`,
    );
  }
  bench.dispose();
}
