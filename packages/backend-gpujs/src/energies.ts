import type { CheckedEntry } from '@rbm/core/contracts';
import type { GpujsBuffer } from './buffer.js';
import { type At, betasOf, type CompiledModel, type Conditional } from './compiled-model.js';
import type { DeviceArray, DeviceKernel, Sizes } from './engine.js';
import type { Scope } from './kernels.js';
import { type Betas, complementSource, constantSource } from './sources.js';

/** `sum + scale · E` of each row at a target: `[1, rows]`. */
export async function energiesOf(
  compiled: CompiledModel,
  entries: readonly CheckedEntry<GpujsBuffer>[],
  start: DeviceArray,
  scale: number,
  at: At,
  scope: Scope,
): Promise<DeviceArray> {
  const { model, kernels, couplings } = compiled;
  const { parameters, base, weighted } = at;
  const betas = betasOf(at);
  const beta = await compiled.beta(at);
  let sum = start;
  const add = async (kernel: DeviceKernel, sizes: Sizes, operands: readonly unknown[]): Promise<void> => {
    sum = await kernel.run(start, sizes, sum, ...operands);
    scope.push(sum);
  };
  if (model.constant !== 0) {
    // A base with weights has the constant too.
    const [kind, share]: [Betas, number | DeviceArray] = weighted ? ['one', 1] : [betas, beta];
    const kernel = kernels.get(`constant ${kind}`, () => constantSource(kind));
    await add(kernel, {}, [scale * model.constant, share]);
  }
  for (const [l, entry] of entries.entries()) {
    const { holds } = entry;
    const sources = compiled.sourcesOf(l);
    const { numbers, conditional } = await operandsOf(compiled, l, entry, at, scope);
    const { kind, operands } = conditional;
    const source = (): string => (holds === 'values' ? sources.energy(kind) : sources.cumulants(kind));
    const kernel = kernels.get(`${holds} energy ${l} ${kind}`, source, sources.functions);
    await add(kernel, compiled.sizes(l), [numbers, scale, ...operands]);
  }
  await couplings.addEnergy(entries, parameters, betas, scale, beta, add, scope);
  if (base && weighted) {
    const rest = typeof beta === 'number' ? 1 - beta : await complement(compiled, beta, scope);
    await couplings.addEnergy(entries, base, betas, scale, rest, add, scope);
  }
  return sum;
}

/** What the kernel of a layer's energy takes: its values or its inputs, and its parameters. */
async function operandsOf(
  compiled: CompiledModel,
  layer: number,
  entry: CheckedEntry<GpujsBuffer>,
  at: At,
  scope: Scope,
): Promise<{ numbers: DeviceArray; conditional: Conditional }> {
  const numbers = await compiled.kernels.array(entry.buffer);
  if (entry.holds === 'values') return { numbers, conditional: await compiled.conditional(layer, at) };
  const fromBase = entry.base && (await compiled.kernels.array(entry.base));
  const { inputs, conditional } = await compiled.received(layer, numbers, fromBase, at, scope);
  return { numbers: inputs, conditional };
}

/** `1 − β` of each row. */
async function complement({ kernels }: CompiledModel, betas: DeviceArray, scope: Scope): Promise<DeviceArray> {
  const rest = await kernels.get('complement', () => complementSource).run(betas, {}, betas);
  scope.push(rest);
  return rest;
}
