import {
  atTemperature,
  type Block,
  condition,
  conditionalMean,
  createModel,
  type EnergyModel,
  energy,
  enumerate,
  exactGradient,
  generator,
  logSumExp,
  reference,
  sampleWidth,
  statistics,
} from '@rbm/core';
import { isPairwise, type Layer, rowLength } from '@rbm/core/contracts';
import { noDrift } from '../drift.js';
import { agree, demand } from '../layers/agreement.js';
import { backendGibbs } from '../sweep-sampler.js';
import { stationaryError, transitionMatrix } from '../transition.js';
import { allUnits, type ModelSubject, named, pieceEnergies, someStates, statesAt, withState } from './subject.js';

/** Checks of a whole model: everything has to follow from the energies of its pieces, over all states of a small one. */

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Energies of all joint states, from the pieces. */
function allEnergies(subject: ModelSubject, model: EnergyModel = subject.model): Float64Array {
  return pieceEnergies(model, subject.joint.values, subject.joint.count);
}

/** `log Z` at other parameters, by brute force. */
function logPartitionAt(subject: ModelSubject, parameters: Float64Array): number {
  return logSumExp(allEnergies(subject, { ...subject.model, parameters }).map((e) => -e));
}

/** The parts of the model fit each other, and can be put together again. */
export function checkStructure({ model }: ModelSubject): void {
  const again = createModel({
    kind: model.kind,
    layers: model.layers.map((layer, l) => ({
      name: model.names[l] as string,
      layer,
      visible: model.visible.includes(l),
    })),
    interactions: model.interactions,
    blocks: model.blocks,
    constant: model.constant,
  });
  demand(
    JSON.stringify(again.layout) === JSON.stringify(model.layout),
    'The layout of the model is not that of its layers and interactions. Make it with createModel.',
  );
  demand(
    model.parameters.length === model.layout.length,
    `The model has ${model.parameters.length} parameters; wanted ${model.layout.length}, as its layout.`,
  );
  demand(model.specVersion === 1, `specVersion of the model is ${String(model.specVersion)}; wanted 1.`);
  demand(model.visible.length > 0, 'The model has no visible layer.');
}

/** The energy is what its author says, and the sum of its pieces. */
export function checkEnergy(subject: ModelSubject): void {
  const { model, joint, definition } = subject;
  const found = energy(model, named(model, joint.values));
  agree('energy of every state, as the sum of its pieces', found, allEnergies(subject), 1e-10);
  if (!definition) return;
  const wanted = range(joint.count).map((row) => definition(model, named(model, statesAt(subject, [row]))));
  agree('energy of every state, as the equation of the author', found, wanted, 1e-10);
}

/** Units of one block do not act on each other: changes of two of them add up. */
export function checkBlocks(subject: ModelSubject): void {
  const { model } = subject;
  for (const [n, block] of model.blocks.entries()) {
    const units = allUnits(model).filter(({ layer, unit }) => includes(block, layer, unit));
    for (const row of someStates(subject, 3, 'blocks')) {
      const start = statesAt(subject, [row]);
      const of = (values: readonly Float64Array[]): number => pieceEnergies(model, values, 1)[0] as number;
      units.forEach((u, k) => {
        for (const v of units.slice(k + 1)) {
          const largest = largestMixedDifference(model, start, u, v, of);
          demand(
            largest < 1e-9,
            `Block ${n} has unit ${u.unit} of "${model.names[u.layer]}" and unit ${v.unit} of "${model.names[v.layer]}", which act ` +
              `on each other: changes of both change the energy by ${largest} more than the changes alone.`,
          );
        }
      });
    }
  }
}

function includes(block: Block, layer: number, unit: number): boolean {
  return block.some((part) => part.layer === layer && (part.units?.includes(unit) ?? true));
}

type Unit = { readonly layer: number; readonly unit: number };

function largestMixedDifference(
  model: EnergyModel,
  start: readonly Float64Array[],
  u: Unit,
  v: Unit,
  of: (values: readonly Float64Array[]) => number,
): number {
  const states = ({ layer }: Unit): number => (model.layers[layer] as Layer).states as number;
  let largest = 0;
  const base = withState(model, withState(model, start, u, 0), v, 0);
  for (const s of range(states(u))) {
    for (const t of range(states(v))) {
      const mixed = of(withState(model, withState(model, base, u, s), v, t));
      const alone = of(withState(model, base, u, s)) + of(withState(model, base, v, t)) - of(base);
      largest = Math.max(largest, Math.abs(mixed - alone));
    }
  }
  return largest;
}

