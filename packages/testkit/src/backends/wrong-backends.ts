import { reference } from '@rbm/core';
import {
  type Backend,
  type Buffer,
  type BufferSpec,
  builtInOptimizer,
  isPairwise,
  type Optimizer,
  type OptimizerSettings,
  type Program,
  type Site,
  type Target,
} from '@rbm/core/contracts';
import { override } from '../override.js';

/** Backends to try the suite on: the reference, wrong in ways that real ones have been. */
export interface WrongBackend {
  readonly fault: string;
  readonly backend: () => Backend;
  /** The check named for what is wrong; others may fail with it. */
  readonly caughtBy: string;
  readonly message: RegExp;
}

/** The reference backend with members of its programs, and its own, replaced. */
function wrong(
  program: (program: Program, backend: Backend) => Partial<Program>,
  members: (backend: Backend) => Partial<Backend> = () => ({}),
): () => Backend {
  return () => {
    const right = reference();
    const changed: Backend = override(right, {
      prepare: async (model) => {
        const prepared = await right.prepare(model);
        return override(prepared, { backend: changed, ...program(prepared, right) });
      },
      ...members(right),
    });
    return changed;
  };
}

const wrongMembers = (members: (backend: Backend) => Partial<Backend>): (() => Backend) => wrong(() => ({}), members);

/** What the reference backend keeps in a buffer, itself. */
function dataOf(buffer: Buffer): Float64Array {
  return (buffer as unknown as { readonly data: Float64Array }).data;
}

/** An affine that sees only some of the units that send. */
function partialAffine(keeps: (index: number, length: number) => boolean): () => Backend {
  return wrong((program) => ({
    affine: (layer, values, inputs, parameters) => {
      const seen = values.map((buffer) => {
        const copy = program.allocate(buffer.spec);
        program.backend.copy(buffer, copy);
        const data = dataOf(copy);
        const length = data.length / (buffer.spec as { readonly rows: number }).rows;
        data.forEach((_, i) => {
          if (!keeps(i % length, length)) data[i] = 0;
        });
        return copy;
      });
      program.affine(layer, seen, inputs, parameters);
      for (const copy of seen) copy.dispose();
    },
  }));
}

/** A built-in optimizer without some of its settings. One that stays centred is left as it is, with all of them. */
function without(names: readonly string[], optimizer: Optimizer): Optimizer {
  const kept = Object.entries(optimizer.settings).filter(([name]) => !names.includes(name));
  if (kept.some(([name]) => name === 'centred') || kept.length === Object.keys(optimizer.settings).length) {
    return optimizer;
  }
  const settings = Object.fromEntries(kept) as unknown as OptimizerSettings<'sgd'>;
  return builtInOptimizer(optimizer.kind as 'sgd', settings);
}

/** Masks of which only the first row counts. */
function leaking(program: Program, { clamp }: Target): Pick<Target, 'clamp'> {
  if (!clamp) return {};
  const masks = clamp.map((mask) => {
    if (!mask) return undefined;
    const copy = program.allocate(mask.spec);
    const { rows } = mask.spec as { readonly rows: number };
    dataOf(copy).set(dataOf(mask).subarray(0, rows > 1 ? mask.length / rows : mask.length));
    return copy;
  });
  return { clamp: masks };
}

const firstChain = ({ random, ...site }: Site): Site => ({
  ...site,
  random: override(random, {
    uniform: (_, unit, step, draw) => random.uniform(0, unit, step, draw),
    bernoulli: (p, _, unit, step, draw) => random.bernoulli(p, 0, unit, step, draw),
  }),
});

