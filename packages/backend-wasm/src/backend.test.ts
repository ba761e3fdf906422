import { execFileSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { bernoulli, binomial, createModel, generator, RbmError, rbm, reference } from '@rbm/core';
import type { Backend, Buffer, BufferSpec, Layer } from '@rbm/core/contracts';
import { productInteraction } from '@rbm/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { wasm } from './backend.js';
import type { WorkerLike } from './platform.js';
import { normals, randomModel } from './reference.testing.js';
import { workerSource } from './worker-source.js';

const model = randomModel(bernoulli(3), bernoulli(2), 1);
const specs: BufferSpec[] = [
  { holds: 'states', layer: 0, rows: 4 },
  { holds: 'means', layer: 0, rows: 4 },
  { holds: 'inputs', layer: 1, rows: 4 },
  { holds: 'rows', rows: 4 },
  { holds: 'parameters' },
];

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'no error';
  } catch (error) {
    return RbmError.isInstance(error) ? error.code : String(error);
  }
}

const open: Backend[] = [];
async function start(threads: number, createWorker?: () => WorkerLike): Promise<Backend> {
  const backend = await wasm(createWorker ? { threads, createWorker } : { threads });
  open.push(backend);
  return backend;
}
afterEach(async () => {
  for (const backend of open.splice(0)) await backend.close();
});

