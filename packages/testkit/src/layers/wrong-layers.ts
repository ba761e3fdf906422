import { bernoulli, binomial, gaussian, potts, relu, sigmoid, spin } from '@rbm/core';
import type { Draws, Layer, LayerParameter } from '@rbm/core/contracts';
import type { LayerFactory } from './subject.js';

/** Layers to try the checks on: wrong in ways that real ones have been. Each is right but for the members replaced. */

type Change = (right: Layer) => Partial<Layer>;

/** A layer with some members replaced, whatever the number of units. */
export function wrong(right: (units: number) => Layer, change: Change): (units: number) => Layer {
  return (units) => {
    const layer = right(units);
    return { ...layer, ...change(layer) };
  };
}

function scaleInPlace(out: Float64Array, factor: number): void {
  for (let i = 0; i < out.length; i++) out[i] = factor * (out[i] as number);
}

export interface WrongLayer {
  readonly fault: string;
  readonly layer: (units: number) => Layer;
  readonly create?: LayerFactory;
  /** The check named for what is wrong; others may fail with it. */
  readonly caughtBy: string;
  readonly message: RegExp;
}

/** A normal number of twice the variance, with the right number of uniforms. */
function wideSample(right: Layer): Layer['sample'] {
  return (parameters, inputs, out, draws) => {
    const means = new Float64Array(inputs.length);
    right.mean(parameters, inputs, means);
    right.sample(parameters, inputs, out, draws);
    out.forEach((x, i) => {
      out[i] = (means[i] as number) + Math.SQRT2 * (x - (means[i] as number));
    });
  };
}

/** Samples like the layer, but asks for a further number where the first pleases. */
function impatientSample(right: Layer): Layer['sample'] {
  return (parameters, inputs, out, draws) => {
    right.sample(parameters, inputs, out, draws);
    const rows = inputs.length / right.units;
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < right.units; unit++) {
        const x = out[row * right.units + unit] as number;
        if (x > 0) draws.uniform(row, unit, right.uniforms);
      }
    }
  };
}

/** Every unit draws the numbers of the first. */
function sharedDraws(draws: Draws): Draws {
  return {
    uniform: (row, _unit, draw) => draws.uniform(row, 0, draw),
    bernoulli: (p, row, _unit, draw) => draws.bernoulli(p, row, 0, draw),
    categorical: (p, offset, length, row, _unit, draw) => draws.categorical(p, offset, length, row, 0, draw),
    normal: (row, _unit, draw) => draws.normal(row, 0, draw),
  };
}

