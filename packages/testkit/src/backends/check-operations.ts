import type { Generator } from '@rbm/core';
import { type Layer, rowLength } from '@rbm/core/contracts';
import { demand } from '../layers/agreement.js';
import {
  drawNumbers,
  eachBatch,
  LARGE_BATCH,
  largest,
  type MakeBackend,
  type Twin,
  type Twins,
  type UnitKind,
} from './subject.js';
import {
  allTargets,
  disposeTarget,
  type InputsTwin,
  inputsOf,
  isWeighted,
  nameOf,
  otherParameters,
  receiveAt,
  someTargets,
  type TargetTwin,
  targetOf,
} from './targets.js';

/** A step whose number has more than 8, 16 and 32 bits. */
const STEP = 2 ** 33 + 2 ** 17 + 2 ** 9 + 3;

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

export async function checkAffine(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, values, random) => {
    const states = writeStates(twins, rows, values);
    const elsewhere: TargetTwin = { name: 'other parameters', parameters: otherParameters(twins, random) };
    for (const layer of [0, 1]) {
      for (const target of [undefined, elsewhere]) {
        const { inputs } = receiveAt(twins, rows, layer, states, target);
        const terms = rowLength(twins.model.layers[1 - layer] as Layer);
        const scale = 1 + 2 * terms * largest(twins.model.parameters, [1]) * largest(values[1 - layer] as Float64Array);
        const what = `affine to layer ${layer}, ${rows} rows, ${nameOf(target)}: Σ W x over all units`;
        await twins.compare(what, inputs, scale);
        disposeAll(inputs);
      }
    }
    disposeTarget(elsewhere);
    disposeAll(...states);
  });
}

export async function checkMeans(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, _, random) => {
    for (const target of someTargets(twins, rows, random)) {
      for (const [layer, units] of twins.model.layers.entries()) {
        const received = drawInputs(twins, rows, layer, random, target);
        // Clamped units keep what was there.
        const before = new Float64Array(rows * rowLength(units)).fill(0.5);
        const out = twins.allocate({ holds: 'means', layer, rows }, before);
        twins.run((program, of) => program.mean(layer, inputsOf(received, of), of(out), targetOf(target, of)));
        await twins.compare(`mean of layer ${layer}, ${rows} rows, ${nameOf(target)}`, out, 8);
        disposeInputs(received);
        disposeAll(out);
      }
      disposeTarget(target);
    }
  });
}

/** Inputs of any size, for a base with weights too. */
function drawInputs(
  twins: Twins,
  rows: number,
  layer: number,
  random: Generator,
  target: TargetTwin | undefined,
): InputsTwin {
  const length = rows * rowLength(twins.model.layers[layer] as Layer);
  const draw = (label: string): Twin =>
    twins.allocate({ holds: 'inputs', layer, rows }, drawNumbers(length, 1.5, random.fork(`${label} ${layer}`)));
  return { inputs: draw('inputs'), base: isWeighted(target) ? draw('inputs from the base') : undefined };
}

function disposeInputs({ inputs, base }: InputsTwin): void {
  disposeAll(inputs, ...(base ? [base] : []));
}

/**
 * Where a sample of the reference stays the same when its inputs move by much more than the declared error, the backend
 * must draw the same.
 */
export async function checkSamples(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, values, random) => {
    for (const target of someTargets(twins, rows, random)) {
      for (const layer of twins.model.layers.keys()) {
        await compareSamples(twins, rows, layer, values[layer] as Float64Array, random, target);
      }
      disposeTarget(target);
    }
  });
}

async function compareSamples(
  twins: Twins,
  rows: number,
  layer: number,
  before: Float64Array,
  random: Generator,
  target: TargetTwin | undefined,
): Promise<void> {
  const { error } = twins.backend.capabilities;
  const units = twins.model.layers[layer] as Layer;
  const received = drawInputs(twins, rows, layer, random, target);
  const data = await twins.oracle.read(received.inputs.wanted);
  const out = twins.allocate({ holds: 'states', layer, rows }, before);
  const site = { random, step: STEP, firstChain: 2 };
  twins.run((program, of) => program.sample(layer, inputsOf(received, of), of(out), site, targetOf(target, of)));
  const found = await twins.backend.read(out.found);
  const wanted = await twins.oracle.read(out.wanted);
  const [low, high] = [wanted.slice(), wanted.slice()];
  // At β = 0 nothing that comes through weights moves a sample: inputs from a base are moved along.
  const moving = [received.inputs, ...(received.base ? [received.base] : [])];
  const numbers = await Promise.all(moving.map(({ wanted: buffer }) => twins.oracle.read(buffer)));
  const shift = 16 * error * (1 + largest(data));
  const wantedOf = ({ wanted: buffer }: Twin): Twin['wanted'] => buffer;
  for (let c = 0; c < 2 * units.width; c++) {
    for (const [n, { wanted: buffer }] of moving.entries()) {
      const moved = (numbers[n] as Float64Array).map((x, i) =>
        i % units.width === c >> 1 ? x + (c % 2 === 0 ? shift : -shift) : x,
      );
      twins.oracle.write(buffer, moved);
    }
    const again = inputsOf(received, wantedOf);
    twins.oracle.write(out.wanted, before);
    twins.wanted.sample(layer, again, out.wanted, site, targetOf(target, wantedOf));
    (await twins.oracle.read(out.wanted)).forEach((x, i) => {
      low[i] = Math.min(low[i] as number, x);
      high[i] = Math.max(high[i] as number, x);
    });
  }
  for (const [i, w] of wanted.entries()) {
    const allowed = (high[i] as number) - (low[i] as number) + 64 * error * (1 + Math.abs(w));
    demand(
      Math.abs((found[i] as number) - w) <= allowed,
      `sample of layer ${layer} (${units.units} ${units.kind}), ${rows} rows, ${nameOf(target)}: number ${i} is ` +
        `${found[i]}, wanted ${w}. The uniforms of an address are fixed, and this one is farther from the probability than ` +
        `the declared error, ${error}.`,
    );
  }
  disposeInputs(received);
  disposeAll(out);
}

