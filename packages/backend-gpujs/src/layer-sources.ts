import { RbmError } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { type Betas, betaName, betaStatement } from './sources.js';
import { builtInUnits, type GpujsUnits } from './units.js';

/**
 * What a kernel is given of a target: nothing but parameters; a base too, and one β or one for each row; inputs that are at the
 * target's β already, because those of a base with weights were mixed in.
 */
export type TargetKind = 'none' | Betas | `mixed ${Betas}`;

/** How the target of a kernel gives inverse temperatures; `undefined` where it has none. */
function betasOf(at: TargetKind): Betas | undefined {
  if (at === 'none') return undefined;
  return at === 'one' || at === 'mixed one' ? 'one' : 'rows';
}

/**
 * Sources of the kernels of one kind of layers. They take the layer's parameter arrays (`[1, n]` each) as `theta0`, …, then
 * those of a base, and the inverse temperature last.
 */
export interface LayerSources {
  readonly functions: readonly string[];
  /** `(inputs, θ…, [base…, β]) → [rows, numbers]`. */
  mean(at: TargetKind): string;
  /** `(inputs, uniforms, θ…, [base…, β]) → [rows, numbers]`. */
  sample(at: TargetKind): string;
  /** `(target, inputs, scale, θ…, [base…, β]) → [1, rows]`: `target − scale Σ Γ`. */
  cumulants(at: TargetKind): string;
  /** `(target, values, scale, θ…, [base…, β]) → [1, rows]`: `target + scale Σ E`. */
  energy(at: TargetKind): string;
  /** `(prior, values, scale, [weights], θ…) → [1, n]`, for each parameter array. */
  statistics(array: number, weighted: boolean): string;
  /** `(prior, inputs, scale, [weights], θ…) → [1, n]`, for each parameter array. */
  expected(array: number, weighted: boolean): string;
}

/** The sources for a layer; `undefined` for one that has to run on the host. */
export function layerSources(layer: Layer): LayerSources | undefined {
  if (layer.kind === 'potts') return categorySources;
  const units = builtInUnits[layer.kind] ?? foreignUnits(layer);
  if (!units) return undefined;
  return unitSources(units, layer.parameters.length, layer.uniforms);
}

/** What a third party's layer brings. @throws RbmError `ARGUMENT_INVALID` if it is not what `GpujsUnits` says. */
function foreignUnits({ kind, native, parameters, width }: Layer): GpujsUnits | undefined {
  const units = native?.gpujs as Partial<GpujsUnits> | undefined;
  if (units === undefined || width !== 1 || parameters.length > MOST_PARAMETERS) return undefined;
  const { mean, sample, cumulant, energy, statistics = [], expected = [], functions = [] } = units;
  const named: readonly (readonly [name: string, source: unknown])[] = [
    ['unitMean', mean],
    ['unitSample', sample],
    ['unitCumulant', cumulant],
    ['unitEnergy', energy],
    ...parameters.map((_, n) => [`unitStatistics${n}`, statistics[n]] as const),
    ...parameters.map((_, n) => [`unitExpected${n}`, expected[n]] as const),
  ];
  const wrong = named.find(([name, source]) => !isFunctionSource(source, name));
  if (wrong) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `The layer "${kind}" brings native.gpujs without the source of "function ${wrong[0]}(…) { … }": ${String(wrong[1])}`,
    );
  }
  return { ...(units as GpujsUnits), functions };
}

/** A kernel of WebGPU may read seven arrays: of these, two parameters and two of a base. */
const MOST_PARAMETERS = 2;

