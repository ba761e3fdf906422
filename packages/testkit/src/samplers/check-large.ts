import {
  type EnergyModel,
  energy,
  type Generator,
  generator,
  type LayerValues,
  logSumExp,
  statistics,
} from '@rbm/core';
import { type Layer, type Program, rowLength } from '@rbm/core/contracts';
import { listStates } from '../joint.js';
import { demand } from '../layers/agreement.js';
import { bindSampler, describeModel, eachLargeModel, type SamplerSubject } from './subject.js';

/** States that are listed; what is beyond is summed out, a layer's units independent of each other. */
const MOST_STATES = 4096;
/** Chains, in groups from whose scatter standard errors come. */
const [GROUPS, IN_GROUP] = [50, 60];
/** Standard errors allowed: of some thousand means, one in ten thousand suites has one so far off by chance. */
const ALLOWED = 6;

/** A model whose distribution is known although it has too many states, or a continuum of them: layers summed out. */
interface KnownModel {
  /** Sufficient statistics, exactly. */
  readonly expected: Float64Array;
  /** Independent samples: values of all layers by name, `[chains, units · width]`. */
  draw(program: Program, chains: number, random: Generator): Promise<Record<string, Float64Array>>;
}

/**
 * Layers of more than 8 units, and continuous ones: chains that start in the distribution keep all its sufficient statistics, and
 * every unit moves.
 */
export async function checkLargeModels(subject: SamplerSubject): Promise<void> {
  await eachLargeModel(subject, async (model) => {
    const { backend, kernel, program } = await bindSampler(subject.sampler, model);
    const random = generator(17);
    const known = solve(model);
    const chains = GROUPS * IN_GROUP;
    const values = await known.draw(program, chains, random.fork('exact start'));
    let state = await kernel.init(random, { chains, values });
    for (const sweeps of [1, 4]) {
      ({ state } = await kernel.step(state, random, sweeps));
      const now: Record<string, Float64Array> = {};
      for (const [l, name] of model.names.entries()) now[name] = await backend.read(state.layers[l] as never);
      const when = `On a ${describeModel(model)}, ${state.sweeps} sweeps after ${chains} chains started in its distribution,`;
      demandStatistics(model, known.expected, now, when);
      if (sweeps > 1) demandMoves(model, values, now, when);
    }
    state.dispose();
    program.dispose();
  });
}

function demandStatistics(model: EnergyModel, expected: Float64Array, values: LayerValues, when: string): void {
  const means = Array.from({ length: GROUPS }, (_, group) => statistics(model, rowsOf(values, group)));
  for (const [i, wanted] of expected.entries()) {
    const found = means.reduce((sum, mean) => sum + (mean[i] as number), 0) / GROUPS;
    const variance = means.reduce((sum, mean) => sum + ((mean[i] as number) - found) ** 2, 0) / (GROUPS - 1);
    const error = Math.sqrt(variance / GROUPS) + 1e-9;
    demand(
      Math.abs(found - wanted) <= ALLOWED * error,
      `${when} statistic ${i} (${nameOf(model, i)}) is ${found} on average, wanted ${wanted} within ${ALLOWED} standard errors ` +
        `of ${error}.`,
    );
  }
}

function nameOf({ layout }: EnergyModel, index: number): string {
  const array = layout.arrays.find(({ offset, length }) => index >= offset && index < offset + length);
  return `${array?.name}[${index - (array?.offset ?? 0)}]`;
}

/** The rows of one group of chains. */
function rowsOf(values: LayerValues, group: number): LayerValues {
  const entries = Object.entries(values).map(([name, array]) => {
    const width = (array as Float64Array).length / (GROUPS * IN_GROUP);
    const rows = (array as Float64Array).subarray(group * IN_GROUP * width, (group + 1) * IN_GROUP * width);
    return [name, rows] as const;
  });
  return Object.fromEntries(entries);
}

