import type { Generator } from '@rbm/core';
import {
  type Batch,
  type Buffer,
  type Estimate,
  type Estimation,
  type EstimatorSnapshot,
  type EstimatorState,
  type GradientEstimator,
  type NegativePhase,
  type Program,
  throwIfAborted,
} from '@rbm/core/contracts';

/** How an estimator of a machine with one visible and one hidden layer goes about its work, so that wrong ones can be made. */
export interface ChainRule {
  /** Where chains start and what is claimed of them. */
  readonly negativePhase: NegativePhase;
  /** Hidden inputs of the negative phase come from before the sweep instead of after it. */
  readonly stale?: boolean;
  /** Chains start where those of the step before ended, though the claim says that they start at the batch. */
  readonly carriesOn?: boolean;
  /** Weights of samples are not looked at. */
  readonly unweighted?: boolean;
  /** A batch is taken to have the rows that most have. */
  readonly fixedRows?: boolean;
  /** Room for a batch that has fewer rows is made anew each time. */
  readonly reallocates?: boolean;
  /** The positive phase counts samples of the hidden units twice. */
  readonly doubledPositive?: boolean;
}

interface ChainsState extends EstimatorState {
  readonly visible: Buffer;
}

/** Buffers for batches or chains of as many rows. */
interface Room {
  readonly visible: Buffer;
  readonly hidden: Buffer;
  readonly positive: Buffer;
  readonly negative: Buffer;
}

/** Contrastive divergence as plainly as it can be written: an estimator on which to try the suite. */
export function chainEstimator(rule: ChainRule): GradientEstimator {
  return {
    specVersion: 1,
    name: 'chains',
    settings: {},
    capabilities: { negativePhase: rule.negativePhase },
    bind: (program, rows) => new ChainEstimation(program, rows, rule),
  };
}

class ChainEstimation implements Estimation<ChainsState> {
  readonly #program: Program;
  readonly #rows: number;
  readonly #rule: ChainRule;
  readonly #gradient: Buffer;
  readonly #rooms: Map<number, Room> = new Map();
  readonly #abandoned: Room[] = [];

  constructor(program: Program, rows: number, rule: ChainRule) {
    this.#program = program;
    this.#rows = rows;
    this.#rule = rule;
    this.#gradient = program.allocate({ holds: 'parameters' });
    this.#room(rows);
  }

  async init(random: Generator): Promise<ChainsState> {
    const state = this.#state(0);
    const room = this.#program.allocate({ holds: 'inputs', layer: 0, rows: this.#rows });
    this.#program.sample(0, room, state.visible, { random: random.fork('start'), step: 0 });
    room.dispose();
    return state;
  }

  async estimate(
    batch: Batch,
    state: ChainsState,
    random: Generator,
    options: Parameters<Estimation['estimate']>[3] = {},
  ): Promise<Estimate<ChainsState>> {
    try {
      throwIfAborted(options.signal);
      this.#compute(batch, state, random);
    } catch (error) {
      state.dispose();
      throw error;
    }
    return { gradient: this.#gradient, state: { ...state, steps: state.steps + 1 }, info: {} };
  }

  #compute(batch: Batch, state: ChainsState, random: Generator): void {
    const [program, rule] = [this.#program, this.#rule];
    const data = batch.visible[0] as Buffer;
    const here = this.#room(batch.rows);
    const startsAtData = rule.negativePhase.over === 'data chains' && !rule.carriesOn;
    const chains = startsAtData ? here : this.#room(this.#rows);
    const visible = startsAtData ? here.visible : state.visible;
    program.affine(1, [data, here.hidden], here.positive);
    if (startsAtData) program.backend.copy(data, visible);
    if (rule.stale) program.affine(1, [visible, chains.hidden], chains.negative);
    program.gibbs([visible, chains.hidden], 1, { random, step: state.steps });
    if (!rule.stale) program.affine(1, [visible, chains.hidden], chains.negative);
    const weights = batch.weights && !rule.unweighted ? { weights: batch.weights } : undefined;
    const ofChains = rule.negativePhase.over === 'data chains' ? weights : undefined;
    const share = 1 / (rule.fixedRows ? this.#rows : batch.rows);
    const ofChain = 1 / (startsAtData && !rule.fixedRows ? batch.rows : this.#rows);
    program.statistics(this.#gradient, [
      {
        assignment: [{ values: data }, { inputs: here.positive }],
        scale: (rule.doubledPositive ? -2 : -1) * (weights ? 1 : share),
        ...weights,
      },
      { assignment: [{ values: visible }, { inputs: chains.negative }], scale: ofChains ? 1 : ofChain, ...ofChains },
    ]);
  }

  async save(state: ChainsState): Promise<EstimatorSnapshot> {
    const visible = await this.#program.backend.read(state.visible);
    return { steps: state.steps, chains: { chains: this.#rows, sweeps: state.steps, values: { visible } } };
  }

  async load(snapshot: EstimatorSnapshot): Promise<ChainsState> {
    const state = this.#state(snapshot.steps);
    this.#program.backend.write(state.visible, snapshot.chains?.values.visible as Float64Array);
    return state;
  }

  dispose(): void {
    this.#gradient.dispose();
    for (const room of [...this.#rooms.values(), ...this.#abandoned]) {
      for (const buffer of Object.values(room) as Buffer[]) buffer.dispose();
    }
  }

  #room(rows: number): Room {
    const known = this.#rooms.get(rows);
    if (known && !(this.#rule.reallocates && rows < this.#rows)) return known;
    if (known) this.#abandoned.push(known);
    const program = this.#program;
    const room: Room = {
      visible: program.allocate({ holds: 'states', layer: 0, rows }),
      hidden: program.allocate({ holds: 'states', layer: 1, rows }),
      positive: program.allocate({ holds: 'inputs', layer: 1, rows }),
      negative: program.allocate({ holds: 'inputs', layer: 1, rows }),
    };
    this.#rooms.set(rows, room);
    return room;
  }

  #state(steps: number): ChainsState {
    const visible = this.#program.allocate({ holds: 'states', layer: 0, rows: this.#rows });
    return { steps, visible, dispose: () => visible.dispose() };
  }
}
