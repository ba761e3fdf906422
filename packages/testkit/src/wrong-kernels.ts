import type { Generator } from '@rbm/core';
import type { Buffer, Sampler } from '@rbm/core/contracts';
import { backendGibbs, sweepSampler as samplerOf } from './sweep-sampler.js';

/** Kernels to try the checks on: one that is right, and others that are wrong in ways that real samplers have been. */

export function right(): Sampler {
  return backendGibbs();
}

/** Samples the model at another temperature. */
export function wrongTemperature(beta: number): Sampler {
  return samplerOf('wrong temperature', (program, layers, site) => {
    const base = program.allocate({ holds: 'layerParameters' });
    program.gibbs(layers, 1, site, { base, beta });
    base.dispose();
  });
}

/** Conditions every layer on what the others were before the sweep. */
export function synchronous(): Sampler {
  return samplerOf('synchronous', (program, layers, site) => {
    const inputs = layers.map((states, layer) => {
      const received = program.allocate({ holds: 'inputs', layer, rows: rowsOf(states) });
      program.affine(layer, layers, received);
      return received;
    });
    inputs.forEach((received, layer) => {
      program.sample(layer, received, layers[layer] as Buffer, site);
      received.dispose();
    });
  });
}

/** Confuses the two layers of a model with as many hidden as visible units. */
export function swapped(): Sampler {
  return samplerOf('swapped', (program, layers, site) => {
    const [visible, hidden] = layers as [Buffer, Buffer];
    program.gibbs(layers, 1, site);
    const kept = program.allocate(visible.spec);
    program.backend.copy(visible, kept);
    program.backend.copy(hidden, visible);
    program.backend.copy(kept, hidden);
    kept.dispose();
  });
}

/** Does nothing. */
export function identity(): Sampler {
  return samplerOf('identity', () => {});
}

/** Gives every chain the numbers of the first. */
export function sharedStream(): Sampler {
  return samplerOf('shared stream', (program, layers, site) => {
    program.gibbs(layers, 1, { ...site, random: new FirstChain(site.random) });
  });
}

/** Gives every sweep the numbers of the first. */
export function repeatedStream(): Sampler {
  return samplerOf('repeated stream', (program, layers, site) => program.gibbs(layers, 1, { ...site, step: 0 }));
}

class FirstChain implements Generator {
  readonly key: readonly [number, number] = [0, 0];
  readonly #random: Generator;

  constructor(random: Generator) {
    this.#random = random;
  }

  uniform(_chain: number, unit: number, step: number, draw: number): number {
    return this.#random.uniform(0, unit, step, draw);
  }

  bernoulli(probability: number, _chain: number, unit: number, step: number, draw: number): 0 | 1 {
    return this.#random.bernoulli(probability, 0, unit, step, draw);
  }

  categorical(
    probabilities: Float64Array,
    offset: number,
    length: number,
    _chain: number,
    unit: number,
    step: number,
    draw: number,
  ): number {
    return this.#random.categorical(probabilities, offset, length, 0, unit, step, draw);
  }

  normal(_chain: number, unit: number, step: number, draw: number): number {
    return this.#random.normal(0, unit, step, draw);
  }

  fork(label: string | number): Generator {
    return new FirstChain(this.#random.fork(label));
  }
}

function rowsOf(buffer: Buffer): number {
  return (buffer.spec as { readonly rows: number }).rows;
}
