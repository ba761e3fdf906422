import { describe, expect, expectTypeOf, it } from 'vitest';
import { bernoulli } from '../layers/bernoulli.js';
import { ising } from '../models/ising.js';
import { Catalog } from './catalog.js';
import { checkPiece, checkPlugin } from './check-plugin.js';
import type { OptionSpecs } from './options.js';
import { definePlugin, type NamedOptions, type Plugin, specVersions } from './plugin.js';
import type { Sampler } from './sampler.js';

declare module './plugin.js' {
  interface PluginOptions {
    'acme/still': { readonly stay?: number };
  }
}

const still: Sampler = {
  specVersion: 1,
  name: 'acme/still',
  settings: {},
  capabilities: { invariant: true, reversible: true },
  bind: () => {
    throw new Error('not bound here');
  },
};

function plugin(create: () => unknown = () => still): Plugin {
  return definePlugin({
    name: 'rbm-plugin-still',
    specVersion: { samplers: 1 },
    provides: {
      samplers: {
        'acme/still': {
          options: { stay: { type: 'number', minimum: 0, maximum: 1, default: 0.5 } },
          create: create as () => Sampler,
        },
      },
    },
  });
}

async function refusal(work: () => unknown): Promise<{ code?: string; message?: string; cause?: unknown }> {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  return {};
}