const plainLayers: readonly WrongLayer[] = [
  {
    fault: 'the precision for the variance',
    layer: wrong(gaussian, (right) => ({
      covariance: (parameters, inputs, out) => {
        right.covariance(parameters, inputs, out);
        out.forEach((variance, i) => {
          out[i] = 1 / variance;
        });
      },
    })),
    caughtBy: 'covariance',
    message: /∂mean\/∂input/,
  },
  {
    fault: 'a covariance without its other categories',
    layer: wrong(
      (units) => potts(units, { categories: 3 }),
      (right) => ({
        covariance: (parameters, inputs, out) => {
          right.covariance(parameters, inputs, out);
          out.forEach((value, i) => {
            out[i] = Math.max(value, 0);
          });
        },
      }),
    ),
    caughtBy: 'covariance',
    message: /∂mean\/∂input/,
  },
  {
    fault: 'an energy of the wrong sign',
    layer: wrong(spin, (right) => ({
      addEnergy: (parameters, values, out) => {
        const energies = new Float64Array(out.length);
        right.addEnergy(parameters, values, energies);
        energies.forEach((e, row) => {
          out[row] = (out[row] as number) - e;
        });
      },
    })),
    caughtBy: 'statistics',
    message: /−∂E\/∂parameter/,
  },
  {
    fault: 'a cumulant function without its constant',
    layer: wrong(gaussian, (right) => ({
      cgf: (parameters, inputs, out) => {
        right.cgf(parameters, inputs, out);
        out.forEach((value, i) => {
          out[i] = value - 0.5 * Math.log(2 * Math.PI);
        });
      },
    })),
    caughtBy: 'normalisation',
    message: /wanted .* within/,
  },
  {
    fault: 'a precision without a minimum',
    layer: wrong(gaussian, (right) => ({
      parameters: right.parameters.map(
        (parameter): LayerParameter => ({ ...parameter, minimum: Number.NEGATIVE_INFINITY }),
      ),
    })),
    caughtBy: 'constraints',
    message: /which its minimums allow: number 0 is NaN, wanted a finite number/,
  },
  {
    fault: 'a precision whose minimum is 0',
    layer: wrong(gaussian, (right) => ({
      parameters: right.parameters.map(
        (parameter): LayerParameter => (parameter.name === 'precision' ? { ...parameter, minimum: 0 } : parameter),
      ),
    })),
    caughtBy: 'constraints',
    message: /wanted a finite number/,
  },
  {
    fault: 'samples of twice the variance',
    layer: wrong(gaussian, (right) => ({ sample: wideSample(right) })),
    caughtBy: 'sampling',
    message: /χ²|samples|rarest/,
  },
  {
    fault: 'samples of twice the variance, seen over random inputs',
    layer: wrong(gaussian, (right) => ({ sample: wideSample(right) })),
    caughtBy: 'total variance',
    message: /5 standard errors/,
  },
  {
    fault: 'samples that ignore the bias',
    layer: wrong(spin, (right) => ({
      sample: (_, inputs, out, draws) => right.sample(new Float64Array(right.units), inputs, out, draws),
    })),
    caughtBy: 'sampling',
    message: /χ²|samples|rarest/,
  },
  {
    fault: 'a number of uniforms that depends on the state',
    layer: wrong(spin, (right) => ({ uniforms: 2, sample: impatientSample(right) })),
    caughtBy: 'uniforms',
    message: /as for other inputs|as declared/,
  },
  {
    fault: 'more uniforms than declared',
    layer: wrong(gaussian, () => ({ uniforms: 1 })),
    caughtBy: 'uniforms',
    message: /draws \[0,1\], wanted whole numbers from 0 to 0/,
  },
  {
    fault: 'one unit that draws for all',
    layer: wrong(spin, (right) => ({
      sample: (parameters, inputs, out, draws) => right.sample(parameters, inputs, out, sharedDraws(draws)),
    })),
    caughtBy: 'uniforms',
    message: /drew at row:unit 0:0,1:0/,
  },
  {
    fault: 'statistics of the precision without their factor ½',
    layer: wrong(gaussian, (right) => ({
      addStatistics: (parameters, values, scale, out) => {
        const own = new Float64Array(out.length);
        right.addStatistics(parameters, values, scale, own);
        scaleInPlace(own.subarray(right.units), 2);
        out.forEach((o, i) => {
          out[i] = o + (own[i] as number);
        });
      },
    })),
    caughtBy: 'statistics',
    message: /−∂E\/∂parameter/,
  },
  {
    fault: 'statistics that overwrite',
    layer: wrong(spin, (right) => ({
      addStatistics: (parameters, values, scale, out) => right.addStatistics(parameters, values, scale, out.fill(0)),
    })),
    caughtBy: 'statistics',
    message: /added to 99/,
  },
  {
    fault: 'expected statistics from the mean alone',
    layer: wrong(gaussian, (right) => ({
      addExpectedStatistics: (parameters, inputs, scale, out) => {
        const means = new Float64Array(inputs.length);
        right.mean(parameters, inputs, means);
        right.addStatistics(parameters, means, scale, out);
      },
    })),
    caughtBy: 'expected statistics',
    message: /∂cgf\/∂parameter/,
  },
  {
    fault: 'an annealing path of the wrong shape',
    layer: wrong(gaussian, (right) => ({
      anneal: (from, to, beta, out) => right.anneal(from, to, beta * beta, out),
    })),
    caughtBy: 'annealing',
    message: /β = 0\.3/,
  },
  {
    fault: 'annealing that mixes variances instead of precisions',
    layer: wrong(gaussian, (right) => ({
      anneal: (from, to, beta, out) => {
        right.anneal(from, to, beta, out);
        for (let i = right.units; i < out.length; i++) {
          out[i] = 1 / ((1 - beta) / (from[i] as number) + beta / (to[i] as number));
        }
      },
    })),
    caughtBy: 'annealing',
    message: /β = 0\.3/,
  },
  {
    fault: 'absorption of the wrong sign',
    layer: wrong(spin, (right) => ({
      absorb: (parameters, inputs, out) =>
        right.absorb(
          parameters,
          inputs.map((x) => -x),
          out,
        ),
    })),
    caughtBy: 'absorption',
    message: /absorbed/,
  },
  {
    fault: 'a mode that ignores the bias',
    layer: wrong(spin, (right) => ({
      mode: (_, inputs, out) => right.mode(new Float64Array(right.units), inputs, out),
    })),
    caughtBy: 'mode',
    message: /mode at parameters/,
  },
  {
    fault: 'a mode that takes the last of equals',
    layer: wrong(spin, (right) => ({
      mode: (parameters, inputs, out) =>
        right.mode(
          parameters,
          inputs.map((x) => x + 1e-15),
          out,
        ),
    })),
    caughtBy: 'mode',
    message: /input \[0\]: number 0 is 1, wanted -1/,
  },
  {
    fault: 'the mode for the mean',
    layer: wrong(spin, (right) => ({ mean: right.mode })),
    caughtBy: 'mean',
    message: /∂cgf\/∂input/,
  },
  {
    fault: 'a biased mean',
    layer: wrong(gaussian, (right) => ({
      mean: (parameters, inputs, out) => {
        right.mean(parameters, inputs, out);
        out.forEach((x, i) => {
          out[i] = x + 1e-5;
        });
      },
    })),
    caughtBy: 'mean',
    message: /∂cgf\/∂input/,
  },
  {
    fault: 'inputs that are changed',
    layer: wrong(spin, (right) => ({
      mean: (parameters, inputs, out) => {
        right.absorb(inputs, parameters, inputs);
        right.mean(new Float64Array(right.units), inputs, out);
      },
    })),
    caughtBy: 'purity',
    message: /mean changed its inputs/,
  },
  {
    fault: 'parameters that are changed',
    layer: wrong(gaussian, (right) => ({
      sample: (parameters, inputs, out, draws) => {
        right.sample(parameters, inputs, out, draws);
        scaleInPlace(parameters, 1.01);
      },
    })),
    caughtBy: 'purity',
    message: /sample changed its parameters/,
  },
  {
    fault: 'an output that is read after it was written',
    layer: wrong(spin, (right) => ({
      mean: (parameters, inputs, out) => {
        out.fill(0);
        right.mean(parameters, inputs, out);
      },
    })),
    caughtBy: 'aliasing',
    message: /mean in place of its inputs/,
  },
  {
    fault: 'naive exponentials',
    layer: wrong(spin, () => ({
      cgf: (parameters, inputs, out) => {
        inputs.forEach((input, i) => {
          const z = input + (parameters[i % parameters.length] as number);
          out[i] = Math.log(Math.exp(2 * z) + 1) - z;
        });
      },
    })),
    caughtBy: 'extreme inputs',
    message: /cgf .*Infinity, wanted a finite number/,
  },
  {
    fault: 'parameters of the neighbouring unit',
    layer: wrong(spin, (right) => ({
      addEnergy: (parameters, values, out) =>
        right.addEnergy(
          parameters.map((_, i) => parameters[(i + 1) % parameters.length] as number),
          values,
          out,
        ),
    })),
    caughtBy: 'independence of units',
    message: /energy, added to 99/,
  },
  {
    fault: 'a selection in the order of the layer',
    layer: (units) => {
      const ramp = (ids: readonly number[]): Layer => ({
        ...spin(ids.length, { bias: ids }),
        select: (chosen) => ramp([...chosen].sort().map((i) => ids[i] as number)),
      });
      return ramp(Array.from({ length: units }, (_, i) => i / 8));
    },
    caughtBy: 'selection',
    message: /select: initial values/,
  },
  {
    fault: 'a fit that forgets the weights of samples',
    layer: wrong(spin, (right) => ({
      fit: (values, weights, pseudocount, out) =>
        right.fit(
          values,
          weights.map(() => 1),
          pseudocount,
          out,
        ),
    })),
    caughtBy: 'fit',
    message: /expected after a fit/,
  },
  {
    fault: 'a fit that ignores the pseudocount',
    layer: wrong(spin, (right) => ({
      fit: (values, weights, _, out) => right.fit(values, weights, weights.length > 0 ? 0 : 1, out),
    })),
    caughtBy: 'fit',
    message: /pseudocount/,
  },
  {
    fault: 'NaN taken for a value',
    layer: wrong(gaussian, () => ({ findInvalid: () => -1 })),
    caughtBy: 'validity',
    message: /found -1/,
  },
  {
    fault: 'initial values that do not fill the layout',
    layer: wrong(gaussian, (right) => ({ initial: right.initial.slice(0, right.units) })),
    caughtBy: 'layout',
    message: /initial/,
  },
  {
    fault: 'initial values below the minimum',
    layer: wrong(gaussian, (right) => ({ initial: right.initial.map(() => 0) })),
    caughtBy: 'layout',
    message: /wanted at least its minimum/,
  },
];

