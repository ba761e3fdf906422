import { type Buffer, FirstBlock, type Program, type Target } from '@rbm/core/contracts';
import type { LadderState } from './tempered-chains.js';

/** The swaps of every second pair of neighbours on all ladders: constant rows, of which values are exchanged. */
export interface SwapPairs {
  /** The lower rungs. */
  readonly rungs: readonly number[];
  /** `[ladders · rungs.length]`: rows at the lower and at the upper rungs. */
  readonly lower: Uint32Array;
  readonly upper: Uint32Array;
  /** A `rows` buffer of all replicas: the inverse temperature of each row's partner, its own if it has none. */
  readonly partners: Buffer;
  /** `rows` buffers of the pairs: what energies would grow by at the lower and the upper rows, and what was decided. */
  readonly up: Buffer;
  readonly down: Buffer;
  readonly accepted: Buffer;
}

/** What swaps work with on the backend, and targets of all replicas. */
export class TemperingMemory {
  readonly firstBlock: FirstBlock;
  /** `rows` buffers of all replicas: their inverse temperatures, zeros, differences of energies. */
  readonly betas: Buffer;
  readonly zeros: Buffer;
  readonly works: Buffer;
  /** Pairs that start at even and at odd rungs. */
  readonly pairs: readonly [SwapPairs, SwapPairs];
  readonly #program: Program;
  readonly #base: Buffer;
  readonly #clamp: readonly (Buffer | undefined)[] | undefined;
  readonly #buffers: Buffer[] = [];

  /** @param clamp Masks of the ladders, of one row for all or of one each: repeated here for all rungs. */
  constructor(program: Program, ladder: LadderState, rows: number, clamp?: readonly (Buffer | undefined)[]) {
    this.#program = program;
    try {
      this.#clamp = clamp?.map((mask, layer) => mask && this.#repeat(mask, layer, rows, ladder.rungs));
      this.#base = this.#own(program.allocate({ holds: 'layerParameters' }));
      program.backend.write(this.#base, ladder.base);
      [this.betas, this.zeros, this.works] = [0, 1, 2].map(() => this.#rows(rows)) as [Buffer, Buffer, Buffer];
      this.pairs = [this.#pairsFrom(0, ladder, rows), this.#pairsFrom(1, ladder, rows)];
      this.firstBlock = new FirstBlock(program, rows, this.target(this.betas, undefined));
      this.writeBetas(ladder);
    } catch (error) {
      for (const buffer of this.#buffers) buffer.dispose();
      throw error;
    }
  }

  /** Brings inverse temperatures up to date with a ladder. */
  writeBetas({ betas, ladders, rungs }: LadderState): void {
    const { backend } = this.#program;
    const rungOf = (row: number): number => row % rungs;
    const all = (rungAt: (row: number) => number): Float64Array =>
      Float64Array.from({ length: rungs * ladders }, (_, row) => betas[rungAt(row)] as number);
    backend.write(this.betas, all(rungOf));
    for (const [parity, { partners }] of this.pairs.entries()) {
      backend.write(
        partners,
        all((row) => partnerOf(rungOf(row), rungs, parity)),
      );
    }
  }

  /** The target of all replicas, at some inverse temperatures. */
  target(beta: Buffer, of: Target | undefined): Target {
    return {
      ...(of?.parameters ? { parameters: of.parameters } : {}),
      ...(this.#clamp ? { clamp: this.#clamp } : {}),
      base: this.#base,
      beta,
    };
  }

  dispose(): void {
    this.firstBlock.dispose();
    for (const buffer of this.#buffers) buffer.dispose();
  }

  #own(buffer: Buffer): Buffer {
    this.#buffers.push(buffer);
    return buffer;
  }

  #rows(rows: number): Buffer {
    return this.#own(this.#program.allocate({ holds: 'rows', rows }));
  }

  #pairsFrom(parity: number, { ladders, rungs }: LadderState, rows: number): SwapPairs {
    const lowerRungs: number[] = [];
    for (let rung = parity; rung + 1 < rungs; rung += 2) lowerRungs.push(rung);
    const count = lowerRungs.length * ladders;
    const lower = Uint32Array.from({ length: count }, (_, k) => {
      return Math.floor(k / lowerRungs.length) * rungs + (lowerRungs[k % lowerRungs.length] as number);
    });
    const [up, down, accepted] = [0, 1, 2].map(() => this.#rows(Math.max(count, 1))) as [Buffer, Buffer, Buffer];
    const partners = this.#rows(rows);
    return { rungs: lowerRungs, lower, upper: lower.map((row) => row + 1), partners, up, down, accepted };
  }

  /** Each row of a mask for all rungs of its ladder. */
  #repeat(mask: Buffer, layer: number, rows: number, rungs: number): Buffer {
    const { rows: given } = mask.spec as { readonly rows: number };
    if (given === 1) return mask;
    const repeated = this.#own(this.#program.allocate({ holds: 'mask', layer, rows }));
    const from = Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / rungs));
    this.#program.backend.gather(mask, from, repeated);
    return repeated;
  }
}

/** The rung with which a rung tries to swap; itself if it has no partner. */
function partnerOf(rung: number, rungs: number, parity: number): number {
  const partner = rung % 2 === parity ? rung + 1 : rung - 1;
  return partner >= 0 && partner < rungs ? partner : rung;
}
