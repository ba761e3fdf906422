import { bernoulli, generator, rbm } from '@rbm/core';
import type { Buffer } from '@rbm/core/contracts';
import { describe, expect, it } from 'vitest';
import { wasm } from './backend.js';

/** Rows and pauses vary, so that commands are shared or not, and threads awake or asleep, in every order. */
const ROUNDS = 1500;
const ROWS = [1, 7, 70, 3, 130];

/** The states after thousands of short commands, between which there is now no wait, now a short, now a long one. */
async function storm(threads: number): Promise<Float64Array> {
  const backend = await wasm({ threads });
  try {
    const random = generator(1);
    const program = await backend.prepare(rbm({ visible: bernoulli(100), hidden: bernoulli(70), random, scale: 0.3 }));
    const chains = ROWS.map((rows): Buffer[] =>
      [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows })),
    );
    for (let round = 0; round < ROUNDS; round++) {
      const states = chains[(round * round) % ROWS.length] as Buffer[];
      program.gibbs(states, 1 + (round % 3), { random, step: 3 * round });
      if (round % 7 === 0) await backend.sync();
      // Longer than threads look before they sleep.
      if (round % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return await backend.read((chains.at(-1) as Buffer[])[0] as Buffer);
  } finally {
    await backend.close();
  }
}

describe('a storm of short commands', () => {
  it.each([2, 4])('ends, with the bits of one thread, on %i threads', { timeout: 60_000 }, async (threads) => {
    expect(await storm(threads)).toEqual(await storm(1));
  });
});
