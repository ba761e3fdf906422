import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { load, loadNamed } from '../load.testing.js';
import { recordFrom } from '../table-record.js';
import { tableText } from '../table-text.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const pets = 'kind,size,legs\ncat,S,4\ndog,L,4\nbird,S,2\ncat,L,3\n';
const real = { visible: 'gaussian' } as const;

describe('text columns', () => {
  it('are categories with :potts, recorded for the model file', async () => {
    const { dataset, visible, log } = await load('x.csv', pets, { columns: 'kind:potts,size' });
    expect(visible).toEqual({ kind: 'potts', size: 3 });
    expect([dataset.train.width, [...dataset.train.values.slice(0, 6)]]).toEqual([6, [0, 1, 0, 0, 1, 0]]);
    expect(JSON.parse(String(dataset.preparation.categoryNames))).toEqual({
      kind: ['bird', 'cat', 'dog'],
      size: ['L', 'S'],
    });
    expect(log.join()).toMatch(/units have 3 categories; .* is written as "\?" \(1 columns have fewer\)/);
    expect((await load('x.csv', pets, { columns: 'legs:potts' })).dataset.train.width).toBe(3);
  });

  it('are an error otherwise, which says what can be done', async () => {
    await expect(load('x.csv', pets)).rejects.toThrow(/column 1 \(kind\).*--columns kind:potts.*--drop kind/);
    await expect(load('x.csv', pets, { columns: 'kind:potts,size:spin' })).rejects.toThrow(/are of one kind/);
    await expect(load('x.csv', pets, { columns: 'kind:potts', visible: 'spin' })).rejects.toThrow(
      /are spin, not potts/,
    );
    await expect(load('x.csv', pets, { columns: 'kind:potts:2' })).rejects.toThrow(/column kind has 3 categories/);
    expect((await load('x.csv', pets, { columns: 'legs:gaussian' })).visible).toEqual({ kind: 'gaussian' });
  });

  it('come back by name in samples, and others are an error', async () => {
    const { preparation } = (await load('x.csv', pets, { columns: 'kind:potts,size' })).dataset;
    expect(text(tableText(Float64Array.of(2, 0, 0, 2), 2, { preparation }, 'states'))).toBe(
      'kind,size\ndog,L\nbird,?\n',
    );
    const { preparation: quoted } = (await load('x.csv', '"a, b",c\n"x ""y""",z\nw,z\n', { columns: '1-2:potts' }))
      .dataset;
    expect(text(tableText(Float64Array.of(1, 0), 1, { preparation: quoted }, 'states'))).toBe(
      '"a, b",c\n"x ""y""",z\n',
    );
    const details = { preparation };
    const more = await load('y.csv', 'size,age,kind\nS,3,dog\n', { visible: 'potts:3', details });
    expect([...more.dataset.train.values]).toEqual([0, 0, 1, 0, 1, 0]);
    const unseen = load('y.csv', 'kind,size\ncow,S\n', { visible: 'potts:3', details });
    await expect(unseen).rejects.toThrow(/\(kind\): expected one of the categories .*\(bird, cat, dog\), found "cow"/);
    await expect(unseen).rejects.toMatchObject({ code: 'DATA_INVALID' });
    expect(() => recordFrom({ preparation: { categoryNames: '[1' } })).toThrow(/damaged record/);
  });

  it('may be the label, whose texts are recorded', async () => {
    const { dataset } = await load('x.csv', pets, { ...real, label: 'kind', drop: 'size' });
    expect([...(dataset.train.labels ?? [])]).toEqual([1, 2, 0, 1]);
    expect(dataset.preparation.labelNames).toBe('["bird","cat","dog"]');
    const other = { ...real, label: 'kind', details: { preparation: dataset.preparation } };
    expect([...((await load('y.csv', 'legs,kind\n4,dog\n', other)).dataset.train.labels ?? [])]).toEqual([2]);
    await expect(load('y.csv', 'legs,kind\n4,cow\n', other)).rejects.toThrow(
      /labels of the model's data .* found "cow"/,
    );
  });
});

