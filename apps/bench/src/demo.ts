import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { markdownTable } from './table.js';

/** A program of the demo's own: an app builds on packages, and not on other apps. */
const program = fileURLToPath(new URL('../../demo/scripts/measure.mjs', import.meta.url));

/** What the demo costs its visitors. */
export interface DemoCost {
  /** Of the first view, compressed. */
  readonly bytes: number;
  /** Milliseconds between frames while it trains; `most`: for 95 % of them. */
  readonly frames: { readonly median: number; readonly most: number; readonly longest: number };
  /** Bytes of the page's heap: medians of the first and the last quarter of the time. */
  readonly heap: { readonly first: number; readonly last: number };
  readonly imagesPerSecond: { readonly page: number; readonly node: number };
}

/** Bytes of the first view should stay below. */
const BYTES_GOAL = 300_000;
/** The page should reach this share of Node's rate. */
const RATE_GOAL = 0.8;

/** Measures the built page. @returns `undefined` where that is not possible, without a browser for one. */
export async function demoCost(minutes: number, log: (line: string) => void): Promise<DemoCost | undefined> {
  log(`Measuring the demo for ${minutes} minutes`);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, '--minutes', String(minutes)]);
    return JSON.parse(stdout.trim().split('\n').at(-1) as string);
  } catch (error) {
    log(`Missing: the demo's page: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  }
}

export function demoTable({ bytes, frames, heap, imagesPerSecond: { page, node } }: DemoCost, minutes: number): string {
  const met = (yes: boolean): string => (yes ? 'met' : 'missed');
  const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;
  const count = (rate: number): string => Math.round(rate).toLocaleString('en');
  return markdownTable(
    ['the demo', 'measured', 'goal', ''],
    [
      ['first view, compressed', `${Math.round(bytes / 1000)} kB`, '< 300 kB', met(bytes < BYTES_GOAL)],
      [
        `frames over ${minutes} min of training`,
        `${frames.median.toFixed(1)} ms; 95 %: ${frames.most.toFixed(1)} ms; longest ${frames.longest.toFixed(0)} ms`,
        '',
        '',
      ],
      ['heap of the page, first and last quarter', `${megabytes(heap.first)}, ${megabytes(heap.last)}`, '', ''],
      [
        'MNIST 784×256, PCD-1, images a second',
        `${count(page)} in the page, ${count(node)} in Node: ${Math.round((100 * page) / node)} %`,
        '≥ 80 %',
        met(page >= RATE_GOAL * node),
      ],
    ],
  );
}
