import { type Generator, type Layer, type Path, rowLength } from '@rbm/core';
import { demand } from '../layers/agreement.js';
import { drawNumbers, eachBatch, largest, type MakeBackend, type Twin, type Twins, type UnitKind } from './subject.js';

/** What a check of an operation works on. */
export type OperationCheck = (make: MakeBackend, kind: UnitKind) => Promise<void>;

function writeStates(twins: Twins, rows: number, values: readonly Float64Array[]): Twin[] {
  return values.map((data, layer) => twins.allocate({ holds: 'states', layer, rows }, data));
}

function disposeAll(...twins: readonly Twin[]): void {
  for (const { found, wanted } of twins) {
    found.dispose();
    wanted.dispose();
  }
}

function receive(twins: Twins, rows: number, layer: number, states: readonly Twin[]): Twin {
  const inputs = twins.allocate({ holds: 'inputs', layer, rows });
  twins.run((program, of) => program.affine(layer, states.map(of), of(inputs)));
  return inputs;
}

export async function checkAffine(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, values) => {
    const states = writeStates(twins, rows, values);
    for (const layer of [0, 1]) {
      const inputs = receive(twins, rows, layer, states);
      const terms = rowLength(twins.model.layers[1 - layer] as Layer);
      const scale = 1 + terms * largest(twins.model.parameters) * largest(values[1 - layer] as Float64Array);
      await twins.compare(`affine to layer ${layer}, ${rows} rows: Σ W x over all units`, inputs, scale);
      disposeAll(inputs);
    }
    disposeAll(...states);
  });
}

/** Without a path, on one with an inverse temperature for all rows, and with one for each. */
function paths(twins: Twins, rows: number, random: Generator): (PathTwin | undefined)[] {
  const base = baseParameters(twins, random);
  const betas = Float64Array.from({ length: rows }, (_, row) => [0.25, 1, 0, 0.75, 0.5][row % 5] as number);
  return [
    undefined,
    { name: 'one β', base: twins.allocate({ holds: 'parameters' }, base), beta: 0.5 },
    {
      name: 'a β for each row',
      base: twins.allocate({ holds: 'parameters' }, base),
      beta: twins.allocate({ holds: 'rows', rows }, betas),
    },
  ];
}

interface PathTwin {
  readonly name: string;
  readonly base: Twin;
  readonly beta: number | Twin;
}

function baseParameters(twins: Twins, random: Generator): Float64Array {
  const draws = random.fork('base');
  const base = twins.model.parameters.slice();
  for (const { offset, length, minimum } of twins.model.layout.arrays) {
    if (minimum !== -Infinity) continue;
    for (let i = offset; i < offset + length; i++) base[i] = Math.fround(0.5 * draws.normal(0, i, 0, 0));
  }
  return base;
}

function pathOf(path: PathTwin | undefined, of: (twin: Twin) => Twin['found']): Path | undefined {
  if (!path) return undefined;
  return { base: of(path.base), beta: typeof path.beta === 'number' ? path.beta : of(path.beta) };
}

function disposePath(path: PathTwin | undefined): void {
  if (!path) return;
  disposeAll(path.base);
  if (typeof path.beta !== 'number') disposeAll(path.beta);
}

export async function checkMeans(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, _, random) => {
    for (const path of paths(twins, rows, random)) {
      for (const [layer, units] of twins.model.layers.entries()) {
        const data = drawNumbers(rows * rowLength(units), 1.5, random.fork(`inputs ${layer}`));
        const inputs = twins.allocate({ holds: 'inputs', layer, rows }, data);
        const out = twins.allocate({ holds: 'means', layer, rows });
        twins.run((program, of) => program.mean(layer, of(inputs), of(out), pathOf(path, of)));
        await twins.compare(`mean of layer ${layer}, ${rows} rows, ${path?.name ?? 'no path'}`, out, 1 + largest(data));
        disposeAll(inputs, out);
      }
      disposePath(path);
    }
  });
}

/**
 * Where a sample of the reference stays the same when its inputs move by much more than the declared error, the backend
 * must draw the same.
 */
export async function checkSamples(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, _, random) => {
    for (const path of paths(twins, rows, random)) {
      for (const layer of twins.model.layers.keys()) await compareSamples(twins, rows, layer, random, path);
      disposePath(path);
    }
  });
}

