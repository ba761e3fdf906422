import { hiddenLayers, type Samples, sampleWidth } from '@rbm/core';
import {
  type Buffer,
  checkArguments,
  argumentKinds as kinds,
  type Monitor,
  optional,
  throwIfAborted,
} from '@rbm/core/contracts';
import { allocateAll } from '../allocate-all.js';
import { checkData } from '../data.js';
import { SampleRows, SampleSource } from '../source.js';

/** Rows worked on at once. */
const ROWS = 100;

/**
 * Mean squared difference between a sample and the mean of the visible units given a sample of the hidden ones, per
 * number: `reconstructionError = ⟨(v_i − ⟨v_i | h⟩)²⟩`, `h ~ P(h | v)`; given the other visible units too where they act on
 * each other. Cheap and easily misread: it falls when chains
 * stop mixing, too (Hinton 2010, §5). Of held-out samples where there are any.
 *
 * @param options Which samples to use.
 * @param options.samples How many, from the first on; 1,000 unless given.
 */
export function reconstructionError(options: { readonly samples?: number } = {}): Monitor {
  checkArguments('reconstructionError', options, { samples: optional(kinds.count) });
  const { samples = 1000 } = options;
  return {
    specVersion: 1,
    name: 'reconstructionError',
    async measure({ program, train, heldOut, random, step, signal }) {
      const data: Samples = heldOut ?? train;
      const { model, backend } = program;
      const count = Math.min(samples, data.count);
      const rows = Math.min(ROWS, count);
      const room = new SampleRows(
        new SampleSource(program, data, checkData(model, data, 'monitored'), 'on the host'),
        rows,
      );
      const hidden = hiddenLayers(model);
      let own: {
        readonly drawn: readonly Buffer[];
        readonly inputs: readonly Buffer[];
        readonly means: readonly Buffer[];
      };
      try {
        own = allocateAll(program, (allocate) => ({
          drawn: hidden.map((layer) => allocate({ holds: 'states', layer, rows })),
          inputs: model.layers.map((_, layer) => allocate({ holds: 'inputs', layer, rows })),
          means: model.visible.map((layer) => allocate({ holds: 'means', layer, rows })),
        }));
      } catch (error) {
        room.dispose();
        throw error;
      }
      const { drawn, inputs, means } = own;
      const values = model.layers.map(
        (_, l) => (drawn[hidden.indexOf(l)] ?? room.visible[model.visible.indexOf(l)]) as Buffer,
      );
      let sum = 0;
      try {
        for (let first = 0; first < count; first += rows) {
          throwIfAborted(signal);
          room.fillFrom(first, count);
          for (const l of hidden) {
            program.affine(l, values, inputs[l] as Buffer);
            program.sample(l, inputs[l] as Buffer, values[l] as Buffer, { random, step, firstChain: first });
          }
          for (const [v, l] of model.visible.entries()) {
            program.affine(l, values, inputs[l] as Buffer);
            program.mean(l, inputs[l] as Buffer, means[v] as Buffer);
            const mean = await backend.read(means[v] as Buffer);
            const observed = await backend.read(room.visible[v] as Buffer);
            const numbers = (Math.min(rows, count - first) * mean.length) / rows;
            for (let i = 0; i < numbers; i++) sum += ((observed[i] as number) - (mean[i] as number)) ** 2;
          }
        }
      } finally {
        room.dispose();
        for (const buffer of [...drawn, ...inputs, ...means]) buffer.dispose();
      }
      return { reconstructionError: sum / (count * sampleWidth(model)) };
    },
  };
}
