import { bernoulli, boltzmannMachine, type EnergyModel, generator, rbm } from '@rbm/core';
import type { Target } from '@rbm/core/contracts';
import { drawNumbers, drawValues, fillModel, type MakeBackend, type Twin, Twins, withBackend } from './subject.js';
import type { Of } from './targets.js';

const ROWS = 40;

/**
 * Parameters that change between two calls with the same buffers: the live ones, those of a target and those of its base. What a
 * backend makes of them (transposes, interpolations, plans) must follow.
 */
export async function checkChangedTargets(make: MakeBackend): Promise<void> {
  await withBackend(make, async (backend) => {
    for (const model of models()) {
      const twins = await Twins.prepare(backend, model);
      await checkChanges(twins);
      twins.dispose();
    }
  });
}

/** One with dense interactions and whole layers as blocks, one with edges and blocks of units. */
function models(): EnergyModel[] {
  return [
    rbm({ visible: bernoulli(5), hidden: bernoulli(4) }),
    boltzmannMachine({ visible: bernoulli(4), hidden: bernoulli(2), edges: [0, 1, 0, 4, 1, 5, 2, 4, 3, 5, 1, 2] }),
  ].map((model, n) => fillModel(model, generator(60 + n)));
}

async function checkChanges(twins: Twins): Promise<void> {
  const random = generator(61);
  const { length } = twins.model.layout;
  const draw = (label: string): Float64Array => drawNumbers(length, 1, random.fork(label));
  const [parameters, base] = ['parameters', 'base'].map((label) =>
    twins.allocate({ holds: 'parameters' }, draw(label)),
  ) as [Twin, Twin];
  const targets: readonly (readonly [name: string, of: (of: Of) => Target | undefined])[] = [
    ['the live parameters', () => undefined],
    ['other parameters', (of) => ({ parameters: of(parameters) })],
    ['one β between them and a base', (of) => ({ parameters: of(parameters), base: of(base), beta: 0.25 })],
    ['one β between the live parameters and a base', (of) => ({ base: of(base), beta: 0.25 })],
  ];
  const values = await drawValues(twins, ROWS, random);
  const states = values.map((data, layer) => twins.allocate({ holds: 'states', layer, rows: ROWS }, data));
  const changed: readonly (Twin | undefined)[] = [undefined, parameters, base, live(twins)];
  for (const [n, twin] of changed.entries()) {
    if (twin) write(twins, twin, draw(`change ${n}`));
    for (const [name, targetAt] of targets) {
      // Twice: a second call may take another way than the first.
      for (const step of [0, 1]) {
        twins.run((program, of) => program.gibbs(states.map(of), 1, { random, step }, targetAt(of)));
      }
      for (const state of states) {
        await twins.compare(`gibbs at ${name}, after ${n} of 3 sets of parameters have changed,`, state);
      }
    }
  }
}

function live({ found, wanted }: Twins): Twin {
  return { found: found.parameters, wanted: wanted.parameters };
}

function write({ backend, oracle }: Twins, { found, wanted }: Twin, data: Float64Array): void {
  backend.write(found, data);
  oracle.write(wanted, data);
}
