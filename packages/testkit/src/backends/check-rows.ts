import { bernoulli, gaussian, generator, potts, rbm, spin } from '@rbm/core';
import { type Layer, rowLength } from '@rbm/core/contracts';
import { demandCode, demandSame } from '../demands.js';
import { drawNumbers, type MakeBackend, Twins, withBackend } from './subject.js';

/** Layers whose states are kept in different ways, more than 32 numbers wide: rows lie in several pieces where values are bits. */
const layers: readonly (readonly [layer: Layer, value: (row: number, i: number) => number])[] = [
  [bernoulli(37), (row, i) => ((row * 7 + i * 3) % 5) & 1],
  [spin(37), (row, i) => (((row * 7 + i * 3) % 5) & 1 ? 1 : -1)],
  [gaussian(37), (row, i) => row - i / 4],
  [potts(13, { categories: 3 }), (row, i) => ((Math.floor(i / 3) * 5 + row) % 3 === i % 3 ? 1 : 0)],
];
const SOURCE_ROWS = 11;
const chosen = Uint32Array.of(10, 0, 3, 3, 7);

/** Rows by their numbers, of states, means, inputs and of one number a row, from a buffer with another number of rows. */
export async function checkGather(make: MakeBackend): Promise<void> {
  await withBackend(make, async (backend) => {
    for (const [layer, value] of layers) {
      const program = await backend.prepare(rbm({ visible: layer, hidden: bernoulli(2) }));
      const width = rowLength(layer);
      const table = Float64Array.from({ length: SOURCE_ROWS * width }, (_, n) =>
        value(Math.floor(n / width), n % width),
      );
      const wanted = Array.from(chosen).flatMap((row) => Array.from(table.subarray(row * width, (row + 1) * width)));
      for (const holds of ['states', 'means', 'inputs'] as const) {
        const source = program.allocate({ holds, layer: 0, rows: SOURCE_ROWS });
        const target = program.allocate({ holds, layer: 0, rows: chosen.length });
        backend.write(source, table);
        const rows = chosen.slice();
        backend.gather(source, rows, target);
        rows.fill(1);
        backend.write(source, new Float64Array(table.length).fill(1));
        demandSame(
          `Rows ${chosen} gathered from ${holds} of ${layer.kind} units, the source overwritten afterwards`,
          await backend.read(target),
          wanted,
        );
      }
      program.dispose();
    }
    const program = await backend.prepare(rbm({ visible: bernoulli(3), hidden: bernoulli(2) }));
    const [source, target] = [SOURCE_ROWS, chosen.length].map((rows) => program.allocate({ holds: 'rows', rows }));
    if (!source || !target) return;
    backend.write(
      source,
      Float64Array.from({ length: SOURCE_ROWS }, (_, row) => row / 2),
    );
    backend.gather(source, chosen, target);
    demandSame(`Rows ${chosen} gathered from one number a row`, await backend.read(target), [5, 0, 1.5, 1.5, 3.5]);
    const states = program.allocate({ holds: 'states', layer: 0, rows: chosen.length });
    const wrongs: readonly (readonly [what: string, code: string, rows: Uint32Array, call: typeof target])[] = [
      ['gather of row 11 of 11', 'ARGUMENT_INVALID', Uint32Array.of(0, 1, 2, 3, SOURCE_ROWS), target],
      ['gather of 2 rows into 5', 'SHAPE_MISMATCH', Uint32Array.of(0, 1), target],
      ['gather of one number a row into states', 'SHAPE_MISMATCH', chosen, states],
    ];
    for (const [what, code, rows, into] of wrongs) {
      await demandCode(what, code, () => backend.gather(source, rows, into));
    }
  });
}

