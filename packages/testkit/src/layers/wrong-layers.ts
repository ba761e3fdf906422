import { gaussian, potts, spin } from '@rbm/core';
import type { Draws, Layer, LayerParameter } from '@rbm/core/contracts';

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

export const wrongLayers: readonly WrongLayer[] = [
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
