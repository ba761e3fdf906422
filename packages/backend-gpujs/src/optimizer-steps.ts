import type { EnergyModel } from '@rbm/core';
import { hasFields, type Optimizer, type UpdateSettings } from '@rbm/core/contracts';
import { arraysOf, type GpujsBuffer } from './buffer.js';
import type { DeviceArray, Shape } from './engine.js';
import type { Kernels, Scope } from './kernels.js';
import {
  adaptiveSource,
  centreFirstSource,
  centreSecondSource,
  centreWeightsSource,
  clippedSource,
  groupSlopesSource,
  meanSource,
  meanSquareSource,
  movedSource,
  penalisedSource,
  scaledSource,
  squaresSource,
  totalSource,
  velocitySource,
} from './sources.js';
import { singleAtLeast } from './transfer.js';

/** Kinds of optimizers with kernels of their own. */
export const nativeOptimizers: readonly string[] = ['sgd', 'rmsprop', 'adam', 'adamw'];

/** One array a parameter array of the layout; undefined where that is empty. */
type Arrays = (DeviceArray | undefined)[];

/** Steps of the built-in optimizers (see `builtInOptimizer` of @rbm/core) with kernels. */
export class OptimizerSteps {
  readonly #model: EnergyModel;
  readonly #kernels: Kernels;
  readonly #parameters: GpujsBuffer;

  constructor(model: EnergyModel, kernels: Kernels, parameters: GpujsBuffer) {
    this.#model = model;
    this.#kernels = kernels;
    this.#parameters = parameters;
  }

