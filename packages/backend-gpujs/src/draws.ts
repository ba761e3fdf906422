import type { Site } from '@rbm/core/contracts';
import type { GpujsBuffer } from './buffer.js';
import type { CompiledModel, Received } from './compiled-model.js';
import type { DrawnUnits } from './couplings.js';
import type { DeviceArray } from './engine.js';
import type { Kernels, Scope } from './kernels.js';
import { limbs } from './philox-source.js';
import type { Session } from './session.js';
import { freeSource, type Masks } from './sources.js';

/** The means of a layer: `[rows, units · width]`. */
export async function meansOf(
  compiled: CompiledModel,
  layer: number,
  rows: number,
  { inputs, conditional: { kind, operands } }: Received,
  scope: Scope,
): Promise<DeviceArray> {
  const { mean, functions } = compiled.sourcesOf(layer);
  const kernel = compiled.kernels.get(`mean ${layer} ${kind}`, () => mean(kind), functions);
  const means = await kernel.run(compiled.shape(layer, rows), compiled.sizes(layer), inputs, ...operands);
  scope.push(means);
  return means;
}

/** A sample of a layer: `[rows, units · width]`. @param uniforms As `layerUniforms` makes them. */
export async function sampleOf(
  compiled: CompiledModel,
  layer: number,
  rows: number,
  { inputs, conditional: { kind, operands } }: Received,
  uniforms: DeviceArray,
  scope: Scope,
): Promise<DeviceArray> {
  const { sample, functions } = compiled.sourcesOf(layer);
  const kernel = compiled.kernels.get(`sample ${layer} ${kind}`, () => sample(kind), functions);
  const shape = compiled.shape(layer, rows);
  const states = await kernel.run(shape, compiled.sizes(layer), inputs, uniforms, ...operands);
  scope.push(states);
  return states;
}

/** Puts new numbers in the place of those in `out`, where units are drawn and free. */
export async function putFree(
  compiled: CompiledModel,
  { layer, block }: DrawnUnits,
  fresh: DeviceArray,
  mask: GpujsBuffer | undefined,
  out: GpujsBuffer,
): Promise<void> {
  if (block === undefined && !mask) {
    out.replace(0, fresh.hold());
    return;
  }
  const { kernels, couplings } = compiled;
  const masks = masksOf(mask);
  const kernel = kernels.get(`free ${block !== undefined} ${masks}`, () => freeSource(block !== undefined, masks));
  const blocks = block === undefined ? [] : [await couplings.blockNumbers(layer), block];
  const clamp = mask ? [await kernels.array(mask)] : [];
  const former = await kernels.array(out);
  out.replace(0, await kernel.run(fresh, compiled.sizes(layer), fresh, former, ...blocks, ...clamp));
}

/** The uniforms of a layer at a step: `[rows, units · uniforms]`. */
export function layerUniforms(
  { model, session, kernels, unitOffsets }: CompiledModel,
  layer: number,
  rows: number,
  site: Site,
  scope: Scope,
): Promise<DeviceArray> {
  const { units, uniforms } = model.layers[layer] as (typeof model.layers)[number];
  return makeUniforms(
    session,
    kernels,
    rows,
    { units, draws: uniforms, first: unitOffsets[layer] as number },
    site,
    scope,
  );
}

/** Units that uniforms are drawn for, and how many for each. */
export interface UniformUnits {
  /** Its number across the model. */
  readonly first: number;
  readonly units: number;
  readonly draws: number;
}

/** The uniforms of some units at a step: `[rows, units · draws]`. */
export async function makeUniforms(
  { uniforms }: Session,
  kernels: Kernels,
  rows: number,
  { first, units, draws }: UniformUnits,
  { random, step, firstChain = 0 }: Site,
  scope: Scope,
): Promise<DeviceArray> {
  const shape = { columns: units * draws, rows };
  let made: DeviceArray;
  if (uniforms) {
    const [key0, key1] = random.key;
    const words = [key0, key1, step % 0x100000000].flatMap(limbs);
    const chain = limbs(firstChain);
    made = await uniforms.run(shape, { draws }, ...words, Math.floor(step / 0x100000000), ...chain, first);
  } else {
    const data = new Float32Array(shape.columns * rows);
    let next = 0;
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++) {
        for (let draw = 0; draw < draws; draw++) {
          data[next++] = random.uniform(firstChain + row, first + unit, step, draw);
        }
      }
    }
    made = await kernels.upload(data, shape);
  }
  scope.push(made);
  return made;
}

function masksOf(mask: GpujsBuffer | undefined): Masks {
  if (!mask) return 'none';
  return mask.shapes[0]?.rows === 1 ? 'one' : 'rows';
}