describe.each([1, 2])('with threads: %i', (threads) => {
  test('buffers have the length of their shape, and start as zeros', async () => {
    const backend = await start(threads);
    const program = await backend.prepare(model);
    const lengths = [12, 12, 8, 4, 11];
    for (const [n, spec] of specs.entries()) {
      const buffer = program.allocate(spec);
      expect([buffer.spec, buffer.length, buffer.disposed]).toEqual([spec, lengths[n], false]);
      expect(await backend.read(buffer)).toEqual(new Float64Array(lengths[n] as number));
    }
    expect(await backend.read(program.parameters)).toEqual(Float64Array.from(Float32Array.from(model.parameters)));
  });

  test('arrays of all kinds are copied, and never shared', async () => {
    const backend = await start(threads);
    const program = await backend.prepare(model);
    const [a, b] = [0, 1].map(() => program.allocate({ holds: 'means', layer: 0, rows: 1 })) as [Buffer, Buffer];
    const data = Float32Array.of(0.25, 0.5, 1);
    backend.write(a, data);
    data[0] = 9;
    backend.copy(a, b);
    backend.write(a, Uint8Array.of(3, 4, 5));
    const read = await backend.read(b);
    expect([...read]).toEqual([0.25, 0.5, 1]);
    read[0] = 9;
    expect([...(await backend.read(b))]).toEqual([0.25, 0.5, 1]);
    expect([...(await backend.read(a))]).toEqual([3, 4, 5]);
  });

  test('bytes become bits, in rows of any length', async () => {
    const backend = await start(threads);
    for (const units of [1, 31, 32, 33, 100]) {
      const program = await backend.prepare(rbm({ visible: bernoulli(units), hidden: bernoulli(1) }));
      const rows = 7;
      const bits = Uint8Array.from(normals(units, rows * units), (x) => (x > 0 ? 1 : 0));
      for (const data of [bits, Float32Array.from(bits), Float64Array.from(bits)]) {
        const [states, means] = (['states', 'means'] as const).map((holds) =>
          program.allocate({ holds, layer: 0, rows }),
        ) as [Buffer, Buffer];
        backend.write(states, data);
        backend.copy(states, means);
        expect(await backend.read(states)).toEqual(Float64Array.from(bits));
        expect(await backend.read(means)).toEqual(Float64Array.from(bits));
      }
      program.dispose();
    }
  });

  test('values that are no states are refused, and change nothing', async () => {
    const backend = await start(threads);
    const program = await backend.prepare(rbm({ visible: bernoulli(40), hidden: bernoulli(1) }));
    const states = program.allocate({ holds: 'states', layer: 0, rows: 1 });
    for (const wrong of [new Uint8Array(40).fill(2), new Float64Array(40).fill(0.5), new Float32Array(40).fill(-1)]) {
      expect(await codeOf(() => backend.write(states, wrong))).toBe('DATA_INVALID');
    }
    expect(await backend.read(states)).toEqual(new Float64Array(40));
  });

  test('a read sees what came before it, not what comes after', async () => {
    const backend = await start(threads);
    const program = await backend.prepare(model);
    const buffer = program.allocate({ holds: 'rows', rows: 1 });
    backend.write(buffer, Float64Array.of(1));
    const reading = backend.read(buffer);
    backend.write(buffer, Float64Array.of(2));
    const again = backend.read(buffer);
    buffer.dispose();
    program.dispose();
    expect([...(await reading), ...(await again)]).toEqual([1, 2]);
  });

  test('thousands of operations can be enqueued at once', async () => {
    const backend = await start(threads);
    const program = await backend.prepare(model);
    const rows = program.allocate({ holds: 'rows', rows: 2 });
    const states = program.allocate({ holds: 'states', layer: 0, rows: 2 });
    const inputs = program.allocate({ holds: 'inputs', layer: 1, rows: 2 });
    for (let n = 0; n < 3000; n++) program.energy([{ values: states }, { inputs }], { rows, scale: 1 });
    backend.write(rows, Float64Array.of(7, 8));
    expect([...(await backend.read(rows))]).toEqual([7, 8]);
  });

  test('many sweeps at once are the same as one by one, and let the event loop turn', async () => {
    const backend = await start(threads);
    const program = await backend.prepare(model);
    const states = () => [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows: 5 }));
    const [together, alone] = [states(), states()];
    program.gibbs(together, 1000, { random: generator(3), step: 4 });
    for (let step = 4; step < 1004; step++) program.gibbs(alone, 1, { random: generator(3), step });
    program.dispose();
    expect(await backend.read(together[0] as Buffer)).toEqual(await backend.read(alone[0] as Buffer));
  });

  test('memory returns to its baseline, whatever order things are released in', async () => {
    const backend = await start(threads);
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
    const program = await backend.prepare(model);
    const buffers = specs.map((spec) => program.allocate(spec));
    expect(backend.memory().buffers).toBe(6);
    buffers[2]?.dispose();
    buffers[2]?.dispose();
    expect(backend.memory().buffers).toBe(5);
    program.dispose();
    program.dispose();
    for (const buffer of buffers) buffer.dispose();
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  });

  test('nothing works after it was released or closed', async () => {
    const backend = await start(threads);
    const program = await backend.prepare(model);
    const released = await backend.prepare(model);
    const kept = released.allocate({ holds: 'states', layer: 0, rows: 4 });
    released.dispose();
    expect(await codeOf(() => released.allocate({ holds: 'parameters' }))).toBe('DISPOSED');
    const silence = program.allocate({ holds: 'inputs', layer: 0, rows: 4 });
    expect(await codeOf(() => released.sample(0, silence, kept, { random: generator(1), step: 0 }))).toBe('DISPOSED');
    const buffer = program.allocate({ holds: 'rows', rows: 4 });
    await backend.close();
    await backend.close();
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
    expect(buffer.disposed).toBe(true);
    for (const work of [
      () => backend.prepare(model),
      () => backend.read(buffer),
      () => backend.sync(),
      () => backend.write(buffer, new Float64Array(4)),
      () => backend.copy(buffer, buffer),
      () => program.allocate({ holds: 'parameters' }),
    ]) {
      expect(await codeOf(work)).toBe('DISPOSED');
    }
  });

  test('who waits when it is closed is told', async () => {
    const backend = await start(threads);
    const program = await backend.prepare(randomModel(bernoulli(300), bernoulli(300), 2));
    const states = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows: 200 }));
    program.gibbs(states, 100_000, { random: generator(1), step: 0 });
    const waiting = codeOf(() => backend.sync());
    await new Promise((resolve) => setTimeout(resolve, 20));
    await backend.close();
    expect(await waiting).toBe('DISPOSED');
  });

  test('misuse is refused', async () => {
    const [backend, other] = [await start(threads), reference()];
    const [program, stranger] = [await backend.prepare(model), await other.prepare(model)];
    const rows = program.allocate({ holds: 'rows', rows: 4 });
    const states = program.allocate({ holds: 'states', layer: 0, rows: 4 });
    const inputs = program.allocate({ holds: 'inputs', layer: 1, rows: 4 });
    const short = program.allocate({ holds: 'inputs', layer: 1, rows: 3 });
    const gradient = program.allocate({ holds: 'parameters' });
    const foreign = stranger.allocate({ holds: 'rows', rows: 4 });
    const site = { random: generator(1), step: 0 };
    const shapes = [
      () => backend.write(rows, new Float64Array(3)),
      () => backend.copy(rows, program.allocate({ holds: 'rows', rows: 3 })),
      () => backend.copy(program.allocate({ holds: 'means', layer: 0, rows: 4 }), states),
      () => program.affine(1, [states], short),
      () => program.affine(1, [inputs], inputs),
      () => program.sample(1, inputs, states, site),
      () => program.gibbs([states], 1, site),
      () => program.energy([{ values: states }], { rows, scale: 1 }),
      () => program.statistics(rows, []),
      () =>
        program.update({ kind: 'sgd', settings: {}, slots: ['velocity'] } as never, gradient, [], { rate: 1, step: 0 }),
    ];
    for (const work of shapes) expect(await codeOf(work)).toBe('SHAPE_MISMATCH');
    const wrong = [
      () => backend.write(foreign, new Float64Array(4)),
      () => backend.read(foreign),
      () => program.allocate({ holds: 'rows', rows: 0 }),
      () => program.allocate({ holds: 'states', layer: 2, rows: 1 }),
      () => program.gibbs([states, states], -1, site),
      () => wasm({ threads: 0 }),
      () => wasm({ threads: 1.5 }),
    ];
    for (const work of wrong) expect(await codeOf(work)).toBe('ARGUMENT_INVALID');
    await backend.sync();
    rows.dispose();
    expect(await codeOf(() => backend.read(rows))).toBe('DISPOSED');
    expect(await codeOf(() => program.energy([{ values: states }, { inputs }], { rows, scale: 1 }))).toBe('DISPOSED');
  });

  test('what fails on the host rejects from then on, until the program is released', async () => {
    const backend = await start(threads);
    const broken: Layer = {
      ...binomial(3, { trials: 2 }),
      kind: 'acme/broken',
      mean: () => {
        throw new Error('no mean today');
      },
    };
    const program = await backend.prepare(rbm({ visible: bernoulli(3), hidden: broken }));
    expect(program.hostLayers).toEqual(['acme/broken']);
    const inputs = program.allocate({ holds: 'inputs', layer: 1, rows: 2 });
    program.mean(1, inputs, program.allocate({ holds: 'means', layer: 1, rows: 2 }));
    for (let n = 0; n < 2; n++) {
      expect(await codeOf(() => backend.read(inputs))).toBe('BACKEND_FAILED');
      expect(await codeOf(() => backend.sync())).toBe('BACKEND_FAILED');
    }
    program.dispose();
    expect(await codeOf(() => backend.sync())).toBe('no error');
  });

  test('an interaction of a third party runs on the host, is reported, and fails like a layer there', async () => {
    const backend = await start(threads);
    const open = productInteraction({
      name: 'products',
      between: [0, 1],
      units: [2, 1],
      widths: [1, 1],
      terms: [
        {
          parameter: 0,
          factors: [
            [0, 0],
            [1, 0],
          ],
        },
      ],
    });
    const broken: typeof open = {
      ...open,
      addInputs: () => {
        throw new Error('no inputs today');
      },
    };
    const layers = [
      { name: 'visible', layer: bernoulli(2), visible: true },
      { name: 'hidden', layer: bernoulli(1) },
    ];
    const interactions = [broken, { kind: 'dense' as const, name: 'weights', between: [0, 1] as const }];
    const made = createModel({ kind: 'test/open', layers, interactions, blocks: [[1], [0]] });
    const program = await backend.prepare(made);
    expect([program.hostInteractions, program.hostLayers]).toEqual([['testkit/products'], []]);
    const states = program.allocate({ holds: 'states', layer: 0, rows: 2 });
    const inputs = program.allocate({ holds: 'inputs', layer: 1, rows: 2 });
    program.affine(1, [states, states], inputs);
    expect(await codeOf(() => backend.sync())).toBe('BACKEND_FAILED');
    program.dispose();
    expect(await codeOf(() => backend.sync())).toBe('no error');
  });

  test('memory that cannot be had is refused, and the backend goes on', async () => {
    const backend = await start(threads);
    const program = await backend.prepare(model);
    expect(await codeOf(() => program.allocate({ holds: 'rows', rows: 2 ** 30 }))).toBe('SIZE_LIMIT');
    const rows = program.allocate({ holds: 'rows', rows: 1 });
    backend.write(rows, Float64Array.of(3));
    expect([...(await backend.read(rows))]).toEqual([3]);
  });

  test('sync lets the event loop turn in long work', async () => {
    const backend = await start(threads);
    const program = await backend.prepare(randomModel(bernoulli(100), bernoulli(100), 2));
    const states = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows: 100 }));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    program.gibbs(states, 2000, { random: generator(1), step: 0 });
    await backend.sync();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  test('it says what it is', async () => {
    const { capabilities, name, info } = await start(threads);
    expect([name, capabilities.floatBits, capabilities.random, capabilities.threads]).toEqual([
      'wasm',
      32,
      'key',
      threads,
    ]);
    expect(info).toContain(`${threads} thread`);
  });
});

