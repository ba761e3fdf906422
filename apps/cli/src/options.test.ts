import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from './main.js';
import { readNumber } from './numbers.js';
import { joinDashes } from './options.js';
import { inFolder, rbm } from './run.testing.js';

describe('options of every command', () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(String(line)));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const commands: Readonly<Record<string, readonly string[]>> = {
    train: ['train', '--data', 'no.csv', '--out', 'x'],
    resume: ['resume', 'nowhere'],
    eval: ['eval', 'no.safetensors', '--data', 'no.csv'],
    sample: ['sample', 'no.safetensors', '--out', 'x.npy'],
    recall: ['recall', 'no.safetensors', '--data', 'no.csv', '--out', 'x.npy'],
    info: ['info', 'no.safetensors'],
  };

  async function refused(args: readonly string[]): Promise<string> {
    lines.length = 0;
    expect([await main(args), args]).toEqual([2, args]);
    return lines.join('\n');
  }

  it.each([
    '',
    ' 5',
    '5 ',
    '0x10',
    '0b1',
    '1e-400',
    '-1e-400',
    '1e999',
    'Infinity',
    'NaN',
    '1_000',
    '1,5',
    '.',
    'five',
  ])('of numbers do not take "%s"', async (text) => {
    for (const [name, option] of [
      ['train', 'lr'],
      ['train', 'test-fraction'],
      ['resume', 'threads'],
      ['eval', 'sweeps'],
      ['sample', 'temperature'],
      ['recall', 'flip'],
    ] as const) {
      const command = commands[name] as readonly string[];
      for (const given of [[`--${option}=${text}`], [`--${option}`, text]]) {
        expect(await refused([...command, ...given])).toContain(`--${option} `);
      }
    }
  });

  it('are refused where a list of numbers or units is typed so', async () => {
    const train = commands.train as readonly string[];
    for (const [option, text] of [
      ['hidden', '0x10'],
      ['hidden', ' 5'],
      ['hidden', 'potts:0x3:4'],
      ['visible', 'binomial:0x8'],
      ['visible', 'potts: 4'],
      ['phase', 'epochs=0x10'],
      ['phase', 'epochs=1e-400'],
      ['phase', 'epochs=1,lr= 5'],
      ['ladder', '0.5:0x1'],
      ['ladder', '1e-400:1'],
    ] as const) {
      expect(await refused([...train, '--estimator', 'tempered', `--${option}=${text}`])).toContain(`--${option}`);
    }
  });

  it('are given once, but for lists', async () => {
    for (const [name, twice] of [
      ['train', ['--lr', '1', '--lr=2']],
      ['train', ['--force', '--force']],
      ['train', ['--force', '--no-force']],
      ['train', ['--data', 'other.csv']],
      ['train', ['--hidden', '3', '--hidden', '4']],
      ['train', ['--estimator', 'cd', '--estimator', 'cd']],
      ['eval', ['--seed', '1', '--seed', '1']],
      ['sample', ['--out', 'y.npy']],
      ['recall', ['--json', '--json']],
      ['info', ['--config', 'a.json', '--config', 'b.json']],
    ] as const) {
      const option = twice.at(-1)?.startsWith('--') ? (twice.at(-1) as string) : (twice.at(-2) as string);
      const named = option.replace('--no-', '--').split('=')[0];
      expect(await refused([...(commands[name] as readonly string[]), ...twice])).toContain(`${named} is given more`);
    }
    // --phase is a list; what is wrong here is the file.
    expect(await main([...(commands.train as string[]), '--phase', 'epochs=1', '--phase', 'epochs=2'])).toBe(1);
  });

  it('need a value that is not empty; flags are true or false', async () => {
    const train = commands.train as readonly string[];
    expect(await refused(['train', '--data', '', '--out', 'x'])).toContain('--data is empty');
    expect(await refused(['train', '--data=no.csv', '--out='])).toContain('--out is empty');
    expect(await refused(['train', '--data', 'no.csv', '--out', '--force'])).toContain('--out needs a value');
    expect(await refused([...train, '--lr'])).toContain('--lr needs a value');
    for (const value of ['maybe', '', '1', 'TRUE']) {
      expect(await refused([...train, `--force=${value}`])).toContain('--force is');
    }
    expect(await refused([...train, '--no-lr'])).toContain('--no-lr');
    expect(await refused([...train, '--lr.x', '1'])).toContain('lr.x');
    // These are all right; the file is not there.
    for (const given of [['--force=true'], ['--no-force'], ['--lr', '1e-3'], ['--lr', '+.5'], ['--lr=5.']]) {
      expect([await main([...train, ...given]), given]).toEqual([1, given]);
    }
  });

  it('include --json, which makes an error one line of JSON', async () => {
    const errorOf = async (args: readonly string[]): Promise<unknown> => {
      lines.length = 0;
      const code = await main(args);
      return { code, ...JSON.parse(lines.at(-1) as string) };
    };
    expect(await errorOf(['info', 'none.safetensors', '--json'])).toEqual({
      code: 1,
      error: { code: 'FILE_NOT_FOUND', message: expect.stringContaining('none.safetensors') },
    });
    expect(await errorOf(['eval', 'none', '--data', 'x.csv', '--seed', '', '--json'])).toEqual({
      code: 2,
      error: { code: 'USAGE', message: expect.stringContaining('--seed is empty') },
    });
    expect(await errorOf(['info', '--json', '--wrong'])).toMatchObject({ code: 2, error: { code: 'USAGE' } });
  });
});

it('readNumber reads decimal numbers, 0 included', () => {
  for (const text of ['0', '-0', '0.0e5', '5', '+5', '-5', '0.05', '.5', '5.', '1e-3', '1E+3', '007']) {
    expect(readNumber(text, '--x')).toBe(Number(text));
  }
});

it('joinDashes keeps a lone dash with its option', () => {
  expect(joinDashes(['sample', 'm', '--out', '-', '--json'])).toEqual(['sample', 'm', '--out=-', '--json']);
  expect(joinDashes(['-', '--out=x', '-'])).toEqual(['-', '--out=x', '-']);
});

describe('the program', () => {
  it('exits with 0, 1, 2 as it is documented', { timeout: 60_000 }, () =>
    inFolder(async (folder) => {
      expect((await rbm(['--version'], folder)).code).toBe(0);
      expect((await rbm(['info', 'none'], folder)).code).toBe(1);
      expect((await rbm(['info', 'none', '--lr', '1'], folder)).code).toBe(2);
      const json = await rbm(['info', 'none', '--json'], folder);
      expect([json.code, json.stdout]).toEqual([1, '']);
      expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'FILE_NOT_FOUND' } });
    }),
  );

  it('sees a row as often as --epochs says, where a batch would be more', { timeout: 60_000 }, () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'one.csv'), '0,1\n');
      const options = ['--hidden', '2', '--sample-sweeps', '2', '--phase', 'epochs=3'];
      const run = await rbm(['train', '--data', 'one.csv', '--epochs', '2', ...options, '--out', 'run'], folder);
      expect(run.code).toBe(0);
      expect(run.stderr).toContain('the batch is 1');
      expect(run.stderr).toMatch(/epoch 2 /);
      expect(run.stderr).not.toMatch(/epoch 100/);
    }),
  );
});
