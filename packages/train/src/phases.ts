import {
  type Assignment,
  type Batch,
  type Buffer,
  type EstimatedPhases,
  hasTractableHiddenLayers,
  hiddenLayers,
  type Inputs,
  type Program,
  RbmError,
  type StatisticsTerm,
} from '@rbm/core';

/**
 * The gradient of the cost from two sets of visible values: the data and the model's own. Hidden units are summed out
 * in both, so that no noise comes from sampling them.
 */
export class PhaseDifference {
  /** `∂C/∂λ`. */
  readonly gradient: Buffer;
  /** Inputs that the data send to the hidden layers, an entry a layer: set by `observe`. */
  readonly positiveInputs: readonly (Buffer | undefined)[];
  readonly #program: Program;
  readonly #negativeInputs: readonly (Inputs | undefined)[];
  readonly #chainRows: number;
  readonly #hidden: readonly number[];
  #batch: Batch | undefined;
  #data: (Buffer | undefined)[] = [];
  #positive: StatisticsTerm | undefined;
  #chain: readonly Buffer[] | undefined;
  #chainWeights: Buffer | undefined;
  #chainInputs: readonly (Inputs | undefined)[] | undefined;
  #negative: StatisticsTerm | undefined;

  /**
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
    this.#chainRows = chainRows;
    this.gradient = program.allocate({ holds: 'parameters' });
    this.positiveInputs = this.#allocateInputs(batchRows);
    this.#negativeInputs = inputs === 'own' ? this.#allocateInputs(chainRows).map((own) => own && { inputs: own }) : [];
  }

  /** Computes what the data send to the hidden layers. */
  observe(batch: Batch): void {
    if (batch !== this.#batch) this.#adopt(batch);
    for (const l of this.#hidden) this.#program.affine(l, this.#data as Buffer[], this.positiveInputs[l] as Buffer);
  }

  /**
   * Fills `gradient` from the data observed last and the visible values of some chains.
   *
   * @param weights What each chain counts, a `rows` buffer whose entries sum to 1; equal when absent. Chains that start
   * from weighted data keep their weights.
   */
  difference(chain: readonly Buffer[], weights?: Buffer): void {
    for (const l of this.#hidden) {
      this.#program.affine(l, chain, (this.#negativeInputs[l] as Inputs).inputs);
    }
    this.differenceFrom(chain, this.#negativeInputs, weights);
  }

  /** As `difference`, from inputs of the hidden layers that were computed already. */
  differenceFrom(chain: readonly Buffer[], inputs: readonly (Inputs | undefined)[], weights?: Buffer): void {
    if (chain !== this.#chain || weights !== this.#chainWeights || inputs !== this.#chainInputs) {
      this.#follow(chain, weights, inputs);
    }
    this.#program.statistics(this.gradient, [this.#positive as StatisticsTerm, this.#negative as StatisticsTerm]);
  }

  /** The two phases on their own. */
  async phases(): Promise<EstimatedPhases> {
    const { backend } = this.#program;
    const buffer = this.#program.allocate({ holds: 'parameters' });
    try {
      const positive = this.#positive as StatisticsTerm;
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
    for (const buffer of this.positiveInputs) buffer?.dispose();
    for (const entry of this.#negativeInputs) entry?.inputs.dispose();
  }

  /** Memory for the inputs of the hidden layers, an entry a layer. */
  #allocateInputs(rows: number): (Buffer | undefined)[] {
    return this.#program.model.layers.map((_, layer) =>
      this.#hidden.includes(layer) ? this.#program.allocate({ holds: 'inputs', layer, rows }) : undefined,
    );
  }

  /** The gradient is negative − positive, so the data count −1 in all. */
  #adopt(batch: Batch): void {
    this.#batch = batch;
    this.#data = this.#program.model.layers.map((_, l) => batch.visible[this.#program.model.visible.indexOf(l)]);
    const inputs = this.positiveInputs.map((buffer) => buffer && { inputs: buffer });
    const assignment = this.#assignment(this.#data, inputs);
    this.#positive = batch.weights
      ? { assignment, scale: -1, weights: batch.weights }
      : { assignment, scale: -1 / batch.rows };
  }

  #follow(chain: readonly Buffer[], weights: Buffer | undefined, inputs: readonly (Inputs | undefined)[]): void {
    this.#chain = chain;
    this.#chainWeights = weights;
    this.#chainInputs = inputs;
    const assignment = this.#assignment(chain, inputs);
    this.#negative = weights ? { assignment, scale: 1, weights } : { assignment, scale: 1 / this.#chainRows };
  }

  #assignment(values: readonly (Buffer | undefined)[], inputs: readonly (Inputs | undefined)[]): Assignment {
    return values.map((buffer, l) => (this.#hidden.includes(l) ? (inputs[l] as Inputs) : { values: buffer as Buffer }));
  }
}
