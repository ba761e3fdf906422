import { readMeans, type Sampler, sweepKernel } from '@rbm/core/contracts';
import { temper } from '@rbm/samplers';

/**
 * A sampler of a third party, for Bernoulli layers whose own units do not interact: each unit flips with probability
 * `min(1, exp(−ΔE))` (Metropolis et al. 1953). It has no notion of temperature; it passes its target on.
 */
export function metropolis(): Sampler {
  return {
    specVersion: 1,
    name: 'acme/metropolis',
    settings: {},
    capabilities: { invariant: true, reversible: false },
    bind: (program) =>
      sweepKernel(program, async (states, { random, step }, chains, target) => {
        let unit = 0;
        for (const [layer, { units }] of program.model.layers.entries()) {
          const p = await readMeans(program, layer, states, chains, target);
          const buffer = states[layer] as (typeof states)[0];
          const x = await program.backend.read(buffer);
          p.forEach((on, i) => {
            const odds = x[i] === 1 ? (1 - on) / on : on / (1 - on);
            const [row, at] = [Math.floor(i / units), unit + (i % units)];
            if (random.bernoulli(Math.min(1, odds), row, at, step, 0)) x[i] = 1 - (x[i] as number);
          });
          program.backend.write(buffer, x);
          unit += units;
        }
      }),
  };
}

/** The same sampler, tempered. */
export const temperedMetropolis = (): Sampler => temper({ sampler: metropolis(), ladder: 6, warmUp: 64 });
