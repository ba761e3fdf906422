import { definePlugin, sweepKernel } from '@rbm/core';

/** Replace the sweep: it changes the chains in place, and leaves the model's distribution invariant. */
export function create({ repeats = 1 } = {}) {
  return {
    specVersion: 1,
    name: 'my/__NAME__',
    capabilities: { reversible: false },
    bind: (program) =>
      sweepKernel(program, async (states, { random, step }) => {
        for (let r = 0; r < repeats; r++) program.gibbs(states, 1, { random: random.fork(r), step });
      }),
  };
}

const options = { repeats: { type: 'integer', minimum: 1, default: 1, describe: 'Gibbs sweeps in each sweep' } };

export default () =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { samplers: 1 },
    provides: { samplers: { 'my/__NAME__': { options, create } } },
  });
