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
import type { Range } from '../models/layout.js';
import { checkModel, type EnergyModel } from '../models/model.js';
import { checkCopy, checkExchange, checkGather, checkLogRatios, checkRowLengths } from '../programs/rows.js';
import type { DeviceBuffer } from './device-buffer.js';
import type { DeviceProgram } from './device-program.js';
import type { Transfers } from './host-fallback.js';

/** A checked `rows` buffer and its factor. */
export interface CheckedRows<B extends DeviceBuffer> {
  readonly rows: B;
  readonly scale: number;
}

/**
 * What every backend on a device needs beside its kernels: who owns which buffer, checks of what is passed, the order of
 * operations, failures that come later, and a way through the host for what has no kernel. A backend extends it with its memory
 * and its queue, and overrides the protected operations that it has kernels for; those that it leaves are done on the host.
 *
 * The order of operations is that of calls to `enqueue`: kernels that run elsewhere must keep it too.
 */
export abstract class DeviceBackend<B extends DeviceBuffer> implements Backend, Transfers<B> {
  readonly specVersion = 1;
  abstract readonly name: string;
  abstract readonly info: string;
  abstract readonly capabilities: BackendCapabilities;
  readonly #buffers: Set<DeviceBuffer> = new Set();
  readonly #programs: Set<DeviceProgram<B>> = new Set();
  #closed = false;

  /** Compiles what the model needs. The live parameters are written afterwards. */
  protected abstract compile(model: EnergyModel): DeviceProgram<B> | Promise<DeviceProgram<B>>;

  /** Enqueues work on the host: all enqueued before it is done when it begins, none that comes later begins before it ends. */
  abstract enqueue(work: () => Promise<void>): void;

  /** Resolves when all enqueued so far is done, and lets the event loop turn now and then. Rejects if the device itself failed. */
  protected abstract finished(): Promise<void>;

  /** The numbers of a buffer, called inside enqueued work. */
  abstract download(buffer: B): Float64Array | Promise<Float64Array>;

  /** Replaces the numbers of a buffer, called inside enqueued work. */
  abstract upload(buffer: B, data: Float64Array): void | Promise<void>;

  /** Part of the numbers of a buffer that holds parameters. A backend overrides it where it need not bring all of them. */
  async downloadPart(buffer: B, { start, end }: Range): Promise<Float64Array> {
    return (await this.download(buffer)).slice(start, end);
  }

  /** Replaces part of the numbers of a buffer that holds parameters. A backend overrides it where it need not bring all of them. */
  async uploadPart(buffer: B, { start }: Range, data: Float64Array): Promise<void> {
    const all = Float64Array.from(await this.download(buffer));
    all.set(data, start);
    await this.upload(buffer, all);
  }

  /** Ends workers and devices. Called once; all buffers have been disposed. */
  protected abstract end(): Promise<void>;

  async prepare(model: EnergyModel): Promise<Program> {
    this.#checkOpen();
    checkModel('backend.prepare', model);
    const program = await this.compile(model);
    this.#programs.add(program);
    this.write(program.parameters, model.parameters);
    return program;
  }

  write(buffer: Buffer, data: SampleArray): void {
    this.#checkOpen();
    const target = this.own(buffer);
    if (data.length !== target.length) {
      throw new RbmError('SHAPE_MISMATCH', `The buffer holds ${target.length} numbers, not ${data.length}.`);
    }
    this.replaceNumbers(target, data);
    this.#replaced(target);
  }

  copy(source: Buffer, target: Buffer): void {
    this.#checkOpen();
    const [from, to] = [this.own(source), this.own(target)];
    checkCopy(from, to);
    this.copyNumbers(from, to);
    this.#replaced(to);
  }

  gather(source: Buffer, rows: Uint32Array, target: Buffer): void {
    this.#checkOpen();
    const [from, to] = [this.own(source), this.own(target)];
    checkGather(from.spec, rows, to.spec);
    checkRowLengths(from, to);
    this.gatherRows(from, rows, to);
  }

  exchange(a: Buffer, rowsA: Uint32Array, b: Buffer, rowsB: Uint32Array, accepted: Buffer): void {
    this.#checkOpen();
    const [first, second, decisions] = [this.own(a), this.own(b), this.own(accepted)];
    checkExchange(first.spec, rowsA, second.spec, rowsB, decisions.spec, first === second);
    checkRowLengths(first, second);
    this.exchangeRows(first, rowsA, second, rowsB, decisions);
  }

