import { generator, RbmError } from '@rbm/core';
import { expect, test } from 'vitest';
import { type Block, Heap } from './heap.js';
import { platform } from './platform.js';

const heap = (maximum = 64): Heap => new Heap(new platform.WebAssembly.Memory({ initial: 1, maximum }), 1000);

test('blocks never overlap, whatever order they come and go in, and memory is used again', () => {
  const memory = heap();
  const random = generator(1);
  const live: Block[] = [];
  for (let n = 0; n < 2000; n++) {
    if (live.length > 0 && random.uniform(0, n, 0, 0) < 0.5) {
      const [block] = live.splice(Math.floor(random.uniform(0, n, 1, 0) * live.length), 1);
      memory.release(block as Block);
    } else {
      live.push(memory.allocate(Math.ceil(random.uniform(0, n, 2, 0) * 4000)));
    }
    const sorted = [...live].sort((a, b) => a.address - b.address);
    sorted.forEach(({ address, bytes }, i) => {
      expect(address % 128).toBe(0);
      const next = sorted[i + 1]?.address ?? memory.bytes.length;
      expect(address + bytes).toBeLessThanOrEqual(next);
    });
  }
  for (const block of live) memory.release(block);
  const size = memory.bytes.length;
  const whole = memory.allocate(size - 1024);
  expect(whole.address).toBe(1024);
  expect(memory.bytes.length).toBe(size);
});

test('it grows, and says so when it cannot', () => {
  const memory = heap(4);
  expect(memory.allocate(100_000).bytes).toBeGreaterThanOrEqual(100_000);
  let error: unknown;
  try {
    memory.allocate(300_000);
  } catch (caught) {
    error = caught;
  }
  expect(RbmError.isInstance(error) && error.code).toBe('SIZE_LIMIT');
  expect(memory.allocate(50_000).bytes).toBeGreaterThanOrEqual(50_000);
});