const plainBackends: readonly WrongBackend[] = [
  {
    fault: 'an error of any size',
    backend: wrongMembers((right) => ({ capabilities: { ...right.capabilities, error: 1 } })),
    caughtBy: 'manifest',
    message: /capabilities.error is 1/,
  },
  {
    fault: 'host layers that are not reported',
    backend: wrongMembers((right) => ({ capabilities: { ...right.capabilities, layers: ['bernoulli'] } })),
    caughtBy: 'host layers',
    message: /hostLayers is \[\] .* wanted \[spin\]/,
  },
  {
    fault: 'lengths without the rows',
    backend: wrong((program) => ({ allocate: (spec) => override(program.allocate(spec), { length: 1 }) })),
    caughtBy: 'lengths',
    message: /length is 1, wanted 15/,
  },
  {
    fault: 'a write that keeps the array it was given',
    backend: wrongMembers((right) => ({
      write: (buffer, data) => {
        if (data instanceof Float64Array) Promise.resolve().then(() => right.write(buffer, data));
        else right.write(buffer, data);
      },
    })),
    caughtBy: 'order',
    message: /the copy: number 0 is 0, wanted 1/,
  },
  {
    fault: 'a read that is no copy',
    backend: wrongMembers(() => ({ read: async (buffer) => dataOf(buffer) })),
    caughtBy: 'copies',
    message: /read returns copies/,
  },
  {
    fault: 'a gather off by one row',
    backend: wrongMembers((right) => ({
      gather: (source, rows, target) =>
        right.gather(
          source,
          rows.map((row) => Math.max(row - 1, 0)),
          target,
        ),
    })),
    caughtBy: 'gather',
    message: /Rows 10,0,3,3,7 gathered/,
  },
  {
    fault: 'a gather that reads its rows late',
    backend: wrongMembers((right) => ({
      gather: (source, rows, target) => {
        Promise.resolve().then(() => right.gather(source, rows, target));
      },
    })),
    caughtBy: 'gather',
    message: /Rows 10,0,3,3,7 gathered/,
  },
  {
    fault: 'chains numbered from 0 in every part',
    backend: wrong((program) => ({
      sample: (layer, inputs, out, { random, step }, target) =>
        program.sample(layer, inputs, out, { random, step }, target),
    })),
    caughtBy: 'parts of a batch',
    message: /with firstChain 3/,
  },
  {
    fault: 'parameters below their minimum',
    backend: wrong((program) => ({
      update: (optimizer, gradient, slots, settings) =>
        optimizer.update(
          dataOf(gradient),
          slots.map(dataOf),
          dataOf(program.parameters),
          settings,
          program.model.layout,
        ),
    })),
    caughtBy: 'update',
    message: /projected onto their minimums/,
  },
  {
    fault: 'an update that takes every step for the first',
    backend: wrong((program) => ({
      update: (optimizer, gradient, slots, { rate }) => program.update(optimizer, gradient, slots, { rate, step: 0 }),
    })),
    caughtBy: 'optimizers',
    message: /after 3 steps of adam /,
  },
  ...(
    [
      ['an update without its penalty on groups', 'group', 2],
      ['an update without its penalty l1', 'l1', 0.5],
      ['an update that does not clip the norm', 'clipNorm', 1],
    ] as const
  ).map(
    ([fault, setting, value]): WrongBackend => ({
      fault,
      backend: wrong((program) => ({
        update: (optimizer, gradient, slots, settings) =>
          program.update(without([setting], optimizer), gradient, slots, settings),
      })),
      caughtBy: 'optimizers',
      message: new RegExp(`of sgd {"momentum":0,"nesterov":0,"${setting}":${value}}`),
    }),
  ),
  {
    fault: 'an update in plain coordinates where centred ones are wanted',
    backend: wrong((program) => ({
      update: (optimizer, gradient, slots, settings) => {
        // Only the optimizer's own update knows the offsets' places.
        const plain = without(['centred'], optimizer);
        program.update(plain, gradient, slots.slice(0, plain.slots.length), settings);
      },
    })),
    caughtBy: 'optimizers',
    message: /"centred":1}/,
  },
  {
    fault: 'host optimizers that are not reported',
    backend: wrongMembers((right) => ({ capabilities: { ...right.capabilities, optimizers: ['sgd'] } })),
    caughtBy: 'host optimizers',
    message: /updatesOnHost of the optimizer "testkit\/sgd" is false, wanted true/,
  },
  {
    fault: 'only the first block of a sweep',
    backend: wrong((program) => ({
      gibbs: (states, sweeps, site, target) => {
        const kept = program.allocate((states[0] as Buffer).spec);
        program.backend.copy(states[0] as Buffer, kept);
        program.gibbs(states, sweeps, site, target);
        program.backend.copy(kept, states[0] as Buffer);
        kept.dispose();
      },
    })),
    caughtBy: 'networks',
    message: /States after 4 sweeps/,
  },
  {
    fault: 'units of different blocks drawn at once',
    backend: wrong((program) => ({
      gibbs: (states, sweeps, site, target) => {
        const { layers, blocks } = program.model;
        if (blocks.every((block) => block.every(({ units }) => units === undefined))) {
          program.gibbs(states, sweeps, site, target);
          return;
        }
        for (let s = 0; s < sweeps; s++) {
          for (const layer of layers.keys()) {
            const send = (parameters: Buffer | undefined): Buffer => {
              const inputs = program.allocate({ ...(states[layer] as Buffer).spec, holds: 'inputs' } as BufferSpec);
              program.affine(layer, states, inputs, parameters);
              return inputs;
            };
            const weighted = target?.base?.spec.holds === 'parameters';
            const inputs = send(target?.parameters);
            const received = weighted ? { inputs, base: send(target?.base) } : inputs;
            program.sample(layer, received, states[layer] as Buffer, { ...site, step: site.step + s }, target);
          }
        }
      },
    })),
    caughtBy: 'networks',
    message: /States after 4 sweeps over blocks, .* on a 5 bernoulli/,
  },
  {
    fault: 'edges within a layer that are followed from one end only',
    backend: wrong((program) => ({
      affine: (layer, values, inputs, parameters) => {
        program.affine(layer, values, inputs, parameters);
        if (!program.model.interactions.some(({ between: [a, b] }) => a === layer && b === layer)) return;
        dataOf(inputs).forEach((x, i, data) => {
          data[i] = x / 2;
        });
      },
    })),
    caughtBy: 'networks',
    message: /affine, of all units that interact/,
  },
  {
    fault: "a stranger's interaction that is left out",
    backend: wrong((program) => ({
      affine: (layer, values, inputs, parameters) => {
        if (program.model.interactions.some(isPairwise)) program.affine(layer, values, inputs, parameters);
      },
    })),
    caughtBy: 'networks',
    message: /affine, of all units that interact/,
  },
  {
    fault: 'host interactions that are none',
    backend: wrong(() => ({ hostInteractions: ['dense'] })),
    caughtBy: 'host layers',
    message: /hostInteractions is \[dense\]/,
  },
  {
    fault: 'errors without a code',
    backend: wrongMembers((right) => ({
      write: (buffer, data) => {
        if (data.length !== buffer.length) throw new RangeError('offset is out of bounds');
        right.write(buffer, data);
      },
    })),
    caughtBy: 'misuse',
    message: /code SHAPE_MISMATCH, found RangeError/,
  },
  {
    fault: "another backend's buffers taken for its own",
    backend: wrongMembers(() => ({ write: (buffer, data) => dataOf(buffer).set(data) })),
    caughtBy: "another backend's buffers",
    message: /code ARGUMENT_INVALID, nothing was thrown/,
  },
  {
    fault: 'work after close',
    backend: wrongMembers(() => ({ sync: async () => {} })),
    caughtBy: 'disposed',
    message: /sync of a closed backend: wanted .* DISPOSED/,
  },
  {
    fault: 'a leaking buffer',
    backend: wrong((program) => ({
      gibbs: (states, sweeps, site, target) => {
        program.allocate({ holds: 'parameters' });
        program.gibbs(states, sweeps, site, target);
      },
    })),
    caughtBy: 'memory',
    message: /live buffers .* wanted 0/,
  },
  {
    fault: 'one generator stream reused across chains',
    backend: wrong((program) => ({
      gibbs: (states, sweeps, site, target) => program.gibbs(states, sweeps, firstChain(site), target),
    })),
    caughtBy: 'no drift',
    message: /total variation/,
  },
  {
    fault: 'the last column dropped',
    backend: partialAffine((i, length) => length === 1 || i < length - 1),
    caughtBy: 'affine: bernoulli',
    message: /affine to layer . on|affine to layer ., . rows/,
  },
  {
    fault: 'the remainder of a vector dropped',
    backend: partialAffine((i, length) => length < 4 || i < 4 * Math.floor(length / 4)),
    caughtBy: 'affine: gaussian',
    message: /Σ W x over all units/,
  },
  {
    fault: 'the remainder of a long vector dropped',
    backend: partialAffine((i) => i < 32),
    caughtBy: "affine: a stranger's layer",
    message: /33|67/,
  },
  {
    fault: 'one β for all rows',
    backend: wrong((program) => ({
      mean: (layer, inputs, out, target) => {
        const first = typeof target?.beta === 'object' ? dataOf(target.beta)[0] : undefined;
        const changed = target?.base && first !== undefined ? { ...target, beta: first } : target;
        program.mean(layer, inputs, out, changed);
      },
    })),
    caughtBy: 'means: spin',
    message: /a β for each row/,
  },
  {
    fault: 'a base whose weights are ignored',
    backend: wrong((program) => ({
      gibbs: (states, sweeps, site, target) => {
        if (target?.base === undefined || target.base.spec.holds !== 'parameters') {
          return program.gibbs(states, sweeps, site, target);
        }
        const fields = program.allocate({ holds: 'layerParameters' });
        program.backend.write(fields, dataOf(target.base).slice(0, fields.length));
        program.gibbs(states, sweeps, site, { ...target, base: fields });
        fields.dispose();
      },
    })),
    caughtBy: 'sweeps: bernoulli',
    message: /a base with weights/,
  },
  {
    fault: 'a change of parameters that is ignored',
    backend: () => {
      const first = new Map<Buffer, Float64Array>();
      return wrong((program) => ({
        gibbs: (states, sweeps, site, target) => {
          const kept = target?.parameters && (first.get(target.parameters) ?? dataOf(target.parameters).slice());
          if (!kept || !target?.parameters) return program.gibbs(states, sweeps, site, target);
          first.set(target.parameters, kept);
          const stale = program.allocate({ holds: 'parameters' });
          program.backend.write(stale, kept);
          program.gibbs(states, sweeps, site, { ...target, parameters: stale });
          stale.dispose();
        },
      }))();
    },
    caughtBy: 'changed targets',
    message: /gibbs at other parameters, after 1 of 3 sets/,
  },
  {
    fault: 'a clamp that leaks',
    backend: wrong((program) => ({
      gibbs: (states, sweeps, site, target) =>
        // Only the first row is held fixed.
        program.gibbs(states, sweeps, site, target && { ...target, ...leaking(program, target) }),
    })),
    caughtBy: 'sweeps: spin',
    message: /clamped units/,
  },
  {
    fault: 'a swap with the wrong sign',
    backend: wrongMembers((right) => ({
      metropolis: (accepted, logRatios, site) =>
        right.metropolis(
          accepted,
          logRatios.map(({ rows, scale }) => ({ rows, scale: -scale })),
          site,
        ),
    })),
    caughtBy: 'metropolis',
    message: /the ratio is/,
  },
  {
    fault: 'an exchange that copies in one direction only',
    backend: wrongMembers((right) => ({
      exchange: (a, rowsA, b, rowsB, accepted) => {
        const before = dataOf(b).slice();
        right.exchange(a, rowsA, b, rowsB, accepted);
        if (a !== b) dataOf(b).set(before);
      },
    })),
    caughtBy: 'exchange',
    message: /the second buffer/,
  },
  {
    fault: 'a wrong variance',
    backend: wrong((program) => ({
      sample: (layer, inputs, out, site, target) => {
        program.sample(layer, inputs, out, site, target);
        if (program.model.layers[layer]?.kind !== 'gaussian') return;
        dataOf(out).forEach((x, i, data) => {
          data[i] = 1.01 * x;
        });
      },
    })),
    caughtBy: 'samples: gaussian',
    message: /The uniforms of an address are fixed/,
  },
  {
    fault: 'steps that all use the numbers of the first',
    backend: wrong((program) => ({
      gibbs: (states, sweeps, site, target) => {
        for (let s = 0; s < sweeps; s++) program.gibbs(states, 1, site, target);
      },
    })),
    caughtBy: 'sweeps: potts',
    message: /numbers of .* differ from the reference/,
  },
  {
    fault: 'weights that are ignored',
    backend: wrong((program) => ({
      statistics: (out, terms) =>
        program.statistics(
          out,
          terms.map(({ assignment, scale }) => ({ assignment, scale })),
        ),
    })),
    caughtBy: 'statistics: binomial',
    message: /weighted values/,
  },
  {
    fault: 'energies that overwrite',
    backend: wrong((program) => ({
      energy: (assignment, sum, target) => {
        dataOf(sum.rows).fill(0);
        program.energy(assignment, sum, target);
      },
    })),
    caughtBy: 'energies: relu',
    message: /added to 2/,
  },
];

