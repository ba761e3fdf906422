import { reference } from '@rbm/core';
import { override } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { checkData } from './data.js';
import { mixed, model, samples } from './samples.testing.js';
import { SampleRows, SampleSource } from './source.js';

describe('SampleRows', () => {
  it.each(['resident', 'on the host'] as const)(
    'holds the samples asked for, split into visible layers: %s',
    async (keep) => {
      const backend = reference();
      const program = await backend.prepare(mixed);
      const baseline = backend.memory();
      const data = samples([0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0.5, 0, 0, 1], 5, [1, 2, 5]);
      const source = new SampleSource(program, data, checkData(mixed, data, 'test'), keep);
      const rows = new SampleRows(source, 2);
      expect(rows.visible.map(({ spec }) => spec.holds)).toEqual(['means', 'states']);
      const read = (): Promise<Float64Array[]> =>
        Promise.all([...rows.visible, rows.weights as never].map(backend.read.bind(backend)));
      rows.fill([2, 0]);
      expect(await read()).toEqual([
        Float64Array.of(1, 0.5, 0, 1),
        Float64Array.of(0, 0, 1, 1, 0, 0),
        Float64Array.of(5 / 6, 1 / 6),
      ]);
      rows.fill([1, 1]);
      expect(await read()).toEqual([
        Float64Array.of(1, 1, 1, 1),
        Float64Array.of(0, 1, 0, 0, 1, 0),
        Float64Array.of(0.5, 0.5),
      ]);
      rows.dispose();
      source.dispose();
      expect(backend.memory()).toEqual(baseline);
    },
  );

  it('has no weights where the data have none', async () => {
    const program = await reference().prepare(model);
    const rows = new SampleRows(new SampleSource(program, samples([0, 1, 0], 3), ['states']), 4);
    expect(rows.weights).toBeUndefined();
    rows.fill([0, 0, 0, 0]);
    expect(await program.backend.read(rows.visible[0] as never)).toHaveLength(12);
  });

  it('leaves on the host what is more than one buffer of the backend holds', async () => {
    const right = reference();
    const backend = override(right, { capabilities: { ...right.capabilities, largestBuffer: 3 } });
    const program = override(await right.prepare(mixed), { backend });
    const data = samples([0, 1, 1, 0, 0, 1, 1, 0, 1, 0], 5);
    const source = new SampleSource(program, data, checkData(mixed, data, 'test'));
    expect(source.resident).toEqual([undefined, undefined]);
    const rows = new SampleRows(source, 1);
    rows.fill([1]);
    expect(Array.from(await right.read(rows.visible[0] as never))).toEqual([1, 1]);
  });

  it('releases what it has if the backend has no room for the rest', async () => {
    const right = reference();
    let writes = 0;
    const backend = override(right, {
      write: (buffer, data) => {
        if (++writes === 2) throw new Error('no room');
        right.write(buffer, data);
      },
    });
    const program = override(await right.prepare(mixed), { backend });
    const baseline = right.memory();
    const data = samples([0, 1, 1, 0, 0, 1, 1, 0, 1, 0], 5);
    expect(() => new SampleSource(program, data, checkData(mixed, data, 'test'))).toThrow('no room');
    expect(right.memory()).toEqual(baseline);
  });
});