async function compareSamples(
  twins: Twins,
  rows: number,
  layer: number,
  random: Generator,
  path: PathTwin | undefined,
): Promise<void> {
  const { error } = twins.backend.capabilities;
  const units = twins.model.layers[layer] as Layer;
  const data = drawNumbers(rows * rowLength(units), 1.5, random.fork(`inputs ${layer}`));
  const inputs = twins.allocate({ holds: 'inputs', layer, rows }, data);
  const out = twins.allocate({ holds: 'states', layer, rows });
  const site = { random, step: 3, firstChain: 2 };
  twins.run((program, of) => program.sample(layer, of(inputs), of(out), site, pathOf(path, of)));
  const found = await twins.backend.read(out.found);
  const wanted = await twins.oracle.read(out.wanted);
  const [low, high] = [wanted.slice(), wanted.slice()];
  const shift = 16 * error * (1 + largest(data));
  for (let c = 0; c < 2 * units.width; c++) {
    const moved = data.map((x, i) => (i % units.width === c >> 1 ? x + (c % 2 === 0 ? shift : -shift) : x));
    twins.oracle.write(inputs.wanted, moved);
    twins.wanted.sample(
      layer,
      inputs.wanted,
      out.wanted,
      site,
      pathOf(path, ({ wanted: buffer }) => buffer),
    );
    (await twins.oracle.read(out.wanted)).forEach((x, i) => {
      low[i] = Math.min(low[i] as number, x);
      high[i] = Math.max(high[i] as number, x);
    });
  }
  for (const [i, w] of wanted.entries()) {
    const allowed = (high[i] as number) - (low[i] as number) + 64 * error * (1 + Math.abs(w));
    demand(
      Math.abs((found[i] as number) - w) <= allowed,
      `sample of layer ${layer} (${units.units} ${units.kind}), ${rows} rows, ${path?.name ?? 'no path'}: number ${i} is ` +
        `${found[i]}, wanted ${w}. The uniforms of an address are fixed, and this one is farther from the probability than ` +
        `the declared error, ${error}.`,
    );
  }
  disposeAll(inputs, out);
}

export async function checkSweeps(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, values, random) => {
    if (twins.model.layers.some(({ states }) => states === null)) return;
    const states = writeStates(twins, rows, values);
    let units = 0;
    for (const path of paths(twins, rows, random)) {
      const site = { random: random.fork('sweeps'), step: 5 };
      twins.run((program, of) => program.gibbs(states.map(of), 3, site, pathOf(path, of)));
      let different = 0;
      for (const [l, layer] of twins.model.layers.entries()) {
        const twin = states[l] as Twin;
        const wanted = await twins.oracle.read(twin.wanted);
        const found = await twins.backend.read(twin.found);
        different += found.reduce((sum, x, i) => (x === wanted[i] ? sum : sum + 1), 0);
        units += 3 * rows * layer.units;
        // The next path starts both from the same states.
        twins.backend.write(twin.found, wanted);
      }
      demand(
        different <= 64 * twins.backend.capabilities.error * units,
        `gibbs, 3 sweeps, ${rows} rows, ${path?.name ?? 'no path'}: ${different} numbers of ${units} differ from the ` +
          `reference, wanted none but those whose uniform is within ${twins.backend.capabilities.error} of the probability.`,
      );
      disposePath(path);
    }
    disposeAll(...states);
  });
}

export async function checkStatistics(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, values, random) => {
    const states = writeStates(twins, rows, values);
    const summed = twins.model.blocks[0]?.[0]?.layer as number;
    const inputs = receive(twins, rows, summed, states);
    const weights = drawNumbers(rows, 1, random.fork('weights')).map(Math.abs);
    const counts = twins.allocate({ holds: 'rows', rows }, weights);
    const out = twins.allocate({ holds: 'parameters' }, new Float64Array(twins.model.layout.length).fill(9));
    twins.run((program, of) => {
      const all = states.map((twin) => ({ values: of(twin) }));
      const expected = states.map((twin, l) => (l === summed ? { inputs: of(inputs) } : { values: of(twin) }));
      program.statistics(of(out), [
        { assignment: all, scale: 0.5, weights: of(counts) },
        { assignment: expected, scale: -1 / 4 },
      ]);
    });
    const scale =
      1 + rows * rowLength(twins.model.layers[0] as Layer) * (1 + largest(...values)) ** 2 * largest(weights, [1]);
    await twins.compare(`statistics, ${rows} rows, weighted values and expectations together`, out, scale);
    disposeAll(...states, inputs, counts, out);
  });
}

export async function checkEnergies(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, values, random) => {
    const states = writeStates(twins, rows, values);
    const summed = twins.model.blocks[0]?.[0]?.layer as number;
    const inputs = receive(twins, rows, summed, states);
    const size = twins.model.parameters.reduce((sum, x) => sum + Math.abs(x), 1);
    for (const path of paths(twins, rows, random)) {
      for (const free of [false, true]) {
        const out = twins.allocate({ holds: 'rows', rows }, new Float64Array(rows).fill(2));
        twins.run((program, of) => {
          const assignment = states.map((twin, l) =>
            free && l === summed ? { inputs: of(inputs) } : { values: of(twin) },
          );
          program.energy(assignment, { rows: of(out), scale: -0.5 }, pathOf(path, of));
        });
        const what = `${free ? 'free energy' : 'energy'}, ${rows} rows, ${path?.name ?? 'no path'}, added to 2 at −½`;
        await twins.compare(what, out, size * (1 + largest(...values)) ** 2);
        disposeAll(out);
      }
      disposePath(path);
    }
    disposeAll(...states, inputs);
  });
}
