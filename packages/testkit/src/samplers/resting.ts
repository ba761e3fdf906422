import { type EnergyModel, type Generator, RbmError } from '@rbm/core';
import type { ChainSnapshot, ChainState, Kernel, Sampler } from '@rbm/core/contracts';
import { gatherStates, jointDistribution } from '../joint.js';
import { backendGibbs } from '../sweep-sampler.js';
import type { AuxiliaryVariables } from './check-auxiliary.js';

interface RestingState extends ChainState {
  readonly inner: ChainState;
  /** One number a chain: 1 where it rests in the next sweep. */
  readonly rests: Float64Array;
}

/** How a chain that rested or moved goes on: whether it rests next. */
export type RestRule = (rested: number, values: readonly Float64Array[], chain: number) => number;

/**
 * Block Gibbs whose chains move and rest in turn. A bit beside the values says which: the bit and the values together have an
 * invariant distribution, the model's times ½, though no single step leaves the values of a moving chain alone. A kernel with an
 * auxiliary variable on which to try the suite.
 */
export function resting(next: RestRule = (rested) => 1 - rested): Sampler {
  return {
    ...backendGibbs(),
    name: 'resting',
    bind: (program) => {
      const kernel = backendGibbs().bind(program);
      const wrap = (inner: ChainState, rests: Float64Array): RestingState => ({
        chains: inner.chains,
        layers: inner.layers,
        sweeps: inner.sweeps,
        inner,
        rests,
        dispose: () => inner.dispose(),
      });
      const own: Kernel<RestingState> = {
        init: async (random, position) =>
          wrap(
            await kernel.init(random, position),
            Float64Array.from({ length: position.chains }, (_, chain) =>
              random.fork('rests').bernoulli(0.5, chain, 0, 0, 0),
            ),
          ),
        step: async (state, random, sweeps, options) => {
          let [inner, rests] = [state.inner, state.rests];
          // Refusals come from the kernel inside, before any sweep.
          if (!(Number.isSafeInteger(sweeps) && sweeps > 0)) {
            ({ state: inner } = await kernel.step(inner, random, sweeps, options));
          }
          for (let s = 0; s < sweeps; s++) {
            const before = (await kernel.save(inner)).values;
            ({ state: inner } = await kernel.step(inner, random, 1, options));
            const names = program.model.names;
            for (const [l, buffer] of inner.layers.entries()) {
              const values = await program.backend.read(buffer);
              const width = values.length / inner.chains;
              values.forEach((_, i) => {
                if (rests[Math.floor(i / width)] === 1) values[i] = before[names[l] as string]?.[i] as number;
              });
              program.backend.write(buffer, values);
            }
            const after = await Promise.all(inner.layers.map((buffer) => program.backend.read(buffer)));
            rests = rests.map((rested, chain) => next(rested, after, chain));
          }
          return { state: wrap(inner, rests), info: {} };
        },
        save: async (state) => ({ ...(await kernel.save(state.inner)), extra: { rests: state.rests.slice() } }),
        load: async (snapshot) => wrap(await kernel.load(snapshot), restsOf(snapshot)),
      };
      return own as Kernel;
    },
  };
}

function restsOf({ extra }: ChainSnapshot): Float64Array {
  const rests = extra?.rests;
  if (rests instanceof Float64Array) return rests.slice();
  throw new RbmError('ARGUMENT_INVALID', 'The snapshot has no `rests`.');
}

const snapshotOf = (values: Record<string, Float64Array>, rests: Float64Array): ChainSnapshot => ({
  chains: rests.length,
  sweeps: 0,
  values,
  extra: { rests },
});

/** The extended distribution of `resting`. */
export const ofResting: AuxiliaryVariables = {
  states: (model: EnergyModel) => {
    const joint = jointDistribution(model, 64);
    return Array.from(joint.probabilities, (weight, state) =>
      [0, 1].map((rests) => ({ snapshot: snapshotOf(gatherStates(joint, [state]), Float64Array.of(rests)), weight })),
    ).flat();
  },
  key: ({ values, extra }) => JSON.stringify([Object.values(values).map((array) => [...array]), extra?.rests]),
  start: (model: EnergyModel, random: Generator, chains: number) => {
    const joint = jointDistribution(model, 64);
    const states = Array.from({ length: chains }, (_, chain) =>
      random.categorical(joint.probabilities, 0, joint.count, chain, 0, 0, 0),
    );
    const rests = Float64Array.from({ length: chains }, (_, chain) => random.bernoulli(0.5, chain, 1, 0, 0));
    return snapshotOf(gatherStates(joint, states), rests);
  },
};
