import { type ArgumentKind, checkArgument, argumentKinds as kinds } from '../contracts/arguments.js';
import { RbmError } from '../contracts/errors.js';

/** For checks of arguments. */
export const periodicKind: ArgumentKind = {
  noun: 'true, false or an array of them',
  example: 'true',
  is: (value) => typeof value === 'boolean' || Array.isArray(value),
};

/**
 * The nearest-neighbour pairs of a lattice: for each site, row-major, the next one along each dimension.
 *
 * @returns `[edges, 2]`
 * @throws RbmError `ARGUMENT_INVALID` for extents that are not positive whole numbers, or a periodic extent of 2, which
 * would join the same two sites twice.
 */
export function latticeEdges(shape: readonly number[], periodic: boolean | readonly boolean[] = true): Uint32Array {
  checkArgument('latticeEdges', 'shape', shape, { ...kinds.numbers, example: '[32, 32]' });
  checkArgument('latticeEdges', 'periodic', periodic, periodicKind);
  const wraps = shape.map((_, d) => (typeof periodic === 'boolean' ? periodic : periodic[d] === true));
  shape.forEach((extent, d) => {
    if (!Number.isSafeInteger(extent) || extent < 1) {
      throw new RbmError('ARGUMENT_INVALID', `The extents of a lattice are positive whole numbers, not ${extent}.`);
    }
    if (extent === 2 && wraps[d]) {
      throw new RbmError(
        'ARGUMENT_INVALID',
        'A periodic dimension of 2 sites would join the same two sites twice. Leave it open, or take 3 and more.',
      );
    }
  });
  if (typeof periodic !== 'boolean' && periodic.length !== shape.length) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `${shape.length} dimensions need as many choices of periodic, not ${periodic.length}.`,
    );
  }
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((product, extent) => product * extent, 1));
  const sites = shape.reduce((product, extent) => product * extent, 1);
  const edges: number[] = [];
  for (let site = 0; site < sites; site++) {
    shape.forEach((extent, d) => {
      const stride = strides[d] as number;
      const last = Math.floor(site / stride) % extent === extent - 1;
      if (extent > 1 && !last) edges.push(site, site + stride);
      if (extent > 1 && last && wraps[d]) edges.push(site, site - (extent - 1) * stride);
    });
  }
  return Uint32Array.from(edges);
}
