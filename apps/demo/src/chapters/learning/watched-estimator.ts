import type { Estimate, EstimatedPhases, GradientEstimator, Program } from '@rbm/core/contracts';

/** What an estimator said, and at which parameters. */
interface Observation {
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
  readonly phases?: EstimatedPhases;
}

/** An estimator that is looked at. */
export interface Watched {
  readonly estimator: GradientEstimator;
  /** The last estimate that was looked at. */
  last(): Observation | undefined;
}

/** The same estimator, with every so many of its estimates kept to be looked at. */
export function watch(inner: GradientEstimator, every: number): Watched {
  let observation: Observation | undefined;
  const bind: GradientEstimator['bind'] = (program, rows) => {
    const estimation = inner.bind(program, rows);
    let estimates = 0;
    return {
      init: (random) => estimation.init(random),
      save: (state) => estimation.save(state),
      load: (snapshot) => estimation.load(snapshot),
      dispose: () => estimation.dispose(),
      estimate: async (batch, state, random, options) => {
        const estimate = await estimation.estimate(batch, state, random, options);
        estimates++;
        if (estimates % every === 0) observation = await observe(program, estimate);
        return estimate;
      },
    };
  };
  return { estimator: { ...inner, bind }, last: () => observation };
}

async function observe({ backend, parameters }: Program, { gradient, info }: Estimate): Promise<Observation> {
  const [at, estimated, phases] = await Promise.all([
    backend.read(parameters),
    backend.read(gradient),
    info.phases?.() ?? undefined,
  ]);
  return { parameters: at, gradient: estimated, ...(phases ? { phases } : {}) };
}
