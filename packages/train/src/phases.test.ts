import { reference, type Samples, statistics } from '@rbm/core';
import type { Buffer } from '@rbm/core/contracts';
import { randomDeepBoltzmannMachine, randomRbm } from '@rbm/testkit';
import { expect, it } from 'vitest';
import { checkData } from './data.js';
import { PhaseDifference } from './phases.js';
import { SampleRows, SampleSource } from './source.js';

const model = randomRbm({ visible: 3, hidden: 2, scale: 1, seed: 1 });
const data: Samples = { values: Uint8Array.of(1, 0, 1, 0, 1, 1), count: 2, width: 3 };
const other: Samples = { values: Uint8Array.of(0, 0, 1, 0, 0, 0), count: 2, width: 3 };
const chains: Samples = { values: Uint8Array.of(0, 0, 1, 1, 1, 1, 0, 1, 0), count: 3, width: 3 };

const averaged = ({ values, weights }: Samples): Float64Array => statistics(model, { visible: values }, weights);

function expectDifference(found: Float64Array, negative: Samples, positive: Samples): void {
  const [n, p] = [averaged(negative), averaged(positive)];
  found.forEach((g, i) => {
    expect(g).toBeCloseTo((n[i] as number) - (p[i] as number), 12);
  });
}

it('is the statistics of the chains less those of the data, each with its own number of rows and weights', async () => {
  const backend = reference();
  const program = await backend.prepare(model);
  const baseline = backend.memory();
  const place = (samples: Samples): SampleRows => {
    const rows = new SampleRows(
      new SampleSource(program, samples, checkData(model, samples, 'test'), 'on the host'),
      samples.count,
    );
    rows.fillFrom(0, samples.count);
    return rows;
  };
  const weighted = { ...chains, weights: Float64Array.of(1, 2, 5) };
  const [first, second, negative] = [place(data), place(other), place(weighted)];
  const phases = new PhaseDifference(program, 2, 3);
  const states = [...negative.visible, undefined] as unknown as Buffer[];

  phases.observe({ visible: first.visible, rows: 2 });
  phases.difference(states);
  expectDifference(await backend.read(phases.gradient), chains, data);
  const { positive, negative: second_ } = await phases.phases();
  averaged(data).forEach((s, i) => {
    expect(positive[i]).toBeCloseTo(s, 12);
  });
  averaged(chains).forEach((s, i) => {
    expect(second_[i]).toBeCloseTo(s, 12);
  });

  // Another batch, and the same chains with weights.
  phases.observe({ visible: second.visible, rows: 2 });
  phases.difference(states, negative.weights);
  expectDifference(await backend.read(phases.gradient), weighted, other);
  phases.difference(states);
  expectDifference(await backend.read(phases.gradient), chains, other);

  for (const owner of [phases, first, second, negative]) owner.dispose();
  expect(backend.memory()).toEqual(baseline);
});

it('refuses hidden layers that interact, and allocates nothing', async () => {
  const backend = reference();
  const program = await backend.prepare(randomDeepBoltzmannMachine({ widths: [2, 2, 2], scale: 1, seed: 1 }));
  const baseline = backend.memory();
  expect(() => new PhaseDifference(program, 2, 2)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  expect(backend.memory()).toEqual(baseline);
});
