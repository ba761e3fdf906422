import type { Estimation, GradientEstimator, NegativePhase, Program } from '@rbm/core/contracts';
import { override } from '../override.js';
import { type ChainRule, chainEstimator } from './chain-estimator.js';

/** Estimators to try the suite on: wrong in ways that real ones have been. */
export interface WrongEstimator {
  readonly fault: string;
  readonly estimator: GradientEstimator;
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

export const wrongEstimators: readonly WrongEstimator[] = [
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
    message: /wanted .* within 5 standard errors/,
  },
];
