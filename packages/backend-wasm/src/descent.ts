import type { Optimizer } from '@rbm/core';
import { rowLength } from '@rbm/core';
import type { CompiledModel } from './compiled-model.js';
import type { Command } from './engine.js';
import { CENTRE_FIELDS, CENTRE_WEIGHTS, UPDATE_LAYER, UPDATE_WEIGHTS } from './opcodes.js';
import type { StoredArray } from './parameter-layout.js';
import { singleAtLeast } from './transfer.js';

/** Which operand of a command to update is the rate. */
const RATE_OPERANDS: Readonly<Record<number, number>> = { [UPDATE_WEIGHTS]: 8, [UPDATE_LAYER]: 6 };

/** Whether all interactions are dense, and the first parameters of every layer the fields of its units. */
export function canCentre({ model }: CompiledModel): boolean {
  if (!model.interactions.every(({ kind }) => kind === 'dense')) return false;
  return model.layers.every((layer) => {
    const [first] = layer.parameters;
    const length = first?.shape.reduce((product, extent) => product * extent, 1);
    return length === rowLength(layer) && (first?.name === 'bias' || first?.name === 'field');
  });
}

/** Turns a gradient into that of centred coordinates, in place; all weights first, which need the fields as they were. */
export function enqueueCentring(compiled: CompiledModel, gradient: number, offsets: number): void {
  const { model, layout, workspace, run } = compiled;
  const fields = model.interactions.map(({ between: [a, b] }, n) => {
    const { at, panels, paddedRows } = layout.interactions[n] as StoredArray;
    const [atA, atB] = [layout.layers[a] as number, layout.layers[b] as number];
    const rowSums = workspace.take(`row sums of interaction ${n}`, panels * paddedRows * 4);
    const columnSums = workspace.take(`column sums of interaction ${n}`, panels * 128);
    const tiles = paddedRows / 32;
    const ends = [gradient + atA, gradient + atB];
    const means = [offsets + atA, offsets + atB];
    run(CENTRE_WEIGHTS, gradient + at, panels, tiles, ...ends, ...means, rowSums, columnSums);
    return [...ends, rowSums, columnSums, panels, tiles];
  });
  for (const operands of fields) run(CENTRE_FIELDS, ...operands);
}

/** A step of gradient descent with momentum on the live parameters. */
export function enqueueDescent(
  { model, layout, graph, sets, run }: CompiledModel,
  { settings }: Optimizer,
  gradient: number,
  velocity: number,
  rate: number,
): void {
  const { momentum = 0, weightDecay = 0 } = settings;
  const { parameters, transposed, neighbourWeights } = sets.live;
  // Interactions first: their statistics came last, and may still be in the cache.
  const first = model.layout.interactions[0]?.start ?? layout.length;
  const weights = layout.arrays.filter(({ array }) => array.offset >= first);
  for (const stored of [...weights, ...layout.arrays.filter(({ array }) => array.offset < first)]) {
    const { array, at, panels, paddedRows } = stored;
    const places = [parameters + at, gradient + at, velocity + at];
    const interaction = layout.interactions.indexOf(stored);
    const decay = array.interaction ? weightDecay : 0;
    if (interaction >= 0 && model.interactions[interaction]?.kind === 'dense') {
      const matrix = [panels, paddedRows / 32, transposed[interaction] as number];
      run(UPDATE_WEIGHTS, ...places, ...matrix, momentum, rate, decay);
    } else {
      run(UPDATE_LAYER, ...places, panels * 32, momentum, rate, decay, singleAtLeast(array.minimum));
    }
  }
  if (graph) run(...graph.gather(parameters, neighbourWeights));
}

/** A command as it is, but with the rate of an update if it has one. */
export function atRate(command: Command, rate: number): Command {
  const operand = RATE_OPERANDS[command[0] as number];
  if (operand === undefined) return command;
  const updated = command.slice();
  updated[operand] = rate;
  return updated;
}
