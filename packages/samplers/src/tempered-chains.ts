import { RbmError } from '@rbm/core';
import type { Buffer, ChainSnapshot, ChainState, Chains } from '@rbm/core/contracts';

/**
 * What a ladder of chains remembers beside its values, on the host. All of it is part of a snapshot. Replicas stand by ladders: row
 * `ladder · rungs + rung`; a swap exchanges the values of two rows, so that rungs keep their rows.
 */
export class LadderState {
  /** Independent ladders: one chain at β = 1 each. */
  readonly ladders: number;
  readonly rungs: number;
  /** `[rungs]`: inverse temperatures, from 0 to 1. */
  readonly betas: Float64Array;
  /** Parameters of the layers at β = 0. */
  readonly base: Float64Array;
  /** `[ladders · rungs]`: 1 for a row whose values have been at β = 0 since they were last at β = 1. */
  readonly renewed: Float64Array;
  /** `[rungs − 1]`: swaps tried between neighbours since the ladder was last tuned, and the sum of their acceptances. */
  readonly attempts: Float64Array;
  readonly accepted: Float64Array;
  /** `[rungs − 1, ladders]`: `F` one rung up less `F` here, at the lower and at the upper row of the last swap tried. */
  readonly forward: Float64Array;
  readonly backward: Float64Array;
  /** Times values came from β = 0 to β = 1. */
  roundTrips = 0;
  /** Sweeps at which the ladder is tuned next. */
  tuneAt: number;

  constructor(ladders: number, betas: Float64Array, base: Float64Array, tuneAt: number) {
    const rungs = betas.length;
    this.ladders = ladders;
    this.rungs = rungs;
    this.betas = betas.slice();
    this.base = base.slice();
    this.renewed = Float64Array.from({ length: ladders * rungs }, (_, row) => (row % rungs === 0 ? 1 : 0));
    this.attempts = new Float64Array(rungs - 1);
    this.accepted = new Float64Array(rungs - 1);
    this.forward = new Float64Array((rungs - 1) * ladders);
    this.backward = new Float64Array((rungs - 1) * ladders);
    this.tuneAt = tuneAt;
  }

  /** Mean acceptance of swaps between neighbours since the ladder was last tuned: NaN where none was tried. */
  get acceptance(): Float64Array {
    return this.accepted.map((sum, pair) => sum / (this.attempts[pair] as number));
  }

  /**
   * Counts the swaps that were tried between some rungs and the ones above.
   *
   * @param rungs The lower rungs.
   * @param growth `[ladders · rungs of all]`: what the energy of each row would grow by at the temperature of its partner.
   * @param accepted `[ladders · rungs.length]`: not 0 where a swap was accepted.
   */
  count(rungs: readonly number[], growth: Float64Array, accepted: Float64Array): void {
    const { ladders } = this;
    rungs.forEach((rung, n) => {
      this.attempts[rung] = (this.attempts[rung] as number) + ladders;
      for (let ladder = 0; ladder < ladders; ladder++) {
        const lower = ladder * this.rungs + rung;
        const [up, down] = [growth[lower] as number, growth[lower + 1] as number];
        this.forward[rung * ladders + ladder] = up;
        this.backward[rung * ladders + ladder] = -down;
        this.accepted[rung] = (this.accepted[rung] as number) + Math.min(1, Math.exp(-up - down));
        if (accepted[ladder * rungs.length + n] !== 0) this.#swap(ladder, rung);
      }
    });
  }

  /** Replaces the inverse temperatures, and forgets what was counted at the old ones. */
  retune(betas: Float64Array): void {
    this.betas.set(betas);
    this.attempts.fill(0);
    this.accepted.fill(0);
  }

  save(): Record<string, Float64Array | number> {
    const { betas, base, renewed, attempts, accepted, forward, backward, roundTrips, tuneAt } = this;
    const arrays = { betas, base, renewed, attempts, accepted, forward, backward };
    const copies = Object.entries(arrays).map(([name, array]) => [name, array.slice()] as const);
    return { ...Object.fromEntries(copies), roundTrips, tuneAt };
  }

  /**
   * @param base How many parameters the layers of the model have.
   * @throws RbmError `ARGUMENT_INVALID` for what is no saved ladder of so many rungs.
   */
  static load(ladders: number, rungs: number, base: number, saved: ChainSnapshot['extra'] = {}): LadderState {
    const array = (name: string, length: number): Float64Array => {
      const found = saved[name];
      if (found instanceof Float64Array && found.length === length) return found;
      throw new RbmError(
        'ARGUMENT_INVALID',
        `The snapshot has no "${name}" of ${length} numbers; expected one of ${ladders} ladders of ${rungs} rungs.`,
      );
    };
    const state = new LadderState(ladders, array('betas', rungs), array('base', base), Number(saved.tuneAt));
    state.renewed.set(array('renewed', ladders * rungs));
    for (const name of ['attempts', 'accepted'] as const) state[name].set(array(name, rungs - 1));
    for (const name of ['forward', 'backward'] as const) state[name].set(array(name, (rungs - 1) * ladders));
    state.roundTrips = Number(saved.roundTrips);
    return state;
  }

  /** The values at a rung and at the one above were exchanged. */
  #swap(ladder: number, rung: number): void {
    const { renewed, rungs } = this;
    const lower = ladder * rungs + rung;
    const kept = renewed[lower] as number;
    renewed[lower] = rung === 0 ? 1 : (renewed[lower + 1] as number);
    const arrived = rung + 1 === rungs - 1 && kept === 1;
    renewed[lower + 1] = arrived ? 0 : kept;
    if (arrived) this.roundTrips++;
  }
}

/** Chains at all temperatures of some ladders, of which callers see those at β = 1. */
export class TemperedChains implements ChainState {
  /** The chains at β = 1, copied from `replicas` at the end of a step. */
  readonly shown: Chains;
  /** The chains of all rungs, of the kernel that is tempered. */
  readonly replicas: ChainState;
  readonly ladder: LadderState;
  /** Memory for swaps, kept from step to step; released with the chains. */
  readonly workspace: { dispose(): void };
  #consumed = false;

  constructor(shown: Chains, replicas: ChainState, ladder: LadderState, workspace: { dispose(): void }) {
    this.shown = shown;
    this.replicas = replicas;
    this.ladder = ladder;
    this.workspace = workspace;
  }

  get layers(): readonly Buffer[] {
    return this.shown.layers;
  }

  get chains(): number {
    return this.shown.chains;
  }

  get sweeps(): number {
    return this.shown.sweeps;
  }

  /** Takes the state over. @throws RbmError `STATE_CONSUMED`. */
  take(): this {
    this.shown.take();
    this.#consumed = true;
    return this;
  }

  advanced(sweeps: number, replicas: ChainState): TemperedChains {
    return new TemperedChains(this.shown.advanced(sweeps), replicas, this.ladder, this.workspace);
  }

  dispose(): void {
    this.shown.dispose();
    if (this.#consumed) return;
    this.#consumed = true;
    this.replicas.dispose();
    this.workspace.dispose();
  }
}
