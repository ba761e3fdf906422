import {
  ADD_NUMBERS,
  ADD_ROWS,
  CENTRE_FIELDS,
  CLEAR_ROWS,
  CLIP_SCALE,
  CONSTANT_ENERGY,
  COMMAND_BYTES,
  COPY,
  CUMULANTS,
  EDGE_STATISTICS,
  EXCHANGE_ROWS,
  EXPAND,
  EXPECTED,
  FILL,
  GATHER_ROWS,
  GATHER_WEIGHTS,
  GRAPH_ENERGY,
  GRAPH_INPUTS,
  GROUP_SLOPES,
  INTERPOLATE,
  LIST,
  MEAN,
  MERGE_ROWS,
  METROPOLIS,
  MIX_INPUTS,
  PLAN,
  POTTS,
  PRODUCT_ENERGY,
  SAMPLE,
  SCRATCH,
  SCRATCH_BYTES,
  SQUARE_LAYER,
  SQUARE_WEIGHTS,
  SUM_ROWS,
  SUM_SCALED_ROWS,
  SWEEP,
  TRANSPOSE_BITS,
  TRANSPOSE_FLOATS,
  TRANSPOSE_WEIGHTS,
  UPDATE_LAYER,
  UPDATE_WEIGHTS,
  VALUE_ENERGY,
  VALUE_STATISTICS,
} from '../src/opcodes';
import { centreFields } from './centre';
import { clipScale, groupSlopes, squareLayer, squareWeights } from './gradient';
import { edgeStatistics, gatherWeights, graphEnergy, graphInputs, sweep } from './graph';
import { clearRows, gatherRows, transposeBits, transposeFloats } from './layout';
import { n, s, x } from './operands';
import { addRows, pottsCumulants, pottsExpected, pottsMean, pottsSample } from './potts';
import { list, plan, sumRows, sumScaledRows } from './product';
import { addNumbers, exchangeRows, mergeRows, metropolis, mixInputs } from './rows';
import { scalarCumulants, scalarExpected, scalarMean, scalarSample } from './scalar';
import { interpolate, transposeWeights, updateLayer, updateWeights } from './update';
import { constantEnergy, expand, productEnergy, valueEnergy, valueStatistics } from './values';

/**
 * The share of one thread in a command. Shares may be done in any order, by one thread after the other or at once: each
 * number is computed by one of them, in the same way however many there are.
 *
 * @param slot Which scratch memory to use: no two shares done at once have the same.
 */