function isFunctionSource(source: unknown, name: string): boolean {
  return typeof source === 'string' && new RegExp(`^\\s*function\\s+${name}\\s*\\(`).test(source);
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}${n}`);
}

/** The arguments that a target comes in. */
function parameterArguments(count: number, at: TargetKind): string[] {
  const theta = names('theta', count);
  const betas = betasOf(at);
  return betas ? [...theta, ...names('base', count), betaName(betas)] : theta;
}

/** Statements that make `p0`, … known, the parameters of the unit at `column`, annealed. */
function parameterStatements(count: number, at: TargetKind, column: string): string {
  return names('', count)
    .map((n) => {
      const own = `theta${n}[0][${column}]`;
      const value = at === 'none' ? own : `(1 - beta) * base${n}[0][${column}] + beta * ${own}`;
      return `const p${n} = ${value};`;
    })
    .join(' ');
}

function temperature(at: TargetKind, row: string): string {
  const betas = betasOf(at);
  return betas ? betaStatement(betas, row) : '';
}

/** Inputs at the target's β. */
const scaled = (at: TargetKind, input: string): string => (at === 'one' || at === 'rows' ? `beta * ${input}` : input);

function unitSources(units: GpujsUnits, count: number, uniforms: number): LayerSources {
  const call = (name: string, ...given: readonly string[]): string => `${name}(${given.join(', ')})`;
  const parameters = names('p', count);
  const conditional = (at: TargetKind, more: readonly string[], result: string): string =>
    `function (${['inputs', ...more, ...parameterArguments(count, at)].join(', ')}) {
  ${temperature(at, 'this.thread.y')}
  ${parameterStatements(count, at, 'this.thread.x')}
  const input = ${scaled(at, 'inputs[this.thread.y][this.thread.x]')};
  return ${result};
}`;
  const rowSum = (at: TargetKind, sign: string, term: string): string =>
    `function (${['target', 'numbers', 'scale', ...parameterArguments(count, at)].join(', ')}) {
  ${temperature(at, 'this.thread.x')}
  let sum = 0;
  for (let i = 0; i < this.constants.n; i++) {
    ${parameterStatements(count, at, 'i')}
    sum += ${term};
  }
  return target[0][this.thread.x] ${sign} scale * sum;
}`;
  const columnSum = (name: string, weighted: boolean): string =>
    `function (prior, numbers, scale, ${[...(weighted ? ['weights'] : []), ...names('theta', count)].join(', ')}) {
  ${parameterStatements(count, 'none', 'this.thread.x')}
  let sum = 0;
  for (let row = 0; row < this.constants.rows; row++) {
    sum += ${call(name, 'numbers[row][this.thread.x]', ...parameters)}${weighted ? ' * weights[0][row]' : ''};
  }
  return prior[0][this.thread.x] + scale * sum;
}`;
  const drawn = names('', uniforms).map((n) => `uniforms[this.thread.y][this.thread.x * ${uniforms} + ${n}]`);
  return {
    functions: [
      ...(units.functions ?? []),
      units.mean,
      units.sample,
      units.cumulant,
      units.energy,
      ...units.statistics,
      ...units.expected,
    ],
    mean: (at) => conditional(at, [], call('unitMean', 'input', ...parameters)),
    sample: (at) => conditional(at, ['uniforms'], call('unitSample', 'input', ...parameters, ...drawn)),
    cumulants: (at) => rowSum(at, '-', call('unitCumulant', scaled(at, 'numbers[this.thread.x][i]'), ...parameters)),
    energy: (at) => rowSum(at, '+', call('unitEnergy', 'numbers[this.thread.x][i]', ...parameters)),
    statistics: (array, weighted) => columnSum(`unitStatistics${array}`, weighted),
    expected: (array, weighted) => columnSum(`unitExpected${array}`, weighted),
  };
}

/**
 * Statements of units with q categories: the largest `z_k` and the sum of `exp(z_k − largest)`, from `first` on. Loops whose
 * end is an argument need names of their own.
 */
function softmaxStatements(at: TargetKind, row: string): string {
  const z = (k: string): string => zOf(at, row, k);
  return `let largest = ${z('first')};
    for (let k = 1; k < this.constants.q; k++) { largest = Math.max(largest, ${z('first + k')}); }
    let total = 0;
    for (let m = 0; m < this.constants.q; m++) { total += Math.exp(${z('first + m')} - largest); }`;
}

const zOf = (at: TargetKind, row: string, k: string): string => {
  const input = `numbers[${row}][${k}]`;
  if (at === 'none') return `${input} + theta0[0][${k}]`;
  return `${scaled(at, input)} + beta * theta0[0][${k}] + (1 - beta) * base0[0][${k}]`;
};

const FIRST = `const unit = Math.floor((this.thread.x + 0.5) / this.constants.q);
  const first = unit * this.constants.q;`;

/** Potts units: each number looks at all of its unit. */
const categorySources: LayerSources = {
  functions: [],
  mean: (at) => `function (${['numbers', ...parameterArguments(1, at)].join(', ')}) {
  ${temperature(at, 'this.thread.y')}
  ${FIRST}
  ${softmaxStatements(at, 'this.thread.y')}
  return Math.exp(${zOf(at, 'this.thread.y', 'this.thread.x')} - largest) / total;
}`,
  // By inversion of the cumulative sums in order; rounding leaves the rest to the last.
  sample: (at) => `function (${['numbers', 'uniforms', ...parameterArguments(1, at)].join(', ')}) {
  ${temperature(at, 'this.thread.y')}
  ${FIRST}
  ${softmaxStatements(at, 'this.thread.y')}
  const aim = uniforms[this.thread.y][unit];
  let cumulative = 0;
  let chosen = this.constants.q - 1;
  let open = 1;
  for (let c = 0; c < this.constants.q - 1; c++) {
    cumulative += Math.exp(${zOf(at, 'this.thread.y', 'first + c')} - largest) / total;
    if (open > 0.5) {
      if (aim < cumulative) { chosen = c; open = 0; }
    }
  }
  if (Math.abs(this.thread.x - first - chosen) < 0.5) { return 1; }
  return 0;
}`,
  cumulants: (at) => `function (${['target', 'numbers', 'scale', ...parameterArguments(1, at)].join(', ')}) {
  ${temperature(at, 'this.thread.x')}
  let sum = 0;
  for (let unit = 0; unit < this.constants.units; unit++) {
    const first = unit * this.constants.q;
    ${softmaxStatements(at, 'this.thread.x')}
    sum += largest + Math.log(total);
  }
  return target[0][this.thread.x] - scale * sum;
}`,
  energy: (at) => `function (${['target', 'numbers', 'scale', ...parameterArguments(1, at)].join(', ')}) {
  ${temperature(at, 'this.thread.x')}
  let sum = 0;
  for (let i = 0; i < this.constants.n; i++) {
    ${parameterStatements(1, at, 'i')}
    sum += p0 * numbers[this.thread.x][i];
  }
  return target[0][this.thread.x] - scale * sum;
}`,
  statistics: (_array, weighted) => `function (prior, numbers, scale, ${weighted ? 'weights, ' : ''}theta0) {
  let sum = 0 * theta0[0][this.thread.x];
  for (let row = 0; row < this.constants.rows; row++) {
    sum += numbers[row][this.thread.x]${weighted ? ' * weights[0][row]' : ''};
  }
  return prior[0][this.thread.x] + scale * sum;
}`,
  expected: (_array, weighted) => `function (prior, numbers, scale, ${weighted ? 'weights, ' : ''}theta0) {
  ${FIRST}
  let sum = 0;
  for (let row = 0; row < this.constants.rows; row++) {
    ${softmaxStatements('none', 'row')}
    sum += Math.exp(${zOf('none', 'row', 'this.thread.x')} - largest) / total${weighted ? ' * weights[0][row]' : ''};
  }
  return prior[0][this.thread.x] + scale * sum;
}`,
};
