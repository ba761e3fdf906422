import { reference } from '@rbm/core';
import { expect, test } from 'vitest';
import { crossover, type Engine, engineSizes, measureEngine, timeStep } from './engines.js';

const engine = (time: Engine['time']): Engine => ({ name: 'x', info: 'an x', time, close: async () => {} });

test('an engine is not waited for where its steps take too long', async () => {
  const asked: number[] = [];
  const times = await measureEngine('x', async () =>
    engine(async (visible, hidden) => {
      asked.push(visible);
      return (visible * hidden) / 100;
    }),
  );
  expect(asked).toEqual([64, 256, 784, 1024]);
  expect(times.steps).toEqual([20.48, 655.36, 3920, 10485.76, ...Array(3).fill('over 30 s')]);
});

test('what fails is told, and ends the row', async () => {
  const missing = await measureEngine('x', () => Promise.reject(new Error('no adapter\nat all')));
  expect(missing).toEqual({ name: 'x', info: 'no adapter', steps: engineSizes.map(() => '–') });
  const failing = await measureEngine('x', async () =>
    engine(async (visible) => {
      if (visible > 100) throw new Error('out of memory');
      return 1;
    }),
  );
  expect(failing.steps).toEqual([1, 'out of memory', '–', '–', '–', '–', '–']);
});

test('the crossover is where an engine is faster and stays so', () => {
  const times = (...steps: (number | string)[]) => ({ name: '', info: '', steps });
  const slow = times(1, 2, 3, 4, 5, 6, 'over 30 s');
  expect(crossover(slow, times(2, 1, 4, 3, 4, 5, 6))).toEqual([1024, 1024]);
  expect(crossover(slow, times(2, 3, 4, 5, 6, 7, '–'))).toBeUndefined();
});

test('a step is timed on any backend', async () => {
  const backend = reference();
  const before = backend.memory();
  expect(await timeStep(backend, 5, 3, 4)).toBeGreaterThan(0);
  expect(backend.memory()).toEqual(before);
});
