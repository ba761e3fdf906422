import { bernoulli, gaussian, type Layer, potts, rbm, rowLength, spin } from '@rbm/core';
import { demandCode, demandSame } from '../demands.js';
import { type MakeBackend, withBackend } from './subject.js';

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
