import { isPairwise, type OpenInteraction } from '@rbm/core/contracts';
import { agree, demand } from '../layers/agreement.js';
import { type ModelSubject, type OpenPart, openEnergy, openParts, realValues } from './subject.js';

/**
 * Checks of the functions of open interactions, each against its own `addEnergy`, at values that are real numbers: the energy is affine in
 * each of them, so that differences are exact. Built-in interactions have no functions of their own.
 */

const ROWS = 19;
const TOLERANCE = 1e-9;

const scaleOf = (rows: number): Float64Array => Float64Array.from({ length: rows }, (_, row) => 0.5 - (row % 5));

/** `E` with some numbers of a layer moved; one row. */
function moved(
  part: OpenPart,
  values: readonly Float64Array[],
  changes: readonly (readonly [position: number, number: number, by: number])[],
): number {
  const copy = values.map((array) => array.slice());
  for (const [position, number, by] of changes) {
    const array = copy[position] as Float64Array;
    array[number] = (array[number] as number) + by;
  }
  return openEnergy(part, part.parameters, copy, 1)[0] as number;
}

/** One row of each array. */
function rowOf({ lengths }: OpenPart, values: readonly Float64Array[], row: number): Float64Array[] {
  return values.map((array, p) => array.slice(row * (lengths[p] as number), (row + 1) * (lengths[p] as number)));
}

/** Every number of every layer of an interaction. */
function numbersOf({ lengths, interaction }: OpenPart): { position: number; number: number; unit: number }[] {
  return lengths.flatMap((length, position) =>
    Array.from({ length }, (_, number) => ({
      position,
      number,
      unit: Math.floor(number / (interaction.widths[position] as number)),
    })),
  );
}

/** Values without those that are not joined with a layer: these need not be given. */
function joinedOnly(
  { joins }: OpenInteraction,
  to: number,
  values: readonly Float64Array[],
): (Float64Array | undefined)[] {
  return values.map((array, p) =>
    joins.some(([a, b]) => (a === to && b === p) || (b === to && a === p)) ? array : undefined,
  );
}

/** Rows are independent, `scale` counts, and `out` is added to. */
export function checkRows(subject: ModelSubject): void {
  for (const part of openParts(subject)) {
    const values = realValues(part, ROWS, subject.random);
    const alone = Array.from({ length: ROWS }, (_, row) => moved(part, rowOf(part, values, row), []));
    const out = new Float64Array(ROWS).fill(5);
    part.interaction.addEnergy(part.parameters, values, -2, out);
    agree(
      `addEnergy of ${ROWS} rows with scale −2, added to 5, ${part.where}`,
      out,
      alone.map((e) => 5 - 2 * e),
      TOLERANCE,
    );
    const { lengths } = part;
    lengths.forEach((length, to) => {
      const given = joinedOnly(part.interaction, to, values);
      const found = new Float64Array(ROWS * length).fill(5);
      part.interaction.addInputs(part.parameters, to, given, found);
      const wanted = Array.from({ length: ROWS }, (_, row) => {
        const own = new Float64Array(length);
        const one = joinedOnly(part.interaction, to, rowOf(part, values, row));
        part.interaction.addInputs(part.parameters, to, one, own);
        return [...own].map((x) => 5 + x);
      });
      agree(`addInputs of ${ROWS} rows, added to 5, position ${to}, ${part.where}`, found, wanted.flat(), TOLERANCE);
    });
  }
}

/** `E` is linear in the parameters. */
export function checkLinearity(subject: ModelSubject): void {
  for (const part of openParts(subject)) {
    const values = realValues(part, ROWS, subject.random);
    const other = part.parameters.map((_, i) => subject.random.fork('other').normal(0, i, 0, 0));
    const [first, second] = [part.parameters, other].map((w) => openEnergy(part, w, values, ROWS)) as [
      Float64Array,
      Float64Array,
    ];
    const mixed = part.parameters.map((w, i) => 2 * w - 3 * (other[i] as number));
    agree(
      `energy at 2 w − 3 w′, of an energy that is linear in its parameters, ${part.where}`,
      openEnergy(part, mixed, values, ROWS),
      first.map((e, row) => 2 * e - 3 * (second[row] as number)),
      TOLERANCE,
    );
  }
}

