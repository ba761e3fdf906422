import { type Generator, generator, RbmError } from '@rbm/core';
import type { Buffer, BufferSpec, ChainSnapshot, Chains, Kernel, Layer, Program, Sampler } from '@rbm/core/contracts';
import { override } from '../override.js';
import { backendGibbs, sweepSampler } from '../sweep-sampler.js';
import { identity, repeatedStream, sharedStream, swapped, synchronous, wrongTemperature } from '../wrong-kernels.js';
import type { AuxiliaryVariables } from './check-auxiliary.js';
import { metropolis } from './metropolis.js';
import { ofResting, resting } from './resting.js';

/** Samplers to try the suite on: wrong in ways that real ones have been. */
export interface WrongSampler {
  readonly fault: string;
  readonly sampler: Sampler;
  /** Of a kernel that remembers more than values. */
  readonly auxiliary?: AuxiliaryVariables;
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

const plainSamplers: readonly WrongSampler[] = [
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
    message: /the numbers of sweep/,
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
    message: /drawn from twice|chains are independent/i,
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

/** A right sampler on a program with operations replaced. */
function onProgram(change: (program: Program) => Partial<Program>): Sampler {
  return { ...backendGibbs(), bind: (program) => backendGibbs().bind(override(program, change(program))) };
}

/** Copies the parameters when `refreshes` says so, and sweeps at the copy. */
function cachedParameters(refreshes: (step: number) => boolean): Sampler {
  return {
    ...backendGibbs(),
    bind: (program) => {
      let cached: Float64Array | undefined;
      let steps = 0;
      return sweepSampler('cached', async (_, layers, site, target) => {
        if (!cached || refreshes(steps)) cached = await program.backend.read(program.parameters);
        steps++;
        const parameters = program.allocate({ holds: 'parameters' });
        program.backend.write(parameters, cached);
        program.gibbs(layers, 1, site, { parameters, ...target });
        parameters.dispose();
      }).bind(program);
    },
  };
}

/** Does another number of sweeps than was asked for. */
const miscounted = (done: (sweeps: number) => number): Sampler =>
  wrongKernel((kernel, program) => ({
    step: async (state, random, sweeps, options) => {
      const { layers, sweeps: first } = state;
      program.gibbs(layers, done(sweeps), { random, step: first }, options?.target);
      return kernel.step(state, random, 0, options).then(async ({ state: same, info }) => {
        const saved = await kernel.save(same);
        same.dispose();
        return { state: await kernel.load({ ...saved, sweeps: first + sweeps }), info };
      });
    },
  }));

/** Puts numbers back where they were before the step. */
export function frozen(keeps: (row: number, unit: number, layer: number, rows: number) => boolean): Sampler {
  return sweepSampler('frozen', async (program, layers, site, target) => {
    const before = await Promise.all(layers.map((buffer) => program.backend.read(buffer)));
    program.gibbs(layers, 1, site, target);
    for (const [l, buffer] of layers.entries()) {
      const { units, width } = program.model.layers[l] as Layer;
      const rows = before[l]?.length ? before[l].length / (units * width) : 0;
      const after = await program.backend.read(buffer);
      after.forEach((_, i) => {
        const unit = Math.floor(i / width) % units;
        if (keeps(Math.floor(i / (units * width)), unit, l, rows)) after[i] = before[l]?.[i] as number;
      });
      program.backend.write(buffer, after);
    }
  });
}

/** Parameters of which some arrays are taken for zeros. */
function forgetful(forgets: (name: string, kind: string, index: number) => boolean): Sampler {
  return sweepSampler('forgetful', async (program, layers, site, target) => {
    const { layout, layers: kinds } = program.model;
    const values = await program.backend.read(target?.parameters ?? program.parameters);
    for (const { name, offset, length } of layout.arrays) {
      const layer = layout.layers.findIndex(({ start, end }) => offset >= start && offset < end);
      for (let i = 0; i < length; i++) {
        if (forgets(name, kinds[layer]?.kind ?? '', i)) values[offset + i] = 0;
      }
    }
    const parameters = program.allocate({ holds: 'parameters' });
    program.backend.write(parameters, values);
    program.gibbs(layers, 1, site, { ...target, parameters });
    parameters.dispose();
  });
}

/** Gaussian units whose deviation from their mean is multiplied. */
const spread = (factor: number): Sampler =>
  onProgram((program) => ({
    gibbs: (states, sweeps, site, target) => {
      if (program.model.layers.every(({ kind }) => kind !== 'gaussian')) {
        program.gibbs(states, sweeps, site, target);
        return;
      }
      for (let s = 0; s < sweeps; s++) {
        for (const block of program.model.blocks) {
          for (const { layer } of block) {
            const { spec } = states[layer] as Buffer;
            const [inputs, means] = [
              program.allocate({ ...spec, holds: 'inputs' } as BufferSpec),
              program.allocate({ ...spec, holds: 'means' } as BufferSpec),
            ];
            program.affine(layer, states, inputs, target?.parameters);
            program.mean(layer, inputs, means, target);
            program.sample(layer, inputs, states[layer] as Buffer, { ...site, step: site.step + s }, target);
            if (program.model.layers[layer]?.kind === 'gaussian') {
              const data = dataOf(states[layer] as Buffer);
              dataOf(means).forEach((mean, i) => {
                data[i] = mean + factor * ((data[i] as number) - mean);
              });
            }
            inputs.dispose();
            means.dispose();
          }
        }
      }
    },
  }));

/** What the reference backend keeps in a buffer, itself. */
function dataOf(buffer: Buffer): Float64Array {
  return (buffer as unknown as { readonly data: Float64Array }).data;
}

/** Draws at other addresses. */
const readdressed = (
  address: (chain: number, unit: number, step: number) => readonly [chain: number, unit: number, step: number],
): Sampler =>
  sweepSampler('readdressed', (program, layers, site, target) => {
    const { random } = site;
    const moved: Generator = override(random, {
      uniform: (chain, unit, step, draw) => random.uniform(...address(chain, unit, step), draw),
      bernoulli: (p, chain, unit, step, draw) => random.bernoulli(p, ...address(chain, unit, step), draw),
      categorical: (p, offset, length, chain, unit, step, draw) =>
        random.categorical(p, offset, length, ...address(chain, unit, step), draw),
      normal: (chain, unit, step, draw) => random.normal(...address(chain, unit, step), draw),
    });
    program.gibbs(layers, 1, { ...site, random: moved }, target);
  });

/** Faults that the small models, single steps and few chains of an earlier suite let through. */
const subtleSamplers: readonly WrongSampler[] = [
  {
    fault: 'parameters remembered from the first step',
    sampler: cachedParameters(() => false),
    caughtBy: 'live parameters',
    message: /after the live parameters changed/,
  },
  ...[0, 1].map(
    (odd): WrongSampler => ({
      fault: `parameters read at every second step, from step ${odd}`,
      sampler: cachedParameters((step) => step % 2 === odd),
      caughtBy: 'live parameters',
      message: /after the live parameters changed/,
    }),
  ),
  {
    fault: 'parameters read at every third step',
    sampler: cachedParameters((step) => step % 3 === 0),
    caughtBy: 'live parameters',
    message: /after the live parameters changed/,
  },
  ...(
    [
      ['one sweep whatever is asked for', (n) => Math.min(n, 1)],
      ['one sweep too many', (n) => (n > 0 ? n + 1 : 0)],
      ['one sweep too many from 2 on', (n) => (n > 1 ? n + 1 : n)],
      ['one sweep fewer from 5 on', (n) => (n >= 5 ? n - 1 : n)],
      ['one sweep fewer from 20 on', (n) => (n >= 20 ? n - 1 : n)],
      ['at most 64 sweeps', (n) => Math.min(n, 64)],
    ] as const satisfies readonly (readonly [string, (sweeps: number) => number])[]
  ).map(
    ([fault, done]): WrongSampler => ({
      fault,
      sampler: miscounted(done),
      caughtBy: 'successive sweeps',
      message: /sweeps asked for at once/,
    }),
  ),
  ...(
    [
      ['potts', 'a forgotten bias of categorical units'],
      ['spin', 'a forgotten field of spins'],
      ['bernoulli', 'a forgotten bias of units of 0 and 1'],
    ] as const
  ).map(
    ([kind, fault]): WrongSampler => ({
      fault,
      sampler: forgetful((_, of) => of === kind),
      caughtBy: 'invariance',
      message: /wanted pP = p/,
    }),
  ),
  {
    fault: 'a forgotten bias of hidden units',
    sampler: forgetful((name) => name === 'hidden.bias'),
    caughtBy: 'invariance',
    message: /wanted pP = p/,
  },
  {
    fault: 'forgotten couplings within a layer',
    sampler: forgetful((name) => name === 'couplings'),
    caughtBy: 'invariance',
    message: /hopfield.* wanted pP = p/,
  },
  {
    fault: 'biases forgotten from unit 8 on',
    sampler: forgetful((name, _, i) => name.endsWith('.bias') && i >= 8),
    caughtBy: 'large layers',
    message: /within 6 standard errors/,
  },
  {
    fault: 'weights forgotten from the ninetieth on',
    sampler: forgetful((name, _, i) => name === 'weights' && i >= 90),
    caughtBy: 'large layers',
    message: /within 6 standard errors/,
  },
  ...[8, 9].map(
    (first): WrongSampler => ({
      fault: `units frozen from ${first} on`,
      sampler: frozen((_, unit) => unit >= first),
      caughtBy: 'large layers',
      message: new RegExp(`unit ${first} of layer "visible" has moved in none`),
    }),
  ),
  {
    fault: 'hidden units frozen from 8 on',
    sampler: frozen((_, unit, layer) => layer > 0 && unit >= 8),
    caughtBy: 'large layers',
    message: /within 6 standard errors|unit 8 of layer "hidden" has moved in none/,
  },
  {
    fault: 'half the spread of Gaussian units',
    sampler: spread(0.5),
    caughtBy: 'large layers',
    message: /gaussian.* within 6 standard errors/,
  },
  {
    fault: 'means for samples of Gaussian units',
    sampler: spread(0),
    caughtBy: 'large layers',
    message: /gaussian.* within 6 standard errors/,
  },
  {
    fault: 'a spread of Gaussian units 10 % too large',
    sampler: spread(1.1),
    caughtBy: 'large layers',
    message: /gaussian.* within 6 standard errors/,
  },
  ...(
    [
      ['chains frozen from 64 on', (row) => row >= 64],
      ['chains frozen from 4096 on', (row) => row >= 4096],
      ['the last chain of an odd batch frozen', (row, rows) => rows % 2 === 1 && row === rows - 1],
      [
        'the last chain of an odd batch of several frozen',
        (row, rows) => rows % 2 === 1 && row > 0 && row === rows - 1,
      ],
      ['the last chain of a batch of more than 4 frozen', (row, rows) => rows > 4 && row === rows - 1],
      ['all chains but the first frozen', (row) => row > 0],
      ['the rest of a vector of 4 chains frozen', (row, rows) => rows > 4 && row >= 4 * Math.floor(rows / 4)],
    ] as const satisfies readonly (readonly [string, (row: number, rows: number) => boolean])[]
  ).map(
    ([fault, keeps]): WrongSampler => ({
      fault,
      sampler: frozen((row, _, __, rows) => (keeps as (row: number, rows: number) => boolean)(row, rows)),
      caughtBy: 'independence of chains',
      message: /chains are independent/i,
    }),
  ),
  ...[4, 64, 4096].map(
    (period): WrongSampler => ({
      fault: `addresses of chains modulo ${period}`,
      sampler: readdressed((chain, unit, step) => [chain % period, unit, step]),
      caughtBy: 'independence of chains',
      message: /chains are independent/i,
    }),
  ),
  {
    fault: 'chains numbered from the end of the batch',
    sampler: sweepSampler('numbered from the end', (program, layers, site, target) => {
      const { rows } = (layers[0] as Buffer).spec as { readonly rows: number };
      const { random } = site;
      const turned = override(random, {
        bernoulli: (p, chain, unit, step, draw) => random.bernoulli(p, rows - 1 - chain, unit, step, draw),
        categorical: (p, offset, length, chain, unit, step, draw) =>
          random.categorical(p, offset, length, rows - 1 - chain, unit, step, draw),
      });
      program.gibbs(layers, 1, { ...site, random: turned }, target);
    }),
    caughtBy: 'independence of chains',
    message: /chains are independent/i,
  },
  {
    fault: 'units that share the numbers of the first',
    sampler: readdressed((chain, _, step) => [chain, 0, step]),
    caughtBy: 'invariance',
    message: /drawn from twice/,
  },
  {
    fault: 'addresses of units modulo 8',
    sampler: readdressed((chain, unit, step) => [chain, unit % 8, step]),
    caughtBy: 'large layers',
    message: /drawn from twice|within 6 standard errors/,
  },
  ...[8, 16, 32].map(
    (bits): WrongSampler => ({
      fault: `steps cut to ${bits} bits`,
      sampler: readdressed((chain, unit, step) => [chain, unit, step % 2 ** bits]),
      caughtBy: 'successive sweeps',
      message: /the numbers of sweep/,
    }),
  ),
  {
    fault: 'an abort seen only at the start',
    sampler: wrongKernel((kernel, program) => ({
      step: async (state, random, sweeps, options) => {
        const { signal: _, ...rest } = options ?? {};
        if (options?.signal?.aborted) return kernel.step(state, random, sweeps, options);
        await program.backend.sync();
        let next = { state, info: {} } as Awaited<ReturnType<Kernel['step']>>;
        for (let s = 0; s < sweeps; s++) {
          next = await kernel.step(next.state, random, 1, rest);
          await program.backend.sync();
        }
        return next;
      },
    })),
    caughtBy: 'abort',
    message: /after its signal had fired, and then succeeded/,
  },
  {
    fault: 'an abort that leaves its buffers',
    sampler: wrongKernel((kernel, program) => ({
      step: async (state, random, sweeps, options) => {
        if (options?.signal?.aborted) program.allocate({ holds: 'rows', rows: 1 });
        return kernel.step(state, random, sweeps, options);
      },
    })),
    caughtBy: 'abort',
    message: /After an aborted step/,
  },
  {
    fault: 'one β for every target',
    sampler: sweepSampler('of one β', (program, layers, site, target) =>
      program.gibbs(layers, 1, site, target?.base ? { ...target, beta: 0.5 } : target),
    ),
    caughtBy: 'targets',
    message: /between a base with weights/,
  },
  {
    fault: 'only the first layer clamped',
    sampler: sweepSampler('clamped in front', (program, layers, site, target) => {
      const { clamp, ...rest } = target ?? {};
      const first = clamp?.map((mask, layer) => (layer === 0 ? mask : undefined));
      program.gibbs(layers, 1, site, target && { ...rest, ...(first ? { clamp: first } : {}) });
    }),
    caughtBy: 'targets',
    message: /clamped/,
  },
  {
    fault: 'a hidden layer that is never drawn',
    sampler: frozen((_, __, layer) => layer === 1),
    caughtBy: 'reach',
    message: /never reached/,
  },
  {
    fault: 'parities that are kept',
    // Redraws two units at a time where both are the same: states of odd parity keep it.
    sampler: frozen((row, unit, layer) => layer === 0 && unit === 0 && row >= 0),
    caughtBy: 'reach',
    message: /never reached/,
  },
  {
    fault: 'numbers from the seed 0 whatever the generator',
    sampler: sweepSampler('of seed 0', (program, layers, site, target) =>
      program.gibbs(layers, 1, { ...site, random: generator(0) }, target),
    ),
    caughtBy: 'reproducible',
    message: /five seeds give the same chains/,
  },
  {
    fault: 'a snapshot that is the live memory',
    sampler: wrongKernel((kernel) => ({
      save: async (state) => {
        const saved = await kernel.save(state);
        const values = Object.entries(saved.values).map(([name, array], l) => {
          const live = dataOf(state.layers[l] as Buffer);
          return [name, live.length === array.length ? live : array] as const;
        });
        return { ...saved, values: Object.fromEntries(values) };
      },
    })),
    caughtBy: 'snapshots',
    message: /changes with the chains/,
  },
  {
    fault: 'a snapshot with a function in it',
    sampler: wrongKernel((kernel) => ({
      save: async (state) => ({ ...(await kernel.save(state)), extra: { again: (() => {}) as never } }),
    })),
    caughtBy: 'snapshots',
    message: /plain data/,
  },
  {
    fault: 'a snapshot that says one chain',
    sampler: wrongKernel((kernel) => ({ save: async (state) => ({ ...(await kernel.save(state)), chains: 1 }) })),
    caughtBy: 'snapshots',
    message: /chains is 1, wanted 5/,
  },
  {
    fault: 'sweeps that are not counted',
    sampler: wrongKernel((kernel) => ({
      step: async (state, random, sweeps, options) => {
        const { state: next, info } = await kernel.step(state, random, sweeps, options);
        const saved = await kernel.save(next);
        next.dispose();
        return { state: await kernel.load({ ...saved, sweeps: 0 }), info };
      },
    })),
    caughtBy: 'state',
    message: /has done 0, wanted|the state has done 0/,
  },
  {
    fault: 'an acceptance rate of no proposals',
    sampler: wrongKernel((kernel) => ({
      step: async (...given) => ({ ...(await kernel.step(...given)), info: { acceptance: 0 / 0 } }),
    })),
    caughtBy: 'state',
    message: /info.acceptance is NaN/,
  },
  {
    fault: 'live parameters that are written',
    sampler: sweepSampler('writing', (program, layers, site, target) => {
      program.gibbs(layers, 1, site, target);
      const data = dataOf(program.parameters);
      data[0] = (data[0] as number) + 1e-12;
    }),
    caughtBy: 'purity',
    message: /Live parameters/,
  },
  {
    fault: 'a claim that is missing',
    sampler: { ...backendGibbs(), capabilities: { invariant: true } as never },
    caughtBy: 'manifest',
    message: /capabilities.reversible is undefined/,
  },
  {
    fault: 'no settings',
    sampler: { ...backendGibbs(), settings: undefined as never },
    caughtBy: 'manifest',
    message: /settings is undefined/,
  },
];

/** Kernels with an auxiliary variable. */
const extendedSamplers: readonly WrongSampler[] = [
  {
    fault: 'an auxiliary variable that follows the values',
    sampler: resting((_, values, chain) => values[0]?.[chain] as number),
    caughtBy: 'invariance',
    message: /takes the extended distribution p/,
  },
  {
    fault: 'an auxiliary variable that is mostly one thing',
    sampler: resting((rested, values, chain) => (rested === 1 && values[0]?.[chain] === 1 ? 1 : 1 - rested)),
    caughtBy: 'invariance',
    message: /takes the extended distribution p/,
  },
  {
    fault: 'an auxiliary variable that never changes',
    sampler: resting((rested) => rested),
    caughtBy: 'reach',
    message: /some extended states are never reached/,
  },
  {
    fault: 'a kernel with an auxiliary variable at another temperature',
    sampler: extended(wrongTemperature(1.05)),
    caughtBy: 'invariance',
    message: /takes the extended distribution p/,
  },
  {
    fault: 'a kernel with an auxiliary variable that draws layers at once',
    sampler: extended(synchronous()),
    caughtBy: 'no drift',
    message: /start in the extended distribution/,
  },
  {
    fault: 'a kernel with an auxiliary variable that sweeps once',
    sampler: extended(miscounted((sweeps) => Math.min(sweeps, 1))),
    caughtBy: 'successive sweeps',
    message: /2 sweeps at once|2 sweeps asked for at once/,
  },
  {
    fault: 'a kernel with an auxiliary variable and old parameters',
    sampler: extended(cachedParameters(() => false)),
    caughtBy: 'live parameters',
    message: /after the live parameters changed/,
  },
].map((wrong) => ({ ...wrong, auxiliary: ofResting }));

/** A kernel whose snapshots carry a bit that means nothing. */
function extended(sampler: Sampler): Sampler {
  return {
    ...sampler,
    bind: (program) => {
      const kernel = sampler.bind(program);
      const flip = (snapshot: ChainSnapshot): ChainSnapshot => ({
        ...snapshot,
        extra: { rests: new Float64Array(snapshot.chains).fill(snapshot.sweeps % 2) },
      });
      return override(kernel, { save: async (state) => flip(await kernel.save(state)) });
    },
  };
}

/** Draws from a fork that it numbers itself, across kernels. */
function countingSampler(): Sampler {
  let calls = 0;
  return sweepSampler('counting', (program, layers, site) => {
    program.gibbs(layers, 1, { ...site, random: site.random.fork(calls++) });
  });
}

export const wrongSamplers: readonly WrongSampler[] = [...plainSamplers, ...subtleSamplers, ...extendedSamplers];