export function execute(c: usize, thread: u32, threads: u32, slot: u32): void {
  const t = thread;
  const all = threads;
  const scratch = <usize>SCRATCH + <usize>slot * <usize>SCRATCH_BYTES;
  switch (n(c, 0)) {
    case FILL: {
      const lines = n(c, 2) >>> 2;
      const first = <usize>(<u64>lines * t / all) << 2;
      const end = <usize>(<u64>lines * (t + 1) / all) << 2;
      memory.fill(n(c, 1) + first, 0, end - first);
      break;
    }
    case COPY: {
      const lines = n(c, 3) >>> 2;
      const first = <usize>(<u64>lines * t / all) << 2;
      const end = <usize>(<u64>lines * (t + 1) / all) << 2;
      memory.copy(n(c, 1) + first, n(c, 2) + first, end - first);
      break;
    }
    case GATHER_ROWS:
      gatherRows(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), t, all);
      break;
    case EXCHANGE_ROWS:
      // a, rows of a, b, rows of b, panels, bytes a row of a panel, pairs, count, accepted
      exchangeRows(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), n(c, 8), n(c, 9), t, all);
      break;
    case MERGE_ROWS:
      // storage, rows, columns, fresh, mask, rows of the mask, out
      mergeRows(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), t, all);
      break;
    case MIX_INPUTS:
      // rows, panels, inputs, base, beta, betas, out
      mixInputs(n(c, 1), n(c, 2), n(c, 3), n(c, 4), x(c, 5), n(c, 6), n(c, 7), t, all);
      break;
    case INTERPOLATE:
      // base, parameters, bytes, beta, out
      interpolate(n(c, 1), n(c, 2), n(c, 3), s(c, 4), n(c, 5), t, all);
      break;
    case ADD_NUMBERS:
      // count, source, scale, out
      addNumbers(n(c, 1), n(c, 2), x(c, 3), n(c, 4), t, all);
      break;
    case METROPOLIS:
      // count, log ratios, key0, key1, step, first chain; in place
      metropolis(n(c, 1), n(c, 2), n(c, 3), n(c, 4), x(c, 5), n(c, 6), scratch, t, all);
      break;
    case PLAN:
      plan(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), t, all);
      break;
    case LIST:
      list(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), t, all);
      break;
    case SUM_ROWS:
      sumRows(
        n(c, 1),
        n(c, 2),
        n(c, 3),
        n(c, 4),
        n(c, 5),
        n(c, 6),
        n(c, 7),
        n(c, 8),
        n(c, 9),
        n(c, 10),
        n(c, 11),
        n(c, 12),
        n(c, 13) ? n(c, 13) + slot * (n(c, 3) << 11) : 0,
        scratch,
        t,
        all,
      );
      break;
    case SUM_SCALED_ROWS:
      sumScaledRows(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), n(c, 8), t, all);
      break;
    case CLEAR_ROWS:
      clearRows(n(c, 1), n(c, 2), n(c, 3), n(c, 4), t, all);
      break;
    case TRANSPOSE_BITS:
      transposeBits(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), t, all);
      break;
    case TRANSPOSE_FLOATS:
      transposeFloats(n(c, 1), n(c, 2), n(c, 3), n(c, 4), t, all);
      break;
    case MEAN:
      // kind, rows, columns, categories or trials, inputs, theta, base, beta, betas, out, room, mixed
      if (n(c, 1) == POTTS) {
        const room = n(c, 11) + slot * roomBytes(n(c, 3));
        pottsMean(n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), x(c, 8), n(c, 9), n(c, 10), room, n(c, 12), t, all);
      } else {
        scalarMean(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), x(c, 8), n(c, 9), n(c, 10), n(c, 12), t, all);
      }
      break;
    case SAMPLE:
      // kind, rows, columns, categories or trials, inputs, theta, base, beta, betas, out, room, key0, key1, step, chain, unit, mixed
      if (n(c, 1) == POTTS) {
        pottsSample(
          n(c, 2),
          n(c, 3),
          n(c, 4),
          n(c, 5),
          n(c, 6),
          n(c, 7),
          x(c, 8),
          n(c, 9),
          n(c, 10),
          n(c, 12),
          n(c, 13),
          x(c, 14),
          n(c, 15),
          n(c, 16),
          n(c, 11) + slot * roomBytes(n(c, 3)),
          n(c, 17),
          t,
          all,
        );
      } else {
        scalarSample(
          n(c, 1),
          n(c, 2),
          n(c, 3),
          n(c, 4),
          n(c, 5),
          n(c, 6),
          n(c, 7),
          x(c, 8),
          n(c, 9),
          n(c, 10),
          n(c, 12),
          n(c, 13),
          x(c, 14),
          n(c, 15),
          n(c, 16),
          scratch,
          n(c, 17),
          t,
          all,
        );
      }
      break;
    case CUMULANTS:
      // kind, rows, columns, categories or trials, inputs, theta, base, beta, betas, out, room, scale, mixed
      if (n(c, 1) == POTTS) {
        pottsCumulants(
          n(c, 2),
          n(c, 3),
          n(c, 4),
          n(c, 5),
          n(c, 6),
          n(c, 7),
          x(c, 8),
          n(c, 9),
          n(c, 10),
          x(c, 12),
          n(c, 11) + slot * roomBytes(n(c, 3)),
          n(c, 13),
          t,
          all,
        );
      } else {
        scalarCumulants(
          n(c, 1),
          n(c, 2),
          n(c, 3),
          n(c, 4),
          n(c, 5),
          n(c, 6),
          n(c, 7),
          x(c, 8),
          n(c, 9),
          n(c, 10),
          x(c, 12),
          n(c, 13),
          t,
          all,
        );
      }
      break;
    case EXPECTED:
      // kind, rows, columns, categories or trials, inputs, theta, scale, weights,
      // out, out rows, first row, row step, end row, gradient, room
      if (n(c, 1) == POTTS) {
        pottsExpected(
          n(c, 2),
          n(c, 3),
          n(c, 4),
          n(c, 5),
          n(c, 6),
          x(c, 7),
          n(c, 8),
          n(c, 9),
          n(c, 10),
          n(c, 11),
          n(c, 12),
          n(c, 13),
          n(c, 15) + slot * roomBytes(n(c, 3)),
          t,
          all,
        );
      } else {
        scalarExpected(
          n(c, 1),
          n(c, 2),
          n(c, 3),
          n(c, 4),
          n(c, 5),
          n(c, 6),
          x(c, 7),
          n(c, 8),
          n(c, 9),
          n(c, 10),
          n(c, 11),
          n(c, 12),
          n(c, 13),
          n(c, 14),
          scratch,
          t,
          all,
        );
      }
      break;
    case EXPAND:
      expand(n(c, 1), n(c, 2), n(c, 3), n(c, 4), x(c, 5), n(c, 6), n(c, 7), n(c, 8), n(c, 9), n(c, 10), n(c, 11), t, all);
      break;
    case VALUE_STATISTICS:
      valueStatistics(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), x(c, 6), n(c, 7), n(c, 8), t, all);
      break;
    case VALUE_ENERGY:
      // kind, storage, rows, columns, values, theta, base, beta, betas, out, scale, categories or trials
      valueEnergy(
        n(c, 1),
        n(c, 2),
        n(c, 3),
        n(c, 4),
        n(c, 5),
        n(c, 6),
        n(c, 7),
        x(c, 8),
        n(c, 9),
        n(c, 10),
        x(c, 11),
        n(c, 12),
        scratch,
        t,
        all,
      );
      break;
    case PRODUCT_ENERGY:
      productEnergy(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), x(c, 6), n(c, 7), n(c, 8), x(c, 9), t, all);
      break;
    case CONSTANT_ENERGY:
      constantEnergy(n(c, 1), x(c, 2), x(c, 3), n(c, 4), n(c, 5), x(c, 6), t, all);
      break;
    case UPDATE_LAYER:
      updateLayer(c, scratch, t, all);
      break;
    case UPDATE_WEIGHTS:
      updateWeights(c, scratch, t, all);
      break;
    case SQUARE_LAYER:
      squareLayer(c, t, all);
      break;
    case SQUARE_WEIGHTS:
      squareWeights(c, t, all);
      break;
    case CLIP_SCALE:
      // squares, count, norm, out
      clipScale(n(c, 1), n(c, 2), x(c, 3), n(c, 4), t);
      break;
    case GROUP_SLOPES:
      // weights, panels, tiles, l1, factor, out
      groupSlopes(n(c, 1), n(c, 2), n(c, 3), s(c, 4), s(c, 5), n(c, 6), t, all);
      break;
    case TRANSPOSE_WEIGHTS:
      transposeWeights(n(c, 1), n(c, 2), n(c, 3), n(c, 4), t, all);
      break;
    case CENTRE_FIELDS:
      centreFields(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), t, all);
      break;
    case ADD_ROWS:
      addRows(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), t, all);
      break;
    case GATHER_WEIGHTS:
      gatherWeights(n(c, 1), n(c, 2), n(c, 3), n(c, 4), t, all);
      break;
    case GRAPH_INPUTS: {
      // table, panels, rows, start, other, weights, first panel, columns, out, room
      const room = n(c, 10) + slot * (n(c, 2) << 9);
      graphInputs(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), n(c, 8), n(c, 9), room, t, all);
      break;
    }
    case GRAPH_ENERGY: {
      // table, panels, rows, start, other, weights, beta, betas, out, scale, room
      const room = n(c, 11) + slot * (n(c, 2) << 9);
      graphEnergy(
        n(c, 1),
        n(c, 2),
        n(c, 3),
        n(c, 4),
        n(c, 5),
        n(c, 6),
        x(c, 7),
        n(c, 8),
        n(c, 9),
        x(c, 10),
        room,
        t,
        all,
      );
      break;
    }
    case SWEEP: {
      // table, panels, rows, start, other, weights, order, count, beta, betas, key0, key1, chain, step, sweeps, room
      const room = n(c, 16) + slot * (3 * (n(c, 2) << 9) + 768);
      sweep(
        n(c, 1),
        n(c, 2),
        n(c, 3),
        n(c, 4),
        n(c, 5),
        n(c, 6),
        n(c, 7),
        n(c, 8),
        x(c, 9),
        n(c, 10),
        n(c, 11),
        n(c, 12),
        x(c, 14),
        n(c, 13),
        n(c, 15),
        room,
        t,
        all,
      );
      break;
    }
    case EDGE_STATISTICS:
      edgeStatistics(n(c, 1), n(c, 2), n(c, 3), n(c, 4), n(c, 5), n(c, 6), n(c, 7), n(c, 8), n(c, 9), t, all);
      break;
  }
}

/** What a thread needs to work on a row of units with categories: the numbers in panels, and words of uniforms. */
// @ts-ignore: decorator
@inline
function roomBytes(columns: u32): u32 {
  return (((columns + 31) >>> 5) << 7) + 128;
}

/** Commands one after the other, each of them whole. */
export function executeAll(first: u32, count: u32): void {
  for (let k: u32 = 0; k < count; k++) execute(<usize>(first + k * COMMAND_BYTES), 0, 1, 0);
}
