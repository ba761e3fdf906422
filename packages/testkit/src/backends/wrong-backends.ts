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

export const wrongBackends: readonly WrongBackend[] = [
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
    message: /33/,
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
