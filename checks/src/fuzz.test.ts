import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './workspace.js';

type Read = (bytes: Uint8Array) => unknown;
interface Judge {
  judge(read: Read, bytes: Uint8Array): string | undefined;
  minimise(read: Read, bytes: Uint8Array, fault: string): Uint8Array;
}

const load = (name: string): Promise<unknown> =>
  import(new URL(`../../scripts/fuzz/${name}.mjs`, import.meta.url).href);
const { judge, minimise } = (await load('judge')) as Judge;
const { readers } = (await load('readers')) as { readers: Record<string, { corpus: Uint8Array[]; read: Read }> };

const { RbmError } = (await import(new URL('../../packages/core/dist/index.js', import.meta.url).href)) as {
  RbmError: new (code: string, message: string) => Error;
};

const crashes = join(root, 'checks/fuzz/crashes');

describe('the fuzzer', () => {
  it('takes a coded error for none, and any other error, slowness or hunger for a fault', () => {
    const bytes = new Uint8Array(1000);
    const fails = (error: unknown): Read => {
      return () => {
        throw error;
      };
    };
    expect(judge(fails(new RbmError('FILE_INVALID', 'x')), bytes)).toBeUndefined();
    expect(judge(fails(new RangeError('x')), bytes)).toBe('RangeError: x');
    expect(judge(() => undefined, bytes)).toBeUndefined();
    const kept: Uint8Array[] = [];
    expect(judge(() => kept.push(new Uint8Array(2 ** 28 + 2 ** 20)), bytes)).toBe('more than 256 MB');
  });

  it('makes a file with a fault smaller', () => {
    const read: Read = (bytes) => {
      if (bytes.includes(7) && bytes.includes(9)) throw new TypeError('both');
    };
    const bytes = Uint8Array.from({ length: 500 }, (_, i) => (i === 100 ? 7 : i === 300 ? 9 : 0));
    expect(minimise(read, bytes, judge(read, bytes) as string)).toEqual(Uint8Array.of(7, 9));
  });

  it.each(Object.entries(readers))('starts from files that hold something for %s', (_, { corpus, read }) => {
    expect(corpus.length).toBeGreaterThan(0);
    expect(() => read(corpus[0] as Uint8Array)).not.toThrow();
    for (const bytes of corpus) expect([bytes.length <= 65_536, judge(read, bytes)]).toEqual([true, undefined]);
  });

  it('finds no fault again in files that it kept', () => {
    for (const file of existsSync(crashes) ? readdirSync(crashes) : []) {
      const { read } = readers[file.split('-')[0] as string] as { read: Read };
      expect([file, judge(read, readFileSync(join(crashes, file)))]).toEqual([file, undefined]);
    }
  });
});
