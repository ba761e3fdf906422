import type { EnergyModel } from '@rbm/core';
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

export const wrongModels: readonly WrongModel[] = [
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
