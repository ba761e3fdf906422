import { type Layer, rowLength, type Site } from '@rbm/core/contracts';
import { panelsOf, type WasmBuffer } from './buffer.js';
import { type At, type CompiledModel, type Conditional, nativeLayers } from './compiled-model.js';
import { enqueueDrawn, enqueueSample } from './draws.js';
import type { Command } from './engine.js';
import type { Graph } from './graph.js';
import { SWEEP } from './opcodes.js';
import type { ParameterSet } from './parameter-sets.js';
import type { Recorded } from './plans.js';

/** Sweeps that are enqueued at once. */
const SWEEPS = 32;
/** Sweeps of a graph in one command. */
const FUSED_SWEEPS = 4;
/** Which operand of a sweep of a graph is the step; the number of sweeps is next. */
const FUSED_STEP_OPERAND = 14;

/**
 * What sweeps work with: one set of parameters, or one and a base for rows of different inverse temperatures. Where one β serves
 * all rows, a base with weights is gone: parameters were interpolated.
 */
export interface SweepParameters {
  readonly set: ParameterSet;
  /** The base's set, where it sends something too. */
  readonly base: ParameterSet | undefined;
  readonly conditionals: readonly Conditional[];
}

export function sweepParameters(compiled: CompiledModel, at: At): SweepParameters {
  const { sets, model } = compiled;
  const { parameters, base, weighted, beta } = at;
  if (base && weighted && typeof beta === 'number') {
    const set = sets.between(base, parameters, beta);
    return { set, base: undefined, conditionals: model.layers.map((_, l) => compiled.conditionalOf(l, set)) };
  }
  return {
    set: sets.of(parameters),
    base: base && weighted ? sets.of(base) : undefined,
    conditionals: model.layers.map((_, l) => compiled.conditional(l, at)),
  };
}

/** Enqueues one sweep over whole layers in order. */
export function enqueueSweep(
  compiled: CompiledModel,
  layers: readonly number[],
  states: readonly WasmBuffer[],
  rows: number,
  { set, base, conditionals }: SweepParameters,
  at: At,
  site: Site,
): void {
  for (const layer of layers) {
    const bytes = rows * panelsOf(rowLength(compiled.model.layers[layer] as Layer)) * 128;
    const inputs = compiled.workspace.take(`inputs of layer ${layer}`, bytes);
    compiled.affine(layer, states, inputs, rows, set);
    let fromBase: number | undefined;
    if (base) {
      fromBase = compiled.workspace.take(`inputs of layer ${layer} from the base`, bytes);
      compiled.affine(layer, states, fromBase, rows, base);
    }
    const received = compiled.received(layer, rows, inputs, fromBase, at);
    const [conditional, target] = [conditionals[layer] as Conditional, states[layer] as WasmBuffer];
    enqueueSample(compiled, layer, rows, received, conditional, target, at.clamp[layer], site);
  }
}

/** Sweeps from `first` to before `end`; some now, the others when these are done: a queue has no room for millions. */
export function enqueueSweeps(compiled: CompiledModel, sweep: Recorded, site: Site, first: number, end: number): void {
  const { engine } = compiled;
  const stop = Math.min(first + SWEEPS, end);
  for (let s = first; s < stop; s++) enqueueDrawn(engine, sweep, site, s);
  if (stop === end) return;
  // What is written in memory may be forgotten by then.
  const later = { commands: sweep.commands };
  engine.host(() => enqueueSweeps(compiled, later, site, stop, end));
}

/** The command of one sweep over all blocks of a graph. */
export function fusedSweep(
  compiled: CompiledModel,
  graph: Graph,
  states: readonly WasmBuffer[],
  rows: number,
  { set, conditionals }: SweepParameters,
  at: At,
  { random, step, firstChain = 0 }: Site,
): Command {
  const [, , beta, betas] = conditionals[0] as Conditional;
  const parameters = conditionals.map(([theta, base], l) => {
    const kind = nativeLayers[compiled.model.layers[l]?.kind ?? ''] as number;
    return { theta, base, firstUnit: compiled.unitOffsets[l] as number, kind, mask: at.clamp[l] };
  });
  const table = compiled.table(graph.table(states, parameters));
  const { threads } = compiled.engine;
  const room = compiled.workspace.take('sweeps of the graph', threads * (3 * graph.panels * 512 + 768));
  const weights = [...graph.operands, set.neighbourWeights];
  const chains = [...random.key, firstChain, step, 1, room];
  return [SWEEP, table, graph.panels, rows, ...weights, ...graph.order, beta, betas, ...chains];
}

/** Some sweeps of a graph now, the others when these are done. */
export function enqueueFused(compiled: CompiledModel, command: Command, step: number, sweeps: number): void {
  const { engine } = compiled;
  const now = Math.min(SWEEPS * FUSED_SWEEPS, sweeps);
  for (let s = 0; s < now; s += FUSED_SWEEPS) {
    const several = Math.min(FUSED_SWEEPS, now - s);
    engine.run(command.with(FUSED_STEP_OPERAND, step + s).with(FUSED_STEP_OPERAND + 1, several));
  }
  if (now < sweeps) engine.host(() => enqueueFused(compiled, command, step + now, sweeps - now));
}
