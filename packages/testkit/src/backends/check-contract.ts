import { bernoulli, type EnergyModel, gaussian, generator, rbm } from '@rbm/core';
import { type Backend, type Buffer, isPairwise, type Optimizer, type Program, rowLength } from '@rbm/core/contracts';
import { demandCode, demandMemory, demandSame } from '../demands.js';
import { noDrift } from '../drift.js';
import { demand } from '../layers/agreement.js';
import { gated } from '../models/open-models.js';
import { randomRbm } from '../models.js';
import { backendGibbs } from '../sweep-sampler.js';
import { drawNumbers, fillModel, type MakeBackend, modelsOf, Twins, unitKinds, withBackend } from './subject.js';

const model = (): EnergyModel => fillModel(randomRbm({ visible: 5, hidden: 3, scale: 1, seed: 1 }), generator(1));

/** A backend with a program on it. */
function withProgram(
  make: MakeBackend,
  work: (program: Program, backend: Backend) => Promise<void>,
  prepared: EnergyModel = model(),
): Promise<void> {
  return withBackend(make, async (backend) => work(await backend.prepare(prepared), backend));
}

export async function checkManifest(make: MakeBackend): Promise<void> {
  await withBackend(make, async ({ specVersion, name, info, capabilities }) => {
    demand(specVersion === 1, `Backend: specVersion is ${specVersion}, wanted 1.`);
    demand(name.length > 0 && info.length > 0, 'Backend: wanted a name, and one line of info.');
    const { floatBits, error, random, threads, layers, optimizers, largestBuffer } = capabilities;
    demand(floatBits === 32 || floatBits === 64, `capabilities.floatBits is ${floatBits}, wanted 32 or 64.`);
    demand(error > 0 && error < 0.01, `capabilities.error is ${error}, wanted a number above 0 and below 0.01.`);
    demand(random === 'key' || random === 'generator', `capabilities.random is ${random}, wanted key or generator.`);
    demand(largestBuffer >= 2 ** 20, `capabilities.largestBuffer is ${largestBuffer}, wanted at least 2^20.`);
    demand(Number.isSafeInteger(threads) && threads > 0, `capabilities.threads is ${threads}, wanted at least 1.`);
    for (const kinds of [layers, optimizers]) {
      demand(
        kinds === 'all' || Array.isArray(kinds),
        `capabilities: wanted a list of kinds or 'all', not ${String(kinds)}.`,
      );
    }
  });
}

export async function checkHostLayers(make: MakeBackend): Promise<void> {
  await withBackend(make, async (backend) => {
    const known = backend.capabilities.layers;
    for (const kind of unitKinds) {
      const program = await backend.prepare(modelsOf(kind)[1] as EnergyModel);
      const used = [...new Set(program.model.layers.map((layer) => layer.kind))];
      const wanted = known === 'all' ? [] : used.filter((name) => !known.includes(name));
      demand(
        [...program.hostLayers].sort().join() === wanted.sort().join(),
        `hostLayers is [${program.hostLayers.join(', ')}] for layers ${used.join(' and ')}, wanted [${wanted.join(', ')}]: the ` +
          'kinds that `capabilities.layers` does not list run on the host, and are reported.',
      );
      demandOpenKinds(program);
      program.dispose();
    }
    const program = await backend.prepare(gated());
    demandOpenKinds(program);
    program.dispose();
  });
}

function demandOpenKinds({ hostInteractions, model }: Program): void {
  const open = model.interactions.filter((interaction) => !isPairwise(interaction)).map(({ kind }) => kind as string);
  demand(
    hostInteractions.every((kind) => open.includes(kind)),
    `hostInteractions is [${hostInteractions.join(', ')}], wanted none but [${open.join(', ')}]: what third parties provide.`,
  );
}