  /** Whether kernels can make the steps of an optimizer: groups and centring need dense interactions. */
  follows({ kind, settings }: Optimizer): boolean {
    if (!nativeOptimizers.includes(kind)) return false;
    const dense = this.#model.interactions.every((interaction) => interaction.kind === 'dense');
    return (dense || !settings.group) && (!settings.centred || (dense && this.#model.layers.every(hasFields)));
  }

  /** Penalties, centring, clipping, the rule, and the step of the live parameters; in this order. */
  async run(
    optimizer: Optimizer,
    gradient: GpujsBuffer,
    slots: readonly GpujsBuffer[],
    at: UpdateSettings,
    scope: Scope,
  ): Promise<void> {
    const { settings } = optimizer;
    const offsets = settings.centred ? (slots.at(-1) as GpujsBuffer) : undefined;
    const arrays: Arrays = [];
    for (const [n, { columns }] of gradient.shapes.entries()) {
      arrays.push(columns === 0 ? undefined : await this.#kernels.array(gradient, n));
    }
    await this.#penalise(arrays, settings, scope);
    if (offsets) await this.#centre(arrays, offsets, scope);
    await this.#clip(arrays, settings, scope);
    await this.#step(arrays, optimizer, slots, at, scope);
    if (offsets) await this.#carryBack(arrays, offsets, scope);
    for (const [n, step] of arrays.entries()) if (step) await this.#move(n, step);
  }

  /** Makes an array that lives until the operation ends. */
  async #make(
    scope: Scope,
    name: string,
    source: () => string,
    shape: Shape,
    constants: { readonly [name: string]: number },
    ...operands: readonly (DeviceArray | number)[]
  ): Promise<DeviceArray> {
    const made = await this.#kernels.get(name, source).run(shape, constants, ...operands);
    scope.push(made);
    return made;
  }

  #shape(n: number): Shape {
    return this.#parameters.shapes[n] as Shape;
  }

  async #penalise(arrays: Arrays, { l1 = 0, l2 = 0, group = 0 }: Optimizer['settings'], scope: Scope): Promise<void> {
    if (l1 === 0 && l2 === 0 && group === 0) return;
    const grouped = group > 0;
    for (const [n, { interaction }] of this.#model.layout.arrays.entries()) {
      const before = arrays[n];
      if (!interaction || !before) continue;
      const { columns, rows } = this.#shape(n);
      const weights = await this.#kernels.array(this.#parameters, n);
      const one = { columns, rows: 1 };
      const slopes = grouped
        ? await this.#make(scope, 'group slopes', () => groupSlopesSource, one, { n: rows }, weights, l1, group / rows)
        : l1;
      const source = (): string => penalisedSource(grouped);
      arrays[n] = await this.#make(
        scope,
        `penalised ${grouped}`,
        source,
        { columns, rows },
        {},
        before,
        weights,
        l2,
        slopes,
      );
    }
  }

  /** Into centred coordinates: only the weights change, by the gradient of the fields. */
  async #centre(arrays: Arrays, offsets: GpujsBuffer, scope: Scope): Promise<void> {
    for (const { a, b, w } of this.#ends()) {
      const given = [w, a, b].map((n) => arrays[n] as DeviceArray);
      const origin = await this.#kernels.arrays(offsets, [a, b]);
      const source = (): string => centreWeightsSource;
      arrays[w] = await this.#make(scope, 'centre weights', source, this.#shape(w), {}, ...given, ...origin);
    }
  }

  async #clip(arrays: Arrays, { clipValue, clipNorm }: Optimizer['settings'], scope: Scope): Promise<void> {
    if (clipValue !== undefined) {
      for (const [n, array] of arrays.entries()) {
        if (array) {
          arrays[n] = await this.#make(scope, 'clipped', () => clippedSource, this.#shape(n), {}, array, clipValue);
        }
      }
    }
    if (clipNorm === undefined) return;
    const one = { columns: 1, rows: 1 };
    let total = await this.#kernels.zeros(one);
    for (const [n, array] of arrays.entries()) {
      if (!array) continue;
      const { columns, rows } = this.#shape(n);
      const line = { columns: rows, rows: 1 };
      const squares = await this.#make(scope, 'squares', () => squaresSource, line, { n: columns }, array);
      total = await this.#make(scope, 'total', () => totalSource, one, { n: rows }, total, squares);
    }
    for (const [n, array] of arrays.entries()) {
      if (array) {
        arrays[n] = await this.#make(scope, 'scaled', () => scaledSource, this.#shape(n), {}, array, total, clipNorm);
      }
    }
  }

  /** Gradients become steps, and the slots are brought up to date. */
  async #step(
    arrays: Arrays,
    { kind, settings }: Optimizer,
    slots: readonly GpujsBuffer[],
    { rate, step }: UpdateSettings,
    scope: Scope,
  ): Promise<void> {
    const { momentum = 0, nesterov = 0, beta = 0, beta1 = 0, beta2 = 0, epsilon = 0, weightDecay = 0 } = settings;
    const moments = kind === 'adam' || kind === 'adamw';
    const mean = moments ? 1 - beta1 ** (step + 1) : 1;
    const root = moments ? Math.sqrt(1 - beta2 ** (step + 1)) : 1;
    for (const [n, gradient] of arrays.entries()) {
      if (!gradient) continue;
      /** A slot after the step, by a kernel of the old one and the gradient. */
      const renew = async (slot: number, name: string, source: string, ...numbers: number[]): Promise<DeviceArray> => {
        const buffer = slots[slot] as GpujsBuffer;
        const before = await this.#kernels.array(buffer, n);
        const after = await this.#make(scope, name, () => source, this.#shape(n), {}, before, gradient, ...numbers);
        buffer.replace(n, after.hold());
        return after;
      };
      if (kind === 'sgd') {
        const velocity = await renew(0, 'velocity', velocitySource, momentum, rate);
        const source = (): string => velocitySource;
        arrays[n] = nesterov
          ? await this.#make(scope, 'velocity', source, this.#shape(n), {}, velocity, gradient, momentum, rate)
          : velocity;
        continue;
      }
      const direction = moments ? await renew(0, 'mean', meanSource, 1 - beta1) : gradient;
      const squares = await renew(moments ? 1 : 0, 'mean square', meanSquareSource, 1 - (moments ? beta2 : beta));
      const weights = await this.#kernels.array(this.#parameters, n);
      const decay = kind === 'adamw' && this.#model.layout.arrays[n]?.interaction ? rate * weightDecay : 0;
      // m̂ / (√ŝ + ε) = (root / mean) m / (√s + root ε).
      const numbers = [(rate * root) / mean, epsilon * root, decay];
      const operands = [direction, squares, weights, ...numbers];
      arrays[n] = await this.#make(scope, 'adaptive', () => adaptiveSource, this.#shape(n), {}, ...operands);
    }
  }

  /** Out of centred coordinates: the fields' steps that go with those of the weights. */
  async #carryBack(arrays: Arrays, offsets: GpujsBuffer, scope: Scope): Promise<void> {
    for (const { a, b, w } of this.#ends()) {
      const { columns, rows } = this.#shape(w);
      const weights = arrays[w] as DeviceArray;
      const [mu, lambda] = (await this.#kernels.arrays(offsets, [a, b])) as [DeviceArray, DeviceArray];
      const ofRows = { columns: rows, rows: 1 };
      const ofColumns = { columns, rows: 1 };
      const [first, second] = [(): string => centreFirstSource, (): string => centreSecondSource];
      const fieldsA = arrays[a] as DeviceArray;
      arrays[a] = await this.#make(scope, 'centre first', first, ofRows, { n: columns }, fieldsA, weights, lambda);
      const fieldsB = arrays[b] as DeviceArray;
      arrays[b] = await this.#make(scope, 'centre second', second, ofColumns, { n: rows }, fieldsB, weights, mu);
    }
  }

  async #move(n: number, step: DeviceArray): Promise<void> {
    const minimum = this.#model.layout.arrays[n]?.minimum ?? Number.NEGATIVE_INFINITY;
    const constrained = minimum > Number.NEGATIVE_INFINITY;
    const kernel = this.#kernels.get(`moved ${constrained}`, () => movedSource(constrained));
    const before = await this.#kernels.array(this.#parameters, n);
    const least = constrained ? [singleAtLeast(minimum)] : [];
    this.#parameters.replace(n, await kernel.run(this.#shape(n), {}, before, step, ...least));
  }

  /** Of each interaction: the arrays of its weights, and of the fields of its first and second layer. */
  #ends(): { readonly a: number; readonly b: number; readonly w: number }[] {
    const { layers, interactions } = arraysOf(this.#model);
    return this.#model.interactions.map(({ between: [a, b] }, n) => ({
      a: layers[a]?.[0] as number,
      b: layers[b]?.[0] as number,
      w: interactions[n] as number,
    }));
  }
}
