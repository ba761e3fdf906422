import { generator, reference } from '@rbm/core';
import { describe, expect, it } from 'vitest';
import { randomRbm } from './models.js';
import { override } from './override.js';

describe('override', () => {
  it('replaces members and leaves the rest at work, private state included', async () => {
    const backend = reference();
    const model = randomRbm({ visible: 2, hidden: 2, scale: 1, seed: 1 });
    const program = await backend.prepare(model);
    const calls: number[] = [];
    const watched = override(program, {
      sample: (layer, ...rest) => {
        calls.push(layer);
        program.sample(layer, ...rest);
      },
    });
    const inputs = watched.allocate({ holds: 'inputs', layer: 1, rows: 3 });
    const states = watched.allocate({ holds: 'states', layer: 1, rows: 3 });
    watched.sample(1, inputs, states, { random: generator(1), step: 0 });
    expect(calls).toEqual([1]);
    expect(watched.model).toBe(model);
    expect(backend.memory().buffers).toBe(3);
  });
});