describe('numbers', () => {
  it('that rounding has left outside of 0 to 1 are clipped', async () => {
    const { dataset, log } = await load('x.csv', '0.5,1.0000000000000002\n-1e-7,1\n');
    expect([...dataset.train.values]).toEqual([0.5, 1, 0, 1]);
    expect(log.join()).toMatch(/2 values are outside of 0 to 1 by rounding, and set to 0 or 1/);
    await expect(load('x.csv', '0.5,1.00001\n0,1\n')).rejects.toMatchObject({ code: 'DATA_INVALID' });
  });

  it('too large to train on are refused with their column', async () => {
    for (const options of [{}, real, { ...real, standardise: 'none' }] as const) {
      await expect(load('x.csv', 'a,b\n1,2\n3,-5e200\n', options)).rejects.toMatchObject({
        code: 'DATA_INVALID',
        message: expect.stringMatching(
          /row 1 \(from 0\), column 2 \(b\) is -5e\+200; .* too large to standardise .*--drop b/,
        ),
      });
    }
  });

  it('that are constant but for rounding bring the warning of constant columns', async () => {
    const { standardisation, log } = await load('x.csv', `a,b\n1,${0.1 + 0.2}\n2,0.3\n3,0.3\n`, real);
    expect(standardisation?.scale[1]).toBe(1);
    expect(log.join()).toMatch(/column 1 \(from 0\) is constant/);
  });
});

describe('a column that may be a label', () => {
  const pixels = (label: (n: number) => number | string, title: string): string =>
    `${title},p0,p1,p2\n${Array.from({ length: 30 }, (_, n) => `${label(n)},${(n * 37) % 256},${(n * 91) % 256},0\n`).join('')}`;

  it.each([
    ['digits before grey levels', pixels((n) => n % 10, 'label'), 'label'],
    ['a class after fractions', Array.from({ length: 20 }, (_, n) => `${n / 7},${n / 3},${n % 3}\n`).join(''), '3'],
    ['digits beside bits', Array.from({ length: 40 }, (_, n) => `${n & 1},${(n >> 1) & 1},${n % 10}\n`).join(''), '3'],
  ])('is named: %s', async (_, text, title) => {
    const { log } = await load('x.csv', text, real);
    expect(log.join('\n')).toContain(`(otherwise: --label ${title})`);
    const { log: without } = await load('x.csv', text, { ...real, label: title });
    expect(without.join('\n')).not.toContain('looks like a label');
  });

  it.each([
    ['grey levels alone', pixels((n) => (n * 53) % 256, 'p')],
    ['bits', Array.from({ length: 40 }, (_, n) => `${n & 1},${(n >> 1) & 1},${(n >> 2) & 1}\n`).join('')],
    ['fractions', Array.from({ length: 40 }, (_, n) => `${n / 7},${n / 3},${n / 5}\n`).join('')],
  ])('is not found among %s', async (_, text) => {
    expect((await load('x.csv', text, real)).log.join('\n')).not.toContain('looks like a label');
  });
});

it('- is standard input', async () => {
  const spy = vi
    .spyOn(process, 'stdin', 'get')
    .mockReturnValue(Readable.from([Buffer.from('a,b\n0,1\n'), Buffer.from('1,1\n')]) as never);
  try {
    expect((await loadNamed({ data: '-' })).dataset.train).toMatchObject({ count: 2, width: 2 });
  } finally {
    spy.mockRestore();
  }
});

it('rows are left out before the limit counts', async () => {
  const { dataset } = await load('x.csv', '1,0\n,0\n0,1\n1,1\n', { limit: 2, 'drop-incomplete': true });
  expect([...dataset.train.values]).toEqual([1, 0, 0, 1]);
  await expect(load('x.csv', '1,0\n,0\n', { limit: 2 })).rejects.toThrow(/1 of 4 values are missing \(columns 1\)/);
});
