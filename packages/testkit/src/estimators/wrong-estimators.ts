import { type EnergyModel, generator, statistics } from '@rbm/core';
import type { Batch, Estimation, GradientEstimator, NegativePhase, Program } from '@rbm/core/contracts';
import { jointDistribution } from '../joint.js';
import { override } from '../override.js';
import { type ChainRule, chainEstimator } from './chain-estimator.js';
import type { EstimatorCost, SmallData } from './subject.js';

/** Estimators to try the suite on: wrong in ways that real ones have been. */
export interface WrongEstimator {
  readonly fault: string;
  readonly estimator: GradientEstimator;
  /** Given to the suite, where the gradient is of another cost. */
  readonly cost?: EstimatorCost;
  /** The check named for what is wrong; others may fail with it. */
  readonly caughtBy: string;
  readonly message: RegExp;
}

export const fromData: NegativePhase = { over: 'data chains', sweeps: 1 };
export const persistent: NegativePhase = { over: 'persistent chains' };

const faulty = (rule: Partial<ChainRule>): GradientEstimator => chainEstimator({ negativePhase: fromData, ...rule });

/** A right estimator with members of its estimations replaced. */
function wrong(change: (estimation: Estimation, program: Program) => Partial<Estimation>): GradientEstimator {
  const right = chainEstimator({ negativePhase: persistent });
  return {
    ...right,
    bind: (program, rows) => {
      const estimation = right.bind(program, rows);
      return override(estimation, change(estimation, program));
    },
  };
}

/** Draws from a fork that it numbers itself, across runs. */
function counting(): GradientEstimator {
  let calls = 0;
  return wrong((estimation) => ({
    estimate: (batch, state, random, options) => estimation.estimate(batch, state, random.fork(calls++), options),
  }));
}

