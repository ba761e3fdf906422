import { type Buffer, type ChainSnapshot, type ChainState, type Chains, RbmError } from '@rbm/core';

/** What a ladder of chains remembers beside its values, on the host. All of it is part of a snapshot. */
export class LadderState {
  /** Independent ladders: one chain at β = 1 each. */
  readonly ladders: number;
  readonly rungs: number;
  /** `[rungs]`: inverse temperatures, from 0 to 1. */
  readonly betas: Float64Array;
  /** `[ladders · rungs]`: the rung at which each row is. Row `c · rungs + t` belongs to ladder `c` for good. */
  readonly rungOf: Float64Array;
  /** `[ladders · rungs]`: the row at each rung of each ladder, the inverse of `rungOf`. */
  readonly rowAt: Float64Array;
  /** `[ladders · rungs]`: 1 for a row that has been at β = 0 since it was last at β = 1. */
  readonly renewed: Float64Array;
  /** `[rungs − 1]`: swaps tried between neighbours since the ladder was last tuned, and the sum of their acceptances. */
  readonly attempts: Float64Array;
  readonly accepted: Float64Array;
  /** `[rungs − 1, ladders]`: `F` one rung up less `F` here, at the lower and at the upper row of the last swap tried. */
  readonly forward: Float64Array;
  readonly backward: Float64Array;
  /** Times a row came from β = 0 to β = 1. */
  roundTrips = 0;
  /** Sweeps at which the ladder is tuned next. */
  tuneAt: number;

  constructor(ladders: number, betas: Float64Array, tuneAt: number) {
    const rungs = betas.length;
    this.ladders = ladders;
    this.rungs = rungs;
    this.betas = betas.slice();
    this.rungOf = Float64Array.from({ length: ladders * rungs }, (_, row) => row % rungs);
    this.rowAt = Float64Array.from({ length: ladders * rungs }, (_, row) => row);
    this.renewed = Float64Array.from(this.rungOf, (rung) => (rung === 0 ? 1 : 0));
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

  /** Exchanges the temperatures of the rows at a rung and the one above in one ladder. No row moves. */
  swap(ladder: number, rung: number): void {
    const at = ladder * this.rungs + rung;
    const [lower, upper] = [this.rowAt[at] as number, this.rowAt[at + 1] as number];
    this.rowAt[at] = upper;
    this.rowAt[at + 1] = lower;
    this.rungOf[upper] = rung;
    this.rungOf[lower] = rung + 1;
    if (rung === 0) this.renewed[upper] = 1;
    if (rung + 1 === this.rungs - 1 && this.renewed[lower] === 1) {
      this.renewed[lower] = 0;
      this.roundTrips++;
    }
  }

  /** Replaces the inverse temperatures, and forgets what was counted at the old ones. */
  retune(betas: Float64Array): void {
    this.betas.set(betas);
    this.attempts.fill(0);
    this.accepted.fill(0);
  }

  save(): Record<string, Float64Array | number> {
    const { betas, rungOf, renewed, attempts, accepted, forward, backward, roundTrips, tuneAt } = this;
    const arrays = { betas, rungOf, renewed, attempts, accepted, forward, backward };
    const copies = Object.entries(arrays).map(([name, array]) => [name, array.slice()] as const);
    return { ...Object.fromEntries(copies), roundTrips, tuneAt };
  }

  /** @throws RbmError `ARGUMENT_INVALID` for what is no saved ladder of so many rungs. */
  static load(ladders: number, rungs: number, saved: ChainSnapshot['extra'] = {}): LadderState {
    const array = (name: string, length: number): Float64Array => {
      const found = saved[name];
      if (found instanceof Float64Array && found.length === length) return found;
      throw new RbmError(
        'ARGUMENT_INVALID',
        `The snapshot has no "${name}" of ${length} numbers; expected one of ${ladders} ladders of ${rungs} rungs.`,
      );
    };
    const rows = ladders * rungs;
    const state = new LadderState(ladders, array('betas', rungs), Number(saved.tuneAt));
    state.rungOf.set(array('rungOf', rows));
    state.rungOf.forEach((rung, row) => {
      state.rowAt[Math.floor(row / rungs) * rungs + rung] = row;
    });
    state.renewed.set(array('renewed', rows));
    for (const name of ['attempts', 'accepted'] as const) state[name].set(array(name, rungs - 1));
    for (const name of ['forward', 'backward'] as const) state[name].set(array(name, (rungs - 1) * ladders));
    state.roundTrips = Number(saved.roundTrips);
    return state;
  }
}

/** Chains at all temperatures of some ladders, of which callers see those at β = 1. */
export class TemperedChains implements ChainState {
  /** The chains at β = 1, copied from `replicas` at the end of a step. */
  readonly shown: Chains;
  /** The chains of all rungs. */
  readonly replicas: Chains;
  readonly ladder: LadderState;

  constructor(shown: Chains, replicas: Chains, ladder: LadderState) {
    this.shown = shown;
    this.replicas = replicas;
    this.ladder = ladder;
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
    this.replicas.take();
    return this;
  }

  advanced(sweeps: number): TemperedChains {
    return new TemperedChains(this.shown.advanced(sweeps), this.replicas.advanced(sweeps), this.ladder);
  }

  dispose(): void {
    this.shown.dispose();
    this.replicas.dispose();
  }
}
