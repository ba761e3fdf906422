import { hasFields, type Optimizer, type UpdateSettings } from '@rbm/core/contracts';
import type { CompiledModel } from './compiled-model.js';
import type { Command, Engine } from './engine.js';
import {
  ADAPTIVE,
  CENTRE_FIELDS,
  CLIP_SCALE,
  DESCENT,
  GROUP_SLOPES,
  NESTEROV,
  SQUARE_LAYER,
  SQUARE_WEIGHTS,
  UPDATE_LAYER,
  UPDATE_WEIGHTS,
} from './opcodes.js';
import type { StoredArray } from './parameter-layout.js';
import type { Recorded } from './plans.js';
import { singleAtLeast } from './transfer.js';
import { NUMBERS } from './update-operands.js';

/** Kinds of optimizers with kernels of their own. */
export const nativeOptimizers: readonly string[] = ['sgd', 'rmsprop', 'adam', 'adamw'];

/** Whether kernels can make the steps of an optimizer on a model: groups and centring need dense interactions. */
export function stepsNatively({ model }: CompiledModel, { kind, settings }: Optimizer): boolean {
  if (!nativeOptimizers.includes(kind)) return false;
  const dense = model.interactions.every((interaction) => interaction.kind === 'dense');
  return (dense || !settings.group) && (!settings.centred || (dense && model.layers.every(hasFields)));
}

/** The numbers of a step, as its rule takes them. */
export function stepNumbers({ kind, settings }: Optimizer, { rate, step }: UpdateSettings): readonly number[] {
  const { momentum = 0, beta = 0, beta1 = 0, beta2 = 0, epsilon = 0, weightDecay = 0 } = settings;
  if (kind === 'sgd') return [momentum, rate, 0, 0, 0];
  if (kind === 'rmsprop') return [1, rate, 1 - beta, epsilon, 0];
  // m̂ / (√ŝ + ε) = (root / mean) m / (√s + root ε): one product less for each number.
  const [mean, root] = [1 - beta1 ** (step + 1), Math.sqrt(1 - beta2 ** (step + 1))];
  const decay = kind === 'adamw' ? rate * weightDecay : 0;
  return [1 - beta1, (rate * root) / mean, 1 - beta2, epsilon * root, decay];
}

/** Enqueues what was planned for a step, but with the numbers of another one. */
export function enqueueAgain(engine: Engine, { commands, written }: Recorded, numbers: readonly number[]): void {
  if (written) {
    for (let n = 0; n < commands.length; n++) {
      if (!isStep(commands[n] as Command)) continue;
      for (let k = 0; k < numbers.length; k++) written.replace(n, NUMBERS + k, numbers[k] as number);
    }
    if (engine.runWritten(written)) return;
  }
  for (const command of commands) engine.run(atStep(command, numbers));
}

function isStep(command: Command): boolean {
  return command[0] === UPDATE_WEIGHTS || command[0] === UPDATE_LAYER;
}

/** A command as it is, but with the numbers of another step if it has such numbers. */
function atStep(command: Command, numbers: readonly number[]): Command {
  if (!isStep(command)) return command;
  const updated = command.slice();
  for (let n = 0; n < numbers.length; n++) updated[NUMBERS + n] = numbers[n] as number;
  return updated;
}

/** Enqueues a step of the live parameters. @param gradient Address; `slots`: addresses, in the order of the optimizer's. */
export function enqueueUpdate(
  compiled: CompiledModel,
  optimizer: Optimizer,
  gradient: number,
  slots: readonly number[],
  numbers: readonly number[],
): void {
  const { graph, sets, run } = compiled;
  const { parameters, transposed, neighbourWeights } = sets.live;
  const preparation = new Preparation(compiled, optimizer, gradient, slots.at(-1) as number);
  const { kind, settings } = optimizer;
  const moments = kind === 'adam' || kind === 'adamw';
  const rule = kind === 'sgd' ? (settings.nesterov ? NESTEROV : DESCENT) : ADAPTIVE;
  const [first, means] = (moments ? [slots[1], slots[0]] : [slots[0], 0]) as [number, number];
  preparation.before();
  // Interactions first: their statistics came last, and may still be in the cache; and centring needs the gradient of the fields.
  for (const stored of inOrder(compiled)) {
    const { array, at, panels, paddedRows } = stored;
    const places = [parameters + at, gradient + at, first + at];
    const step = [means === 0 ? 0 : means + at, rule, ...numbers, ...preparation.of(stored)];
    const interaction = denseInteraction(compiled, stored);
    if (interaction >= 0) {
      run(UPDATE_WEIGHTS, ...places, panels, paddedRows / 32, transposed[interaction] as number, ...step);
    } else {
      run(UPDATE_LAYER, ...places, panels * 32, singleAtLeast(array.minimum), Number(array.interaction), ...step);
    }
  }
  preparation.after();
  if (graph) run(...graph.gather(parameters, neighbourWeights));
}

/** All arrays, those of the interactions first. */
function inOrder({ model, layout }: CompiledModel): readonly StoredArray[] {
  const first = model.layout.interactions[0]?.start ?? layout.length;
  const ofLayers = ({ array }: StoredArray): boolean => array.offset < first;
  return [...layout.arrays.filter((stored) => !ofLayers(stored)), ...layout.arrays.filter(ofLayers)];
}

