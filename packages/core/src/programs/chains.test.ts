import { describe, expect, test } from 'vitest';
import type { Program } from '../contracts/backend.js';
import { bits, codeOf, randomLabelled, randomRbm } from '../exact/brute-force.testing.js';
import { generator } from '../random/generator.js';
import { reference } from '../reference/backend.js';
import { Chains, loadChains, startChains } from './chains.js';

async function program(): Promise<Program> {
  return reference().prepare(randomRbm(5, 3, 1));
}

test('chains start at the given values, and from units without input elsewhere', async () => {
  const on = await program();
  const visible = bits(2, 4 * 5);
  const chains = startChains(on, generator(3), { chains: 4, values: { visible: Uint8Array.from(visible) } });
  expect([chains.chains, chains.sweeps]).toEqual([4, 0]);
  const { values } = await chains.save(on);
  expect(values.visible).toEqual(visible);
  const uniform = generator(3).fork('start');
  const bias = on.model.parameters.slice(5, 8);
  const expected = Array.from({ length: 12 }, (_, n) =>
    uniform.uniform(Math.floor(n / 3), 5 + (n % 3), 0, 0) < 1 / (1 + Math.exp(-(bias[n % 3] as number))) ? 1 : 0,
  );
  expect([...(values.hidden as Float64Array)]).toEqual(expected);
});

test('a snapshot survives structured clone and loads as it was', async () => {
  const on = await reference().prepare(randomLabelled(3, 3, 2, 1));
  const chains = startChains(on, generator(1), { chains: 6 }).advanced(17);
  const snapshot = structuredClone(await chains.save(on));
  const loaded = loadChains(on, snapshot);
  expect(loaded.sweeps).toBe(17);
  expect(await loaded.save(on)).toEqual(snapshot);
  // Saving leaves the state usable.
  expect(chains.take().layers).toHaveLength(3);
});

test('memory is released with the chains, and not by a state that was used', async () => {
  const on = await program();
  const baseline = on.backend.memory();
  const chains = startChains(on, generator(1), { chains: 2 });
  expect(on.backend.memory().buffers).toBe(baseline.buffers + 2);
  const next = chains.take().advanced(1);
  chains.dispose();
  expect(on.backend.memory().buffers).toBe(baseline.buffers + 2);
  next.dispose();
  next.dispose();
  expect(on.backend.memory()).toEqual(baseline);
});

test('a state is used once', async () => {
  const on = await program();
  const chains = new Chains([], 1, 0);
  chains.take();
  expect(await codeOf(() => chains.take())).toBe('STATE_CONSUMED');
  expect(await codeOf(() => chains.save(on))).toBe('STATE_CONSUMED');
  const released = new Chains([], 1, 0);
  released.dispose();
  expect(await codeOf(() => released.take())).toBe('STATE_CONSUMED');
});

describe('bad input is refused before any memory is taken', () => {
  const cases: [string, string, (on: Program) => unknown][] = [
    ['ARGUMENT_INVALID', 'no chains', (on) => startChains(on, generator(1), { chains: 0 })],
    [
      'ARGUMENT_INVALID',
      'an unknown layer',
      (on) => startChains(on, generator(1), { chains: 1, values: { x: bits(1, 5) } }),
    ],
    [
      'SHAPE_MISMATCH',
      'too few values',
      (on) => startChains(on, generator(1), { chains: 2, values: { visible: bits(1, 5) } }),
    ],
    [
      'DATA_INVALID',
      'grey levels as states',
      (on) => startChains(on, generator(1), { chains: 1, values: { hidden: Float64Array.of(0, 0.5, 1) } }),
    ],
    [
      'ARGUMENT_INVALID',
      'a snapshot of another model',
      (on) => loadChains(on, { chains: 1, sweeps: 0, values: { visible: bits(1, 5) } }),
    ],
    [
      'SHAPE_MISMATCH',
      'a snapshot of other chains',
      (on) => loadChains(on, { chains: 2, sweeps: 0, values: { visible: bits(1, 5), hidden: bits(1, 3) } }),
    ],
  ];
  test.each(cases)('%s for %s', async (code, _, work) => {
    const on = await program();
    const baseline = on.backend.memory();
    expect(await codeOf(() => work(on))).toBe(code);
    expect(on.backend.memory()).toEqual(baseline);
  });
});
