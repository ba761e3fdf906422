/**
 * What this backend needs of a kind of units that are one number each, in a layer's `native.gpujs`: sources of functions
 * in the part of JavaScript that gpu.js translates (numbers, `Math`, `let`, `const`, `if`, `for`; no closures, no arrow
 * functions; see the readme of gpu.js). They are texts because gpu.js parses them, and a minifier would change functions.
 *
 * Every function has the name given here. After its first argument it takes the unit's parameters, one number for each of
 * the layer's parameter arrays, of which there are at most two, each of shape `[units]`. The parameters must anneal
 * linearly: `(1 − β) base + β θ`.
 */
export interface GpujsUnits {
  /** `function unitMean(input, a, b)`: `⟨x⟩` given the input. */
  readonly mean: string;
  /** `function unitSample(input, a, b, u, v)`: a sample, from as many uniforms as the layer's `uniforms` says. */
  readonly sample: string;
  /** `function unitCumulant(input, a, b)`: `Γ`. */
  readonly cumulant: string;
  /** `function unitEnergy(x, a, b)`: `E_θ(x)`. */
  readonly energy: string;
  /** `function unitStatistics0(x, a, b)`, `unitStatistics1`, …: `−∂E_θ(x)/∂θ`, one for each parameter array. */
  readonly statistics: readonly string[];
  /** `function unitExpected0(input, a, b)`, …: `∂Γ/∂θ`, one for each parameter array. */
  readonly expected: readonly string[];
  /** Sources of functions of other names that those above call. */
  readonly functions?: readonly string[];
}

/** `σ(z)`, bounded where exponentials would leave the range of float32. */
const logistic = `function logistic(z) {
  return 1 / (1 + Math.exp(0 - Math.min(Math.max(z, -80), 80)));
}`;

/** `log(1 + e^z)`. */
const softplus = `function softplus(z) {
  return Math.max(z, 0) + Math.log(1 + Math.exp(0 - Math.abs(z)));
}`;

const bernoulli: GpujsUnits = {
  mean: 'function unitMean(input, bias) { return logistic(input + bias); }',
  sample: `function unitSample(input, bias, u) {
    if (u < logistic(input + bias)) { return 1; }
    return 0;
  }`,
  cumulant: 'function unitCumulant(input, bias) { return softplus(input + bias); }',
  energy: 'function unitEnergy(x, bias) { return 0 - bias * x; }',
  statistics: ['function unitStatistics0(x, bias) { return x; }'],
  expected: ['function unitExpected0(input, bias) { return logistic(input + bias); }'],
  functions: [logistic, softplus],
};

const spin: GpujsUnits = {
  mean: 'function unitMean(input, bias) { return 2 * logistic(2 * (input + bias)) - 1; }',
  sample: `function unitSample(input, bias, u) {
    if (u < logistic(2 * (input + bias))) { return 1; }
    return -1;
  }`,
  cumulant: `function unitCumulant(input, bias) {
    const z = input + bias;
    return softplus(2 * z) - z;
  }`,
  energy: 'function unitEnergy(x, bias) { return 0 - bias * x; }',
  statistics: ['function unitStatistics0(x, bias) { return x; }'],
  expected: ['function unitExpected0(input, bias) { return 2 * logistic(2 * (input + bias)) - 1; }'],
  functions: [logistic, softplus],
};

const gaussian: GpujsUnits = {
  mean: 'function unitMean(input, field, precision) { return (input + field) / precision; }',
  // Box and Muller's cosine branch; the angle is moved to where the cosine of every engine is good.
  sample: `function unitSample(input, field, precision, u, v) {
    const radius = Math.sqrt(0 - 2 * Math.log(u));
    const normal = 0 - radius * Math.cos(6.283185307179586 * (v - 0.5));
    return (input + field) / precision + normal / Math.sqrt(precision);
  }`,
  cumulant: `function unitCumulant(input, field, precision) {
    const z = input + field;
    return 0.5 * (z * z / precision + 1.8378770664093453 - Math.log(precision));
  }`,
  energy: 'function unitEnergy(x, field, precision) { return 0.5 * precision * x * x - field * x; }',
  statistics: [
    'function unitStatistics0(x, field, precision) { return x; }',
    'function unitStatistics1(x, field, precision) { return -0.5 * x * x; }',
  ],
  expected: [
    'function unitExpected0(input, field, precision) { return (input + field) / precision; }',
    `function unitExpected1(input, field, precision) {
      const mean = (input + field) / precision;
      return -0.5 * (mean * mean + 1 / precision);
    }`,
  ],
};

/** The kinds of units of one number that are built in. */
export const builtInUnits: Readonly<Record<string, GpujsUnits>> = { bernoulli, spin, gaussian };