export async function checkOrder(make: MakeBackend): Promise<void> {
  await withProgram(make, async (program, backend) => {
    const [a, b] = [program.allocate({ holds: 'rows', rows: 3 }), program.allocate({ holds: 'rows', rows: 3 })];
    demandSame('A buffer that was allocated and not written: zeros', await backend.read(a), [0, 0, 0]);
    const data = Float64Array.of(1, 2, 3);
    backend.write(a, data);
    data.fill(9);
    backend.copy(a, b);
    backend.write(a, Float32Array.of(4, 5, 6));
    const early = backend.read(b);
    backend.write(b, Uint8Array.of(7, 8, 9));
    demandSame('Written 1, 2, 3, copied, then the source overwritten: the copy', await early, [1, 2, 3]);
    demandSame('The source after it was overwritten', await backend.read(a), [4, 5, 6]);
    demandSame('The copy after it was overwritten', await backend.read(b), [7, 8, 9]);
    const states = program.allocate({ holds: 'states', layer: 0, rows: 1 });
    const means = program.allocate({ holds: 'means', layer: 0, rows: 1 });
    backend.write(states, Uint8Array.of(1, 0, 1, 1, 0));
    backend.copy(states, means);
    demandSame('States copied to means', await backend.read(means), [1, 0, 1, 1, 0]);
    await backend.sync();
  });
}

export async function checkCopies(make: MakeBackend): Promise<void> {
  await withProgram(make, async (program, backend) => {
    const { parameters } = program.model;
    (await backend.read(program.parameters)).fill(9);
    demandSame(
      'Parameters read after the array of an earlier read was changed: read returns copies',
      await backend.read(program.parameters),
      parameters,
    );
    const before = parameters.slice();
    parameters.fill(7);
    demandSame(
      'Live parameters after those of the model object were changed: prepare copies them',
      await backend.read(program.parameters),
      before,
    );
  });
}

export async function checkParts(make: MakeBackend): Promise<void> {
  await withProgram(make, async (program, backend) => {
    const random = generator(5);
    const rows = 7;
    const whole = program.allocate({ holds: 'states', layer: 1, rows });
    const inputs = program.allocate({ holds: 'inputs', layer: 1, rows });
    const data = drawNumbers(rows * 3, 1, random);
    backend.write(inputs, data);
    program.sample(1, inputs, whole, { random, step: 1 });
    const wanted = await backend.read(whole);
    const swept = await sweepPart(program, 0, rows);
    for (const [first, count] of [
      [0, 3],
      [3, 4],
    ] as const) {
      const part = program.allocate({ holds: 'inputs', layer: 1, rows: count });
      const out = program.allocate({ holds: 'states', layer: 1, rows: count });
      backend.write(part, data.slice(first * 3, (first + count) * 3));
      program.sample(1, part, out, { random, step: 1, firstChain: first });
      const found = await backend.read(out);
      demandSame(
        `Rows ${first} to ${first + count - 1} sampled alone, with firstChain ${first}: the same as in the whole batch`,
        found,
        wanted.slice(first * 3, (first + count) * 3),
      );
      const parts = await sweepPart(program, first, count);
      for (const [l, width] of [5, 3].entries()) {
        demandSame(
          `Rows ${first} to ${first + count - 1} swept alone by gibbs, with firstChain ${first}, layer ${l}: the same as in the whole`,
          parts[l] as Float64Array,
          (swept[l] as Float64Array).slice(first * width, (first + count) * width),
        );
      }
    }
  });
}

/** Some chains of a batch whose visible units start at 1 and hidden ones at 0, after two sweeps. */
async function sweepPart(program: Program, first: number, rows: number): Promise<Float64Array[]> {
  const states = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows }));
  program.backend.write(states[0] as Buffer, new Float64Array(5 * rows).fill(1));
  program.gibbs(states, 2, { random: generator(5), step: 1, firstChain: first });
  const values: Float64Array[] = [];
  for (const buffer of states) {
    values.push(await program.backend.read(buffer));
    buffer.dispose();
  }
  return values;
}

