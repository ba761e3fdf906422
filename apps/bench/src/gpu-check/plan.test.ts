import { expect, it } from 'vitest';
import { Forecast, planOf } from './plan.js';

it('ends in time: 4 minutes and 9, with half a minute for the rest', () => {
  for (const [form, minutes] of [
    ['quick', 4],
    ['full', 9],
  ] as const) {
    const plan = planOf({ form, largest: 8192 });
    expect(plan.budget).toBeLessThanOrEqual(minutes * 60_000 - 20_000);
    expect(plan.sizes[0]).toEqual({ visible: 64, hidden: 32, batch: 64 });
    expect(plan.sizes.at(-1)).toEqual({ visible: 8192, hidden: 8192, batch: 1024 });
  }
  expect(planOf({ form: 'full', largest: 8192 }).sizes).toHaveLength(21);
  expect(planOf({ form: 'full', largest: 300 }).sizes).toHaveLength(6);
});

it('leaves out what would take too long, and what is larger than something that failed', () => {
  const forecast = new Forecast();
  const [small, large] = [
    { visible: 100, hidden: 100, batch: 10 },
    { visible: 1000, hidden: 1000, batch: 10 },
  ];
  expect(forecast.reason('a', large, 1000)).toBeUndefined();
  forecast.took('a', small, 20);
  expect(forecast.reason('a', large, 8000)).toBeUndefined();
  expect(forecast.reason('a', large, 7999)).toBe('left out: a step would take up to 2 s');
  forecast.failed('b');
  expect(forecast.reason('b', small, 1e9)).toBe('left out: smaller ones failed');
});
