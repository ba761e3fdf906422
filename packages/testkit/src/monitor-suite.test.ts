import { describe, expect, it } from 'vitest';
import { monitorChecks, monitorSuite } from './monitor-suite.js';
import { expectedGap, gap, wrongMonitors } from './monitors/wrong-monitors.js';
import { collectFailures } from './suite.js';

describe('monitorSuite', () => {
  it.each(wrongMonitors)('catches $fault: $caughtBy', async ({ options, caughtBy, message }) => {
    const check = monitorChecks(options).find(({ name }) => name === caughtBy);
    await expect((async () => check?.run())()).rejects.toThrow(message);
  });

  it('has no check that no wrong monitor fails', () => {
    const names = monitorChecks({ monitor: gap, expected: expectedGap }).map(({ name }) => name);
    expect(new Set(wrongMonitors.map(({ caughtBy }) => caughtBy))).toEqual(new Set(names));
  });

  it('passes a right monitor, with and without expected numbers', async () => {
    expect(await collectFailures((it) => monitorSuite({ it, monitor: gap, expected: expectedGap }))).toEqual({});
    expect(await collectFailures((it) => monitorSuite({ it, monitor: gap }))).toEqual({});
  });
});
