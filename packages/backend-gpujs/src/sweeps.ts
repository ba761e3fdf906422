import type { Site } from '@rbm/core/contracts';
import { GpujsBuffer } from './buffer.js';
import type { At, CompiledModel } from './compiled-model.js';
import type { DrawnUnits } from './couplings.js';
import { layerUniforms, putFree, sampleOf } from './draws.js';
import type { DeviceArray } from './engine.js';
import type { Scope } from './kernels.js';

/** Some sweeps at a target: all units are drawn, block by block, once in each. */
export async function sweepAll(
  compiled: CompiledModel,
  order: readonly DrawnUnits[],
  states: readonly GpujsBuffer[],
  rows: number,
  sweeps: number,
  site: Site,
  at: At,
): Promise<void> {
  const { parameters, base, weighted, beta } = at;
  let between: GpujsBuffer | undefined;
  let reached = at;
  try {
    if (base && weighted && typeof beta === 'number') {
      between = new GpujsBuffer(parameters.spec, parameters.program);
      await compiled.interpolate(base, parameters, beta, between);
      reached = { ...at, parameters: between, base: undefined, weighted: false, beta: 1 };
    }
    for (let s = 0; s < sweeps; s++) {
      await sweepOnce(compiled, order, states, rows, { ...site, step: site.step + s }, reached);
      await compiled.session.queue.breathe();
    }
  } finally {
    between?.clear();
  }
}

async function sweepOnce(
  compiled: CompiledModel,
  order: readonly DrawnUnits[],
  states: readonly GpujsBuffer[],
  rows: number,
  site: Site,
  at: At,
): Promise<void> {
  const uniforms: (DeviceArray | undefined)[] = [];
  const scope: Scope = [];
  try {
    for (const drawn of order) {
      const { layer } = drawn;
      const given = uniforms[layer] ?? (await layerUniforms(compiled, layer, rows, site, scope));
      uniforms[layer] = given;
      await draw(compiled, drawn, states, given, rows, at);
    }
  } finally {
    for (const array of scope) array.release();
  }
}

/** Draws some units given all others. */
async function draw(
  compiled: CompiledModel,
  drawn: DrawnUnits,
  states: readonly GpujsBuffer[],
  uniforms: DeviceArray,
  rows: number,
  at: At,
): Promise<void> {
  const { layer } = drawn;
  const scope: Scope = [];
  const send = (from: GpujsBuffer): Promise<DeviceArray> => compiled.couplings.inputs(drawn, states, rows, from, scope);
  try {
    const inputs = await send(at.parameters);
    const fromBase = at.base && at.weighted ? await send(at.base) : undefined;
    const received = await compiled.received(layer, inputs, fromBase, at, scope);
    const fresh = await sampleOf(compiled, layer, rows, received, uniforms, scope);
    await putFree(compiled, drawn, fresh, at.clamp[layer], states[layer] as GpujsBuffer);
  } finally {
    for (const array of scope) array.release();
  }
}
