import { type EnergyModel, energy } from '@rbm/core';
import type { FreeInteraction, OpenInteraction } from '@rbm/core/contracts';
import type { ModelCheckOptions } from '../model-suite.js';
import { type Change, thirdOrder } from './open-models.js';
import { productInteraction } from './product-interaction.js';

/** Models to try the checks on, each right but for what is replaced. */

/** `addInputs` and `addInputChange` with a factor. */
function scaled(right: OpenInteraction, factor: number): Pick<OpenInteraction, 'addInputs' | 'addInputChange'> {
  return {
    addInputs: (parameters, to, values, out) => {
      right.addInputs(
        parameters.map((w) => factor * w),
        to,
        values,
        out,
      );
    },
    addInputChange: (parameters, from, number, change, to, values, out) => {
      right.addInputChange(parameters, from, number, factor * change, to, values, out);
    },
  };
}

/** An energy with something added to that of each row. */
function withEnergy(
  right: OpenInteraction,
  more: (parameters: Float64Array, values: readonly Float64Array[], row: number) => number,
): OpenInteraction['addEnergy'] {
  return (parameters, values, scale, out) => {
    right.addEnergy(parameters, values, scale, out);
    for (let row = 0; row < out.length; row++) {
      out[row] = (out[row] as number) + scale * more(parameters, values, row);
    }
  };
}

/** The energy that the parameters of the weight that is not shared leave out. */
const forgetsAShare: Change = (right) => ({
  addStatistics: (values, scale, out) => {
    const own = new Float64Array(out.length);
    right.addStatistics(values, scale, own);
    scale.forEach((s, row) => {
      const [v, h] = values as [Float64Array, Float64Array];
      own[2] =
        (own[2] as number) - s * (v[3 * row] as number) * (v[3 * row + 1] as number) * (h[2 * row + 1] as number);
    });
    own.forEach((x, k) => {
      out[k] = (out[k] as number) + x;
    });
  },
});

/** Takes units 0 and 1 as independent, and says so. */
const blocksThatInteract = (): EnergyModel =>
  thirdOrder(
    (right) => ({
      visitPairs: (visit) =>
        right.visitPairs((a, i, b, j) => {
          if (!(a === 0 && b === 0 && i + j === 1)) visit(a, i, b, j);
        }),
    }),
    [[0, 1], [2]],
  );

/** What is left, but for the terms that had a clamped unit. */
const losesATerm: Change = (right) => ({
  condition: (parameters, isFree, values): readonly FreeInteraction[] => {
    const free = isFree.map((mask) => Array.from(mask.keys()).filter((i) => mask[i] === 1));
    const terms = [
      { parameter: 0, units: [0, 1, 0] },
      { parameter: 1, units: [1, 2, 1] },
    ];
    void values;
    const left = terms.filter(({ units: [i, j] }) => free[0]?.includes(i as number) && free[0]?.includes(j as number));
    if (left.length === 0) return [];
    return [
      {
        interaction: productInteraction({
          name: right.name,
          between: [0, 1],
          units: free.map(({ length }) => length),
          widths: [1, 1],
          terms: left.map(({ units: [i, j, h] }, n) => ({
            parameter: n,
            factors: [
              [0, free[0]?.indexOf(i as number) as number],
              [0, free[0]?.indexOf(j as number) as number],
              [1, h as number],
            ],
          })),
        }),
        parameters: Float64Array.from(left, ({ parameter }) => parameters[parameter] as number),
      },
    ];
  },
});

export interface WrongModel {
  readonly fault: string;
  readonly options: ModelCheckOptions;
  /** The check named for what is wrong; others may fail with it. */
  readonly caughtBy: string;
  readonly message: RegExp;
}

const of = (change: Change): ModelCheckOptions => ({ model: () => thirdOrder(change) });

