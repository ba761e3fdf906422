import { expect, it } from 'vitest';
import type { OpenedSide, Timed } from './requests.js';
import { type Results, resultsMarkdown } from './results.js';

const timed = (step: number): { value: Timed } => ({ value: { first: 9 * step, step, steps: 3, bytes: 2 ** 20 } });
const size = { operation: 'cd-1', visible: 1000, hidden: 1000, batch: 100 } as const;

function results(opened: OpenedSide, card?: Results['card']): Results {
  return {
    date: '2026-11-27',
    form: 'quick',
    machine: { cpu: 'x', cores: 2, memoryBytes: 2 ** 34, node: '20.20.2', load: 0, known: false },
    ...(card ? { card } : {}),
    notes: ['Vulkan loader: /l'],
    opened,
    suite: { total: 53, passed: 40, failures: { 'a check': 'wrong\nvery' }, ended: 'cut off after 45 s' },
    training: [],
    cases: [
      { ...size, side: 'device', outcome: timed(2), cardMemory: 77 },
      { ...size, side: 'wasm', outcome: timed(20) },
      { ...size, side: 'torch', outcome: timed(1.5) },
      { ...size, side: 'torch-graph', outcome: timed(1) },
      { ...size, batch: 1000, side: 'device', outcome: { why: 'cut off after 12 s' } },
    ],
    complete: false,
  };
}

it('names a software adapter as such, and never says GPU of it', () => {
  const opened = {
    info: 'software rendering (google swiftshader)',
    hardware: false,
    adapter: { vendor: 'google' },
    limits: {},
  };
  const text = resultsMarkdown(results(opened));
  expect(text).not.toMatch(/\bGPU\b/);
  expect(text).toContain('adapter: google (software, drawn on the processor)');
  expect(text).toContain('**Incomplete:**');
  expect(text).toContain('40 of 53 checks passed, 1 failed, 12 not reached (cut off after 45 s).\n- a check: wrong');
  expect(text).toContain('- device: cut off after 12 s');
});

it('compares a card with its limits, with WebAssembly and with the best of PyTorch', () => {
  const opened = { info: 'gpu.js, WebGPU, GPU (x)', hardware: true, adapter: {}, limits: { maxBufferSize: 5 } };
  const text = resultsMarkdown(results(opened, { name: 'NVIDIA L4', driver: '580', memory: '23 GiB' }));
  expect(text).toContain('# GPU check');
  const row = text.split('\n').find((line) => line.startsWith('| 1000×1000, 100')) as string;
  const cells = row.split('|').map((cell) => cell.trim());
  // 1e9 operations in 2 ms are 500 GFLOP/s; 32 MB are 16 GB/s, of 300; of 30.3 TFLOP/s 1.65 %.
  expect(cells.slice(2, 14)).toEqual([
    '18 ms',
    '2 ms',
    '20 ms',
    '10×',
    '1 ms',
    'graph',
    '0.5×',
    '500',
    '16',
    '5.3 %',
    '1.0 MiB',
    '77 MiB',
  ]);
});