/** Rows exchanged between two buffers and within one, where a decision says so; and 0 or 1 for each unit of masks. */
export async function checkExchange(make: MakeBackend): Promise<void> {
  await withBackend(make, async (backend) => {
    for (const [layer, value] of layers) {
      const twins = await Twins.prepare(backend, rbm({ visible: layer, hidden: bernoulli(2) }));
      const width = rowLength(layer);
      const table = (rows: number, shift: number): Float64Array =>
        Float64Array.from({ length: rows * width }, (_, n) => value(Math.floor(n / width) + shift, n % width));
      for (const holds of ['states', 'means', 'inputs'] as const) {
        const a = twins.allocate({ holds, layer: 0, rows: SOURCE_ROWS }, table(SOURCE_ROWS, 0));
        const b = twins.allocate({ holds, layer: 0, rows: 4 }, table(4, 3));
        const accepted = twins.allocate({ holds: 'rows', rows: 3 }, Float64Array.of(1, 0, 1));
        const rows = [Uint32Array.of(10, 0, 5), Uint32Array.of(1, 2, 3), Uint32Array.of(7, 1, 2)] as const;
        twins.run((program, of) => {
          const chosen = rows[0].slice();
          program.backend.exchange(of(a), chosen, of(b), rows[1], of(accepted));
          chosen.fill(0);
          program.backend.exchange(of(a), rows[0], of(a), rows[2], of(accepted));
        });
        await twins.compare(`exchange of rows of ${holds} of ${layer.kind} units, the first buffer`, a, 0);
        await twins.compare(`exchange of rows of ${holds} of ${layer.kind} units, the second buffer`, b, 0);
      }
      const mask = twins.allocate({ holds: 'mask', layer: 0, rows: 3 });
      const bits = Float64Array.from({ length: 3 * layer.units }, (_, n) => ((n * 5) % 7) & 1);
      backend.write(mask.found, bits);
      demandSame(`A mask of ${layer.units} ${layer.kind} units`, await backend.read(mask.found), bits);
      twins.dispose();
    }
    const program = await backend.prepare(rbm({ visible: bernoulli(3), hidden: bernoulli(2) }));
    const energies = program.allocate({ holds: 'rows', rows: 4 });
    const accepted = program.allocate({ holds: 'rows', rows: 2 });
    backend.write(energies, Float64Array.of(1, 2, 3, 4));
    backend.write(accepted, Float64Array.of(0, 1));
    const [here, there] = [Uint32Array.of(0, 1), Uint32Array.of(2, 3)];
    backend.exchange(energies, here, energies, there, accepted);
    demandSame('exchange of one number a row', await backend.read(energies), [1, 4, 3, 2]);
    const wrongs: readonly (readonly [what: string, code: string, a: Uint32Array, b: Uint32Array])[] = [
      ['exchange of row 4 of 4', 'ARGUMENT_INVALID', Uint32Array.of(0, 4), there],
      ['exchange of a row that is named twice', 'ARGUMENT_INVALID', Uint32Array.of(0, 0), there],
      ['exchange of a row with itself', 'ARGUMENT_INVALID', here, Uint32Array.of(0, 2)],
      ['exchange of 2 rows with 1', 'SHAPE_MISMATCH', here, Uint32Array.of(2)],
    ];
    for (const [what, code, a, b] of wrongs) {
      await demandCode(what, code, () => backend.exchange(energies, a, energies, b, accepted));
    }
  });
}

const DECISIONS = 500;

/** Decisions from sums of log ratios and the uniforms of their rows. */
export async function checkMetropolis(make: MakeBackend): Promise<void> {
  await withBackend(make, async (backend) => {
    const random = generator(13);
    const program = await backend.prepare(rbm({ visible: bernoulli(3), hidden: bernoulli(2) }));
    const numbers = ['here', 'there'].map((label) => drawNumbers(DECISIONS, 1, random.fork(label)));
    const terms = numbers.map((data, n) => {
      const rows = program.allocate({ holds: 'rows', rows: DECISIONS });
      backend.write(rows, data);
      return { rows, scale: n === 0 ? -1 : 0.5 };
    });
    const accepted = program.allocate({ holds: 'rows', rows: DECISIONS });
    backend.write(accepted, new Float64Array(DECISIONS).fill(7));
    backend.metropolis(accepted, terms, { random, step: 2 ** 33 + 5, firstChain: 6 });
    const found = await backend.read(accepted);
    const [here, there] = numbers as [Float64Array, Float64Array];
    for (let row = 0; row < DECISIONS; row++) {
      const ratio = Math.exp(0.5 * (there[row] as number) - (here[row] as number));
      const u = random.uniform(6 + row, 0, 2 ** 33 + 5, 0);
      // Where the ratio is as good as the uniform, rounding decides.
      if (Math.abs(ratio - u) < 8 * backend.capabilities.error) continue;
      demandSame(
        `metropolis, row ${row}: the ratio is ${ratio}, the uniform ${u}`,
        [found[row] as number],
        [u < ratio ? 1 : 0],
      );
    }
    backend.write(terms[0]?.rows ?? accepted, new Float64Array(DECISIONS).fill(Number.NaN));
    backend.metropolis(accepted, terms, { random, step: 0 });
    demandSame('metropolis of what is no number', await backend.read(accepted), new Float64Array(DECISIONS));
    const short = program.allocate({ holds: 'rows', rows: 3 });
    await demandCode('metropolis of unequal rows', 'SHAPE_MISMATCH', () =>
      backend.metropolis(short, terms, { random, step: 0 }),
    );
  });
}