describe('the pool', () => {
  test('that loses a thread says so, and nothing hangs', async () => {
    const workers: Worker[] = [];
    const backend = await start(2, () => {
      const worker = new Worker(workerSource, { eval: true });
      workers.push(worker);
      return worker as unknown as WorkerLike;
    });
    const program = await backend.prepare(randomModel(bernoulli(300), bernoulli(300), 2));
    const states = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows: 200 }));
    program.gibbs(states, 100_000, { random: generator(1), step: 0 });
    const waiting = codeOf(() => backend.sync());
    await workers[1]?.terminate();
    expect(await waiting).toBe('BACKEND_FAILED');
    expect(await codeOf(() => backend.read(states[0] as Buffer))).toBe('BACKEND_FAILED');
    program.dispose();
  });

  test('that cannot start says so', async () => {
    const broken = () => new Worker('throw new Error("no")', { eval: true }) as unknown as WorkerLike;
    expect(await codeOf(() => wasm({ threads: 2, createWorker: broken }))).toBe('BACKEND_FAILED');
  });

  test('does not keep a process alive that forgot to close it', () => {
    const script = `
      import { wasm } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
      const backend = await wasm({ threads: 2 });
      await backend.sync();
      console.log(backend.capabilities.threads);
    `;
    const args = ['--input-type=module', '--eval', script];
    expect(execFileSync(process.execPath, args, { timeout: 30_000 }).toString()).toBe('2\n');
  });
});

test('without shared memory there is one thread, and it says why', async () => {
  const original = globalThis.SharedArrayBuffer;
  try {
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');
    const backend = await start(2);
    expect(backend.capabilities.threads).toBe(1);
    expect(backend.info).toContain('cannot be shared');
  } finally {
    globalThis.SharedArrayBuffer = original;
  }
});
