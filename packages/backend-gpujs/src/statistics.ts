import type { CheckedTerm } from '@rbm/core/contracts';
import type { GpujsBuffer } from './buffer.js';
import type { CompiledModel } from './compiled-model.js';
import { meansOf } from './draws.js';
import type { DeviceArray, DeviceKernel, Shape, Sizes } from './engine.js';
import type { Scope } from './kernels.js';

type Term = CheckedTerm<GpujsBuffer>;

/** `out ← Σ_terms`, with the derivatives at some parameters. */
export async function sumStatistics(
  compiled: CompiledModel,
  terms: readonly Term[],
  parameters: GpujsBuffer,
  out: GpujsBuffer,
  scope: Scope,
): Promise<void> {
  const sums: (DeviceArray | undefined)[] = out.shapes.map(() => undefined);
  for (const term of terms) await addTerm(compiled, term, parameters, out.shapes, sums, scope);
  for (const [n, sum] of sums.entries()) out.replace(n, sum?.hold());
}

/** Adds a term to `sums`, one a parameter array; `undefined` stands for zeros. */
async function addTerm(
  compiled: CompiledModel,
  { entries, rows, scale, weights }: Term,
  parameters: GpujsBuffer,
  shapes: readonly Shape[],
  sums: (DeviceArray | undefined)[],
  scope: Scope,
): Promise<void> {
  const { kernels, couplings, layerArrays } = compiled;
  const weighted = weights !== undefined;
  const counts = weights ? [await kernels.array(weights)] : [];
  const add = async (n: number, kernel: DeviceKernel, sizes: Sizes, operands: readonly unknown[]): Promise<void> => {
    const shape = shapes[n] as Shape;
    const sum = await kernel.run(shape, sizes, sums[n] ?? (await kernels.zeros(shape)), ...operands);
    scope.push(sum);
    sums[n] = sum;
  };
  const means: DeviceArray[] = [];
  for (const [l, { holds, buffer }] of entries.entries()) {
    const sources = compiled.sourcesOf(l);
    const array = await kernels.array(buffer);
    const conditional = await compiled.conditionalOf(l, parameters);
    for (const [p, n] of (layerArrays[l] as readonly number[]).entries()) {
      const source = (): string =>
        holds === 'values' ? sources.statistics(p, weighted) : sources.expected(p, weighted);
      const kernel = kernels.get(`${holds} statistics ${l} ${p} ${weighted}`, source, sources.functions);
      await add(n, kernel, { ...compiled.sizes(l), rows }, [array, scale, ...counts, ...conditional.operands]);
    }
    const received = { inputs: array, conditional };
    means.push(holds === 'values' ? array : await meansOf(compiled, l, rows, received, scope));
  }
  await couplings.addStatistics(means, rows, counts, scale, (i, kernel, sizes, operands) =>
    add(couplings.arrays[i] as number, kernel, sizes, operands),
  );
}
