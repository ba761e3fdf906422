import { type EnergyModel, type Optimizer, rowLength } from '@rbm/core';
import { arraysOf, type GpujsBuffer } from './buffer.js';
import type { DeviceArray, Shape } from './engine.js';
import type { Kernels, Scope } from './kernels.js';
import {
  centreFirstSource,
  centreSecondSource,
  centreWeightsSource,
  descentSource,
  velocitySource,
} from './sources.js';
import { singleAtLeast } from './transfer.js';

/** Gradient descent with momentum and with centred gradients (see `centring` of `@rbm/train`), with kernels. */
export class Descent {
  readonly #model: EnergyModel;
  readonly #kernels: Kernels;
  readonly #parameters: GpujsBuffer;

  constructor(model: EnergyModel, kernels: Kernels, parameters: GpujsBuffer) {
    this.#model = model;
    this.#kernels = kernels;
    this.#parameters = parameters;
  }

  /** Whether it can centre: all interactions are dense, and the first parameters of every layer the fields of its units. */
  get centres(): boolean {
    if (this.#model.interactions.some(({ kind }) => kind !== 'dense')) return false;
    return this.#model.layers.every((layer) => {
      const [first] = layer.parameters;
      const length = first?.shape.reduce((product, extent) => product * extent, 1);
      return length === rowLength(layer) && (first?.name === 'bias' || first?.name === 'field');
    });
  }

  /** Turns a gradient into that of centred coordinates; all weights first, which need the fields as they were. */
  async centre(gradient: GpujsBuffer, offsets: GpujsBuffer): Promise<void> {
    const { layers, interactions: weights } = arraysOf(this.#model);
    const fields = layers.map(([first]) => first as number);
    const ends = this.#model.interactions.map(({ between }, i) => {
      const [a, b] = between.map((layer) => fields[layer]) as [number, number];
      return { a, b, w: weights[i] as number };
    });
    for (const { a, b, w } of ends) {
      const kernel = this.#kernels.get('centre weights', () => centreWeightsSource);
      const given = await this.#kernels.arrays(gradient, [w, a, b]);
      const origin = await this.#kernels.arrays(offsets, [a, b]);
      gradient.replace(w, await kernel.run(gradient.shapes[w] as Shape, {}, ...given, ...origin));
    }
    for (const { a, b, w } of ends) {
      const { columns, rows } = gradient.shapes[w] as Shape;
      const first = this.#kernels.get('centre first', () => centreFirstSource);
      const second = this.#kernels.get('centre second', () => centreSecondSource);
      const weights = await this.#kernels.array(gradient, w);
      const [mu, lambda] = (await this.#kernels.arrays(offsets, [a, b])) as [DeviceArray, DeviceArray];
      const fieldsA = await this.#kernels.array(gradient, a);
      gradient.replace(a, await first.run({ columns: rows, rows: 1 }, { n: columns }, fieldsA, weights, lambda));
      const fieldsB = await this.#kernels.array(gradient, b);
      gradient.replace(b, await second.run({ columns, rows: 1 }, { n: rows }, fieldsB, weights, mu));
    }
  }

  /** A step of gradient descent with momentum. */
  async step(
    { settings }: Optimizer,
    gradient: GpujsBuffer,
    velocity: GpujsBuffer,
    rate: number,
    scope: Scope,
  ): Promise<void> {
    const { momentum = 0, weightDecay = 0 } = settings;
    for (const [n, { interaction, minimum }] of this.#model.layout.arrays.entries()) {
      const shape = this.#parameters.shapes[n] as Shape;
      if (shape.columns === 0) continue;
      const parameters = await this.#kernels.array(this.#parameters, n);
      const before = await this.#kernels.array(velocity, n);
      const slope = await this.#kernels.array(gradient, n);
      const kernel = this.#kernels.get('velocity', () => velocitySource);
      const after = await kernel.run(
        shape,
        {},
        before,
        slope,
        parameters,
        momentum,
        rate,
        interaction ? weightDecay : 0,
      );
      scope.push(after);
      const constrained = minimum > Number.NEGATIVE_INFINITY;
      const descent = this.#kernels.get(`descent ${constrained}`, () => descentSource(constrained));
      const moved = await descent.run(shape, {}, parameters, after, ...(constrained ? [singleAtLeast(minimum)] : []));
      velocity.replace(n, after.hold());
      this.#parameters.replace(n, moved);
    }
  }
}