function demandMoves(
  model: EnergyModel,
  before: Readonly<Record<string, Float64Array>>,
  after: Readonly<Record<string, Float64Array>>,
  when: string,
): void {
  for (const [l, layer] of model.layers.entries()) {
    const name = model.names[l] as string;
    const [start, end] = [before[name] as Float64Array, after[name] as Float64Array];
    const length = rowLength(layer);
    for (let unit = 0; unit < layer.units; unit++) {
      let moved = false;
      for (let at = unit * layer.width; at < start.length && !moved; at += length) {
        for (let k = at; k < at + layer.width; k++) moved ||= start[k] !== end[k];
      }
      demand(moved, `${when} unit ${unit} of layer "${name}" has moved in none, wanted moves of every unit.`);
    }
  }
}

/** Lists the states of as many layers as can be, and sums the others out. */
function solve(model: EnergyModel): KnownModel {
  const countOf = (layers: readonly number[]): number =>
    layers.reduce((product, l) => {
      const { states, units } = model.layers[l] as Layer;
      return product * (states ?? Number.POSITIVE_INFINITY) ** units;
    }, 1);
  const every = model.layers.map((_, l) => l);
  const blocks = model.blocks.filter((block) => block.every(({ units }) => !units)).map((b) => b.map((p) => p.layer));
  const summedOut = [[], ...blocks].find((out) => countOf(every.filter((l) => !out.includes(l))) <= MOST_STATES);
  demand(
    summedOut !== undefined,
    `A ${describeModel(model)} has more than ${MOST_STATES} states, whichever of its blocks is summed out. Give smaller \`largeModels\`.`,
  );
  const listed = every.filter((l) => !summedOut.includes(l));
  const count = countOf(listed);
  const all = listStates(
    listed.map((l) => model.layers[l] as Layer),
    count,
  );
  const states = Object.fromEntries(listed.map((l, n) => [model.names[l] as string, all[n] as Float64Array]));
  const energies = energy(model, states);
  const total = logSumExp(energies.map((e) => -e));
  const probabilities = energies.map((e) => Math.exp(-e - total));
  return {
    expected: statistics(model, states, probabilities),
    draw: (program, chains, random) => draw(program, { listed, summedOut, states, probabilities }, chains, random),
  };
}

interface Listed {
  readonly listed: readonly number[];
  readonly summedOut: readonly number[];
  readonly states: Readonly<Record<string, Float64Array>>;
  readonly probabilities: Float64Array;
}

async function draw(
  program: Program,
  { listed, summedOut, states, probabilities }: Listed,
  chains: number,
  random: Generator,
): Promise<Record<string, Float64Array>> {
  const { backend, model } = program;
  const count = probabilities.length;
  const chosen = Array.from({ length: chains }, (_, chain) =>
    random.categorical(probabilities, 0, count, chain, 0, 0, 0),
  );
  const values: Record<string, Float64Array> = {};
  const buffers = model.layers.map((_, layer) => program.allocate({ holds: 'states', layer, rows: chains }));
  for (const l of listed) {
    const name = model.names[l] as string;
    const length = rowLength(model.layers[l] as Layer);
    const rows = new Float64Array(chains * length);
    const from = states[name] as Float64Array;
    chosen.forEach((state, chain) => {
      rows.set(from.subarray(state * length, (state + 1) * length), chain * length);
    });
    values[name] = rows;
    backend.write(buffers[l] as never, rows);
  }
  for (const layer of summedOut) {
    const inputs = program.allocate({ holds: 'inputs', layer, rows: chains });
    program.affine(layer, buffers, inputs);
    program.sample(layer, inputs, buffers[layer] as never, { random: random.fork('rest'), step: 0 });
    values[model.names[layer] as string] = await backend.read(buffers[layer] as never);
    inputs.dispose();
  }
  for (const buffer of buffers) buffer.dispose();
  return values;
}
