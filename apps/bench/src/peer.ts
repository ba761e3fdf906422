import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { decodeNpy } from '@rbm/formats';
import { formatRequest, parseReply, type Request } from './protocol.js';
import type { Contestant, Outcome, Timing } from './workload.js';

/** The interpreter that Debian's packages belong to. */
const PYTHON = '/usr/bin/python3';

/** A program in another language that answers requests, one at a time. It sleeps in between. */
export class Peer implements Contestant {
  readonly name: string;
  /** `PyTorch 1.13.0`. */
  version = '';
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  #stderr = '';

  /**
   * @param starting Called with the peer before it has answered, so that one that hangs can be ended.
   * @throws Error if it is missing, saying what is.
   */
  static async start(
    name: string,
    script: string,
    threads: number,
    python: string = PYTHON,
    starting?: (peer: Peer) => void,
  ): Promise<Peer> {
    const peer = new Peer(name, script, threads, python);
    starting?.(peer);
    const { program, version } = await peer.#reply();
    peer.version = `${program} ${version}`;
    return peer;
  }

  private constructor(name: string, script: string, threads: number, python: string) {
    this.name = name;
    // A pool that spins while it waits takes the cores from the other pool of the same process, and from us.
    const environment = {
      OPENBLAS_NUM_THREADS: `${threads}`,
      OMP_NUM_THREADS: `${threads}`,
      OMP_WAIT_POLICY: 'passive',
    };
    this.#child = spawn(python, [script], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.on('error', (error) => {
      this.#stderr += error.message;
    });
    this.#child.stdin.on('error', () => {}); // Its end shows as a missing reply.
    this.#child.stderr.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Reads the arrays of a case from a folder. */
  async load(folder: string): Promise<void> {
    await this.#ask({ ask: 'load', folder });
  }

  async run(steps: number): Promise<Timing> {
    const { wall, processor } = await this.#ask({ ask: 'run', steps });
    return { wall: Number(wall), processor: Number(processor) };
  }

  async check(repeats: number): Promise<Outcome> {
    const folder = await mkdtemp(join(tmpdir(), 'rbm-bench-'));
    try {
      await this.#ask({ ask: 'check', repeats, folder });
      const arrays = (await readdir(folder)).map(async (file) => {
        const path = join(folder, file);
        return [file.replace('.npy', ''), decodeNpy(await readFile(path), path).data] as const;
      });
      return Object.fromEntries(await Promise.all(arrays));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #ask(request: Request): Promise<Readonly<Record<string, unknown>>> {
    this.#child.stdin.write(formatRequest(request));
    return this.#reply();
  }

  async #reply(): Promise<Readonly<Record<string, unknown>>> {
    const { value: line, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} ended: ${this.#stderr.trim().split('\n').at(-1) || 'no output'}`);
    const reply = parseReply(line);
    if (!reply.ok) throw new Error(`${this.name}: ${reply.message}`);
    return reply.value;
  }
}
