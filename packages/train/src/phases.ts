import { hasTractableHiddenLayers, hiddenLayers, RbmError } from '@rbm/core';
import type { Assignment, Batch, Buffer, EstimatedPhases, Inputs, Program, StatisticsTerm } from '@rbm/core/contracts';
import { RowSets } from './row-sets.js';

/** A batch as the positive phase takes it. */
interface Observed {
  /** An entry a layer. */
  readonly data: readonly (Buffer | undefined)[];
  readonly inputs: readonly (Buffer | undefined)[];
  readonly term: StatisticsTerm;
}

/**
 * The gradient of the cost from two sets of visible values: the data and the model's own. Hidden units are summed out
 * in both, so that no noise comes from sampling them.
 */
export class PhaseDifference {
  /** `∂C/∂λ`. */
  readonly gradient: Buffer;
  readonly #program: Program;
  readonly #hidden: readonly number[];
  readonly #positiveInputs: RowSets<readonly (Buffer | undefined)[]>;
  readonly #negativeInputs: RowSets<readonly (Inputs | undefined)[]>;
  /** The batches that were met: a training has one buffer set a size. */
  readonly #observed: WeakMap<Batch, Observed> = new WeakMap();
  #now: Observed | undefined;
  #chain: readonly Buffer[] | undefined;
  #chainWeights: Buffer | undefined;
  #chainInputs: readonly (Inputs | undefined)[] | undefined;
  #negative: StatisticsTerm | undefined;

  /**
   * @param batchRows Of most batches; others may have another number of rows.
   * @param chainRows Of most sets of chains.
   * @param inputs Whether what the chains send is computed here, or given: then only `differenceFrom` is called.
   * @throws RbmError `UNSUPPORTED` for a model whose hidden layers interact.
   */
  constructor(program: Program, batchRows: number, chainRows: number, inputs: 'own' | 'given' = 'own') {
    const { model } = program;
    if (!hasTractableHiddenLayers(model)) {
      throw new RbmError('UNSUPPORTED', 'Hidden layers that interact cannot be summed out; this estimator needs that.');
    }
    this.#program = program;
    this.#hidden = hiddenLayers(model);
    this.gradient = program.allocate({ holds: 'parameters' });
    this.#positiveInputs = new RowSets<readonly (Buffer | undefined)[]>(
      (rows) => this.#allocateInputs(rows),
      (set) => {
        for (const buffer of set) buffer?.dispose();
      },
    );
    this.#negativeInputs = new RowSets<readonly (Inputs | undefined)[]>(
      (rows) => this.#allocateInputs(rows).map((own) => own && { inputs: own }),
      (set) => {
        for (const entry of set) entry?.inputs.dispose();
      },
    );
    this.#positiveInputs.of(batchRows);
    if (inputs === 'own') this.#negativeInputs.of(chainRows);
  }

  /** Inputs that the data observed last send to the hidden layers, an entry a layer. */
  get positiveInputs(): readonly (Buffer | undefined)[] {
    return this.#now?.inputs ?? [];
  }

  /** Computes what the data send to the hidden layers. */
  observe(batch: Batch): void {
    const now = this.#observed.get(batch) ?? this.#adopt(batch);
    this.#now = now;
    for (const l of this.#hidden) this.#program.affine(l, now.data as Buffer[], now.inputs[l] as Buffer);
  }

  /**
   * Fills `gradient` from the data observed last and the visible values of some chains.
   *
   * @param weights What each chain counts, a `rows` buffer whose entries sum to 1; equal when absent. Chains that start
   * from weighted data keep their weights.
   */
  difference(chain: readonly Buffer[], weights?: Buffer): void {
    const inputs = this.#negativeInputs.of(this.#rowsOf(chain));
    for (const l of this.#hidden) this.#program.affine(l, chain, (inputs[l] as Inputs).inputs);
    this.differenceFrom(chain, inputs, weights);
  }

  /** As `difference`, from inputs of the hidden layers that were computed already. */
  differenceFrom(chain: readonly Buffer[], inputs: readonly (Inputs | undefined)[], weights?: Buffer): void {
    if (chain !== this.#chain || weights !== this.#chainWeights || inputs !== this.#chainInputs) {
      this.#follow(chain, weights, inputs);
    }
    this.#program.statistics(this.gradient, [(this.#now as Observed).term, this.#negative as StatisticsTerm]);
  }

  /** The two phases on their own. */
  async phases(): Promise<EstimatedPhases> {
    const { backend } = this.#program;
    const buffer = this.#program.allocate({ holds: 'parameters' });
    try {
      const positive = (this.#now as Observed).term;
      this.#program.statistics(buffer, [{ ...positive, scale: -positive.scale }]);
      const data = await backend.read(buffer);
      this.#program.statistics(buffer, [this.#negative as StatisticsTerm]);
      return { positive: data, negative: await backend.read(buffer) };
    } finally {
      buffer.dispose();
    }
  }

  dispose(): void {
    this.gradient.dispose();
    this.#positiveInputs.dispose();
    this.#negativeInputs.dispose();
  }

  /** Memory for the inputs of the hidden layers, an entry a layer. */
  #allocateInputs(rows: number): (Buffer | undefined)[] {
    return this.#program.model.layers.map((_, layer) =>
      this.#hidden.includes(layer) ? this.#program.allocate({ holds: 'inputs', layer, rows }) : undefined,
    );
  }

  /** The gradient is negative − positive, so the data count −1 in all. */
  #adopt(batch: Batch): Observed {
    const { layers, visible } = this.#program.model;
    const data = layers.map((_, l) => batch.visible[visible.indexOf(l)]);
    const inputs = this.#positiveInputs.of(batch.rows);
    const assignment = this.#assignment(
      data,
      inputs.map((buffer) => buffer && { inputs: buffer }),
    );
    const term = batch.weights
      ? { assignment, scale: -1, weights: batch.weights }
      : { assignment, scale: -1 / batch.rows };
    const observed = { data, inputs, term };
    this.#observed.set(batch, observed);
    return observed;
  }

  /** How many chains some visible values are of. */
  #rowsOf(chain: readonly Buffer[]): number {
    const { spec } = chain[this.#program.model.visible[0] as number] as Buffer;
    return 'rows' in spec ? spec.rows : 1;
  }

  #follow(chain: readonly Buffer[], weights: Buffer | undefined, inputs: readonly (Inputs | undefined)[]): void {
    this.#chain = chain;
    this.#chainWeights = weights;
    this.#chainInputs = inputs;
    const assignment = this.#assignment(chain, inputs);
    this.#negative = weights ? { assignment, scale: 1, weights } : { assignment, scale: 1 / this.#rowsOf(chain) };
  }

  #assignment(values: readonly (Buffer | undefined)[], inputs: readonly (Inputs | undefined)[]): Assignment {
    return values.map((buffer, l) => (this.#hidden.includes(l) ? (inputs[l] as Inputs) : { values: buffer as Buffer }));
  }
}