export async function checkSweeps(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, values, random) => {
    if (twins.model.layers.some(({ states }) => states === null)) return;
    const states = writeStates(twins, rows, values);
    let units = 0;
    for (const target of allTargets(twins, rows, random)) {
      const site = { random: random.fork('sweeps'), step: STEP };
      // Many sweeps at once may take another way than a few.
      const sweeps = rows === LARGE_BATCH && !target ? 21 : 3;
      twins.run((program, of) => program.gibbs(states.map(of), sweeps, site, targetOf(target, of)));
      let different = 0;
      for (const [l, layer] of twins.model.layers.entries()) {
        const twin = states[l] as Twin;
        const wanted = await twins.oracle.read(twin.wanted);
        const found = await twins.backend.read(twin.found);
        different += found.reduce((sum, x, i) => (x === wanted[i] ? sum : sum + 1), 0);
        units += sweeps * rows * layer.units;
        // The next target starts both from the same states.
        twins.backend.write(twin.found, wanted);
      }
      demand(
        different <= 64 * twins.backend.capabilities.error * units,
        `gibbs, ${sweeps} sweeps, ${rows} rows, ${nameOf(target)}: ${different} numbers of ${units} differ from the ` +
          `reference, wanted none but those whose uniform is within ${twins.backend.capabilities.error} of the probability.`,
      );
      disposeTarget(target);
    }
    disposeAll(...states);
  });
}

export async function checkStatistics(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, values, random) => {
    const states = writeStates(twins, rows, values);
    const summed = twins.model.blocks[0]?.[0]?.layer as number;
    const weights = drawNumbers(rows, 1, random.fork('weights')).map(Math.abs);
    const counts = twins.allocate({ holds: 'rows', rows }, weights);
    const elsewhere: TargetTwin = { name: 'other parameters', parameters: otherParameters(twins, random) };
    for (const target of [undefined, elsewhere]) {
      const { inputs } = receiveAt(twins, rows, summed, states, target);
      const out = twins.allocate({ holds: 'parameters' }, new Float64Array(twins.model.layout.length).fill(9));
      twins.run((program, of) => {
        const all = states.map((twin) => ({ values: of(twin) }));
        const expected = states.map((twin, l) => (l === summed ? { inputs: of(inputs) } : { values: of(twin) }));
        const terms = [
          { assignment: all, scale: 0.5, weights: of(counts) },
          { assignment: expected, scale: -1 / 4 },
        ];
        program.statistics(of(out), terms, target?.parameters && of(target.parameters));
      });
      const scale =
        1 + rows * rowLength(twins.model.layers[0] as Layer) * (1 + largest(...values)) ** 2 * largest(weights, [1]);
      const what = `statistics, ${rows} rows, ${nameOf(target)}, weighted values and expectations together`;
      await twins.compare(what, out, scale);
      disposeAll(inputs, out);
    }
    disposeTarget(elsewhere);
    disposeAll(...states, counts);
  });
}

export async function checkEnergies(make: MakeBackend, kind: UnitKind): Promise<void> {
  await eachBatch(make, kind, async (twins, rows, values, random) => {
    const states = writeStates(twins, rows, values);
    const summed = twins.model.blocks[0]?.[0]?.layer as number;
    const size = twins.model.parameters.reduce((sum, x) => sum + Math.abs(x), 1);
    for (const target of someTargets(twins, rows, random)) {
      for (const free of [false, true]) {
        // A layer with clamped units cannot be summed out.
        if (free && target?.clamp) continue;
        const received = receiveAt(twins, rows, summed, states, target);
        const out = twins.allocate({ holds: 'rows', rows }, new Float64Array(rows).fill(2));
        twins.run((program, of) => {
          const assignment = states.map((twin, l) =>
            free && l === summed ? inputsOf(received, of) : { values: of(twin) },
          );
          program.energy(assignment, { rows: of(out), scale: -0.5 }, targetOf(target, of));
        });
        const what = `${free ? 'free energy' : 'energy'}, ${rows} rows, ${nameOf(target)}, added to 2 at −½`;
        await twins.compare(what, out, 2 * size * (1 + largest(...values)) ** 2);
        disposeInputs(received);
        disposeAll(out);
      }
      disposeTarget(target);
    }
    disposeAll(...states);
  });
}