const plainEstimators: readonly WrongEstimator[] = [
  {
    fault: 'no name',
    estimator: { ...faulty({}), name: '' },
    caughtBy: 'manifest',
    message: /wanted a name/,
  },
  {
    fault: 'steps that are not counted',
    estimator: wrong((estimation) => ({
      estimate: async (batch, state, random, options) => ({
        ...(await estimation.estimate(batch, state, random, options)),
        state,
      }),
    })),
    caughtBy: 'gradient',
    message: /has done 0 steps, wanted 1/,
  },
  {
    fault: 'a positive phase of another size',
    estimator: wrong((estimation, program) => ({
      estimate: async (batch, state, random, options) => {
        const estimate = await estimation.estimate(batch, state, random, options);
        const zeros = new Float64Array(program.model.layout.length);
        return { ...estimate, info: { phases: async () => ({ positive: zeros, negative: zeros }) } };
      },
    })),
    caughtBy: 'positive phase',
    message: /statistics given the data: number 0/,
  },
  {
    fault: 'weights that are ignored',
    estimator: {
      specVersion: 1,
      name: 'of the data alone',
      settings: {},
      bind: (program, rows) => {
        const right = faulty({ unweighted: true }).bind(program, rows);
        return override(right, {
          estimate: async (batch, state, random, options) => {
            const estimate = await right.estimate(batch, state, random, options);
            const values = program.model.layers.map((_, layer) =>
              layer === 0 ? (batch.visible[0] as never) : program.allocate({ holds: 'states', layer, rows }),
            );
            program.statistics(estimate.gradient, [
              { assignment: values.map((buffer) => ({ values: buffer })), scale: -1 / rows },
            ]);
            return estimate;
          },
        });
      },
    },
    caughtBy: 'weights',
    message: /over weighted samples/,
  },
  {
    fault: 'a short batch that counts as a full one',
    estimator: faulty({ fixedRows: true }),
    caughtBy: 'short batches',
    message: /a batch of 2 samples where most have 3/,
  },
  {
    fault: 'buffers made anew for each short batch',
    estimator: faulty({ reallocates: true }),
    caughtBy: 'short batches',
    message: /keep buffers for both sizes/,
  },
  {
    fault: 'parameters remembered from bind',
    estimator: wrong((estimation, program) => ({
      estimate: (...given) => {
        program.backend.write(program.parameters, program.model.parameters);
        return estimation.estimate(...given);
      },
    })),
    caughtBy: 'live parameters',
    message: /after the live parameters changed/,
  },
  {
    fault: 'numbers that depend on how often it was asked',
    estimator: counting(),
    caughtBy: 'reproducible',
    message: /second run from the same seed/,
  },
  {
    fault: 'a snapshot without the count of steps',
    estimator: wrong((estimation) => ({ save: async (state) => ({ ...(await estimation.save(state)), steps: 0 }) })),
    caughtBy: 'snapshots',
    message: /says 0, wanted 2/,
  },
  {
    fault: 'a count of steps that is saved and not loaded',
    estimator: wrong((estimation) => ({ load: (snapshot) => estimation.load({ ...snapshot, steps: 0 }) })),
    caughtBy: 'snapshots',
    message: /after a snapshot was loaded/,
  },
  {
    fault: 'a batch that is overwritten',
    estimator: wrong((estimation, program) => ({
      estimate: async (batch, state, random, options) => {
        const estimate = await estimation.estimate(batch, state, random, options);
        const data = batch.visible[0] as never;
        program.backend.write(data, (await program.backend.read(data)).fill(1));
        return estimate;
      },
    })),
    caughtBy: 'purity',
    message: /The batch/,
  },
  {
    fault: 'a leaking buffer',
    estimator: wrong((estimation, program) => ({
      estimate: (...given) => {
        program.allocate({ holds: 'parameters' });
        return estimation.estimate(...given);
      },
    })),
    caughtBy: 'memory',
    message: /found 1 live buffers/,
  },
  {
    fault: 'chains kept when the backend fails',
    estimator: wrong((estimation) => ({
      estimate: (batch, state, random, options) =>
        estimation.estimate(batch, Object.assign(Object.create(state), { dispose: () => {} }), random, options),
    })),
    caughtBy: 'memory after a failure',
    message: /estimate owns the state/,
  },
  {
    fault: 'an abort signal that is not read',
    estimator: wrong((estimation) => ({
      estimate: (batch, state, random) => estimation.estimate(batch, state, random),
    })),
    caughtBy: 'abort',
    message: /code ABORTED, nothing was thrown/,
  },
  {
    fault: 'a sample claimed to be the average over the model',
    estimator: faulty({ negativePhase: { over: 'model' } }),
    caughtBy: 'negative phase of the model',
    message: /claims to be the average over the model itself/,
  },
  {
    fault: "a negative phase conditioned on the previous step's state",
    estimator: faulty({ stale: true }),
    caughtBy: 'negative phase of chains from the data',
    message: /hidden units given where the chains are then/,
  },
  {
    fault: 'chains that start where those of the batch before ended',
    estimator: faulty({ carriesOn: true }),
    caughtBy: 'negative phase of chains from the data',
    message: /that follows another/,
  },
  {
    fault: 'fewer sweeps than claimed',
    estimator: faulty({ negativePhase: { over: 'data chains', sweeps: 2 } }),
    caughtBy: 'negative phase of chains from the data',
    message: /after 2 sweeps/,
  },
  {
    fault: 'chains that do not keep the weights of their samples',
    estimator: faulty({ unweighted: true }),
    caughtBy: 'negative phase of chains from the data',
    message: /a weighted batch/,
  },
  {
    fault: "a persistent negative phase conditioned on the previous step's state",
    estimator: faulty({ negativePhase: persistent, stale: true }),
    caughtBy: 'negative phase of persistent chains',
    message: /not where they were a step before/,
  },
  {
    fault: 'a positive phase counted twice',
    estimator: faulty({ negativePhase: persistent, doubledPositive: true }),
    caughtBy: 'negative phase of persistent chains',
    message: /wanted .* within 6 standard errors/,
  },
];

/** An estimator whose gradient is changed afterwards. */
export function changed(
  right: GradientEstimator,
  change: (
    gradient: Float64Array,
    batch: Batch,
    rows: number,
    program: Program,
  ) => Float64Array | Promise<Float64Array>,
): GradientEstimator {
  return {
    ...right,
    bind: (program, rows) => {
      const estimation = right.bind(program, rows);
      return override(estimation, {
        estimate: async (batch, state, random, options) => {
          const estimate = await estimation.estimate(batch, state, random, options);
          const found = await program.backend.read(estimate.gradient);
          program.backend.write(estimate.gradient, await change(found, batch, rows, program));
          return estimate;
        },
      });
    },
  };
}