const plainModels: readonly WrongModel[] = [
  {
    fault: 'another version of the contract',
    options: { model: () => ({ ...thirdOrder(), specVersion: 2 as 1 }) },
    caughtBy: 'structure',
    message: /specVersion/,
  },
  {
    fault: 'an interaction that cannot be saved',
    options: of(() => ({ settings: null })),
    caughtBy: 'plain settings',
    message: /could not be saved/,
  },
  {
    fault: 'an energy that is not that of its equation',
    options: { model: () => thirdOrder(), energy: () => 0 },
    caughtBy: 'energy',
    message: /equation/,
  },
  {
    fault: 'an energy that ignores its scale',
    options: of((right) => ({
      addEnergy: (parameters, values, _, out) => right.addEnergy(parameters, values, 1, out),
    })),
    caughtBy: 'rows',
    message: /scale −2/,
  },
  {
    fault: 'an energy with squares of weights',
    options: of((right) => ({ addEnergy: withEnergy(right, (w) => (w[0] as number) ** 2) })),
    caughtBy: 'linear in parameters',
    message: /linear in its parameters/,
  },
  {
    fault: 'the square of a unit',
    options: of((right) => ({
      addEnergy: withEnergy(right, (w, values, row) => (w[0] as number) * (values[1]?.[2 * row] as number) ** 2),
    })),
    caughtBy: 'linear in each unit',
    message: /second difference/,
  },
  {
    fault: 'inputs of the wrong sign',
    options: of((right) => scaled(right, -1)),
    caughtBy: 'inputs',
    message: /−∂E\/∂x/,
  },
  {
    fault: 'the wrong sign in the change by one unit',
    options: of((right) => ({ addInputChange: scaled(right, -1).addInputChange })),
    caughtBy: 'input changes',
    message: /addInputChange/,
  },
  {
    fault: 'a statistic that forgets a shared weight',
    options: of(forgetsAShare),
    caughtBy: 'statistics of interactions',
    message: /number 2 is/,
  },
  {
    fault: 'a pair that is not visited',
    options: of((right) => ({
      visitPairs: (visit) =>
        right.visitPairs((a, i, b, j) => (a === 0 && b === 0 && i === 1 ? undefined : visit(a, i, b, j))),
    })),
    caughtBy: 'pairs',
    message: /visitPairs/,
  },
  {
    fault: 'arguments that are written to',
    options: of((right) => ({
      addStatistics: (values, scale, out) => {
        right.addStatistics(values, scale, out);
        scale.fill(0);
      },
    })),
    caughtBy: 'purity',
    message: /once more|argument/,
  },
  {
    fault: 'a block whose units act on each other',
    options: { model: blocksThatInteract },
    caughtBy: 'blocks',
    message: /Block 1 has unit 0/,
  },
  {
    fault: 'a block whose units act on each other',
    options: { model: blocksThatInteract },
    caughtBy: 'sweeps',
    message: /pP = p/,
  },
  {
    fault: 'inputs of twice the size',
    options: of((right) => scaled(right, 2)),
    caughtBy: 'free energy',
    message: /−log Σ exp/,
  },
  {
    fault: 'inputs of twice the size',
    options: of((right) => scaled(right, 2)),
    caughtBy: 'conditionals',
    message: /given all others/,
  },
  {
    fault: 'statistics of the wrong sign',
    options: of((right) => ({
      addStatistics: (values, scale, out) =>
        right.addStatistics(
          values,
          scale.map((s) => -s),
          out,
        ),
    })),
    caughtBy: 'statistics',
    message: /−∂E\/∂λ/,
  },
  {
    fault: 'the wrong sign in the change by one unit',
    options: of((right) => ({ addInputChange: scaled(right, -1).addInputChange })),
    caughtBy: 'enumeration',
    message: /log Z/,
  },
  {
    fault: 'a statistic that forgets a shared weight',
    options: of(forgetsAShare),
    caughtBy: 'gradient',
    message: /finite difference/,
  },
  {
    fault: 'clamping that loses a term',
    options: of(losesATerm),
    caughtBy: 'clamping',
    message: /log Z of condition/,
  },
  {
    fault: 'an energy with squares of weights',
    options: of((right) => ({ addEnergy: withEnergy(right, (w) => (w[0] as number) ** 2) })),
    caughtBy: 'targets',
    message: /twice the temperature/,
  },
  {
    fault: 'saving that forgets the parameters',
    options: {
      model: () => thirdOrder(),
      saving: { save: () => new Uint8Array(0), load: () => thirdOrder() },
    },
    caughtBy: 'saving',
    message: /parameters of a model that was saved/,
  },
];