/** `E` is affine in each number, and no term has two numbers of one unit. */
export function checkMultilinearity(subject: ModelSubject): void {
  for (const part of openParts(subject)) {
    const values = realValues(part, 1, subject.random);
    const here = moved(part, values, []);
    const numbers = numbersOf(part);
    for (const { position, number, unit } of numbers) {
      const [up, down] = [1, -1].map((by) => moved(part, values, [[position, number, by]])) as [number, number];
      const what = `number ${number} at position ${position}`;
      agree(`second difference of E in ${what}, ${part.where}`, [up - 2 * here + down], [0], TOLERANCE);
      for (const other of numbers) {
        if (other.position !== position || other.unit !== unit || other.number <= number) continue;
        const alone = moved(part, values, [[position, other.number, 1]]);
        const both = moved(part, values, [
          [position, number, 1],
          [position, other.number, 1],
        ]);
        agree(
          `product of two numbers of one unit, ${what} and ${other.number}, ${part.where}`,
          [both - up - alone + here],
          [0],
          TOLERANCE,
        );
      }
    }
  }
}

/** `addInputs` is `−∂E/∂x`. */
export function checkInputs(subject: ModelSubject): void {
  for (const part of openParts(subject)) {
    const values = realValues(part, 1, subject.random);
    const here = moved(part, values, []);
    part.lengths.forEach((length, to) => {
      const found = new Float64Array(length);
      part.interaction.addInputs(part.parameters, to, joinedOnly(part.interaction, to, values), found);
      const wanted = Array.from({ length }, (_, number) => here - moved(part, values, [[to, number, 1]]));
      agree(`addInputs to position ${to}, as −∂E/∂x, ${part.where}`, found, wanted, TOLERANCE);
    });
  }
}

/** `addInputChange` is what `addInputs` changes by. */
export function checkInputChanges(subject: ModelSubject): void {
  for (const part of openParts(subject)) {
    const values = realValues(part, 1, subject.random);
    const change = -1.7;
    for (const { position: from, number } of numbersOf(part)) {
      part.lengths.forEach((length, to) => {
        const after = values.map((array) => array.slice());
        const array = after[from] as Float64Array;
        array[number] = (array[number] as number) + change;
        const wanted = new Float64Array(length);
        part.interaction.addInputs(part.parameters, to, after, wanted);
        const before = new Float64Array(length);
        part.interaction.addInputs(part.parameters, to, values, before);
        for (const [when, at] of [
          ['before', values],
          ['after', after],
        ] as const) {
          const found = new Float64Array(length).fill(5);
          const given = joinedOnly(part.interaction, to, at);
          part.interaction.addInputChange(part.parameters, from, number, change, to, given, found);
          agree(
            `addInputChange to position ${to} by ${change} of number ${number} at position ${from}, with values ${when} it, added to 5, ${part.where}`,
            found,
            wanted.map((x, i) => 5 + x - (before[i] as number)),
            TOLERANCE,
          );
        }
      });
    }
  }
}

/** `addStatistics` is `−∂E/∂w`, each row times its scale. */
export function checkInteractionStatistics(subject: ModelSubject): void {
  for (const part of openParts(subject)) {
    const values = realValues(part, ROWS, subject.random);
    const scale = scaleOf(ROWS);
    const found = new Float64Array(part.parameters.length).fill(5);
    part.interaction.addStatistics(values, scale, found);
    const wanted = part.parameters.map((_, k) => {
      const unit = new Float64Array(part.parameters.length);
      unit[k] = 1;
      return openEnergy(part, unit, values, ROWS).reduce((sum, e, row) => sum - (scale[row] as number) * e, 5);
    });
    agree(`addStatistics, as −∂E/∂w, added to 5, ${part.where}`, found, wanted, TOLERANCE);
  }
}

