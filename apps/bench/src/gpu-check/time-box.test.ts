import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runInTimeBox, type Task, type TaskOutcome } from './time-box.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const abandoned: string[] = [];
const task = (name: string, takes: number, limit = 60_000): Task<string> => ({
  name,
  limit,
  run: () => new Promise((resolve) => setTimeout(() => resolve(`${name} done`), takes)),
  abandon: () => abandoned.push(name),
});

async function run(tasks: readonly Task<string>[], budget: number) {
  abandoned.length = 0;
  const outcomes: (readonly [string, TaskOutcome<string>, number])[] = [];
  const start = performance.now();
  const box = runInTimeBox(tasks, start + budget, ({ name }, outcome) => {
    outcomes.push([name, outcome, Math.round(performance.now() - start)]);
  });
  await vi.runAllTimersAsync();
  await box;
  return outcomes;
}

test('a box ends in time whatever its tasks do, and each is recorded when it ends', async () => {
  const outcomes = await run(
    [task('a', 3000), task('hangs', 1e9, 20_000), task('late', 50_000), task('never', 1)],
    40_000,
  );
  expect(outcomes).toEqual([
    ['a', { value: 'a done' }, 3000],
    ['hangs', { why: 'cut off after 20 s' }, 23_000],
    ['late', { why: 'cut off after 17 s' }, 40_000],
    ['never', { why: 'not reached: the time was up' }, 40_000],
  ]);
  expect(abandoned).toEqual(['hangs', 'late']);
});

test('a task that throws does not stop the others', async () => {
  const failing = { ...task('fails', 0), run: () => Promise.reject(new Error('no memory\nat all')) };
  const throwing = {
    ...task('throws', 0),
    run: () => {
      throw new Error('at once');
    },
  };
  expect((await run([failing, throwing, task('b', 1)], 9000)).map(([, outcome]) => outcome)).toEqual([
    { why: 'no memory' },
    { why: 'at once' },
    { value: 'b done' },
  ]);
  expect(abandoned).toEqual([]);
});
