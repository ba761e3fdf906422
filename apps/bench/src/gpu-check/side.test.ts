import { expect, test } from 'vitest';
import type { CheckRequest } from './requests.js';
import { Pending, Reopened, type Side } from './side.js';

const open: CheckRequest = { ask: 'open', engine: 'wasm', threads: 1 };

test('a side is opened when it is asked, and again after it failed', async () => {
  const asked: string[] = [];
  let started = 0;
  let killed = 0;
  const start = async (): Promise<Side> => {
    const n = ++started;
    return {
      async ask({ ask }) {
        asked.push(`${n} ${ask}`);
        if (ask === 'suite') throw new Error('lost');
        return n;
      },
      kill: () => {
        killed++;
      },
    };
  };
  const side = new Reopened(start, open);
  await expect(side.ask({ ask: 'suite' })).rejects.toThrow('lost');
  expect(await side.ask({ ask: 'train', images: '', epochs: 1 })).toBe(2);
  expect(await side.ask(open)).toBe(2);
  expect(asked).toEqual(['1 open', '1 suite', '2 open', '2 train', '2 open']);
  expect(killed).toBe(1);
});

test('a request that fails after its side was ended leaves the next side alone', async () => {
  const killed: number[] = [];
  let fail: (error: Error) => void = () => {};
  let started = 0;
  const side = new Reopened(async () => {
    const n = ++started;
    const hang = (): Promise<unknown> =>
      new Promise((_, reject) => {
        fail = reject;
      });
    return { ask: ({ ask }) => (ask === 'suite' ? hang() : Promise.resolve(n)), kill: () => killed.push(n) };
  });
  const first = side.ask({ ask: 'suite' });
  await Promise.resolve();
  side.kill();
  expect(await side.ask(open)).toBe(2);
  fail(new Error('ended'));
  await expect(first).rejects.toThrow('ended');
  expect(killed).toEqual([1]);
  expect(await side.ask(open)).toBe(2);
});

test('a side that cannot be opened is not taken', async () => {
  let started = 0;
  const start = async (): Promise<Side> => {
    const n = ++started;
    return { ask: async () => (n === 1 ? Promise.reject(new Error('no adapter')) : n), kill: () => {} };
  };
  const side = new Reopened(start, open);
  await expect(side.ask({ ask: 'suite' })).rejects.toThrow('no adapter');
  expect(await side.ask({ ask: 'suite' })).toBe(2);
});

test('parts come before the result, and an end fails what is asked', async () => {
  const pending = new Pending();
  const parts: unknown[] = [];
  const first = pending.start((part) => parts.push(part));
  pending.receive({ part: 1 });
  pending.receive({ result: 2 });
  expect([await first, parts]).toEqual([2, [1]]);
  const second = pending.start();
  pending.end('the process ended');
  await expect(second).rejects.toThrow('the process ended');
  await expect(pending.start()).rejects.toThrow('the process ended');
});