/** The same draws with other probabilities. */
function biased(change: (p: number) => number): (right: (units: number) => Layer) => (units: number) => Layer {
  return (right) =>
    wrong(right, (layer) => ({
      sample: (parameters, inputs, out, draws) =>
        layer.sample(parameters, inputs, out, {
          uniform: (row, unit, draw) => draws.uniform(row, unit, draw),
          normal: (row, unit, draw) => draws.normal(row, unit, draw),
          bernoulli: (p, row, unit, draw) => draws.bernoulli(Math.min(change(p), 1), row, unit, draw),
          categorical: (p, offset, length, row, unit, draw) => {
            const first = Math.min(change(p[offset] as number), 1);
            const rest = (1 - first) / Math.max(1 - (p[offset] as number), 1e-300);
            const changed = Float64Array.from({ length }, (_, k) =>
              k === 0 ? first : (p[offset + k] as number) * rest,
            );
            return draws.categorical(changed, 0, length, row, unit, draw);
          },
        }),
    }));
}

/** Deviations from the mean that are changed. */
function reshaped(change: (deviation: number, index: number) => number): (right: Layer) => Partial<Layer> {
  return (right) => ({
    sample: (parameters, inputs, out, draws) => {
      const means = new Float64Array(inputs.length);
      right.mean(parameters, inputs, means);
      right.sample(parameters, inputs, out, draws);
      out.forEach((x, i) => {
        out[i] = (means[i] as number) + change(x - (means[i] as number), i);
      });
    },
  });
}