const unclaimed = ({ capabilities: _, ...estimator }: GradientEstimator): GradientEstimator => estimator;

/** The gradient of the likelihood without noise, as plainly as it can be written. */
export function exactly(
  change: (phases: { readonly positive: Float64Array; readonly negative: Float64Array }) => Float64Array = ({
    positive,
    negative,
  }) => negative.map((n, i) => n - (positive[i] as number)),
): GradientEstimator {
  const right = changed(faulty({ negativePhase: { over: 'model' } }), async (_, batch, __, program) => {
    const { backend, model } = program;
    const at: EnergyModel = { ...model, parameters: await backend.read(program.parameters) };
    const values = await Promise.all(
      model.visible.map(
        async (l, n) => [model.names[l] as string, await backend.read(batch.visible[n] as never)] as const,
      ),
    );
    const weights = batch.weights && (await backend.read(batch.weights));
    const joint = jointDistribution(at, 64);
    const all = Object.fromEntries(model.names.map((name, l) => [name, joint.values[l] as Float64Array]));
    return change({
      positive: statistics(at, Object.fromEntries(values), weights),
      negative: statistics(at, all, joint.probabilities),
    });
  });
  return { ...right, name: 'exactly' };
}

/** A quarter of the negative phase from chains that go on, the rest from the data. */
export const mixed: NegativePhase = {
  over: 'mixture',
  parts: [
    { share: 0.25, over: 'persistent chains' },
    { share: 0.75, over: 'data chains', sweeps: 1 },
  ],
};

/** The weighted mean of the gradients of two estimators. */
export function mixture(share: number, negativePhase: NegativePhase = mixed): GradientEstimator {
  const [going, starting] = [
    chainEstimator({ negativePhase: persistent }),
    chainEstimator({ negativePhase: fromData }),
  ];
  return {
    ...going,
    name: 'mixture',
    capabilities: { negativePhase },
    bind: (program, rows) => {
      const [first, second] = [going.bind(program, rows), starting.bind(program, rows)];
      return override(first, {
        estimate: async (batch, state, random, options) => {
          const own = await second.init(random);
          const estimate = await first.estimate(batch, state, random, options);
          const steps = estimate.state.steps;
          const other = await second.estimate(
            batch,
            { ...own, steps, dispose: () => own.dispose() },
            random.fork('data'),
          );
          const [a, b] = [await program.backend.read(estimate.gradient), await program.backend.read(other.gradient)];
          other.state.dispose();
          program.backend.write(
            estimate.gradient,
            a.map((x, i) => share * x + (1 - share) * (b[i] as number)),
          );
          return estimate;
        },
        dispose: () => {
          first.dispose();
          second.dispose();
        },
      });
    },
  };
}

/** Half the sum of squares of the parameters, as a cost; its gradient is the parameters. */
export const squares: EstimatorCost = ({ parameters }: EnergyModel, _: SmallData) =>
  parameters.reduce((sum, x) => sum + x * x, 0) / 2;

/** The gradient of `squares`. */
export const ofSquares = (factor = 1): GradientEstimator =>
  unclaimed(
    changed(faulty({}), async (_, __, ___, program) =>
      (await program.backend.read(program.parameters)).map((x) => factor * x),
    ),
  );

/** Shows both phases, which are right or not, and claims nothing. */
function showing(
  phases: (right: { positive: Float64Array; negative: Float64Array }) => {
    positive: Float64Array;
    negative: Float64Array;
  },
): GradientEstimator {
  const right = unclaimed(chainEstimator({ negativePhase: persistent }));
  return {
    ...right,
    bind: (program, rows) => {
      const estimation = right.bind(program, rows);
      return override(estimation, {
        estimate: async (batch, state, random, options) => {
          const estimate = await estimation.estimate(batch, state, random, options);
          const found = await program.backend.read(estimate.gradient);
          const { model, backend } = program;
          const at: EnergyModel = { ...model, parameters: await backend.read(program.parameters) };
          const values = Object.fromEntries(
            await Promise.all(
              model.visible.map(
                async (l, n) => [model.names[l] as string, await backend.read(batch.visible[n] as never)] as const,
              ),
            ),
          );
          const positive = statistics(at, values, batch.weights && (await backend.read(batch.weights)));
          const shown = phases({ positive, negative: found.map((g, i) => g + (positive[i] as number)) });
          program.backend.write(
            estimate.gradient,
            shown.negative.map((x, i) => x - (shown.positive[i] as number)),
          );
          return { ...estimate, info: { phases: async () => shown } };
        },
      });
    },
  };
}

