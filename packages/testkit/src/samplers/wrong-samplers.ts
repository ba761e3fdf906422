import { RbmError } from '@rbm/core';
import type { Chains, Kernel, Program, Sampler } from '@rbm/core/contracts';
import { override } from '../override.js';
import { backendGibbs, sweepSampler } from '../sweep-sampler.js';
import { identity, repeatedStream, sharedStream, swapped, synchronous, wrongTemperature } from '../wrong-kernels.js';
import { metropolis } from './metropolis.js';

/** Samplers to try the suite on: wrong in ways that real ones have been. */
export interface WrongSampler {
  readonly fault: string;
  readonly sampler: Sampler;
  /** The check named for what is wrong; others may fail with it. */
  readonly caughtBy: string;
  readonly message: RegExp;
}

/** A right sampler with members of its kernels replaced. */
function wrongKernel(change: (kernel: Kernel, program: Program) => Partial<Kernel>): Sampler {
  const right = backendGibbs();
  return {
    ...right,
    bind: (program) => {
      const kernel = right.bind(program);
      return override(kernel, change(kernel, program));
    },
  };
}

const gibbsWith = (capabilities: Partial<Sampler['capabilities']>): Sampler =>
  sweepSampler('gibbs', (program, layers, site) => program.gibbs(layers, 1, site), capabilities);