/** Units of 0 and 1 that compare a uniform number themselves. */
const ownComparison = (probability: (z: number) => number): ((units: number) => Layer) =>
  wrong(bernoulli, (right) => ({
    sample: (parameters, inputs, out, draws) => {
      const z = inputs.map((x, i) => x + (parameters[i % right.units] as number));
      z.forEach((x, i) => {
        out[i] = draws.uniform(Math.floor(i / right.units), i % right.units, 0) < probability(x) ? 1 : 0;
      });
    },
  }));

const naive = (z: number): number => Math.exp(z) / (1 + Math.exp(z));

/** Leaves numbers of units from 16 on as they were, or 0. */
const first16 = (right: Layer, width: number, out: Float64Array): void => {
  for (let i = 0; i < out.length; i++) if (Math.floor(i / width) % right.units >= 16) out[i] = 0;
};

const untilUnit16: readonly (readonly [name: keyof Layer, change: Change])[] = [
  [
    'mean',
    (right) => ({
      mean: (parameters, inputs, out) => {
        right.mean(parameters, inputs, out);
        first16(right, 1, out);
      },
    }),
  ],
  [
    'cgf',
    (right) => ({
      cgf: (parameters, inputs, out) => {
        right.cgf(parameters, inputs, out);
        first16(right, 1, out);
      },
    }),
  ],
  [
    'covariance',
    (right) => ({
      covariance: (parameters, inputs, out) => {
        right.covariance(parameters, inputs, out);
        first16(right, 1, out);
      },
    }),
  ],
  [
    'mode',
    (right) => ({
      mode: (parameters, inputs, out) => {
        right.mode(parameters, inputs, out);
        first16(right, 1, out);
      },
    }),
  ],
  [
    'sample',
    (right) => ({
      sample: (parameters, inputs, out, draws) => {
        right.sample(parameters, inputs, out, draws);
        first16(right, 1, out);
      },
    }),
  ],
  [
    'addEnergy',
    (right) => ({
      addEnergy: (parameters, values, out) => {
        const seen = values.slice();
        first16(right, 1, seen);
        right.addEnergy(parameters, seen, out);
      },
    }),
  ],
  [
    'addStatistics',
    (right) => ({
      addStatistics: (parameters, values, scale, out) => {
        const seen = values.slice();
        first16(right, 1, seen);
        right.addStatistics(parameters, seen, scale, out);
      },
    }),
  ],
  [
    'addExpectedStatistics',
    (right) => ({
      addExpectedStatistics: (parameters, inputs, scale, out) => {
        const seen = inputs.slice();
        first16(right, 1, seen);
        right.addExpectedStatistics(parameters, seen, scale, out);
      },
    }),
  ],
  [
    'anneal',
    (right) => ({
      anneal: (from, to, beta, out) => {
        right.anneal(from, to, beta, out);
        first16(right, 1, out);
      },
    }),
  ],
  [
    'absorb',
    (right) => ({
      absorb: (parameters, inputs, out) => {
        right.absorb(parameters, inputs, out);
        first16(right, 1, out);
      },
    }),
  ],
  [
    'fit',
    (right) => ({
      fit: (values, weights, pseudocount, out) => {
        right.fit(values, weights, pseudocount, out);
        first16(right, 1, out);
      },
    }),
  ],
];

