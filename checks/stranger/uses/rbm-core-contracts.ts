import { bernoulli, generator, rbm, reference } from '@rbm/core';
import { definePlugin, type Plugin, type Sampler, startChains, sweepKernel } from '@rbm/core/contracts';

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'mine/twice': { repeats?: number };
  }
}

/** A sampler of one's own: Gibbs sweeps, several at a time. */
function repeated({ repeats = 2 } = {}): Sampler {
  return {
    specVersion: 1,
    name: 'mine/twice',
    settings: { repeats },
    capabilities: { invariant: true, reversible: false },
    bind: (program) =>
      sweepKernel(program, async (states, site, _chains, target) => {
        for (let r = 0; r < repeats; r++) program.gibbs(states, 1, { ...site, random: site.random.fork(r) }, target);
      }),
  };
}

const plugin: Plugin = definePlugin({
  name: 'rbm-sampler-mine',
  specVersion: { samplers: 1 },
  provides: {
    samplers: {
      'mine/twice': {
        options: {
          repeats: { type: 'integer', minimum: 1, default: 2 },
          order: { type: 'string', choices: ['fixed', 'random'], default: 'fixed' },
        },
        create: ({ repeats, order }) => {
          const times: number = repeats;
          const chosen: 'fixed' | 'random' = order;
          return repeated({ repeats: chosen === 'fixed' ? times : 1 });
        },
      },
    },
  },
});

/** Chains of a sampler of one's own. */
export default async function use(): Promise<string> {
  const backend = reference();
  const model = rbm({ visible: bernoulli(4), hidden: bernoulli(3), random: generator(1), scale: 1 });
  const program = await backend.prepare(model);
  const random = generator(2);
  const kernel = repeated({ repeats: 3 }).bind(program);
  const { state } = await kernel.step(await kernel.init(random, { chains: 2 }), random, 2);
  const [values] = await Promise.all(state.layers.map((layer) => backend.read(layer)));
  state.dispose();
  await backend.close();
  return [plugin.name, ...(values ?? [])].join(' ');
}

/** Never called: what the compiler has to refuse. */
export function refused(): void {
  // @ts-expect-error A sampler has a version.
  const sampler: Sampler = { name: 'mine/none', settings: {}, bind: () => sweepKernel };
  definePlugin({
    name: 'rbm-sampler-mine',
    specVersion: { samplers: 1 },
    provides: {
      samplers: {
        // @ts-expect-error A factory is given what its options describe.
        'mine/text': { options: { repeats: { type: 'string', default: '2' } }, create: repeated },
      },
    },
  });
  // @ts-expect-error Chains need a program.
  void startChains(sampler, 2);
}
