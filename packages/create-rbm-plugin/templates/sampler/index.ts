import { definePlugin, type Plugin, type Sampler, sweepKernel } from '@rbm/core/contracts';

/** Options of the sampler. */
export interface SamplerOptions {
  /** Gibbs sweeps in each sweep (default: 1). */
  readonly repeats?: number;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'my/__NAME__': SamplerOptions;
  }
}

/** Repeated Gibbs sweeps. */
export function sampler({ repeats = 1 }: SamplerOptions = {}): Sampler {
  return {
    specVersion: 1,
    name: 'my/__NAME__',
    settings: { repeats },
    // The suite tests what is declared here.
    capabilities: { invariant: true, reversible: false },
    bind: (program) =>
      // Replace the sweep. It changes the chains in place and leaves the target invariant, which goes to every operation.
      sweepKernel(program, async (states, { random, step }, _chains, target) => {
        for (let r = 0; r < repeats; r++) program.gibbs(states, 1, { random: random.fork(r), step }, target);
      }),
  };
}

export default (): Plugin =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { samplers: 1 },
    provides: {
      samplers: {
        'my/__NAME__': {
          options: { repeats: { type: 'integer', minimum: 1, default: 1, describe: 'Gibbs sweeps in each sweep' } },
          create: sampler,
        },
      },
    },
  });