const selectWith = (change: (selected: Layer) => Partial<Layer>): Change => {
  const again: Change = (right) => ({
    select: (chosen) => {
      const selected = right.select(chosen);
      return { ...selected, ...change(selected), ...again(selected) };
    },
  });
  return again;
};

const trials = (units: number): Layer => binomial(units, { trials: 7 });
const createBinomial: LayerFactory = ({ trials: n = 1 }, { units }) => binomial(units, { trials: n });

/** Faults that samples of noise, layers of 3 units and inputs up to 700 let through. */
const subtleLayers: readonly WrongLayer[] = [
  ...(
    [
      ['units of 0 and 1', bernoulli],
      ['spins', spin],
      ['categories', (units: number) => potts(units, { categories: 3 })],
      ['binomial units', trials],
    ] as const
  ).flatMap(([of, right]) =>
    (
      [
        ['1 % too often', (p: number) => 1.01 * p],
        ['1 percentage point too often', (p: number) => p + 0.01],
        ['0.01 % too often', (p: number) => 1.0001 * p],
      ] as const
    ).map(
      ([how, change]): WrongLayer => ({
        fault: `${of} drawn ${how}`,
        layer: biased(change)(right),
        caughtBy: 'distribution of samples',
        message: /wanted .* over all outcomes of the draws/,
      }),
    ),
  ),
  ...([1.01, 0.99, 1.003] as const).flatMap((factor) =>
    (
      [
        ['Gaussian', gaussian],
        ['rectified', relu],
      ] as const
    ).map(
      ([of, right]): WrongLayer => ({
        fault: `${of} units whose deviation is ${factor} times what it should be`,
        layer: wrong(
          right,
          reshaped((deviation) => factor * deviation),
        ),
        caughtBy: 'distribution of samples',
        message: /a share of|which is no state/,
      }),
    ),
  ),
  {
    fault: 'Gaussian units cut off at three standard deviations',
    layer: wrong(gaussian, (right) => ({
      sample: (parameters, inputs, out, draws) =>
        right.sample(parameters, inputs, out, {
          ...draws,
          uniform: (row, unit, draw) => draws.uniform(row, unit, draw),
          normal: (row, unit, draw) => Math.max(-3, Math.min(3, draws.normal(row, unit, draw))),
        }),
    })),
    caughtBy: 'distribution of samples',
    message: /a share of/,
  },
  {
    fault: 'Gaussian units moved by a hundredth of their deviation',
    layer: wrong(
      gaussian,
      reshaped((deviation) => deviation + 0.01),
    ),
    caughtBy: 'distribution of samples',
    message: /a share of/,
  },
  {
    fault: 'a comparison of its own that is 1 % too generous',
    layer: ownComparison((z) => 1.01 * sigmoid(z)),
    caughtBy: 'distribution of samples',
    message: /over all outcomes of the draws/,
  },
  {
    fault: 'a naive sigmoid for the mean',
    layer: wrong(bernoulli, (right) => ({
      mean: (parameters, inputs, out) => {
        inputs.forEach((x, i) => {
          out[i] = naive(x + (parameters[i % right.units] as number));
        });
      },
    })),
    caughtBy: 'extreme inputs',
    message: /mean .* is NaN/,
  },
  {
    fault: 'a naive sigmoid for samples',
    layer: wrong(bernoulli, (right) => ({
      sample: (parameters, inputs, out, draws) => {
        inputs.forEach((x, i) => {
          const p = naive(x + (parameters[i % right.units] as number));
          out[i] = draws.bernoulli(p, Math.floor(i / right.units), i % right.units, 0);
        });
      },
    })),
    caughtBy: 'uniforms',
    message: /a probability of NaN/,
  },
  {
    fault: 'a naive sum for categories',
    layer: wrong(
      (units) => potts(units, { categories: 3 }),
      (right) => ({
        cgf: (parameters, inputs, out) => {
          for (let i = 0; i < out.length; i++) {
            let sum = 0;
            for (let k = 0; k < 3; k++) {
              sum += Math.exp((inputs[3 * i + k] as number) + (parameters[(3 * i + k) % (3 * right.units)] as number));
            }
            out[i] = Math.log(sum);
          }
        },
      }),
    ),
    caughtBy: 'extreme inputs',
    message: /cgf .*Infinity/,
  },
  {
    fault: 'units without a bound that do not say so',
    layer: wrong(gaussian, () => ({ unbounded: undefined as never })),
    caughtBy: 'unbounded',
    message: /found no declaration/,
  },
  {
    fault: 'rectified units that do not say that they have no bound',
    layer: wrong(relu, () => ({ unbounded: undefined as never })),
    caughtBy: 'unbounded',
    message: /found no declaration/,
  },
  ...(
    [
      ['half the curvature', { curvature: (x: number) => x / 2 }, /unbounded.curvature/],
      ['twice the curvature', { curvature: (x: number) => 2 * x }, /unbounded.curvature/],
      ['the variance for the curvature', { curvature: (x: number) => 1 / x }, /unbounded.curvature/],
      ['a half-line for the support', { support: 'nonNegative' as const }, /unbounded.support/],
      ['no parabola', { parabola: false }, /unbounded.parabola/],
    ] as const
  ).map(
    ([fault, change, message]): WrongLayer => ({
      fault: `${fault} of units without a bound`,
      layer: wrong(gaussian, (right) => {
        const own = right.unbounded as NonNullable<Layer['unbounded']>;
        return {
          unbounded: {
            support: 'support' in change ? change.support : own.support,
            parabola: 'parabola' in change ? change.parabola : own.parabola,
            curvature: (parameters, out) => {
              own.curvature(parameters, out);
              if ('curvature' in change) {
                out.forEach((x, i) => {
                  out[i] = change.curvature(x);
                });
              }
            },
          },
        };
      }),
      caughtBy: 'unbounded',
      message,
    }),
  ),
  {
    fault: 'the curvature of the first unit for all',
    layer: wrong(gaussian, (right) => ({
      unbounded: {
        ...(right.unbounded as NonNullable<Layer['unbounded']>),
        curvature: (parameters, out) => out.fill(parameters[right.units] as number),
      },
    })),
    caughtBy: 'unbounded',
    message: /unbounded.curvature/,
  },
  {
    fault: 'bounded units that say that they have none',
    layer: wrong(bernoulli, () => ({ unbounded: gaussian(1).unbounded as NonNullable<Layer['unbounded']> })),
    caughtBy: 'unbounded',
    message: /wanted none for units that have bounds/,
  },
  {
    fault: 'settings that are lost',
    layer: wrong(trials, () => ({ settings: {} })),
    create: createBinomial,
    caughtBy: 'settings',
    message: /states is 2, wanted 8/,
  },
  {
    fault: 'settings of another name',
    layer: wrong(trials, () => ({ settings: { count: 7 } })),
    create: createBinomial,
    caughtBy: 'settings',
    message: /states is 2, wanted 8/,
  },
  {
    fault: 'a setting that is no number',
    layer: wrong(trials, () => ({ settings: { trials: Number.POSITIVE_INFINITY } })),
    caughtBy: 'settings',
    message: /wanted a finite number/,
  },
  {
    fault: 'a factory that forgets a scale',
    layer: (units) => ({
      ...wrong(
        gaussian,
        reshaped((x) => x),
      )(units),
      settings: { scale: 2 },
    }),
    create: (_, { units }) =>
      wrong(gaussian, (right) => ({
        cgf: (parameters, inputs, out) =>
          right.cgf(
            parameters,
            inputs.map((x) => x / 2),
            out,
          ),
      }))(units),
    caughtBy: 'settings',
    message: /cgf of a layer made again/,
  },
  ...untilUnit16.map(
    ([name, change]): WrongLayer => ({
      fault: `${name} of 16 units at most`,
      layer: wrong(name === 'fit' || name === 'anneal' ? gaussian : spin, change),
      caughtBy: 'independence of units',
      message: /unit 1[678]|against the sum over units/,
    }),
  ),
  {
    fault: 'draws for 16 units at most',
    layer: wrong(spin, (right) => ({
      sample: (parameters, inputs, out, draws) =>
        right.sample(parameters, inputs, out, {
          ...draws,
          uniform: (row, unit, draw) => draws.uniform(row, unit % 16, draw),
          bernoulli: (p, row, unit, draw) => draws.bernoulli(p, row, unit % 16, draw),
        }),
    })),
    caughtBy: 'uniforms',
    message: /drew at row:unit/,
  },
  {
    fault: 'values of 16 units that are looked at',
    layer: wrong(bernoulli, (right) => ({
      findInvalid: (values, as) => {
        const found = right.findInvalid(values, as);
        return found % right.units >= 16 ? -1 : found;
      },
    })),
    caughtBy: 'validity',
    message: /wanted an index into unit 17/,
  },
  {
    fault: 'values of the first row that are looked at',
    layer: wrong(bernoulli, (right) => ({
      findInvalid: (values, as) => right.findInvalid(Array.from(values).slice(0, right.units), as),
    })),
    caughtBy: 'validity',
    message: /wanted an index into unit 36/,
  },
  {
    fault: 'values between states taken for states',
    layer: wrong(bernoulli, (right) => ({ findInvalid: (values) => right.findInvalid(values, 'means') })),
    caughtBy: 'validity',
    message: /accepted \[0.5\]/,
  },
  {
    fault: 'means refused',
    layer: wrong(bernoulli, (right) => ({ findInvalid: (values) => right.findInvalid(values, 'states') })),
    caughtBy: 'validity',
    message: /findInvalid as means: refused/,
  },
  {
    fault: 'a selection without its settings',
    layer: wrong(
      trials,
      selectWith(() => ({ settings: {} })),
    ),
    caughtBy: 'selection',
    message: /settings are/,
  },
  {
    fault: 'a selection that forgets that units have no bound',
    layer: wrong(
      gaussian,
      selectWith(() => ({ unbounded: undefined as never })),
    ),
    caughtBy: 'selection',
    message: /`unbounded` or `native`/,
  },
  {
    fault: 'a selection of 16 units at most',
    layer: (units) => ({
      ...spin(units, { bias: Array.from({ length: units }, (_, i) => i / 8) }),
      select: (chosen) => spin(chosen.length, { bias: Array.from(chosen, (i) => (i < 16 ? i / 8 : 0)) }),
    }),
    caughtBy: 'selection',
    message: /select: initial values/,
  },
  {
    fault: 'one state too many',
    layer: wrong(spin, () => ({ states: 3 })),
    caughtBy: 'validity',
    message: /findInvalid|two of the 3 states/,
  },
  {
    fault: 'an energy that overwrites',
    layer: wrong(spin, (right) => ({
      addEnergy: (parameters, values, out) => {
        out.fill(0);
        right.addEnergy(parameters, values, out);
      },
    })),
    caughtBy: 'independence of units',
    message: /energy, added to 99/,
  },
  {
    fault: 'a fit to the first sample',
    layer: wrong(gaussian, (right) => ({
      fit: (values, weights, pseudocount, out) =>
        right.fit(
          Array.from(values).slice(0, weights.length > 1 ? 2 * right.units : values.length),
          weights.slice(0, 2),
          pseudocount,
          out,
        ),
    })),
    caughtBy: 'fit',
    message: /statistics expected after a fit/,
  },
];

export const wrongLayers: readonly WrongLayer[] = [...plainLayers, ...subtleLayers];