/** `gibbs` with a changed site or number of sweeps. */
const gibbsAt = (
  change: (site: Site, sweeps: number, rows: number) => { readonly site?: Site; readonly sweeps?: number },
): (() => Backend) =>
  wrong((program) => ({
    gibbs: (states, sweeps, site, target) => {
      const changed = change(site, sweeps, rowsOf(states[0] as Buffer));
      program.gibbs(states, changed.sweeps ?? sweeps, changed.site ?? site, target);
    },
  }));

const sampleAt = (change: (site: Site) => Site): (() => Backend) =>
  wrong((program) => ({
    sample: (layer, inputs, out, site, target) => program.sample(layer, inputs, out, change(site), target),
  }));

const cut = (bits: number, site: Site): Site => ({ ...site, step: site.step % 2 ** bits });

function rowsOf(buffer: Buffer): number {
  return (buffer.spec as { readonly rows: number }).rows;
}

/** After an operation, the numbers of `out` from a row or a unit on are what they were before. */
function keeping(
  name: 'mean' | 'sample' | 'affine',
  keeps: (row: number, number: number) => boolean,
): (program: Program) => Partial<Program> {
  return (program) => {
    const keep = (out: Buffer, work: () => void): void => {
      const data = dataOf(out);
      const before = data.slice();
      work();
      const width = data.length / rowsOf(out);
      data.forEach((_, i) => {
        if (keeps(Math.floor(i / width), i % width)) data[i] = before[i] as number;
      });
    };
    return {
      mean: (layer, inputs, out, target) => {
        const work = () => program.mean(layer, inputs, out, target);
        if (name === 'mean') keep(out, work);
        else work();
      },
      sample: (layer, inputs, out, site, target) => {
        const work = () => program.sample(layer, inputs, out, site, target);
        if (name === 'sample') keep(out, work);
        else work();
      },
      affine: (layer, values, inputs, parameters) => {
        const work = () => program.affine(layer, values, inputs, parameters);
        if (name === 'affine') keep(inputs, work);
        else work();
      },
    };
  };
}

