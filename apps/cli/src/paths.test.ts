import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from './main.js';
import { inFolder } from './run.testing.js';

const training = ['train', '--data', 'bars-and-stripes:2', '--hidden', '2', '--epochs', '1', '--sample-sweeps', '2'];

describe('paths', { timeout: 60_000 }, () => {
  let folder = '';
  let release: () => void = () => {};
  const lines: string[] = [];

  beforeAll(
    () =>
      new Promise<void>((ready, fail) => {
        vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(String(line)));
        vi.spyOn(console, 'log').mockImplementation(() => {});
        inFolder(async (made) => {
          folder = made;
          expect(await main([...training, '--out', join(made, 'run')])).toBe(0);
          ready();
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        }).catch(fail);
      }),
  );
  afterAll(() => {
    release();
    vi.restoreAllMocks();
  });
  beforeEach(() => {
    lines.length = 0;
  });

  const model = (): string => join(folder, 'run/model.safetensors');
  const sample = (out: string): string[] => ['sample', model(), '--count', '2', '--burn-in', '2', '--out', out];

  /** Runs the program. @returns its exit code and what it said on standard error. */
  async function result(args: readonly string[]): Promise<[number, string]> {
    lines.length = 0;
    const code = await main(args);
    return [code, lines.join('\n')];
  }

  it.each([214, 240, 255])('have names of %i characters', async (length) => {
    const name = join(folder, 'r'.repeat(length));
    expect(await result([...training, '--out', name])).toEqual([0, expect.stringContaining('Done')]);
    expect(await readdir(name)).toHaveLength(6);
    const file = join(folder, `${'s'.repeat(length - 4)}.npy`);
    expect(await result(sample(file))).toEqual([0, expect.stringContaining('Wrote 2 samples')]);
    expect((await readFile(file)).length).toBeGreaterThan(0);
  });

  it('that cannot be written are errors with the path, a code and what to do', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const [name, code, cure] of [
      ['x'.repeat(256), 'WRITE_FAILED', 'shorter'],
      ['file', 'FILE_EXISTS', 'Choose another name'],
      ['file/run', 'FILE_NOT_FOUND', 'is a file'],
    ] as const) {
      const [exit, message] = await result([...training, '--out', join(folder, name)]);
      expect([exit, message]).toEqual([1, expect.stringContaining(`(${code})`)]);
      expect(message).toContain(`Cannot write ${join(folder, name)}`);
      expect(message).toContain(cure);
    }
    await mkdir(join(folder, 'folder.npy'));
    for (const [name, code] of [
      [`${'x'.repeat(252)}.npy`, 'WRITE_FAILED'],
      ['file/x.npy', 'FILE_NOT_FOUND'],
      ['none/x.npy', 'FILE_NOT_FOUND'],
      ['folder.npy', 'FILE_EXISTS'],
    ] as const) {
      const [exit, message] = await result(sample(join(folder, name)));
      expect([exit, message]).toEqual([1, expect.stringContaining(`(${code})`)]);
      expect(message).toContain(join(folder, name));
    }
  });

  it('of results are none of those that are read', async () => {
    const rows = join(folder, 'rows.csv');
    await writeFile(rows, '0,1,0,1\n1,1,0,0\n');
    await symlink(model(), join(folder, 'link'));
    const before = await readFile(model());
    const evaluate = ['eval', model(), '--data', rows, '--split', 'train', '--per-sample'];
    for (const path of [model(), join(folder, 'link'), join(folder, 'run', '..', 'run', 'model.safetensors'), rows]) {
      expect(await result([...evaluate, path])).toEqual([2, expect.stringMatching(/--per-sample .* is also the/)]);
    }
    expect(await readFile(model())).toEqual(before);
    expect(await readFile(rows, 'utf8')).toBe('0,1,0,1\n1,1,0,0\n');
    expect((await result(['recall', model(), '--data', rows, '--out', rows]))[0]).toBe(2);
    expect((await result([...evaluate, join(folder, 'each.txt')]))[0]).toBe(0);
  });

  it('that are links are followed, also to what does not exist yet', async () => {
    await symlink('later', join(folder, 'dangling'));
    expect((await result([...training, '--out', join(folder, 'dangling')]))[0]).toBe(0);
    expect(await readlink(join(folder, 'dangling'))).toBe('later');
    expect(await readdir(join(folder, 'later'))).toHaveLength(6);
    await symlink('later.npy', join(folder, 'dangling.npy'));
    expect((await result(sample(join(folder, 'dangling.npy'))))[0]).toBe(0);
    expect((await lstat(join(folder, 'later.npy'))).isFile()).toBe(true);
    expect(await readlink(join(folder, 'dangling.npy'))).toBe('later.npy');
  });

  it('in the folder of a run that are links are not replaced by --force', async () => {
    const out = join(folder, 'linked');
    await mkdir(out);
    await writeFile(join(folder, 'precious'), 'precious');
    for (const [name, target] of [
      ['model.safetensors', '../precious'],
      ['samples.png', 'nowhere'],
    ] as const) {
      await symlink(target, join(out, name));
      const [code, message] = await result([...training, '--out', out, '--force']);
      expect([code, message]).toEqual([1, expect.stringContaining(`is a symbolic link`)]);
      expect(await readlink(join(out, name))).toBe(target);
    }
    expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('precious');
  });

  it('of a training that could not start are free for the next one', async () => {
    const out = join(folder, 'new/deep/run');
    const units = ['--visible', 'gaussian', '--hidden', 'gaussian:2', '--lr', '1e200'];
    const diverging = ['train', '--data', 'digits', '--epochs', '1', '--binarise', 'none', '--out', out, ...units];
    expect((await result(diverging))[0]).toBe(1);
    expect((await result([...training, '--out', out, '--chains', '1000000000']))[1]).toContain('(SIZE_LIMIT)');
    expect(await readdir(folder)).not.toContain('new');
    expect((await result([...training, '--out', out]))[0]).toBe(0);
  });
});
