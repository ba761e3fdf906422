import { expect, it } from 'vitest';
import { demoTable } from './demo.js';

const cost = {
  bytes: 251_600,
  frames: { median: 16.66, most: 16.7, longest: 120.4 },
  heap: { first: 4.4e6, last: 5.26e6 },
  imagesPerSecond: { page: 25_264, node: 24_496 },
};

it('compares the page with Node, and with its goals', () => {
  const table = demoTable(cost, 10);
  expect(table).toMatch(/252 kB +\| < 300 kB +\| +met/);
  expect(table).toContain('16.7 ms; 95 %: 16.7 ms; longest 120 ms');
  expect(table).toContain('4.4 MB, 5.3 MB');
  expect(table).toMatch(/25,264 in the page, 24,496 in Node: 103 % +\| +≥ 80 % +\| +met/);
});

it('says what is missed', () => {
  const table = demoTable({ ...cost, bytes: 300_000, imagesPerSecond: { page: 79, node: 100 } }, 10);
  expect(table.match(/missed/g)).toHaveLength(2);
});