export const wrongSamplers: readonly WrongSampler[] = [
  {
    fault: 'no contract version',
    sampler: { ...backendGibbs(), specVersion: 2 as unknown as 1 },
    caughtBy: 'manifest',
    message: /specVersion is 2, wanted 1/,
  },
  {
    fault: 'a biased acceptance',
    sampler: metropolis({ acceptance: (rise) => Math.min(1, Math.exp(-0.95 * rise)) }),
    caughtBy: 'invariance',
    message: /wanted pP = p/,
  },
  { fault: 'another temperature', sampler: wrongTemperature(1.05), caughtBy: 'invariance', message: /wanted pP = p/ },
  { fault: 'synchronous updates', sampler: synchronous(), caughtBy: 'no drift', message: /standard deviations off/ },
  { fault: 'a swapped layer', sampler: swapped(), caughtBy: 'no drift', message: /total variation/ },
  {
    fault: 'one stream of numbers for all sweeps',
    sampler: repeatedStream(),
    caughtBy: 'successive sweeps',
    message: /drawn from twice/,
  },
  {
    fault: 'parameters remembered from bind',
    sampler: {
      ...backendGibbs(),
      bind: (program) => {
        const { model, backend } = program;
        return backendGibbs().bind(
          override(program, {
            gibbs: (states, sweeps, site, target) => {
              backend.write(program.parameters, model.parameters);
              program.gibbs(states, sweeps, site, target);
            },
          }),
        );
      },
    },
    caughtBy: 'live parameters',
    message: /after the live parameters changed/,
  },
  {
    fault: 'a target that is ignored',
    sampler: sweepSampler('deaf', (program, layers, site) => program.gibbs(layers, 1, site)),
    caughtBy: 'targets',
    message: /at other parameters/,
  },
  {
    fault: 'a clamp that leaks',
    sampler: sweepSampler('leaking clamp', (program, layers, site, target) => {
      const { clamp, ...rest } = target ?? {};
      program.gibbs(layers, 1, site, target && { ...rest, ...(clamp ? { clamp: clamp.with(0, undefined) } : {}) });
    }),
    caughtBy: 'targets',
    message: /with the first unit of each layer clamped/,
  },
  { fault: 'an identity kernel', sampler: identity(), caughtBy: 'reach', message: /never reached/ },
  {
    fault: 'one generator stream reused across chains',
    sampler: sharedStream(),
    caughtBy: 'independence of chains',
    message: /drawn from twice|Chains are independent/,
  },
  {
    fault: 'numbers that depend on how often it was asked',
    sampler: countingSampler(),
    caughtBy: 'reproducible',
    message: /wanted .* bit for bit/,
  },
  {
    fault: 'a snapshot that forgets the count of sweeps',
    sampler: wrongKernel((kernel) => ({ load: (snapshot) => kernel.load({ ...snapshot, sweeps: 0 }) })),
    caughtBy: 'snapshots',
    message: /found 4 sweeps, wanted 7/,
  },
  {
    fault: 'a position that is not taken',
    sampler: wrongKernel((kernel) => ({ init: (random, { chains }) => kernel.init(random, { chains }) })),
    caughtBy: 'state',
    message: /init at a position/,
  },
  {
    fault: 'a model that is changed',
    sampler: sweepSampler('drifting', (program, layers, site) => {
      program.gibbs(layers, 1, site);
      program.model.parameters[0] = (program.model.parameters[0] as number) + 1e-9;
    }),
    caughtBy: 'purity',
    message: /Parameters of the model/,
  },
  {
    fault: 'a state that may be used twice',
    sampler: wrongKernel((kernel, program) => ({
      step: async (state, random, sweeps, options) => {
        const copy = await kernel.load(await kernel.save(state));
        program.backend.copy(copy.layers[0] as never, state.layers[0] as never);
        return kernel.step(copy, random, sweeps, options);
      },
    })),
    caughtBy: 'consumed state',
    message: /wanted an RbmError with code STATE_CONSUMED, nothing was thrown/,
  },
  {
    fault: 'a leaking buffer',
    sampler: sweepSampler('leaking', (program, layers, site) => {
      program.allocate({ holds: 'inputs', layer: 0, rows: 1 });
      program.gibbs(layers, 1, site);
    }),
    caughtBy: 'memory',
    message: /live buffers .* wanted 0/,
  },
  {
    fault: 'buffers kept when the backend fails',
    sampler: wrongKernel((kernel, program) => ({
      step: async (state, random, sweeps, options) => {
        const room = program.allocate({ holds: 'rows', rows: 1 });
        const stepped = await kernel.step(state, random, sweeps, options);
        room.dispose();
        return stepped;
      },
    })),
    caughtBy: 'memory after a failure',
    message: /failed: found [12] live buffers/,
  },
  {
    fault: 'an abort signal that is not read',
    sampler: wrongKernel((kernel) => ({ step: (state, random, sweeps) => kernel.step(state, random, sweeps) })),
    caughtBy: 'abort',
    message: /code ABORTED, nothing was thrown/,
  },
  {
    fault: 'sweeps that are rounded',
    sampler: wrongKernel((kernel) => ({
      step: (state, random, sweeps, options) =>
        kernel.step(state, random, Math.max(0, Math.round(sweeps) || 0), options),
    })),
    caughtBy: 'errors',
    message: /A step of -1 sweeps: wanted .* ARGUMENT_INVALID/,
  },
  {
    fault: 'errors without a code',
    sampler: wrongKernel((kernel) => ({
      init: async (random, position) => {
        try {
          return (await kernel.init(random, position)) as Chains;
        } catch (error) {
          throw new TypeError(RbmError.isInstance(error) ? error.message : 'unknown');
        }
      },
    })),
    caughtBy: 'errors',
    message: /found TypeError/,
  },
  {
    fault: 'detailed balance claimed in vain',
    sampler: gibbsWith({ reversible: true }),
    caughtBy: 'detailed balance',
    message: /claims detailed balance/,
  },
  {
    fault: 'a state-dependent number of uniforms',
    sampler: metropolis({ acceptance: (rise) => Math.min(1, Math.exp(-rise)), impatient: true }),
    caughtBy: 'fixed uniforms',
    message: /claims the same draws/,
  },
];

/** Draws from a fork that it numbers itself, across kernels. */
function countingSampler(): Sampler {
  let calls = 0;
  return sweepSampler('counting', (program, layers, site) => {
    program.gibbs(layers, 1, { ...site, random: site.random.fork(calls++) });
  });
}