  metropolis(accepted: Buffer, logRatios: readonly ScaledRows[], site: Site): void {
    this.#checkOpen();
    const out = this.own(accepted);
    const terms = logRatios.map(({ rows, scale }) => ({ rows: this.own(rows), scale }));
    checkLogRatios(
      out.spec,
      terms.map(({ rows }) => rows.spec),
    );
    this.decide(out, terms, site);
  }

  async read(buffer: Buffer): Promise<Float64Array> {
    this.#checkOpen();
    const source = this.own(buffer);
    const numbers = await this.readNumbers(source);
    source.program.checkFailure();
    return numbers;
  }

  async sync(): Promise<void> {
    this.#checkOpen();
    await this.finished();
    for (const program of this.#programs) program.checkFailure();
  }

  memory(): BackendMemory {
    let bytes = 0;
    for (const buffer of this.#buffers) bytes += buffer.bytes;
    return { buffers: this.#buffers.size, bytes };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const program of [...this.#programs]) program.dispose();
    for (const buffer of [...this.#buffers]) buffer.dispose();
    await this.end();
  }

  /**
   * The buffer as one of this backend's own.
   *
   * @throws RbmError `DISPOSED` for a released one, `ARGUMENT_INVALID` for another backend's.
   */
  own(buffer: Buffer): B {
    if (this.#buffers.has(buffer as B)) return buffer as B;
    if (buffer.disposed) {
      throw new RbmError('DISPOSED', `A buffer of ${buffer.spec.holds} was used after it was released.`);
    }
    throw new RbmError('ARGUMENT_INVALID', 'The buffer belongs to another backend. Read it there and write it here.');
  }

  /** For programs: counts a buffer as live. */
  adopt(buffer: B): B {
    this.#buffers.add(buffer);
    return buffer;
  }

  /** For buffers that are disposed. */
  forget(buffer: DeviceBuffer): void {
    this.#buffers.delete(buffer);
  }

  /** For programs that are disposed. @returns How many are left. */
  release(program: DeviceProgram<B>): number {
    this.#programs.delete(program);
    return this.#programs.size;
  }

  /** Enqueues new content of a buffer; `data` is copied before the call returns. */
  protected replaceNumbers(target: B, data: SampleArray): void {
    const copy = Float64Array.from(data);
    target.program.enqueue(async () => this.upload(target, copy));
  }

  /** Enqueues a copy of a buffer's content into another of the same shape. */
  protected copyNumbers(source: B, target: B): void {
    target.program.enqueue(async () => this.upload(target, await this.download(source)));
  }

  /** Enqueues `gather`. `rows` is not kept: it may change when the call has returned. */
  protected gatherRows(source: B, rows: Uint32Array, target: B): void {
    const numbers = rows.slice();
    programOf<B>(target).onHost([source], [target], ({ backend }, mirror) =>
      backend.gather(mirror(source), numbers, mirror(target)),
    );
  }

  /** Enqueues `exchange`. The arrays of rows are not kept. */
  protected exchangeRows(a: B, rowsA: Uint32Array, b: B, rowsB: Uint32Array, accepted: B): void {
    const [first, second] = [rowsA.slice(), rowsB.slice()];
    programOf<B>(a).onHost([a, b, accepted], [a, b], ({ backend }, mirror) =>
      backend.exchange(mirror(a), first, mirror(b), second, mirror(accepted)),
    );
  }

  /** Enqueues `metropolis`. */
  protected decide(accepted: B, logRatios: readonly CheckedRows<B>[], site: Site): void {
    const inputs = logRatios.map(({ rows }) => rows);
    programOf<B>(accepted).onHost(inputs, [accepted], ({ backend }, mirror) =>
      backend.metropolis(
        mirror(accepted),
        logRatios.map(({ rows, scale }) => ({ rows: mirror(rows), scale })),
        site,
      ),
    );
  }

  /** The numbers of a buffer after all operations enqueued so far. */
  protected async readNumbers(source: B): Promise<Float64Array> {
    let numbers: Float64Array | undefined;
    source.program.enqueue(async () => {
      numbers = await this.download(source);
    });
    await this.finished();
    source.program.checkFailure();
    return numbers as Float64Array;
  }

  #replaced(buffer: B): void {
    buffer.changed();
    const { program } = buffer;
    if (program.parameters === buffer) program.parametersReplaced();
  }

  #checkOpen(): void {
    if (this.#closed) throw new RbmError('DISPOSED', 'The backend was used after it had been closed.');
  }
}

/** Every buffer of a backend was made by one of its programs. */
function programOf<B extends DeviceBuffer>(buffer: B): DeviceProgram<B> {
  return buffer.program as DeviceProgram<B>;
}
