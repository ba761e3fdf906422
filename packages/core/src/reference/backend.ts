import { checkArguments, type NoOptions } from '../contracts/arguments.js';
import type {
  Backend,
  BackendCapabilities,
  BackendMemory,
  Buffer,
  Program,
  ScaledRows,
  Site,
} from '../contracts/backend.js';
import type { SampleArray } from '../contracts/dataset.js';
import { RbmError } from '../contracts/errors.js';
import { checkModel, type EnergyModel } from '../models/model.js';
import { Pacer } from '../numbers/pause.js';
import { checkCopy, checkExchange, checkGather, checkLogRatios, checkRowLengths } from '../programs/rows.js';
import { own, type ReferenceBuffer } from './buffer.js';
import { ReferenceProgram } from './program.js';

/**
 * The slow, obvious backend in float64 that every other is checked against. It computes at once, on the thread of the
 * caller, with the layers' own functions; `sync` lets the event loop turn now and then.
 */
export function reference(options: NoOptions = {}): Backend {
  checkArguments('reference', options, {});
  return new ReferenceBackend();
}

/** The rounding of sums of a few thousand terms in float64. */
const ERROR = 1e-12;
/** 512 MiB of float64. */
const LARGEST = 2 ** 26;

class ReferenceBackend implements Backend {
  readonly specVersion = 1;
  readonly name = 'reference';
  readonly info = 'reference backend: JavaScript, float64, one thread';
  readonly capabilities: BackendCapabilities = {
    floatBits: 64,
    error: ERROR,
    random: 'generator',
    threads: 1,
    layers: 'all',
    optimizers: 'all',
    largestBuffer: LARGEST,
  };
  readonly #live: Set<ReferenceBuffer> = new Set();
  readonly #pacer: Pacer = new Pacer();
  #closed = false;

  async prepare(model: EnergyModel): Promise<Program> {
    this.#checkOpen();
    checkModel('backend.prepare', model);
    return new ReferenceProgram(this, model, this.#live);
  }

  write(buffer: Buffer, data: SampleArray): void {
    this.#checkOpen();
    const target = own(buffer, this.#live);
    if (data.length !== target.length) {
      throw new RbmError('SHAPE_MISMATCH', `The buffer holds ${target.length} numbers, not ${data.length}.`);
    }
    target.data.set(data);
  }

  copy(source: Buffer, target: Buffer): void {
    this.#checkOpen();
    const [from, to] = [own(source, this.#live), own(target, this.#live)];
    checkCopy(from, to);
    to.data.set(from.data);
  }

  gather(source: Buffer, rows: Uint32Array, target: Buffer): void {
    this.#checkOpen();
    const [from, to] = [own(source, this.#live), own(target, this.#live)];
    checkGather(from.spec, rows, to.spec);
    checkRowLengths(from, to);
    const width = to.length / rows.length;
    rows.forEach((row, r) => {
      for (let i = 0; i < width; i++) to.data[r * width + i] = from.data[row * width + i] as number;
    });
  }

  exchange(a: Buffer, rowsA: Uint32Array, b: Buffer, rowsB: Uint32Array, accepted: Buffer): void {
    this.#checkOpen();
    const [first, second, decisions] = [own(a, this.#live), own(b, this.#live), own(accepted, this.#live)];
    checkExchange(first.spec, rowsA, second.spec, rowsB, decisions.spec, first === second);
    checkRowLengths(first, second);
    const width = first.length / (first.spec as { readonly rows: number }).rows;
    rowsA.forEach((rowA, k) => {
      if (decisions.data[k] === 0) return;
      const [atA, atB] = [rowA * width, (rowsB[k] as number) * width];
      for (let i = 0; i < width; i++) {
        const kept = first.data[atA + i] as number;
        first.data[atA + i] = second.data[atB + i] as number;
        second.data[atB + i] = kept;
      }
    });
  }

  metropolis(accepted: Buffer, logRatios: readonly ScaledRows[], { random, step, firstChain = 0 }: Site): void {
    this.#checkOpen();
    const out = own(accepted, this.#live);
    const terms = logRatios.map(({ rows, scale }) => ({ rows: own(rows, this.#live), scale }));
    checkLogRatios(
      out.spec,
      terms.map(({ rows }) => rows.spec),
    );
    for (let row = 0; row < out.length; row++) {
      const ratio = terms.reduce((sum, { rows, scale }) => sum + scale * (rows.data[row] as number), 0);
      const acceptance = Number.isNaN(ratio) ? 0 : Math.min(1, Math.exp(ratio));
      out.data[row] = random.bernoulli(acceptance, firstChain + row, 0, step, 0);
    }
  }

  async read(buffer: Buffer): Promise<Float64Array> {
    this.#checkOpen();
    const copy = own(buffer, this.#live).data.slice();
    await this.#pacer.breathe();
    return copy;
  }

  async sync(): Promise<void> {
    this.#checkOpen();
    await this.#pacer.breathe();
  }

  memory(): BackendMemory {
    let bytes = 0;
    for (const buffer of this.#live) bytes += buffer.data.byteLength;
    return { buffers: this.#live.size, bytes };
  }

  async close(): Promise<void> {
    for (const buffer of [...this.#live]) buffer.dispose();
    this.#closed = true;
  }

  #checkOpen(): void {
    if (this.#closed) throw new RbmError('DISPOSED', 'The backend was used after it had been closed.');
  }
}
