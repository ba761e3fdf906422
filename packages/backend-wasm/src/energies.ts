import type { CheckedEntry } from '@rbm/core/contracts';
import { panelsOf, type WasmBuffer } from './buffer.js';
import type { At, CompiledModel } from './compiled-model.js';
import { CONSTANT_ENERGY, CUMULANTS, GRAPH_ENERGY, PRODUCT_ENERGY, VALUE_ENERGY } from './opcodes.js';
import { enqueueProduct, factorOf } from './products.js';

/** A share of the energies of interactions: a scale, and what of β it is multiplied by. */
interface Share {
  readonly buffer: WasmBuffer;
  readonly beta: number;
  readonly betas: number;
  readonly scale: number;
}

/** Enqueues `out ← out + scale · E` at a target, without the own energies of layers that have no kernels. */
export function enqueueEnergy(
  compiled: CompiledModel,
  entries: readonly CheckedEntry<WasmBuffer>[],
  rows: number,
  out: number,
  scale: number,
  at: At,
): void {
  const { model, run } = compiled;
  const [, , beta, betas] = compiled.conditional(0, at);
  if (model.constant !== 0) {
    run(CONSTANT_ENERGY, rows, model.constant, at.weighted ? 1 : beta, at.weighted ? 0 : betas, out, scale);
  }
  entries.forEach((entry, layer) => {
    if (!compiled.hasKernels(layer)) return;
    const conditional = compiled.conditional(layer, at);
    const [kind, , columns, trials] = compiled.layerOperands(layer, rows);
    const { buffer } = entry;
    if (entry.holds === 'inputs') {
      const [inputs, mixed] = compiled.received(layer, rows, buffer.address, entry.base?.address, at);
      const operands = compiled.layerOperands(layer, rows);
      run(CUMULANTS, ...operands, inputs, ...conditional, out, compiled.room(), scale, mixed);
    } else {
      const storage = buffer.shape.storage as number;
      run(VALUE_ENERGY, kind, storage, rows, columns, buffer.address, ...conditional, out, scale, trials);
    }
  });
  for (const share of sharesOf(at, beta, betas, scale)) enqueueInteractions(compiled, entries, rows, out, share);
}

/** β times the interactions of the parameters; of a base with weights, once those and −β times. */
function sharesOf({ parameters, base, weighted }: At, beta: number, betas: number, scale: number): Share[] {
  const own = { buffer: parameters, beta, betas, scale };
  if (!base || !weighted) return [own];
  if (betas === 0) return [own, { buffer: base, beta: 1 - beta, betas: 0, scale }];
  return [own, { buffer: base, beta: 1, betas: 0, scale }, { buffer: base, beta, betas, scale: -scale }];
}

function enqueueInteractions(
  compiled: CompiledModel,
  entries: readonly CheckedEntry<WasmBuffer>[],
  rows: number,
  out: number,
  { buffer, beta, betas, scale }: Share,
): void {
  const { model, run, graph, workspace } = compiled;
  const set = compiled.sets.of(buffer);
  if (graph) {
    const values = entries.map((entry) => (entry.holds === 'values' ? entry.buffer : undefined));
    const table = compiled.table(graph.table(values));
    const room = workspace.take('rows of the graph', compiled.engine.threads * graph.panels * 512);
    const sums = [beta, betas, out, scale, room];
    run(GRAPH_ENERGY, table, graph.panels, rows, ...graph.operands, set.neighbourWeights, ...sums);
    return;
  }
  model.interactions.forEach(({ between: [a, b] }, n) => {
    const [from, to] = [entries[a] as CheckedEntry<WasmBuffer>, entries[b] as CheckedEntry<WasmBuffer>];
    // With one side summed out, the interaction is already inside the inputs that its cumulants were taken of.
    if (from.holds === 'inputs' || to.holds === 'inputs') return;
    const { storage, columns } = to.buffer.shape;
    const inputs = workspace.take('inputs of an interaction', rows * panelsOf(columns) * 128);
    enqueueProduct(run, workspace, factorOf(from.buffer), compiled.matrix(n, true, set), inputs, false);
    run(PRODUCT_ENERGY, storage as number, rows, columns, to.buffer.address, inputs, beta, betas, out, scale);
  });
}
