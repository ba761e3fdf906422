import { definePlugin, sweepKernel } from '@rbm/core/contracts';

/** Replace the sweep: it changes the chains in place, and leaves the target invariant, which goes to every operation. */
export function create({ repeats = 1 } = {}) {
  return {
    specVersion: 1,
    name: 'my/__NAME__',
    settings: { repeats },
    capabilities: { invariant: true, reversible: false },
    bind: (program) =>
      sweepKernel(program, async (states, { random, step }, _chains, target) => {
        for (let r = 0; r < repeats; r++) program.gibbs(states, 1, { random: random.fork(r), step }, target);
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