const short = (batch: Batch, rows: number): number => batch.rows / rows;

/** Faults of what says little of itself, and of what claims something that only batches of all kinds show. */
const subtleEstimators: readonly WrongEstimator[] = [
  {
    fault: 'zeros of an estimator that claims nothing',
    estimator: unclaimed(changed(faulty({}), (gradient) => gradient.fill(0))),
    caughtBy: 'declaration',
    message: /Declare `capabilities.negativePhase`/,
  },
  {
    fault: 'a right gradient that nobody can judge',
    estimator: unclaimed(faulty({})),
    caughtBy: 'declaration',
    message: /does not say what its gradient is/,
  },
  ...(
    [
      ['zeros', (gradient: Float64Array) => gradient.map(() => 0)],
      ['the flipped sign', (gradient: Float64Array) => gradient.map((g) => -g)],
      ['half the gradient', (gradient: Float64Array) => gradient.map((g) => g / 2)],
      [
        'a gradient without its last number',
        (gradient: Float64Array) => gradient.map((g, i, all) => (i === all.length - 1 ? 0 : g)),
      ],
      [
        'short batches scaled by the full one',
        (gradient: Float64Array, batch: Batch, rows: number) => gradient.map((g) => g * short(batch, rows)),
      ],
    ] as const
  ).flatMap(([fault, change]) =>
    (
      [
        ['over the model', exactly(), 'negative phase of the model'],
        ['over chains from the data', faulty({}), 'negative phase of chains from the data'],
        ['over persistent chains', faulty({ negativePhase: persistent }), 'negative phase of persistent chains'],
        ['over a mixture', mixture(0.25), 'negative phase of a mixture'],
      ] as const
    ).map(
      ([what, right, caughtBy]): WrongEstimator => ({
        fault: `${fault}, ${what}`,
        estimator: changed(right, change),
        caughtBy,
        message: /wanted/,
      }),
    ),
  ),
  {
    fault: 'the positive phase for the negative one',
    estimator: exactly(({ positive }) => positive.map((x) => -x)),
    caughtBy: 'negative phase of the model',
    message: /claims to be the average over the model itself/,
  },
  {
    fault: 'a share of persistent chains other than claimed',
    estimator: mixture(0.75),
    caughtBy: 'negative phase of a mixture',
    message: /a share of 0.25 of persistent chains/,
  },
  {
    fault: 'a mixture without its persistent chains',
    estimator: mixture(0),
    caughtBy: 'negative phase of a mixture',
    message: /a share of 0.25 of persistent chains/,
  },
  {
    fault: 'shares that do not sum to 1',
    estimator: mixture(0.25, { over: 'mixture', parts: [{ share: 0.25, over: 'persistent chains' }] }),
    caughtBy: 'negative phase of a mixture',
    message: /shares of the mixture sum to 0.25/,
  },
  {
    fault: 'persistent chains claimed to start at the data',
    estimator: { ...faulty({ negativePhase: persistent }), capabilities: { negativePhase: fromData } },
    caughtBy: 'negative phase of chains from the data',
    message: /start at the batch itself/,
  },
  {
    fault: 'chains from the data claimed to be persistent',
    estimator: { ...faulty({}), capabilities: { negativePhase: persistent } },
    caughtBy: 'negative phase of persistent chains',
    message: /persistent chains/,
  },
  {
    fault: 'half the gradient of a cost',
    estimator: ofSquares(0.5),
    cost: squares,
    caughtBy: 'cost',
    message: /finite difference of the `cost`/,
  },
  {
    fault: 'the gradient of a cost with the flipped sign',
    estimator: ofSquares(-1),
    cost: squares,
    caughtBy: 'cost',
    message: /finite difference of the `cost`/,
  },
  {
    fault: 'a gradient of another cost',
    estimator: unclaimed(faulty({})),
    cost: squares,
    caughtBy: 'cost',
    message: /finite difference of the `cost`/,
  },
  {
    fault: 'a negative phase of zeros that is shown',
    estimator: showing(({ positive, negative }) => ({ positive, negative: negative.map(() => 0) })),
    caughtBy: 'negative phase of independent units',
    message: /of units that do not interact/,
  },
  {
    fault: 'twice the negative phase, shown',
    estimator: showing(({ positive, negative }) => ({ positive, negative: negative.map((x) => 2 * x) })),
    caughtBy: 'negative phase of independent units',
    message: /of units that do not interact/,
  },
  {
    fault: 'a positive phase that is the negative one, shown',
    estimator: showing(({ negative }) => ({ positive: negative, negative })),
    caughtBy: 'positive phase',
    message: /statistics given the data/,
  },
  {
    fault: 'parameters read at the first step',
    estimator: readParameters(() => false),
    caughtBy: 'live parameters',
    message: /same whatever the live parameters of that step/,
  },
  ...[0, 1].map(
    (odd): WrongEstimator => ({
      fault: `parameters read at every second step, from step ${odd}`,
      estimator: readParameters((step) => step % 2 === odd),
      caughtBy: 'live parameters',
      message: /same whatever the live parameters of that step/,
    }),
  ),
  {
    fault: 'chains that start anew from a snapshot',
    estimator: wrong((estimation) => ({
      save: async (state) => ({ ...(await estimation.save(state)), chains: undefined as never }),
      load: async (snapshot) => {
        const fresh = await estimation.init(generator(1));
        return { ...fresh, steps: snapshot.steps, dispose: () => fresh.dispose() };
      },
    })),
    caughtBy: 'snapshots',
    message: /after a snapshot was loaded/,
  },
  {
    fault: 'a setting that is an object',
    estimator: { ...faulty({}), settings: { sampler: {} as never } },
    caughtBy: 'manifest',
    message: /settings.sampler is/,
  },
  {
    fault: 'another version of the contract',
    estimator: { ...faulty({}), specVersion: 2 as unknown as 1 },
    caughtBy: 'manifest',
    message: /specVersion is 2/,
  },
  {
    fault: 'a gradient that is no number',
    estimator: changed(faulty({}), (gradient) => gradient.map((g, i) => (i === 2 ? Number.NaN : g))),
    caughtBy: 'gradient',
    message: /number 2 is NaN/,
  },
  {
    fault: 'a gradient that is not the difference of its phases',
    estimator: changed(
      showing((right) => right),
      (gradient) => gradient.map((g) => 1.001 * g),
    ),
    caughtBy: 'gradient',
    message: /negative − positive phase/,
  },
  {
    fault: 'live parameters that are written',
    estimator: wrong((estimation, program) => ({
      estimate: async (...given) => {
        const estimate = await estimation.estimate(...given);
        const parameters = await program.backend.read(program.parameters);
        parameters[0] = (parameters[0] as number) + 1e-12;
        program.backend.write(program.parameters, parameters);
        return estimate;
      },
    })),
    caughtBy: 'purity',
    message: /live parameters after two estimates/,
  },
];

/** Works at the parameters that it read last. */
function readParameters(refreshes: (step: number) => boolean): GradientEstimator {
  const right = faulty({});
  return {
    ...right,
    bind: (program, rows) => {
      const estimation = right.bind(program, rows);
      let kept: Float64Array | undefined;
      return override(estimation, {
        estimate: async (batch, state, random, options) => {
          const live = await program.backend.read(program.parameters);
          if (!kept || refreshes(state.steps)) kept = live;
          program.backend.write(program.parameters, kept);
          const estimate = await estimation.estimate(batch, state, random, options);
          program.backend.write(program.parameters, live);
          return estimate;
        },
      });
    },
  };
}

export const wrongEstimators: readonly WrongEstimator[] = [...plainEstimators, ...subtleEstimators];