/** Leaves what comes after some rows as it was. */
const firstRows =
  (rows: number): Change =>
  (right) => ({
    addInputs: (parameters, to, values, out) => {
      const before = out.slice();
      right.addInputs(parameters, to, values, out);
      // Two units in the second layer, three in the first.
      const width = to === 0 ? 3 : 2;
      if (out.length > rows * width) out.set(before.subarray(rows * width), rows * width);
    },
  });

/** Saves parameters, and what `change` makes of the rest. */
const savingWith = (change: (model: EnergyModel) => Partial<EnergyModel>): ModelCheckOptions => {
  let kept: EnergyModel | undefined;
  return {
    model: () => thirdOrder(),
    saving: {
      save: (model) => {
        kept = model;
        return new Uint8Array(0);
      },
      load: () => {
        const model = kept as EnergyModel;
        const rounded = { ...model, parameters: Float64Array.from(Float32Array.from(model.parameters)) };
        return { ...rounded, ...change(rounded) };
      },
    },
  };
};

/** Faults of rows, places and files. */
const subtleModels: readonly WrongModel[] = [
  ...[1, 4, 16].map(
    (rows): WrongModel => ({
      fault: `inputs of the first ${rows} rows`,
      options: of(firstRows(rows)),
      caughtBy: 'rows',
      message: /addInputs of 19 rows/,
    }),
  ),
  {
    fault: 'an energy that overwrites',
    options: of((right) => ({
      addEnergy: (parameters, values, scale, out) => right.addEnergy(parameters, values, scale, out.fill(0)),
    })),
    caughtBy: 'rows',
    message: /added to 5/,
  },
  {
    fault: 'inputs that overwrite',
    options: of((right) => ({
      addInputs: (parameters, to, values, out) => right.addInputs(parameters, to, values, out.fill(0)),
    })),
    caughtBy: 'rows',
    message: /added to 5/,
  },
  {
    fault: 'changes of inputs that overwrite',
    options: of((right) => ({
      addInputChange: (parameters, from, number, change, to, values, out) =>
        right.addInputChange(parameters, from, number, change, to, values, out.fill(0)),
    })),
    caughtBy: 'input changes',
    message: /added to 5/,
  },
  {
    fault: 'statistics that overwrite',
    options: of((right) => ({
      addStatistics: (values, scale, out) => right.addStatistics(values, scale, out.fill(0)),
    })),
    caughtBy: 'statistics of interactions',
    message: /added to 5/,
  },
  {
    fault: 'statistics of the first row',
    options: of((right) => ({
      addStatistics: (values, scale, out) =>
        right.addStatistics(
          values,
          scale.map((s, row) => (row === 0 ? s : 0)),
          out,
        ),
    })),
    caughtBy: 'statistics of interactions',
    message: /addStatistics, as −∂E\/∂w/,
  },
  {
    fault: 'statistics that ignore their scale',
    options: of((right) => ({
      addStatistics: (values, scale, out) => right.addStatistics(values, scale.map(Math.sign), out),
    })),
    caughtBy: 'statistics of interactions',
    message: /addStatistics, as −∂E\/∂w/,
  },
  {
    fault: 'inputs to the first layer only',
    options: of((right) => ({
      addInputs: (parameters, to, values, out) => {
        if (to === 0) right.addInputs(parameters, to, values, out);
      },
    })),
    caughtBy: 'inputs',
    message: /addInputs to position 1/,
  },
  {
    fault: 'changes that are those of a flip',
    options: of((right) => ({
      addInputChange: (parameters, from, number, change, to, values, out) =>
        right.addInputChange(parameters, from, number, Math.sign(change), to, values, out),
    })),
    caughtBy: 'input changes',
    message: /by -1.7/,
  },
  {
    fault: 'joins that leave a layer out',
    options: of((right) => ({ joins: right.joins.filter(([a, b]) => a !== b) })),
    caughtBy: 'pairs',
    message: /missing from its joins|is not in joins/,
  },
  {
    fault: 'no pairs at all',
    options: of(() => ({ visitPairs: () => {} })),
    caughtBy: 'pairs',
    message: /visitPairs does not visit/,
  },
  {
    fault: 'another version of an interaction',
    options: of(() => ({ specVersion: 2 as unknown as 1 })),
    caughtBy: 'plain settings',
    message: /specVersion of interaction/,
  },
  {
    fault: 'a setting that is a function',
    options: of(() => ({ settings: { terms: (() => 1) as never } })),
    caughtBy: 'plain settings',
    message: /wanted a finite number, a string or a boolean/,
  },
  {
    fault: 'a setting without a bound',
    options: of(() => ({ settings: { size: Number.POSITIVE_INFINITY } })),
    caughtBy: 'plain settings',
    message: /settings.size/,
  },
  {
    fault: 'indices that are a plain list',
    options: of(() => ({ indices: { terms: [0, 1, 2] as never } })),
    caughtBy: 'plain settings',
    message: /no Uint32Array/,
  },
  {
    fault: 'an energy that depends on where the interaction stands',
    options: of((right) => ({
      addEnergy(this: OpenInteraction, parameters, values, scale, out) {
        right.addEnergy(parameters, values, this.between[0] === 0 ? scale : 2 * scale, out);
      },
    })),
    caughtBy: 'purity',
    message: /another name and other layers|once more/,
  },
  {
    fault: 'values that are written to',
    options: of((right) => ({
      addEnergy: (parameters, values, scale, out) => {
        right.addEnergy(parameters, values, scale, out);
        const [first] = values;
        if (first) first[0] = (first[0] as number) * (1 + 1e-12);
      },
    })),
    caughtBy: 'purity',
    message: /once more|argument/,
  },
  {
    fault: 'parameters that are too few',
    options: { model: () => ({ ...thirdOrder(), parameters: new Float64Array(3) }) },
    caughtBy: 'structure',
    message: /has 3 parameters|layout/,
  },
  {
    fault: 'no visible layer',
    options: { model: () => ({ ...thirdOrder(), visible: [] }) },
    caughtBy: 'structure',
    message: /no visible layer|visible/i,
  },
  {
    fault: 'an equation without its constant',
    options: {
      model: () => thirdOrder(),
      energy: (model, values) => {
        const rows = Object.fromEntries(Object.entries(values));
        return (energy(model, rows)[0] as number) - model.constant;
      },
    },
    caughtBy: 'energy',
    message: /equation of the author/,
  },
  {
    fault: 'saving that forgets the constant',
    options: savingWith(() => ({ constant: 0 })),
    caughtBy: 'saving',
    message: /energies of a model that was saved/,
  },
  {
    fault: 'saving that forgets the order of the blocks',
    options: savingWith(({ blocks }) => ({ blocks: blocks.toReversed() })),
    caughtBy: 'saving',
    message: /The blocks of a model/,
  },
  {
    fault: 'saving under another kind',
    options: savingWith(() => ({ kind: 'rbm' })),
    caughtBy: 'saving',
    message: /kind of a model/,
  },
  {
    fault: 'saving that forgets which layers are visible',
    options: savingWith(() => ({ visible: [1] })),
    caughtBy: 'saving',
    message: /visible layers of a model/,
  },
  {
    fault: 'saving that forgets settings of an interaction',
    options: savingWith(({ interactions }) => ({
      interactions: interactions.map((each) => ({ ...each, settings: { lost: 1 } }) as never),
    })),
    caughtBy: 'saving',
    message: /settings of interaction/,
  },
  {
    fault: 'saving in half precision',
    options: savingWith(({ parameters }) => ({ parameters: parameters.map((x) => Math.round(1024 * x) / 1024) })),
    caughtBy: 'saving',
    message: /parameters of a model that was saved/,
  },
];

export const wrongModels: readonly WrongModel[] = [...plainModels, ...subtleModels];