/** Sweeps that leave some numbers as they were. */
export const sweepsKeeping = (keeps: (row: number, number: number) => boolean): (() => Backend) =>
  wrong((program) => ({
    gibbs: (states, sweeps, site, target) => {
      const before = states.map((buffer) => dataOf(buffer).slice());
      program.gibbs(states, sweeps, site, target);
      states.forEach((buffer, l) => {
        const data = dataOf(buffer);
        const width = data.length / rowsOf(buffer);
        data.forEach((_, i) => {
          if (keeps(Math.floor(i / width), i % width)) data[i] = before[l]?.[i] as number;
        });
      });
    },
  }));

/** Temperatures of rows of which those from 8 on are that of the first. */
function firstTemperatures(program: Program, target: Target | undefined): Target | undefined {
  if (!target?.base || typeof target.beta !== 'object') return target;
  const copy = program.allocate(target.beta.spec);
  const data = dataOf(copy);
  data.set(dataOf(target.beta));
  for (let row = 8; row < data.length; row++) data[row] = data[0] as number;
  return { ...target, beta: copy };
}

/** Faults that few sweeps, early steps, small batches and narrow layers let through. */
const subtleBackends: readonly WrongBackend[] = [
  {
    fault: 'sweeps that number chains from 0 in every part',
    backend: gibbsAt(({ random, step }) => ({ site: { random, step } })),
    caughtBy: 'parts of a batch',
    message: /swept alone by gibbs, with firstChain 3/,
  },
  {
    fault: 'sweeps that start at one chain later',
    backend: gibbsAt((site) => ({ site: { ...site, firstChain: (site.firstChain ?? 0) * 2 } })),
    caughtBy: 'parts of a batch',
    message: /swept alone by gibbs, with firstChain 3/,
  },
  ...[8, 16, 32].flatMap((bits): WrongBackend[] => [
    {
      fault: `steps of sweeps cut to ${bits} bits`,
      backend: gibbsAt((site) => ({ site: cut(bits, site) })),
      caughtBy: 'sweeps: bernoulli',
      message: /differ from the reference/,
    },
    {
      fault: `steps of samples cut to ${bits} bits`,
      backend: sampleAt((site) => cut(bits, site)),
      caughtBy: 'samples: bernoulli',
      message: /The uniforms of an address are fixed/,
    },
  ]),
  ...[2, 5, 20].map(
    (from): WrongBackend => ({
      fault: `one sweep fewer from ${from} on`,
      backend: gibbsAt((_, sweeps) => ({ sweeps: sweeps >= from ? sweeps - 1 : sweeps })),
      caughtBy: 'sweeps: spin',
      message: /differ from the reference/,
    }),
  ),
  {
    fault: 'one sweep more from 20 on',
    backend: gibbsAt((_, sweeps) => ({ sweeps: sweeps >= 20 ? sweeps + 1 : sweeps })),
    caughtBy: 'sweeps: spin',
    message: /gibbs, 21 sweeps/,
  },
  {
    fault: 'an update that ignores the step',
    backend: wrong((program) => ({
      update: (optimizer, gradient, slots, { rate }) => program.update(optimizer, gradient, slots, { rate, step: 0 }),
    })),
    caughtBy: 'update',
    message: /after two updates/,
  },
  {
    fault: 'an update that counts steps from 1',
    backend: wrong((program) => ({
      update: (optimizer, gradient, slots, { rate, step }) =>
        program.update(optimizer, gradient, slots, { rate, step: step + 1 }),
    })),
    caughtBy: 'update',
    message: /after two updates/,
  },
  {
    fault: 'an update of half the rate',
    backend: wrong((program) => ({
      update: (optimizer, gradient, slots, { rate, step }) =>
        program.update(optimizer, gradient, slots, { rate: rate / 2, step }),
    })),
    caughtBy: 'update',
    message: /after two updates/,
  },
  {
    fault: 'temperatures of rows ignored from row 8 on, in means',
    backend: wrong((program) => ({
      mean: (layer, inputs, out, target) => program.mean(layer, inputs, out, firstTemperatures(program, target)),
    })),
    caughtBy: 'means: bernoulli',
    message: /131 rows, a β for each row/,
  },
  {
    fault: 'temperatures of rows ignored from row 8 on, in samples',
    backend: wrong((program) => ({
      sample: (layer, inputs, out, site, target) =>
        program.sample(layer, inputs, out, site, firstTemperatures(program, target)),
    })),
    caughtBy: 'samples: bernoulli',
    message: /131 rows, a β for each row/,
  },
  {
    fault: 'temperatures of rows ignored from row 8 on, in sweeps',
    backend: wrong((program) => ({
      gibbs: (states, sweeps, site, target) => program.gibbs(states, sweeps, site, firstTemperatures(program, target)),
    })),
    caughtBy: 'sweeps: bernoulli',
    message: /131 rows, a β for each row/,
  },
  ...[64, 100, 128].flatMap((first): WrongBackend[] => [
    {
      fault: `means of rows before ${first}`,
      backend: wrong(keeping('mean', (row) => row >= first)),
      caughtBy: 'means: potts',
      message: /131 rows/,
    },
    {
      fault: `samples of rows before ${first}`,
      backend: wrong(keeping('sample', (row) => row >= first)),
      caughtBy: 'samples: spin',
      message: /131 rows/,
    },
    {
      fault: `sweeps of rows before ${first}`,
      backend: sweepsKeeping((row) => row >= first),
      caughtBy: 'sweeps: binomial',
      message: /131 rows/,
    },
  ]),
  {
    fault: 'energies of rows before 100',
    backend: wrong((program) => ({
      energy: (assignment, sum, target) => {
        const before = dataOf(sum.rows).slice(100);
        program.energy(assignment, sum, target);
        if (before.length > 0) dataOf(sum.rows).set(before, 100);
      },
    })),
    caughtBy: 'energies: bernoulli',
    message: /131 rows/,
  },
  {
    fault: 'statistics without the weights of rows from 100 on',
    backend: wrong((program) => ({
      statistics: (out, terms, parameters) =>
        program.statistics(
          out,
          terms.map(({ weights, ...term }) => {
            if (!weights) return term;
            const copy = program.allocate(weights.spec);
            dataOf(copy).set(dataOf(weights).subarray(0, 100));
            return { ...term, weights: copy };
          }),
          parameters,
        ),
    })),
    caughtBy: 'statistics: bernoulli',
    message: /131 rows/,
  },
  {
    fault: 'inputs of 64 units',
    backend: wrong(keeping('affine', (_, number) => number >= 64)),
    caughtBy: 'affine: bernoulli',
    message: /5 bernoulli × 67 bernoulli/,
  },
  {
    fault: 'inputs from 64 units',
    backend: partialAffine((i) => i < 64),
    caughtBy: 'affine: bernoulli',
    message: /5 bernoulli × 67 bernoulli/,
  },
  {
    fault: 'means of 64 units',
    backend: wrong(keeping('mean', (_, number) => number >= 64)),
    caughtBy: 'means: bernoulli',
    message: /5 bernoulli × 67 bernoulli/,
  },
  {
    fault: 'samples of 64 units',
    backend: wrong(keeping('sample', (_, number) => number >= 64)),
    caughtBy: 'samples: bernoulli',
    message: /67 bernoulli/,
  },
  {
    fault: 'sweeps of 64 units',
    backend: sweepsKeeping((_, number) => number >= 64),
    caughtBy: 'sweeps: bernoulli',
    message: /differ from the reference/,
  },
  {
    fault: 'samples that are clipped to the first chain',
    backend: sampleAt((site) => ({ ...site, firstChain: 0 })),
    caughtBy: 'samples: bernoulli',
    message: /The uniforms of an address are fixed/,
  },
  {
    fault: 'a memory report of nothing',
    backend: wrongMembers(() => ({ memory: () => ({ buffers: 0, bytes: 0 }) })),
    caughtBy: 'memory',
    message: /where a program and two buffers live/,
  },
  {
    fault: 'a program that reads the parameters of its model',
    backend: () => {
      const right = reference();
      const changed: Backend = override(right, {
        prepare: async (model) => {
          const prepared = await right.prepare(model);
          return override(prepared, {
            backend: changed,
            gibbs: (...given) => prepared.gibbs(...given),
            get parameters() {
              right.write(prepared.parameters, model.parameters);
              return prepared.parameters;
            },
          });
        },
      });
      return changed;
    },
    caughtBy: 'copies',
    message: /prepare copies them/,
  },
];

export const wrongBackends: readonly WrongBackend[] = [...plainBackends, ...subtleBackends];