describe('plugins', () => {
  it('provide pieces by name, with checked options', async () => {
    let seen: unknown;
    const watched = definePlugin({
      name: 'watch',
      specVersion: { layers: 1 },
      provides: {
        layers: {
          'acme/bits': {
            options: { flag: { type: 'boolean', default: true } },
            create: (options, { units }) => {
              seen = options;
              return bernoulli(units as number);
            },
          },
        },
      },
    });
    const catalog = new Catalog([plugin(), watched]);
    expect(await catalog.create('samplers', 'acme/still', { stay: 1 })).toBe(still);
    expect((await catalog.create('layers', 'acme/bits', {}, { units: 3 })).units).toBe(3);
    expect(seen).toEqual({ flag: true });
    expect(catalog.createLayer('acme/bits', 4, { flag: false }).units).toBe(4);
    expect(seen).toEqual({ flag: false });
    expect(catalog.entries().map(({ kind, name }) => [kind, name])).toEqual([
      ['samplers', 'acme/still'],
      ['layers', 'acme/bits'],
    ]);
  });

  it.each<[what: string, code: string, mentions: RegExp, work: () => unknown]>([
    ['no object', 'PLUGIN_INVALID', /a function.*factory/, () => new Catalog([plugin])],
    ['nothing provided', 'PLUGIN_INVALID', /"x".*provides/, () => new Catalog([{ name: 'x' }])],
    [
      'an unknown kind',
      'PLUGIN_INVALID',
      /provides\.sampler"/,
      () => new Catalog([{ name: 'x', specVersion: {}, provides: { sampler: {} } }]),
    ],
    [
      'a factory that is none',
      'PLUGIN_INVALID',
      /"a\/b".*create/,
      () => new Catalog([{ name: 'x', specVersion: { samplers: 1 }, provides: { samplers: { 'a/b': still } } }]),
    ],
    [
      'a name without a namespace',
      'PLUGIN_INVALID',
      /namespace/,
      () => new Catalog([{ ...plugin(), provides: { samplers: { still: { create: () => still } } } }]),
    ],
    [
      'a later contract',
      'PLUGIN_VERSION',
      /is 2.*version 1.*Update @rbm\/core/,
      () => new Catalog([{ ...plugin(), specVersion: { samplers: 2 } }]),
    ],
    ['no version', 'PLUGIN_VERSION', /missing.*version 1/, () => new Catalog([{ ...plugin(), specVersion: {} }])],
    [
      'a model without a version',
      'PLUGIN_VERSION',
      /acme\/graph.*missing/,
      () => {
        const { specVersion: _, ...model } = ising({ shape: [3, 3] });
        checkPiece('x', 'energyModels', 'acme/graph', model);
      },
    ],
    [
      'a dataset of another version',
      'PLUGIN_VERSION',
      /acme\/corners.*is 2.*version 1/,
      () => checkPiece('x', 'datasets', 'acme/corners', { specVersion: 2, train: {}, preparation: {} }),
    ],
    ['a name taken', 'NAME_TAKEN', /rbm-plugin-still.*acme\/still/, () => new Catalog([plugin(), plugin()])],
    [
      'a name of the program',
      'NAME_TAKEN',
      /the program itself/,
      () => new Catalog([plugin()], { samplers: ['acme/still'] }),
    ],
    [
      'an unknown name',
      'PLUGIN_UNKNOWN',
      /Did you mean "acme\/still"/,
      () => new Catalog([plugin()]).create('samplers', 'acme/stil'),
    ],
    [
      'an unknown option',
      'OPTION_INVALID',
      /rbm-plugin-still.*Did you mean "stay"/,
      () => new Catalog([plugin()]).create('samplers', 'acme/still', { stya: 1 }),
    ],
    [
      'a piece of another version',
      'PLUGIN_VERSION',
      /acme\/still.* 3/,
      () => new Catalog([plugin(() => ({ ...still, specVersion: 3 }))]).create('samplers', 'acme/still'),
    ],
    [
      'a piece without its settings',
      'PLUGIN_INVALID',
      /"settings"/,
      () => new Catalog([plugin(() => ({ ...still, settings: undefined }))]).create('samplers', 'acme/still'),
    ],
    [
      'a piece without its functions',
      'PLUGIN_INVALID',
      /function "bind"/,
      () => new Catalog([plugin(() => ({ ...still, bind: 1 }))]).create('samplers', 'acme/still'),
    ],
  ])('are refused: %s', async (_, code, mentions, work) => {
    const { code: found, message } = await refusal(work);
    expect([found, message]).toEqual([code, expect.stringMatching(mentions)]);
  });

  it('whose factory throws are refused with the cause', async () => {
    const cause = new Error('no device.');
    const failing = plugin(() => {
      throw cause;
    });
    const error = await refusal(() => new Catalog([failing]).create('samplers', 'acme/still'));
    expect(error).toMatchObject({ code: 'PLUGIN_FAILED', cause });
    expect(error.message).toMatch(/rbm-plugin-still.*no device/);
  });

  it('whose layers come late are refused where they are needed at once', () => {
    const late = { ...plugin(), specVersion: { layers: 1 } };
    const provides = { layers: { 'acme/late': { create: async () => bernoulli(1) } } };
    const catalog = new Catalog([{ ...late, provides }]);
    expect(() => catalog.createLayer('acme/late', 1)).toThrow(expect.objectContaining({ code: 'PLUGIN_VERSION' }));
  });

  it('are accepted in each of the versions of a set', () => {
    const accepted = { ...specVersions, samplers: [2, 3] };
    for (const version of [2, 3]) {
      const later = { ...plugin(), specVersion: { samplers: version } };
      expect(checkPlugin(later, accepted)).toBe(later);
      checkPiece('x', 'samplers', 'acme/still', { ...still, specVersion: version }, accepted);
    }
    expect(() => checkPlugin(plugin(), accepted)).toThrow(/is 1, .* accepts version 2 or 3 .*Update the plugin/);
    expect(() => checkPlugin({ ...plugin(), specVersion: { samplers: 4 } }, accepted)).toThrow(/Update @rbm\/core/);
  });

  it('tell the compiler what their options are', () => {
    expectTypeOf<{ 'acme/still': { stay: number } }>().toExtend<NamedOptions>();
    expectTypeOf<{ 'acme/still': { stay: string } }>().not.toExtend<NamedOptions>();
    expectTypeOf<{ 'other/one': { any: string } }>().toExtend<NamedOptions>();
  });

  it('give their factories options of the types that they describe', async () => {
    const stay = (options: { readonly stay?: number } = {}): Sampler => ({ ...still, settings: { ...options } });
    const described = { stay: { type: 'number', default: 0.5, minimum: 0 } } as const satisfies OptionSpecs;
    const typed = definePlugin({
      name: 'typed',
      specVersion: { samplers: 1, layers: 1 },
      provides: {
        samplers: {
          'acme/all': {
            options: {
              rate: { type: 'number', minimum: 0, default: 0.5, describe: 'Rate' },
              count: { type: 'integer', maximum: 3 },
              order: { type: 'string', choices: ['random', 'fixed'], default: 'fixed' },
              label: { type: 'string', default: 'a' },
              fast: { type: 'boolean', default: true },
            },
            create: (options, context) => {
              expectTypeOf(options).toEqualTypeOf<{
                readonly rate: number;
                readonly count: number;
                readonly order: 'random' | 'fixed';
                readonly label: string;
                readonly fast: boolean;
              }>();
              expectTypeOf(context.units).toEqualTypeOf<number | undefined>();
              return { ...still, settings: { ...options } };
            },
          },
          'acme/described': {
            options: described,
            create: (options) => {
              expectTypeOf(options).toEqualTypeOf<{ readonly stay: number }>();
              return stay(options);
            },
          },
          'acme/named': { options: { stay: { type: 'number', default: 0.5 } }, create: stay },
          'acme/bare': { create: stay },
        },
        layers: {
          'acme/bits': {
            options: { flag: { type: 'boolean', default: true } },
            create: ({ flag }, { units = 1 }) => {
              expectTypeOf(flag).toEqualTypeOf<boolean>();
              return bernoulli(units);
            },
          },
        },
      },
    });
    expectTypeOf(typed).toEqualTypeOf<Plugin>();
    const made = await new Catalog([typed]).create('samplers', 'acme/all', { count: 2 });
    expect(made.settings).toEqual({ rate: 0.5, count: 2, order: 'fixed', label: 'a', fast: true });

    definePlugin({
      name: 'mistaken',
      specVersion: { samplers: 1 },
      provides: {
        samplers: {
          'acme/unknown': {
            options: { stay: { type: 'number' } },
            // @ts-expect-error: there is no such option.
            create: ({ stays }) => stays,
          },
          // @ts-expect-error: the factory takes a number.
          'acme/text': { options: { stay: { type: 'string' } }, create: stay },
          // @ts-expect-error: no sampler.
          'acme/layer': { create: () => bernoulli(1) },
        },
      },
    });
    definePlugin({
      name: 'mistaken',
      specVersion: { samplers: 1 },
      // @ts-expect-error: options are numbers, integers, booleans and texts.
      provides: { samplers: { 'acme/list': { options: { list: { type: 'array' } }, create: stay } } },
    });
    definePlugin({
      name: 'mistaken',
      specVersion: { samplers: 1 },
      // @ts-expect-error: a place in `provides` is called `samplers`.
      provides: { sampler: { 'acme/still': { create: stay } } },
    });
  });
});

describe('options of a plugin', () => {
  const withOptions = (options: unknown): unknown => ({
    name: 'rbm-plugin-odd',
    specVersion: { samplers: 1 },
    provides: { samplers: { 'acme/odd': { options, create: () => ({}) } } },
  });

  it.each([
    [null],
    ['text'],
    [5],
    [[]],
    [{ rate: null }],
    [{ rate: 5 }],
    [{ rate: {} }],
    [{ rate: { type: 'float' } }],
  ])('are refused when they are %j', (options) => {
    expect(() => new Catalog([withOptions(options)])).toThrow(
      expect.objectContaining({ code: 'PLUGIN_INVALID', message: expect.stringContaining('acme/odd') }),
    );
  });

  it('may be left out or described by type', () => {
    for (const options of [undefined, {}, { rate: { type: 'number' } }]) new Catalog([withOptions(options)]);
  });
});
