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