/** Units that stand in one term are visited, and their layers are in `joins`. */
export function checkPairs(subject: ModelSubject): void {
  for (const part of openParts(subject)) {
    const { interaction } = part;
    const key = (a: number, i: number, b: number, j: number): string =>
      a < b || (a === b && i < j) ? `${a},${i} ${b},${j}` : `${b},${j} ${a},${i}`;
    const visited = new Set<string>();
    interaction.visitPairs((a, i, b, j) => visited.add(key(a, i, b, j)));
    const values = realValues(part, 1, subject.random);
    const here = moved(part, values, []);
    const numbers = numbersOf(part);
    numbers.forEach((x, n) => {
      for (const y of numbers.slice(n + 1)) {
        if (x.position === y.position && x.unit === y.unit) continue;
        const first = [x.position, x.number, 1] as const;
        const second = [y.position, y.number, 1] as const;
        const mixed =
          moved(part, values, [first, second]) - moved(part, values, [first]) - moved(part, values, [second]) + here;
        if (Math.abs(mixed) < 1e-7) continue;
        const what = `unit ${x.unit} at position ${x.position} and unit ${y.unit} at position ${y.position}`;
        demand(
          visited.has(key(x.position, x.unit, y.position, y.unit)),
          `${what} act on each other (mixed difference of E ${mixed}), but visitPairs does not visit them, ${part.where}. ` +
            'Blocks are checked against the pairs visited.',
        );
        demand(
          interaction.joins.some(
            ([a, b]) => (a === x.position && b === y.position) || (a === y.position && b === x.position),
          ),
          `${what} act on each other, but [${x.position}, ${y.position}] is not in joins, ${part.where}.`,
        );
      }
    });
  }
}

/** Arguments stay as they are, and the same call gives the same result. */
export function checkPurity(subject: ModelSubject): void {
  for (const part of openParts(subject)) {
    const { interaction, parameters } = part;
    const values = realValues(part, ROWS, subject.random);
    const scale = scaleOf(ROWS);
    const before = [parameters, ...values, scale].map((array) => array.slice());
    const all = (): number[] => {
      const energies = openEnergy(part, parameters, values, ROWS);
      const inputs = part.lengths.map((length, to) => {
        const out = new Float64Array(ROWS * length);
        interaction.addInputs(parameters, to, values, out);
        return out;
      });
      const statistics = new Float64Array(parameters.length);
      interaction.addStatistics(values, scale, statistics);
      const change = new Float64Array(part.lengths[0] as number);
      interaction.addInputChange(parameters, part.lengths.length - 1, 0, 1, 0, rowOf(part, values, 0), change);
      return [energies, ...inputs, statistics, change].flatMap((array) => [...array]);
    };
    const first = all();
    agree(`the same calls once more, ${part.where}`, all(), first, 0);
    [parameters, ...values, scale].forEach((array, n) => {
      agree(
        `argument ${n} after the calls, which must stay as it was, ${part.where}`,
        array,
        before[n] as Float64Array,
        0,
      );
    });
    const elsewhere = { ...interaction, name: 'elsewhere', between: interaction.between.map((l) => l + 7) };
    const moved = new Float64Array(ROWS);
    elsewhere.addEnergy(parameters, values, 1, moved);
    agree(
      `energy of the same object with another name and other layers, ${part.where}`,
      moved,
      openEnergy(part, parameters, values, ROWS),
      0,
    );
  }
}

/** What defines an open interaction is plain data. */
export function checkPlain({ model }: ModelSubject): void {
  for (const interaction of model.interactions) {
    if (isPairwise(interaction)) continue;
    const { kind, settings, indices = {}, specVersion } = interaction;
    demand(specVersion === 1, `specVersion of interaction ${kind} is ${String(specVersion)}; wanted 1.`);
    demand(settings !== null, `settings of interaction ${kind} are null: it could not be saved.`);
    for (const [name, value] of Object.entries(settings)) {
      demand(
        typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value),
        `settings.${name} of interaction ${kind} is ${String(value)}; wanted a finite number, a string or a boolean.`,
      );
    }
    for (const [name, value] of Object.entries(indices)) {
      demand(value instanceof Uint32Array, `indices.${name} of interaction ${kind} is no Uint32Array.`);
    }
  }
}
