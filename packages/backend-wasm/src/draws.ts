import { type Layer, rowLength, type Site } from '@rbm/core/contracts';
import { panelsOf, type WasmBuffer } from './buffer.js';
import type { CompiledModel, Conditional, Received } from './compiled-model.js';
import type { Command, Engine } from './engine.js';
import { MEAN, MERGE_ROWS, SAMPLE } from './opcodes.js';
import type { Recorded } from './plans.js';

/** Which operands of a command to sample are the two words of the key, the step and the first chain: from this one on. */
const DRAWS_OPERAND = 12;

/** Enqueues `out ← a sample of a layer`; units in `mask` stay as they are. */
export function enqueueSample(
  compiled: CompiledModel,
  layer: number,
  rows: number,
  [inputs, mixed]: Received,
  conditional: Conditional,
  out: WasmBuffer,
  mask: WasmBuffer | undefined,
  { random, step, firstChain = 0 }: Site,
): void {
  const target = mask ? compiled.workspace.take(`fresh values of layer ${layer}`, out.shape.bytes) : out.address;
  const draws = [...random.key, step, firstChain, compiled.unitOffsets[layer] as number];
  const operands = compiled.layerOperands(layer, rows);
  compiled.run(SAMPLE, ...operands, inputs, ...conditional, target, compiled.room(), ...draws, mixed);
  if (mask) enqueueMerge(compiled, target, mask, out);
}

/** Enqueues `out ← means of a layer`; units in `mask` stay as they are. */
export function enqueueMean(
  compiled: CompiledModel,
  layer: number,
  rows: number,
  [inputs, mixed]: Received,
  conditional: Conditional,
  out: WasmBuffer,
  mask: WasmBuffer | undefined,
): void {
  const bytes = rows * panelsOf(rowLength(compiled.model.layers[layer] as Layer)) * 128;
  const target = mask ? compiled.workspace.take(`fresh means of layer ${layer}`, bytes) : out.address;
  const operands = compiled.layerOperands(layer, rows);
  compiled.run(MEAN, ...operands, inputs, ...conditional, target, compiled.room(), mixed);
  if (mask) enqueueMerge(compiled, target, mask, out);
}

function enqueueMerge(compiled: CompiledModel, fresh: number, mask: WasmBuffer, out: WasmBuffer): void {
  const { storage, rows, columns } = out.shape;
  compiled.run(MERGE_ROWS, storage as number, rows, columns, fresh, mask.address, mask.shape.rows, out.address);
}

/** Enqueues what was planned, but samples with the random numbers of a site, some sweeps on. */
export function enqueueDrawn(engine: Engine, { commands, written }: Recorded, site: Site, sweep = 0): void {
  if (written) {
    const { random, step, firstChain = 0 } = site;
    for (let n = 0; n < commands.length; n++) {
      if (commands[n]?.[0] !== SAMPLE) continue;
      written.replace(n, DRAWS_OPERAND, random.key[0]);
      written.replace(n, DRAWS_OPERAND + 1, random.key[1]);
      written.replace(n, DRAWS_OPERAND + 2, step + sweep);
      written.replace(n, DRAWS_OPERAND + 3, firstChain);
    }
    if (engine.runWritten(written)) return;
  }
  for (const command of commands) engine.run(drawnAt(command, site, sweep));
}

/** A command to sample as it is, but with the random numbers of a site, some sweeps on; any other command itself. */
function drawnAt(command: Command, { random, step, firstChain = 0 }: Site, sweep = 0): Command {
  if (command[0] !== SAMPLE) return command;
  const drawn = command.slice();
  drawn[DRAWS_OPERAND] = random.key[0];
  drawn[DRAWS_OPERAND + 1] = random.key[1];
  drawn[DRAWS_OPERAND + 2] = step + sweep;
  drawn[DRAWS_OPERAND + 3] = firstChain;
  return drawn;
}
