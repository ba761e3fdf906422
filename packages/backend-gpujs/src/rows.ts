import type { CheckedRows, Site } from '@rbm/core/contracts';
import type { GpujsBuffer } from './buffer.js';
import type { CompiledModel } from './compiled-model.js';
import { makeUniforms } from './draws.js';
import type { DeviceArray, Shape } from './engine.js';
import type { Scope } from './kernels.js';
import { decisionSource, exchangeEntriesSource, exchangeSource, sumSource } from './sources.js';

/** Rows of one buffer by their numbers. */
export async function gatherRows(
  { kernels, session }: CompiledModel,
  source: GpujsBuffer,
  rows: Uint32Array,
  target: GpujsBuffer,
): Promise<void> {
  const from = await kernels.array(source);
  const what = target.spec.holds === 'rows' ? 'entries' : 'rows';
  target.replace(0, await session.engine.gather(what, from, rows, target.shapes[0] as Shape));
}

/** One buffer of an exchange, and which of its rows take part. */
export interface Exchanged {
  readonly buffer: GpujsBuffer;
  readonly rows: Uint32Array;
}

/** What an exchange does to a buffer: where its rows come from, if they are exchanged. */
interface Side {
  readonly own: GpujsBuffer;
  readonly other: GpujsBuffer;
  /** `[3, rows]`: as the kernel takes it. */
  readonly partners: Float32Array;
}

/** What an exchange of rows does to each of its buffers. The arrays are not needed any more afterwards. */
export function exchangeSides(a: Exchanged, b: Exchanged): Side[] {
  const sides = [sideOf(a, b), sideOf(b, a)] as [Side, Side];
  if (a.buffer !== b.buffer) return sides;
  // One buffer: each of its rows takes part once at most.
  const [first, second] = sides;
  return [{ ...first, partners: first.partners.map((number, n) => number + (second.partners[n] as number)) }];
}

/** Exchanges rows where a decision says so. */
export async function exchangeRows(
  { kernels, session }: CompiledModel,
  sides: readonly Side[],
  accepted: GpujsBuffer,
  scope: Scope,
): Promise<void> {
  const decisions = await kernels.array(accepted);
  const exchanged: DeviceArray[] = [];
  for (const { own, other, partners } of sides) {
    const entries = own.spec.holds === 'rows';
    const kernel = kernels.get(`exchange ${entries}`, () => (entries ? exchangeEntriesSource : exchangeSource));
    const table = session.engine.operand(partners, partners.length / 3, 3);
    const operands = [await kernels.array(own), await kernels.array(other), table, decisions];
    const after = await kernel.run(own.shapes[0] as Shape, {}, ...operands);
    scope.push(after);
    exchanged.push(after);
  }
  for (const [n, { own }] of sides.entries()) own.replace(0, exchanged[n]?.hold());
}

/** `accepted[r] ← 1` where `u_r < exp(Σ scale · rows[r])`, else 0. */
export async function decide(
  { kernels, session }: CompiledModel,
  accepted: GpujsBuffer,
  logRatios: readonly CheckedRows<GpujsBuffer>[],
  site: Site,
  scope: Scope,
): Promise<void> {
  const shape = accepted.shapes[0] as Shape;
  let sum = await kernels.zeros(shape);
  for (const { rows, scale } of logRatios) {
    sum = await kernels.get('sum', () => sumSource).run(shape, {}, sum, await kernels.array(rows), scale);
    scope.push(sum);
  }
  const uniforms = await makeUniforms(session, kernels, accepted.length, { first: 0, units: 1, draws: 1 }, site, scope);
  const kernel = kernels.get('decision', () => decisionSource);
  accepted.replace(0, await kernel.run(shape, {}, sum, uniforms));
}

function sideOf(own: Exchanged, other: Exchanged): Side {
  const count = (own.buffer.spec as { readonly rows: number }).rows;
  const partners = new Float32Array(3 * count);
  own.rows.forEach((row, k) => {
    partners[row] = 1;
    partners[count + row] = k;
    partners[2 * count + row] = other.rows[k] as number;
  });
  return { own: own.buffer, other: other.buffer, partners };
}