/** Which dense interaction an array is the weights of; −1 for all others. */
function denseInteraction({ model, layout }: CompiledModel, stored: StoredArray): number {
  const n = layout.interactions.indexOf(stored);
  return model.interactions[n]?.kind === 'dense' ? n : -1;
}

/** What is done to a gradient before the rule, and to the fields after it. */
class Preparation {
  readonly #compiled: CompiledModel;
  readonly #settings: Optimizer['settings'];
  readonly #gradient: number;
  readonly #offsets: number;
  /** The factor by which the norm is clipped, if it is: then all else is done beforehand. */
  #scale = 0;

  constructor(compiled: CompiledModel, { settings }: Optimizer, gradient: number, offsets: number) {
    this.#compiled = compiled;
    this.#settings = settings;
    this.#gradient = gradient;
    this.#offsets = offsets;
  }

  /** Enqueues what needs passes of its own: the sums of groups, and the norm. */
  before(): void {
    const { layout, sets, workspace, run } = this.#compiled;
    const { l1 = 0, group = 0, clipNorm } = this.#settings;
    const { parameters } = sets.live;
    if (group > 0) {
      layout.interactions.forEach((stored, n) => {
        const { at, rows, panels, paddedRows } = stored;
        run(GROUP_SLOPES, parameters + at, panels, paddedRows / 32, l1, group / rows, this.#slopes(n));
      });
    }
    if (clipNorm === undefined) return;
    const arrays = inOrder(this.#compiled);
    const counts = arrays.map(({ panels, paddedRows }) => Math.ceil((panels * paddedRows) / 32));
    const count = counts.reduce((sum, tiles) => sum + tiles, 0);
    const squares = workspace.take('squares of the gradient', 8 * count);
    const scale = workspace.take('scale of the gradient', 128);
    let next = squares;
    arrays.forEach((stored, n) => {
      const { at, panels, paddedRows } = stored;
      const places = [parameters + at, this.#gradient + at, next];
      const rest = [0, 0, 0, 0, 0, 0, 0, 0, ...this.of(stored)];
      if (denseInteraction(this.#compiled, stored) < 0) run(SQUARE_LAYER, ...places, panels * 32, 0, ...rest);
      else run(SQUARE_WEIGHTS, ...places, panels, paddedRows / 32, ...rest);
      next += 8 * (counts[n] as number);
    });
    run(CLIP_SCALE, squares, count, clipNorm, scale);
    this.#scale = scale;
  }

  /** The operands of an array's command, from the penalties on. */
  of(stored: StoredArray): readonly number[] {
    const { l1 = 0, l2 = 0, group = 0, clipValue = Number.POSITIVE_INFINITY } = this.#settings;
    const prepared = this.#scale !== 0;
    const penalised = stored.array.interaction && !prepared;
    const interaction = denseInteraction(this.#compiled, stored);
    const slopes = penalised && group > 0 ? this.#slopes(interaction) : 0;
    const penalties = penalised ? [slopes ? 0 : l1, l2, slopes] : [0, 0, 0];
    const clipping = [prepared ? Number.POSITIVE_INFINITY : clipValue, this.#scale];
    if (!this.#settings.centred || interaction < 0) return [...penalties, ...clipping, 0, 0, 0, 0, 0, 0, 0];
    const [a, b] = this.#ends(interaction);
    const fields = [this.#gradient + a, this.#gradient + b];
    return [
      ...penalties,
      ...clipping,
      prepared ? 0 : 1,
      ...fields,
      this.#offsets + a,
      this.#offsets + b,
      ...this.#sums(interaction),
    ];
  }

  /** Enqueues the steps of the fields that go with those of the weights in centred coordinates. */
  after(): void {
    if (!this.#settings.centred) return;
    const { layout, sets, run } = this.#compiled;
    const { parameters } = sets.live;
    layout.interactions.forEach(({ panels, paddedRows }, n) => {
      const [a, b] = this.#ends(n);
      run(CENTRE_FIELDS, parameters + a, parameters + b, ...this.#sums(n), panels, paddedRows / 32);
    });
  }

  /** Where the fields of an interaction's layers are in a buffer of parameters. */
  #ends(interaction: number): readonly [number, number] {
    const { model, layout } = this.#compiled;
    const [a, b] = (model.interactions[interaction] as (typeof model.interactions)[number]).between;
    return [layout.layers[a] as number, layout.layers[b] as number];
  }

  #slopes(interaction: number): number {
    const { panels } = this.#compiled.layout.interactions[interaction] as StoredArray;
    return this.#compiled.workspace.take(`slopes of interaction ${interaction}`, panels * 128);
  }

  #sums(interaction: number): readonly [rows: number, columns: number] {
    const { workspace, layout } = this.#compiled;
    const { panels, paddedRows } = layout.interactions[interaction] as StoredArray;
    const bytes = panels * paddedRows * 4;
    return [
      workspace.take(`row sums of interaction ${interaction}`, bytes),
      workspace.take(`column sums of interaction ${interaction}`, bytes),
    ];
  }
}