/** A block of whole layers summed out is the log of a sum over its states. */
export function checkFreeEnergy(subject: ModelSubject): void {
  const { model, joint } = subject;
  for (const block of model.blocks.filter((parts) => parts.every(({ units }) => !units))) {
    const layers = block.map(({ layer }) => layer);
    const rest = model.names.flatMap((_, l) => (layers.includes(l) ? [] : [l]));
    if (rest.length === 0) continue;
    const groups = new Map<string, number[]>();
    for (const row of range(joint.count)) {
      const key = rest.map((l) => statesAt(subject, [row])[l]?.join()).join('|');
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    const energies = allEnergies(subject);
    const rows = [...groups.values()];
    const values = statesAt(
      subject,
      rows.map(([first]) => first as number),
    );
    const found = energy(model, named(model, values, layers));
    const wanted = rows.map((members) => -logSumExp(Float64Array.from(members, (row) => -(energies[row] as number))));
    const names = layers.map((l) => `"${model.names[l]}"`).join(', ');
    agree(`free energy without layers ${names}, as −log Σ exp(−E)`, found, wanted, 1e-10);
  }
}

/** Means of units given all others. */
export function checkConditionals(subject: ModelSubject): void {
  const { model } = subject;
  for (const row of someStates(subject, 4, 'conditionals')) {
    const start = statesAt(subject, [row]);
    model.layers.forEach((layer, l) => {
      const wanted = new Float64Array(rowLength(layer));
      for (let unit = 0; unit < layer.units; unit++) {
        const tried = range(layer.states as number).map((s) => withState(model, start, { layer: l, unit }, s));
        const logWeights = Float64Array.from(tried, (values) => -(pieceEnergies(model, values, 1)[0] as number));
        const total = logSumExp(logWeights);
        tried.forEach((values, s) => {
          const p = Math.exp((logWeights[s] as number) - total);
          for (let k = unit * layer.width; k < (unit + 1) * layer.width; k++) {
            wanted[k] = (wanted[k] as number) + p * (values[l]?.[k] as number);
          }
        });
      }
      const found = conditionalMean(model, model.names[l] as string, named(model, start));
      agree(`mean of the units of "${model.names[l]}" given all others`, found, wanted, 1e-10);
    });
  }
}

/** `enumerate` gives the sums over all states. */
export async function checkEnumeration(subject: ModelSubject): Promise<void> {
  const { model, joint } = subject;
  const energies = allEnergies(subject);
  const logPartition = logSumExp(energies.map((e) => -e));
  const probabilities = energies.map((e) => Math.exp(-e - logPartition));
  const exact = await enumerate(model);
  agree('log Z of enumerate, as a sum over all states', [exact.logPartition], [logPartition], 1e-10);
  model.layers.forEach((layer, l) => {
    const length = rowLength(layer);
    const wanted = new Float64Array(length);
    (joint.values[l] as Float64Array).forEach((x, n) => {
      wanted[n % length] = (wanted[n % length] as number) + (probabilities[Math.floor(n / length)] as number) * x;
    });
    agree(
      `means of "${model.names[l]}" of enumerate`,
      exact.means[model.names[l] as string] as Float64Array,
      wanted,
      1e-10,
    );
  });
}

const STEP = 1e-4;

/** Statistics are `−∂F/∂λ`, of all layers' values and with the first block summed out. */
export function checkStatistics(subject: ModelSubject): void {
  const { model } = subject;
  const rows = someStates(subject, 3, 'statistics');
  const values = statesAt(subject, rows);
  const weights = Float64Array.of(0.5, 0.2, 0.3);
  const first = model.blocks[0]?.every(({ units }) => !units) ? model.blocks[0].map(({ layer }) => layer) : [];
  const cases = first.length > 0 && first.length < model.layers.length ? [[], first] : [[]];
  for (const out of cases) {
    const at = named(model, values, out);
    const found = statistics(model, at, weights);
    const wanted = found.map((_, i) => {
      const [up, down] = [STEP, -STEP].map((by) => {
        const parameters = model.parameters.slice();
        parameters[i] = (parameters[i] as number) + by;
        return energy({ ...model, parameters }, at).reduce((sum, e, row) => sum + (weights[row] as number) * e, 0);
      }) as [number, number];
      return (down - up) / (2 * STEP);
    });
    const what = out.length > 0 ? 'with the first block summed out' : 'of all values';
    agree(`statistics ${what}, as −∂E/∂λ`, found, wanted, 1e-6);
  }
}

/** The gradient of the cost is its finite difference, `log Z` by brute force. */
export async function checkGradient(subject: ModelSubject): Promise<void> {
  const { model } = subject;
  const rows = someStates(subject, 4, 'data');
  const states = statesAt(subject, rows);
  const width = sampleWidth(model);
  const values = new Float64Array(rows.length * width);
  rows.forEach((_, n) => {
    let offset = n * width;
    for (const l of model.visible) {
      const length = rowLength(model.layers[l] as Layer);
      values.set((states[l] as Float64Array).subarray(n * length, (n + 1) * length), offset);
      offset += length;
    }
  });
  const hidden = model.names.flatMap((_, l) => (model.visible.includes(l) ? [] : [l]));
  if (!hidden.every((l) => model.blocks[0]?.some(({ layer, units }) => layer === l && !units))) return;
  const data = { values, count: rows.length, width };
  const { gradient } = exactGradient(model, data, await enumerate(model));
  const cost = (parameters: Float64Array): number => {
    const free = energy({ ...model, parameters }, named(model, states, hidden));
    return free.reduce((sum, f) => sum + f, 0) / rows.length + logPartitionAt(subject, parameters);
  };
  const wanted = gradient.map((_, i) => {
    const [up, down] = [STEP, -STEP].map((by) => {
      const parameters = model.parameters.slice();
      parameters[i] = (parameters[i] as number) + by;
      return cost(parameters);
    }) as [number, number];
    return (up - down) / (2 * STEP);
  });
  agree('gradient of the cost, as its finite difference', gradient, wanted, 1e-6);
}

/** Clamped visible units: the energies of what is left are those of the whole. */
export async function checkClamping(subject: ModelSubject): Promise<void> {
  const { model, joint, random } = subject;
  const units = model.visible.reduce((sum, l) => sum + (model.layers[l] as Layer).units, 0);
  const energies = allEnergies(subject);
  for (const [trial, row] of someStates(subject, 4, 'clamping').entries()) {
    // Trials: none is clamped, some are, some are, all are.
    const mask = range(units).map((i) =>
      trial === 0 ? 0 : trial === 3 ? 1 : random.fork('mask').bernoulli(0.5, trial, i, 0, 0),
    );
    const sample = model.visible.flatMap((l) => [...(statesAt(subject, [row])[l] as Float64Array)]);
    const given = condition(model, mask, Float64Array.from(sample));
    const agrees = range(joint.count).filter((other) => {
      let unit = 0;
      return model.visible.every((l) => {
        const { units: count, width } = model.layers[l] as Layer;
        const [here, there] = [row, other].map((state) => statesAt(subject, [state])[l] as Float64Array) as [
          Float64Array,
          Float64Array,
        ];
        return range(count * width).every((k) => {
          const clamped = mask[unit + Math.floor(k / width)] === 1;
          if (k === count * width - 1) unit += count;
          return !clamped || here[k] === there[k];
        });
      });
    });
    const what = `clamping units ${
      range(units)
        .filter((i) => mask[i] === 1)
        .join(', ') || 'none'
    }`;
    const wanted = logSumExp(Float64Array.from(agrees, (state) => -(energies[state] as number)));
    if (given.layers.length === 0) {
      agree(`${what}: constant, as −log of the sum over all states`, [-given.constant], [wanted], 1e-9);
      continue;
    }
    const { logPartition } = await enumerate(given);
    agree(`${what}: log Z of condition, as a sum over the states that agree`, [logPartition], [wanted], 1e-9);
    const values = freeValues(subject, given, mask, agrees);
    agree(
      `${what}: energies of condition, as those of the whole`,
      energy(given, values),
      Float64Array.from(agrees, (state) => energies[state] as number),
      1e-9,
    );
  }
}

/** Values of the units of a conditioned model in states of the whole. */
function freeValues(
  subject: ModelSubject,
  given: EnergyModel,
  mask: readonly number[],
  rows: readonly number[],
): Record<string, Float64Array> {
  const { model } = subject;
  const states = statesAt(subject, rows);
  let first = 0;
  const entries = model.layers.map((layer, l): [string, Float64Array] => {
    const free = range(layer.units).filter((i) => !model.visible.includes(l) || mask[first + i] !== 1);
    if (model.visible.includes(l)) first += layer.units;
    const length = rowLength(layer);
    const values = rows.flatMap((_, row) =>
      free.flatMap((i) => range(layer.width).map((k) => states[l]?.[row * length + i * layer.width + k] as number)),
    );
    return [model.names[l] as string, Float64Array.from(values)];
  });
  return Object.fromEntries(entries.filter(([name]) => given.names.includes(name)));
}

/** Sweeps over the blocks leave the distribution alone: exactly for few states, else within noise. */
export async function checkSweeps(subject: ModelSubject): Promise<void> {
  const { model, joint } = subject;
  if (joint.count <= 64) {
    const error = stationaryError(await transitionMatrix(backendGibbs(), model));
    demand(error < 1e-12, `A sweep over the blocks changes the distribution of the model by ${error}; wanted pP = p.`);
    return;
  }
  const backend = reference();
  try {
    const { failures } = await noDrift({
      sampler: backendGibbs(),
      model,
      backend,
      random: generator(5),
      chains: 3000,
    });
    demand(failures.length === 0, `Sweeps over the blocks drift away from the model: ${failures.join(' ')}`);
  } finally {
    await backend.close();
  }
}

/** A model at a base and an inverse temperature, which annealing and tempering need, and at another temperature. */
export async function checkTargets(subject: ModelSubject): Promise<void> {
  const { model, joint } = subject;
  const backend = reference();
  try {
    const program = await backend.prepare(model);
    const base = subject.random.fork('base');
    const from = model.parameters.map((p, i) => p + 0.3 * base.normal(0, i, 0, 0));
    model.layout.arrays.forEach(({ offset, length, minimum }) => {
      for (let i = offset; i < offset + length; i++) from[i] = Math.max(from[i] as number, minimum + 0.05);
    });
    const buffer = program.allocate({ holds: 'parameters' });
    backend.write(buffer, from);
    const rows = program.allocate({ holds: 'rows', rows: joint.count });
    const assignment = model.layers.map((_, layer) => {
      const values = program.allocate({ holds: 'states', layer, rows: joint.count });
      backend.write(values, joint.values[layer] as Float64Array);
      return { values };
    });
    program.energy(assignment, { rows, scale: 1 }, { base: buffer, beta: 0.3 });
    const [own, other] = [allEnergies(subject), allEnergies(subject, { ...model, parameters: from })];
    agree(
      'energy at β = 0.3 between a base and the model',
      await backend.read(rows),
      own.map((e, row) => 0.3 * e + 0.7 * (other[row] as number)),
      1e-9,
    );
  } finally {
    await backend.close();
  }
  let cooler: EnergyModel;
  try {
    cooler = atTemperature(model, 2);
  } catch {
    return; // Layers whose energy is not proportional to their parameters.
  }
  agree(
    'energy at twice the temperature',
    allEnergies(subject, cooler),
    allEnergies(subject).map((e) => e / 2),
    1e-10,
  );
}

/** A saved model is the same model, but for rounding to float32. */
export async function checkSaving(subject: ModelSubject): Promise<void> {
  const { model, saving, joint } = subject;
  if (!saving) return;
  const rounded = { ...model, parameters: Float64Array.from(Float32Array.from(model.parameters)) };
  const loaded = await saving.load(await saving.save(model));
  demand(
    JSON.stringify(loaded.layout) === JSON.stringify(model.layout),
    'The layout of a model that was saved and loaded is not that of the model.',
  );
  demand(
    JSON.stringify(loaded.blocks, (_, x) => (x instanceof Uint32Array ? [...x] : x)) ===
      JSON.stringify(model.blocks, (_, x) => (x instanceof Uint32Array ? [...x] : x)),
    'The blocks of a model that was saved and loaded are not those of the model.',
  );
  demand(
    loaded.kind === model.kind,
    `The kind of a model that was saved and loaded is ${loaded.kind}; wanted ${model.kind}.`,
  );
  demand(
    loaded.visible.join() === model.visible.join(),
    `The visible layers of a model that was saved and loaded are [${loaded.visible}]; wanted [${model.visible}].`,
  );
  for (const [n, interaction] of model.interactions.entries()) {
    if (isPairwise(interaction)) continue;
    const again = loaded.interactions[n] as typeof interaction;
    demand(
      again.kind === interaction.kind && JSON.stringify(again.settings) === JSON.stringify(interaction.settings),
      `The kind and the settings of interaction "${interaction.name}" of a model that was saved and loaded are ${again.kind} and ` +
        `${JSON.stringify(again.settings)}; wanted ${interaction.kind} and ${JSON.stringify(interaction.settings)}.`,
    );
  }
  agree('parameters of a model that was saved and loaded', loaded.parameters, rounded.parameters, 1e-9);
  const found = energy(loaded, named(loaded, joint.values));
  agree('energies of a model that was saved and loaded', found, allEnergies(subject, rounded), 1e-9);
}
