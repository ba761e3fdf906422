import { describe, expect, it } from 'vitest';
import { cases } from './cases.js';
import type { CaseResult } from './compare.js';
import type { Machine } from './machine.js';
import { comparisonTable, growthTable, memoryTable, remarks, threadsLine, undisturbedTable } from './report.js';
import type { Timing } from './workload.js';

const machine: Machine = { cpu: 'some', cores: 2, memoryBytes: 2 ** 34, node: '20', load: 0, known: true };

/** Three equal measurements, undisturbed. */
function timings(wall: number, processor: number = wall): Timing[] {
  return Array.from({ length: 3 }, () => ({ wall, processor }));
}

function result(measured: Record<string, Timing[]>, foreignCores = 0): CaseResult {
  const which = cases.find((one) => one.name === 'cd-1');
  if (!which) throw new Error('no such case');
  const densities = { data: 0.13, hidden: 0.2 };
  const maps = { measured: new Map(Object.entries(measured)), agreements: new Map(), excluded: new Map() };
  return { which, densities, foreignCores, ...maps };
}

describe('the report', () => {
  const sides = {
    'rbm, 2 threads': timings(1, 2),
    'rbm, 1 thread': timings(1.5),
    'PyTorch, 2 threads': timings(3, 6),
    'PyTorch, 1 thread': timings(4),
  };

  it('compares the best setting of each side', () => {
    const [, , row] = comparisonTable([result(sides)], machine).split('\n');
    expect(row).toMatch(
      /1 ms \(2 threads\) \| +3 ms \(PyTorch, 2 threads\) \| +3\.00 \(3\.00–3\.00\) \| ≥ 2× \| +met \|$/,
    );
    const [, , busy] = undisturbedTable([result(sides)]).split('\n');
    // By processor time one thread is best on both sides.
    expect(busy).toMatch(/1 ms \| +3 ms \| +3\.00 \| +2\.67 \(2\.67–2\.67\) \| +0\.00 \|$/);
  });

  it('says when a goal is missed, a peer is slower than it should be, or none is there', () => {
    const slow = { ...sides, 'rbm, 2 threads': timings(2), 'rbm, 1 thread': timings(2) };
    expect(comparisonTable([result(slow)], machine)).toMatch(/1\.50 .*missed \|$/m);
    const misconfigured = result({ ...sides, 'PyTorch, 2 threads': timings(9), 'PyTorch, 1 thread': timings(9) });
    expect(comparisonTable([misconfigured], machine)).toContain('void: peer misconfigured');
    expect(remarks([misconfigured], machine)).toContain('PyTorch takes 9 ms');
    expect(comparisonTable([result({ 'rbm, 1 thread': timings(1) })], machine)).toContain('no peer');
  });

  it('says when something else ran', () => {
    expect(remarks([result(sides)], machine)).not.toContain('busy');
    expect(remarks([result(sides, 0.5)], machine)).toContain('cd-1: other programs used 0.50 cores meanwhile');
  });

  it('compares threads', () => {
    expect(threadsLine(result(sides))).toContain('1.50 (1.50–1.50) times as fast, goal ≥ 1.7: missed');
    expect(threadsLine(result({ 'rbm, 1 thread': timings(1) }))).toContain('not measured');
  });

  it('judges growth and lists memory', () => {
    const points = [{ visible: 2, hidden: 3, batch: 4, milliseconds: 24e-6, perProduct: 1 }];
    expect(growthTable({ points, exponent: 1.01 })).toContain('to the power 1.010, goal ≤ 1: met');
    expect(growthTable({ points, exponent: 1.2 })).toContain('missed');
    const use = new Map([['a', { necessary: 2 ** 20, reported: 2 ** 21, workspace: 2 ** 20, linear: 2 ** 22 }]]);
    expect(memoryTable(use)).toMatch(/a +\| +1\.00 MiB \| +2\.00 MiB \| +1\.00 MiB \| +4\.00 MiB \| +beyond/);
  });
});