/** Third parties' optimizers run on the host where they are not native; constraints are projected either way. */
const steep: Optimizer = {
  specVersion: 1,
  kind: 'testkit/steep',
  settings: {},
  slots: ['last'],
  init: ({ layout }) => [new Float64Array(layout.length)],
  update: (gradient, [last], parameters, { rate, step: done }) => {
    for (let i = 0; i < parameters.length; i++) {
      const step = (rate / (1 + done)) * (gradient[i] as number) + ((last as Float64Array)[i] as number) / 2;
      (last as Float64Array)[i] = step;
      parameters[i] = (parameters[i] as number) - step;
    }
  },
};

export async function checkUpdate(make: MakeBackend): Promise<void> {
  await withBackend(make, async (backend) => {
    const twins = await Twins.prepare(
      backend,
      fillModel(rbm({ visible: gaussian(5), hidden: bernoulli(3) }), generator(2)),
    );
    const { length } = twins.model.layout;
    const gradient = twins.allocate({ holds: 'parameters' }, drawNumbers(length, 8, generator(3)));
    const slot = twins.allocate({ holds: 'parameters' }, new Float64Array(length).fill(0.25));
    for (let step = 0; step < 2; step++) {
      twins.run((program, of) => program.update(steep, of(gradient), [of(slot)], { rate: 0.5, step }));
    }
    const live = { found: twins.found.parameters, wanted: twins.wanted.parameters };
    await twins.compare('The slot after two updates', slot, 10);
    await twins.compare('The parameters after two updates, projected onto their minimums', live, 10);
  });
}

export async function checkMisuse(make: MakeBackend): Promise<void> {
  await withProgram(make, async (program, backend) => {
    const rows = 3;
    const visible = program.allocate({ holds: 'states', layer: 0, rows });
    const hidden = program.allocate({ holds: 'states', layer: 1, rows });
    const inputs = program.allocate({ holds: 'inputs', layer: 1, rows });
    const site = { random: generator(1), step: 0 };
    const two = program.allocate({ holds: 'inputs', layer: 1, rows: 2 });
    const wrongs: readonly (readonly [what: string, code: string, call: () => unknown])[] = [
      ['allocate with 0 rows', 'ARGUMENT_INVALID', () => program.allocate({ holds: 'rows', rows: 0 })],
      ['allocate for layer 9', 'ARGUMENT_INVALID', () => program.allocate({ holds: 'states', layer: 9, rows: 1 })],
      ['write of 2 numbers to a buffer of 15', 'SHAPE_MISMATCH', () => backend.write(visible, Float64Array.of(1, 0))],
      ['copy of visible states to hidden ones', 'SHAPE_MISMATCH', () => backend.copy(visible, hidden)],
      ['copy of inputs to states', 'SHAPE_MISMATCH', () => backend.copy(inputs, hidden)],
      ['affine to inputs of fewer rows', 'SHAPE_MISMATCH', () => program.affine(1, [visible, hidden], two)],
      ['sample to states of another layer', 'SHAPE_MISMATCH', () => program.sample(1, inputs, visible, site)],
      ['mean to a buffer of states', 'SHAPE_MISMATCH', () => program.mean(1, inputs, hidden)],
      ['gibbs of −1 sweeps', 'ARGUMENT_INVALID', () => program.gibbs([visible, hidden], -1, site)],
      [
        'statistics to a buffer that is not laid out like the parameters',
        'SHAPE_MISMATCH',
        () => program.statistics(visible, [{ assignment: [{ values: visible }, { values: hidden }], scale: 1 }]),
      ],
      [
        'energy of an assignment without the hidden layer',
        'SHAPE_MISMATCH',
        () => program.energy([{ values: visible }], { rows: program.allocate({ holds: 'rows', rows }), scale: 1 }),
      ],
    ];
    for (const [what, code, call] of wrongs) await demandCode(what, code, call);
    await backend.sync();
  });
}

