import {
  atTemperature,
  type EnergyModel,
  energy,
  fitVisible,
  generator,
  ising,
  rbm,
  type Samples,
  spin,
  visibleDistribution,
} from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { gibbs, sample } from '@rbm/samplers';
import { pcd, sgd, train } from '@rbm/train';

/** Sites on a side of the lattice whose states can all be listed. */
export const SMALL = 4;
const SITES: number = SMALL * SMALL;
/** Samples that a machine learns from. */
const SAMPLES = 5000;
const HIDDEN = 16;

/** What physicists would measure, a spin. */
export interface Observables {
  readonly energy: number;
  /** Without its sign. */
  readonly magnetisation: number;
}

/** How a machine stands that learns from samples of a lattice. All numbers are exact sums over the 65,536 states. */
export interface Learned extends Observables {
  readonly step: number;
  /** KL divergence of the machine from the lattice, in nats. */
  readonly divergence: number;
}

/** The small lattice: every state with its energy and magnetisation. */
export class SmallLattice {
  readonly #model: EnergyModel = ising({ shape: [SMALL, SMALL] });
  readonly #energies: Float64Array;
  readonly #magnetisations: Float64Array;

  constructor() {
    const { states, count } = visibleDistribution(this.#model);
    this.#energies = energy(this.#model, { visible: states });
    this.#magnetisations = Float64Array.from({ length: count }, (_, n) =>
      Math.abs(states.subarray(n * SITES, (n + 1) * SITES).reduce((sum, s) => sum + s, 0)),
    );
  }

  /** Exact observables at a temperature. */
  exact(temperature: number): Observables {
    return this.#observe(this.#probabilities(temperature));
  }

  /**
   * Learns from samples at a temperature.
   *
   * @param every Steps between reports, each of which takes longer than a hundred steps (default: 100).
   */
  async *learn(
    backend: Backend,
    temperature: number,
    seed: number,
    every = 100,
  ): AsyncGenerator<Learned, void, undefined> {
    const random = generator(seed);
    const { values } = await sample({
      model: atTemperature(this.#model, temperature),
      backend,
      sampler: gibbs(),
      random: random.fork('samples'),
      count: SAMPLES,
      // The slowest, at low temperatures, are turnings of the whole lattice: chains start from coins, both signs alike.
      burnIn: 500,
    });
    const data: Samples = { values, count: SAMPLES, width: SITES };
    const model = rbm({ visible: spin(SITES), hidden: spin(HIDDEN), random, scale: 0.1 });
    fitVisible(model, data);
    const settings = { optimizer: sgd(), rate: { from: 0.1, to: 0 }, batch: 100, epochs: 80, every, random };
    const exact = this.#probabilities(temperature);
    for await (const { step } of train({ model, data, backend, estimator: pcd({ sampler: gibbs() }), ...settings })) {
      const { probabilities } = visibleDistribution(model);
      const divergence = exact.reduce((sum, p, n) => sum + p * Math.log(p / (probabilities[n] as number)), 0);
      yield { step, divergence, ...this.#observe(probabilities) };
    }
  }

  #probabilities(temperature: number): Float64Array {
    const least = this.#energies.reduce((low, e) => Math.min(low, e), Number.POSITIVE_INFINITY);
    const weights = this.#energies.map((e) => Math.exp((least - e) / temperature));
    const total = weights.reduce((sum, w) => sum + w, 0);
    return weights.map((w) => w / total);
  }

  #observe(probabilities: Float64Array): Observables {
    let [e, m] = [0, 0];
    for (let n = 0; n < probabilities.length; n++) {
      e += (probabilities[n] as number) * (this.#energies[n] as number);
      m += (probabilities[n] as number) * (this.#magnetisations[n] as number);
    }
    return { energy: e / SITES, magnetisation: m / SITES };
  }
}
