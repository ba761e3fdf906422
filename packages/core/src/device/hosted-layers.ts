import type { BufferSpec, Site } from '../contracts/backend.js';
import type { Layer } from '../layers/layer.js';
import { createModel } from '../models/create-model.js';
import type { Range } from '../models/layout.js';
import { type EnergyModel, unitOffsets } from '../models/model.js';
import type { CheckedTarget } from '../programs/operands.js';
import type { Generator } from '../random/generator.js';
import type { DeviceBuffer } from './device-buffer.js';
import { HostFallback, type Transfers } from './host-fallback.js';

/**
 * The layers of a model that a device has no kernels for, as a model of them alone. The reference backend runs their own functions on
 * copies of what these read and write, while products and the other layers stay on the device.
 */
export class HostedLayers<B extends DeviceBuffer> {
  readonly fallback: HostFallback<B>;
  /** Their numbers in the whole model. */
  readonly #layers: readonly number[];
  /** Where their parameters lie in a buffer of all. */
  readonly #ranges: readonly Range[];
  /** By how much the numbers of their units differ between both models. */
  readonly #shifts: readonly number[];
  readonly #transfers: Transfers<B>;

  constructor(whole: EnergyModel, layers: readonly number[], transfers: Transfers<B>) {
    const chosen = layers.map((l) => ({ name: whole.names[l] as string, layer: whole.layers[l] as Layer }));
    const blocks = [chosen.map((_, n) => n)];
    const model = createModel({ kind: whole.kind, layers: chosen, interactions: [], blocks });
    this.#layers = layers;
    this.#ranges = layers.map((l) => whole.layout.layers[l] as Range);
    const [before, after] = [unitOffsets(whole), unitOffsets(model)];
    this.#shifts = layers.map((l, n) => (before[l] as number) - (after[n] as number));
    this.#transfers = transfers;
    const own = {
      download: (buffer: B) => this.#download(buffer),
      upload: (buffer: B, data: Float64Array) => this.#upload(buffer, data),
    };
    this.fallback = new HostFallback(model, own, ({ spec }) => this.#specOf(spec));
  }

  has(layer: number): boolean {
    return this.#layers.includes(layer);
  }

  /** The number of a layer among these. */
  position(layer: number): number {
    return this.#layers.indexOf(layer);
  }

  /** Of entries for each layer of the whole model, those of these layers. */
  pick<T>(entries: readonly T[]): T[] {
    return this.#layers.map((l) => entries[l] as T);
  }

  /** What a target says of these layers. */
  target(at: CheckedTarget<B>): CheckedTarget<B> {
    const buffers = at.buffers.filter(({ spec }) => spec.holds !== 'mask' || this.has(spec.layer));
    return { ...at, clamp: at.clamp.length > 0 ? this.pick(at.clamp) : [], buffers };
  }

  /** Where the random numbers of a layer are found; for another layer, where they were. */
  site(layer: number, site: Site): Site {
    return this.has(layer)
      ? { ...site, random: shifted(site.random, this.#shifts[this.position(layer)] as number) }
      : site;
  }

  #specOf(spec: BufferSpec): BufferSpec {
    return 'layer' in spec ? { ...spec, layer: this.position(spec.layer) } : spec;
  }

  async #download(buffer: B): Promise<Float64Array> {
    if (!holdsParameters(buffer)) return this.#transfers.download(buffer);
    const parts = await Promise.all(this.#ranges.map((range) => this.#transfers.downloadPart(buffer, range)));
    const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of parts) {
      out.set(part, offset);
      offset += part.length;
    }
    return out;
  }

  async #upload(buffer: B, data: Float64Array): Promise<void> {
    if (!holdsParameters(buffer)) {
      await this.#transfers.upload(buffer, data);
      return;
    }
    let offset = 0;
    for (const range of this.#ranges) {
      const end = offset + range.end - range.start;
      await this.#transfers.uploadPart(buffer, range, data.subarray(offset, end));
      offset = end;
    }
  }
}

function holdsParameters({ spec }: DeviceBuffer): boolean {
  return spec.holds === 'parameters' || spec.holds === 'layerParameters';
}

/** The random numbers of units that are numbered from another one on. */
function shifted(random: Generator, by: number): Generator {
  if (by === 0) return random;
  return {
    key: random.key,
    uniform: (chain, unit, step, draw) => random.uniform(chain, unit + by, step, draw),
    bernoulli: (probability, chain, unit, step, draw) => random.bernoulli(probability, chain, unit + by, step, draw),
    categorical: (probabilities, offset, length, chain, unit, step, draw) =>
      random.categorical(probabilities, offset, length, chain, unit + by, step, draw),
    normal: (chain, unit, step, draw) => random.normal(chain, unit + by, step, draw),
    fork: (label) => random.fork(label),
  };
}
