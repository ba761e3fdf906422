import { type AbortSignalLike, type Generator, RbmError, type SampleArray } from '@rbm/core';
import {
  type Batch,
  type Buffer,
  type Layer,
  type Program,
  rowLength,
  type SourceRows,
  sourceRows,
  throwIfAborted,
} from '@rbm/core/contracts';
import type { BatchFeed } from './batch-feed.js';
import { RowSets } from './row-sets.js';
import { blockChecksum, partOf, type SampleStream } from './stream.js';
import { type Window, WindowOrder } from './window-order.js';

/** A window in memory. */
interface LoadedWindow {
  readonly window: Window;
  readonly rows: SourceRows;
  /** Rows of `rows` in the order in which they are seen. */
  readonly order: Uint32Array;
  /** Which of the two places in memory it has. */
  readonly place: 0 | 1;
}

/** Room for a batch: its buffers, and the arrays that are handed over to them. */
interface BatchRoom {
  readonly batch: Batch;
  /** One a visible layer: `[rows, length]`. */
  readonly staging: readonly SampleArray[];
  readonly weights: Float64Array;
}

/** Batches of a source: one window is trained on while the next is read. At most two windows are in memory. */
export class StreamFeed implements BatchFeed {
  readonly #program: Program;
  readonly #stream: SampleStream;
  readonly #order: WindowOrder;
  /** Samples that the training sees in all: no window beyond is read. */
  readonly #end: number;
  readonly #signal: AbortSignalLike;
  readonly #places: [SourceRows?, SourceRows?] = [];
  /** Where the values of each visible layer begin in a sample, and how many they are. */
  readonly #parts: readonly { readonly offset: number; readonly length: number }[];
  readonly #rooms: RowSets<BatchRoom>;
  #closed = false;
  #current: LoadedWindow | undefined;
  #ahead: { readonly number: number; readonly loading: Promise<LoadedWindow> } | undefined;

  constructor(program: Program, stream: SampleStream, random: Generator, end: number, signal?: AbortSignalLike) {
    const isClosed = (): boolean => this.#closed;
    this.#program = program;
    this.#stream = stream;
    this.#order = new WindowOrder(random, stream.count, stream.blockRows, stream.windowBlocks);
    this.#end = end;
    this.#signal = {
      get aborted() {
        return isClosed() || signal?.aborted === true;
      },
      get reason() {
        return signal?.reason;
      },
    };
    let offset = 0;
    this.#parts = stream.layers.map((layer) => {
      const length = rowLength(layer);
      offset += length;
      return { offset: offset - length, length };
    });
    this.#rooms = new RowSets<BatchRoom>(
      (rows) => this.#allocate(rows),
      ({ batch }) => {
        for (const buffer of batch.visible) buffer.dispose();
        batch.weights?.dispose();
      },
    );
  }

  async batchAt(position: number, rows: number): Promise<Batch> {
    const room = this.#rooms.of(rows);
    for (let row = 0; row < rows; ) {
      const loaded = await this.#windowAt(position + row);
      const offset = position + row - loaded.window.start;
      const here = Math.min(rows - row, loaded.window.rows - offset);
      this.#stage(room, row, loaded, offset, here);
      row += here;
    }
    const { backend } = this.#program;
    room.staging.forEach((values, v) => {
      backend.write(room.batch.visible[v] as Buffer, values);
    });
    if (room.batch.weights) {
      let total = 0;
      for (const weight of room.weights) total += weight;
      for (let row = 0; row < rows; row++) room.weights[row] = (room.weights[row] as number) / total;
      backend.write(room.batch.weights, room.weights);
    }
    return room.batch;
  }

  releaseBuffers(): void {
    this.#rooms.dispose();
  }

  /** Waits for a read that is under way, so that its file can be closed. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#ahead?.loading.catch(() => {});
  }

  async #windowAt(position: number): Promise<LoadedWindow> {
    const current = this.#current;
    if (current) {
      const { start, rows } = current.window;
      if (position >= start && position < start + rows) return current;
    }
    const window = this.#order.at(position);
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const loaded =
      ahead?.number === window.number ? await ahead.loading : await this.#load(window, current?.place === 0 ? 1 : 0);
    this.#current = loaded;
    const next = window.start + window.rows;
    if (next < this.#end) {
      const following = this.#order.at(next);
      const loading = this.#load(following, loaded.place === 0 ? 1 : 0);
      // The failure is thrown when training comes to this window; until then it goes on.
      loading.catch(() => {});
      this.#ahead = { number: following.number, loading };
    }
    return loaded;
  }

  async #load(window: Window, place: 0 | 1): Promise<LoadedWindow> {
    const { source, width, blockRows, blockChecksums, count } = this.#stream;
    const order = this.#order.rowOrder(window);
    const known = this.#current;
    // One window holds all rows: they are in memory already.
    if (known && this.#order.windows === 1) return { window, order, rows: known.rows, place: known.place };
    const most = Math.min(this.#stream.windowBlocks * blockRows, count);
    const rows = this.#places[place] ?? sourceRows(source, most);
    this.#places[place] = rows;
    let row = 0;
    for (const block of this.#order.blocksOf(window.number)) {
      throwIfAborted(this.#signal);
      const here = this.#order.rowsOfBlock(block);
      const part = partOf(rows, row, here, width);
      await source.read(block * blockRows, here, part, this.#signal);
      if (blockChecksum(part) !== blockChecksums[block]) {
        const last = block * blockRows + here - 1;
        throw new RbmError(
          'DATA_INVALID',
          `Rows ${block * blockRows} to ${last} of ${source.name} have changed since they were checked. Restore the data, then resume.`,
        );
      }
      row += here;
    }
    return { window, order, rows, place };
  }

  #stage(room: BatchRoom, row: number, { rows, order }: LoadedWindow, offset: number, count: number): void {
    const { width } = this.#stream;
    for (const [v, { offset: start, length }] of this.#parts.entries()) {
      const staging = room.staging[v] as SampleArray;
      for (let n = 0; n < count; n++) {
        const from = (order[offset + n] as number) * width + start;
        staging.set(rows.values.subarray(from, from + length), (row + n) * length);
      }
    }
    if (!rows.weights) return;
    for (let n = 0; n < count; n++) room.weights[row + n] = rows.weights[order[offset + n] as number] as number;
  }

  #allocate(rows: number): BatchRoom {
    const program = this.#program;
    const { kinds, source, layers } = this.#stream;
    const visible = program.model.visible.map((layer, v) =>
      program.allocate({ holds: kinds[v] as 'states' | 'means', layer, rows }),
    );
    const weights = source.hasWeights ? program.allocate({ holds: 'rows', rows }) : undefined;
    return {
      batch: { visible, rows, ...(weights ? { weights } : {}) },
      staging: layers.map(
        (layer: Layer) =>
          sourceRows({ ...source, width: rowLength(layer), hasWeights: false, hasLabels: false }, rows).values,
      ),
      weights: new Float64Array(source.hasWeights ? rows : 0),
    };
  }
}
