import { bernoulli, createModel, type EnergyModel, gaussian, generator, potts, reference, spin } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { adamW, centring } from '@rbm/train';
import * as gpu from 'gpu.js';
import { expect, test } from 'vitest';
import { gpujs } from './backend.js';

/** A layer that stands on both sides of interactions: the order of steps matters. */
function branched(): EnergyModel {
  const model = createModel({
    kind: 'branched',
    layers: [
      { name: 'visible', layer: gaussian(7), visible: true },
      { name: 'label', layer: potts(2, { categories: 3 }), visible: true },
      { name: 'hidden', layer: spin(5) },
      { name: 'top', layer: bernoulli(3) },
    ],
    interactions: [
      { kind: 'dense', name: 'weights', between: [0, 2] },
      { kind: 'dense', name: 'labels', between: [2, 1] },
      { kind: 'dense', name: 'above', between: [2, 3] },
    ],
    blocks: [[2], [0, 1, 3]],
  });
  const random = generator(1);
  for (const { offset, length, minimum } of model.layout.arrays) {
    for (let i = offset; i < offset + length; i++) {
      model.parameters[i] = minimum === -Infinity ? Math.fround(0.3 * random.normal(0, i, 0, 0)) : 0.2;
    }
  }
  return model;
}

/** Parameters and velocity after some centred steps, of which one runs into the precisions' minimum. */
async function stepped(backend: Backend): Promise<Float64Array[]> {
  const model = branched();
  const { length } = model.layout;
  const values = Float64Array.from({ length: 4 * 13 }, (_, i) =>
    i % 13 < 7 ? Math.sin(i) : Number(i % 13 === 8 || i % 13 === 12),
  );
  const centre = centring(model, { values, count: 4, width: 13 });
  const optimizer = adamW({ penalties: { l1: 0.01, group: 0.1 }, clip: { value: 3, norm: 20 }, centre });
  const program = await backend.prepare(model);
  const gradient = program.allocate({ holds: 'parameters' });
  const slots = optimizer.init(model).map((data) => {
    const slot = program.allocate({ holds: 'parameters' });
    backend.write(slot, data);
    return slot;
  });
  for (let step = 0; step < 3; step++) {
    const data = Float64Array.from({ length }, (_, i) => 4 * generator(step).normal(0, i, 1, 0));
    backend.write(gradient, data);
    program.update(optimizer, gradient, slots, { rate: 0.1, step });
  }
  const found = [await backend.read(program.parameters), await backend.read(slots[0] as (typeof slots)[number])];
  for (const buffer of [gradient, ...slots]) buffer.dispose();
  program.dispose();
  return found;
}

test.each(['webasm', 'cpu'] as const)('centred steps on %s are those of the reference', async (mode) => {
  const wanted = await stepped(reference());
  const backend = await gpujs({ gpu, mode });
  const found = await stepped(backend);
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  await backend.close();
  found.forEach((numbers, n) => {
    numbers.forEach((x, i) => {
      expect(Math.abs(x - (wanted[n]?.[i] as number))).toBeLessThan(1e-5);
    });
  });
  // The smallest precision was reached, and is not passed in float32 either.
  const [precisions] = branched().layout.arrays.filter(({ minimum }) => minimum > -Infinity);
  const { offset, length, minimum } = precisions as NonNullable<typeof precisions>;
  const least = Math.min(...(found[0] as Float64Array).slice(offset, offset + length));
  expect(least).toBeGreaterThanOrEqual(minimum);
  expect(least).toBeLessThan(2 * minimum);
});
