import {
  type Buffer,
  type ChainSnapshot,
  type Chains,
  type Generator,
  type Kernel,
  loadChains,
  type Position,
  type Program,
  type Sampler,
  type Site,
  startChains,
} from '@rbm/core';

/** Kernels to try the checks on: one that is right, and others that are wrong in ways that real samplers have been. */

/** One sweep over the layers' states, in place. */
type Sweep = (program: Program, layers: readonly Buffer[], site: Site) => void;

function samplerOf(name: string, sweep: Sweep): Sampler {
  return {
    specVersion: 1,
    name,
    capabilities: { reversible: false },
    bind: (program) => new SweepKernel(program, sweep),
  };
}

class SweepKernel implements Kernel<Chains> {
  readonly #program: Program;
  readonly #sweep: Sweep;

  constructor(program: Program, sweep: Sweep) {
    this.#program = program;
    this.#sweep = sweep;
  }

  async init(random: Generator, position: Position): Promise<Chains> {
    return startChains(this.#program, random, position);
  }

  async step(
    state: Chains,
    random: Generator,
    sweeps: number,
  ): Promise<{ state: Chains; info: Record<string, number> }> {
    const { layers, sweeps: done } = state.take();
    for (let s = 0; s < sweeps; s++) this.#sweep(this.#program, layers, { random, step: done + s });
    return { state: state.advanced(sweeps), info: {} };
  }

  save(state: Chains): Promise<ChainSnapshot> {
    return state.save(this.#program);
  }

  async load(snapshot: ChainSnapshot): Promise<Chains> {
    return loadChains(this.#program, snapshot);
  }
}

export function right(): Sampler {
  return samplerOf('right', (program, layers, site) => program.gibbs(layers, 1, site));
}

/** Samples the model at another temperature. */
export function wrongTemperature(beta: number): Sampler {
  return samplerOf('wrong temperature', (program, layers, site) => {
    const base = program.allocate({ holds: 'parameters' });
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