export async function checkForeign(make: MakeBackend): Promise<void> {
  await withProgram(make, async (_, backend) => {
    await withProgram(make, async (other) => {
      const foreign = other.allocate({ holds: 'rows', rows: 1 });
      await demandCode('write to a buffer of another backend', 'ARGUMENT_INVALID', () =>
        backend.write(foreign, Float64Array.of(1)),
      );
    });
  });
}

export async function checkDisposed(make: MakeBackend): Promise<void> {
  const backend = await make();
  const program = await backend.prepare(model());
  const released = (): Buffer => {
    const buffer = program.allocate({ holds: 'states', layer: 0, rows: 1 });
    buffer.dispose();
    buffer.dispose();
    return buffer;
  };
  demand(released().disposed, 'A buffer that was released says it was not.');
  const hidden = program.allocate({ holds: 'states', layer: 1, rows: 1 });
  const gone = released();
  await demandCode('read of a released buffer', 'DISPOSED', () => backend.read(gone));
  await demandCode('write to a released buffer', 'DISPOSED', () => backend.write(gone, new Float64Array(5)));
  await demandCode('gibbs on a released buffer', 'DISPOSED', () =>
    program.gibbs([gone, hidden], 1, { random: generator(1), step: 0 }),
  );
  program.dispose();
  await demandCode('allocate by a released program', 'DISPOSED', () => program.allocate({ holds: 'rows', rows: 1 }));
  await backend.close();
  await demandCode('prepare by a closed backend', 'DISPOSED', () => backend.prepare(model()));
  await demandCode('sync of a closed backend', 'DISPOSED', () => backend.sync());
}

export async function checkMemory(make: MakeBackend): Promise<void> {
  const backend = await make();
  const baseline = backend.memory();
  const program = await backend.prepare(model());
  const rows = 3;
  const states = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows }));
  const live = backend.memory();
  demand(
    live.buffers > baseline.buffers && live.bytes > baseline.bytes,
    `memory() tells ${live.buffers} buffers of ${live.bytes} bytes where a program and two buffers live, wanted more than the ` +
      `${baseline.buffers} before.`,
  );
  const inputs = program.allocate({ holds: 'inputs', layer: 1, rows: 2 });
  program.gibbs(states, 2, { random: generator(1), step: 0 });
  await demandCode('affine to inputs of fewer rows', 'SHAPE_MISMATCH', () => program.affine(1, states, inputs));
  await backend.read(states[0] as Buffer);
  for (const buffer of [...states, inputs]) buffer.dispose();
  program.dispose();
  await backend.sync();
  demandMemory('After work, a refused operation, and dispose of buffers and program', backend.memory(), baseline);
  (await backend.prepare(model())).allocate({ holds: 'rows', rows });
  await backend.close();
  demandMemory('After close, which releases what is left', backend.memory(), { buffers: 0, bytes: 0 });
}

export async function checkDrift(make: MakeBackend): Promise<void> {
  await withBackend(make, async (backend) => {
    const { failures } = await noDrift({
      sampler: backendGibbs(),
      model: randomRbm({ visible: 3, hidden: 3, scale: 1.5, seed: 2 }),
      backend,
      random: generator(7),
      chains: 4000,
    });
    demand(
      failures.length === 0,
      `4000 chains that start in the model's distribution: ${failures.join(' ')} gibbs keeps them there, and moves.`,
    );
  });
}

export async function checkLengths(make: MakeBackend): Promise<void> {
  await withProgram(make, async (program) => {
    const { layers, layout } = program.model;
    for (const [layer, units] of layers.entries()) {
      for (const holds of ['states', 'means', 'inputs'] as const) {
        const { length } = program.allocate({ holds, layer, rows: 3 });
        demand(
          length === 3 * rowLength(units),
          `3 rows of ${holds}: length is ${length}, wanted ${3 * rowLength(units)}.`,
        );
      }
    }
    const { length } = program.allocate({ holds: 'parameters' });
    demand(length === layout.length, `Parameters: length is ${length}, wanted ${layout.length}.`);
  });
}
