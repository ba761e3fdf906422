/**
 * Sources of the kernels, in the part of JavaScript that gpu.js translates. They are texts, not functions, since gpu.js
 * parses them and minifiers would change functions. `this.thread.x` is the column of the output, `this.thread.y` its row.
 */

/** The numbers as they are. */
export const uploadSource = `function (numbers) {
  return numbers[this.thread.y][this.thread.x];
}`;

/** Rows by their numbers. */
export const gatherSource = `function (numbers, rows) {
  return numbers[rows[0][this.thread.y]][this.thread.x];
}`;

/** Entries of a row by their numbers. */
export const gatherEntriesSource = `function (numbers, rows) {
  return numbers[0][rows[0][this.thread.x]];
}`;

export const transposeSource = `function (numbers) {
  return numbers[this.thread.x][this.thread.y];
}`;

/** `[prior +] values · matrix`; `matrix`: `[n, columns]`. @param masked Whether only the units of a block need it. */
export const productSource = (
  first: boolean,
  masked: boolean,
): string => `function (${named(!first && 'prior', 'values', 'matrix', masked && 'blocks', masked && 'block')}) {
  ${masked ? ELSEWHERE_ZERO : ''}
  let sum = ${startOf(first)};
  for (let i = 0; i < this.constants.n; i++) {
    sum += values[this.thread.y][i] * matrix[i][this.thread.x];
  }
  return sum;
}`;

/** `[prior +] Σ_links w x`: each number's links start at `starts` and say which number and which weight. */
export const linkedInputsSource = (
  first: boolean,
  masked: boolean,
): string => `function (${named(!first && 'prior', 'values', 'weights', 'starts', 'links', masked && 'blocks', masked && 'block')}) {
  ${masked ? ELSEWHERE_ZERO : ''}
  let sum = ${startOf(first)};
  const end = starts[0][this.thread.x + 1];
  for (let k = starts[0][this.thread.x]; k < end; k += 1) {
    sum += weights[0][links[1][k]] * values[this.thread.y][links[0][k]];
  }
  return sum;
}`;

/** What clamps units of a layer: nothing, a mask with one row for all, or one with a row for each. */
export type Masks = 'none' | 'one' | 'rows';

/**
 * What was drawn of free units, and the former numbers of clamped ones and of those of other blocks.
 *
 * @param masked Whether only the units of a block were drawn.
 */
export const freeSource = (
  masked: boolean,
  masks: Masks,
): string => `function (${named('drawn', 'former', masked && 'blocks', masked && 'block', masks !== 'none' && 'mask')}) {
  ${masked ? `if (Math.abs(blocks[0][this.thread.x] - block) > 0.5) { ${RETURN_FORMER} }` : ''}
  ${masks === 'none' ? '' : `if (mask[${masks === 'one' ? '0' : 'this.thread.y'}][${UNIT}] > 0.5) { ${RETURN_FORMER} }`}
  return drawn[this.thread.y][this.thread.x];
}`;

/** `β a + (1 − β) b`: the inputs of rows, or parameters, between a base and what it leads to. */
export const mixSource = (betas: Betas): string => `function (a, b, ${betaName(betas)}) {
  ${betaStatement(betas, 'this.thread.y')}
  return beta * a[this.thread.y][this.thread.x] + (1 - beta) * b[this.thread.y][this.thread.x];
}`;

/** `1 − β` of each row. */
export const complementSource = `function (betas) {
  return 1 - betas[0][this.thread.x];
}`;

/** `prior + scale · numbers`, one number a row. */
export const sumSource = `function (prior, numbers, scale) {
  return prior[0][this.thread.x] + scale * numbers[0][this.thread.x];
}`;

/**
 * 1 where a row's uniform is below the exponential of its log ratio, else 0. What is not a number compares with nothing, but its
 * exponential may be a number on a device.
 */
export const decisionSource = `function (logRatios, uniforms) {
  const ratio = logRatios[0][this.thread.x];
  if (ratio >= 0) { return 1; }
  if (ratio < 0) {
    if (uniforms[this.thread.x][0] < Math.exp(ratio)) { return 1; }
  }
  return 0;
}`;

/**
 * Rows after an exchange. `partners`, `[3, rows]`: whether a row may be exchanged, which decision says so, and the other row.
 */
export const exchangeSource = `function (own, other, partners, accepted) {
  if (partners[0][this.thread.y] > 0.5) {
    if (Math.abs(accepted[0][partners[1][this.thread.y]]) > 0) {
      return other[partners[2][this.thread.y]][this.thread.x];
    }
  }
  return own[this.thread.y][this.thread.x];
}`;

/** Likewise for one number a row. */
export const exchangeEntriesSource = `function (own, other, partners, accepted) {
  if (partners[0][this.thread.x] > 0.5) {
    if (Math.abs(accepted[0][partners[1][this.thread.x]]) > 0) {
      return other[0][partners[2][this.thread.x]];
    }
  }
  return own[0][this.thread.x];
}`;

/** `prior + scale Σ_row a_i b_j`: statistics of the weights between two layers. */
export const outerSource = (weighted: boolean): string => `function (prior, a, b, ${weighted ? 'weights, ' : ''}scale) {
  let sum = 0;
  for (let row = 0; row < this.constants.rows; row++) {
    sum += a[row][this.thread.y] * b[row][this.thread.x]${weighted ? ' * weights[0][row]' : ''};
  }
  return prior[this.thread.y][this.thread.x] + scale * sum;
}`;

/** The same for weights that are listed with the two numbers they multiply. */
export const linkedOuterSource = (
  weighted: boolean,
): string => `function (prior, a, b, ends, ${weighted ? 'weights, ' : ''}scale) {
  const i = ends[0][this.thread.x];
  const j = ends[1][this.thread.x];
  let sum = 0;
  for (let row = 0; row < this.constants.rows; row++) {
    sum += a[row][i] * b[row][j]${weighted ? ' * weights[0][row]' : ''};
  }
  return prior[0][this.thread.x] + scale * sum;
}`;

/** `target − scale β Σ_j a_j b_j` for each row. */
export const dotSource = (betas: Betas): string => `function (target, a, b, scale, ${betaName(betas)}) {
  ${betaStatement(betas, 'this.thread.x')}
  let sum = 0;
  for (let i = 0; i < this.constants.n; i++) {
    sum += a[this.thread.x][i] * b[this.thread.x][i];
  }
  return target[0][this.thread.x] - scale * beta * sum;
}`;

/** `target − scale β Σ_e w_e a_i b_j` for each row, over weights that are listed with the two numbers they multiply. */
export const linkedEnergySource = (
  betas: Betas,
): string => `function (target, a, b, weights, ends, scale, ${betaName(betas)}) {
  ${betaStatement(betas, 'this.thread.x')}
  let sum = 0;
  for (let e = 0; e < this.constants.n; e++) {
    sum += weights[0][e] * a[this.thread.x][ends[0][e]] * b[this.thread.x][ends[1][e]];
  }
  return target[0][this.thread.x] - scale * beta * sum;
}`;

/** `target + constant · β`. */
export const constantSource = (betas: Betas): string => `function (target, constant, ${betaName(betas)}) {
  ${betaStatement(betas, 'this.thread.x')}
  return target[0][this.thread.x] + constant * beta;
}`;

/** `l1 + factor Σ_i |w_ij|` for each column. */
export const groupSlopesSource = `function (weights, l1, factor) {
  let sum = 0;
  for (let i = 0; i < this.constants.n; i++) {
    sum += Math.abs(weights[i][this.thread.x]);
  }
  return l1 + factor * sum;
}`;

/** `g + l2 w + slope sign(w)`; with groups the slope is one of each column. */
export const penalisedSource = (grouped: boolean): string => `function (gradient, weights, l2, slope) {
  const w = weights[this.thread.y][this.thread.x];
  const g = gradient[this.thread.y][this.thread.x] + l2 * w;
  const s = ${grouped ? 'slope[0][this.thread.x]' : 'slope'};
  if (w > 0) { return g + s; }
  if (w < 0) { return g - s; }
  return g;
}`;

/** A gradient between −value and value. */
export const clippedSource = `function (gradient, value) {
  const g = gradient[this.thread.y][this.thread.x];
  if (g > value) { return value; }
  if (g < -value) { return -value; }
  return g;
}`;

/** The sum of squares of each row. */
export const squaresSource = `function (gradient) {
  let sum = 0;
  for (let j = 0; j < this.constants.n; j++) {
    sum += gradient[this.thread.x][j] * gradient[this.thread.x][j];
  }
  return sum;
}`;

/** `prior + Σ numbers`: one number. */
export const totalSource = `function (prior, numbers) {
  let sum = prior[0][0];
  for (let j = 0; j < this.constants.n; j++) {
    sum += numbers[0][j];
  }
  return sum;
}`;

/** A gradient scaled so that its norm, the root of the sum of squares, is at most `norm`. */
export const scaledSource = `function (gradient, squares, norm) {
  const length = Math.sqrt(squares[0][0]);
  const g = gradient[this.thread.y][this.thread.x];
  if (length > norm) { return g * (norm / length); }
  return g;
}`;

/** `momentum · velocity − rate · gradient`: a velocity, and the step that Nesterov's momentum makes of the new one. */
export const velocitySource = `function (velocity, gradient, momentum, rate) {
  return momentum * velocity[this.thread.y][this.thread.x] - rate * gradient[this.thread.y][this.thread.x];
}`;

/** `m + share (g − m)`: a running mean. */
export const meanSource = `function (mean, gradient, share) {
  const m = mean[this.thread.y][this.thread.x];
  return m + share * (gradient[this.thread.y][this.thread.x] - m);
}`;

/** `s + share (g² − s)`: a running mean of squares. */
export const meanSquareSource = `function (squares, gradient, share) {
  const s = squares[this.thread.y][this.thread.x];
  const g = gradient[this.thread.y][this.thread.x];
  return s + share * (g * g - s);
}`;

/** `−rate m / (√s + epsilon) − decay w`. */
export const adaptiveSource = `function (mean, squares, weights, rate, epsilon, decay) {
  const scaled = rate * mean[this.thread.y][this.thread.x] / (Math.sqrt(squares[this.thread.y][this.thread.x]) + epsilon);
  return 0 - scaled - decay * weights[this.thread.y][this.thread.x];
}`;

/** `parameter + step`, not below the minimum. */
export const movedSource = (
  constrained: boolean,
): string => `function (parameters, step${constrained ? ', minimum' : ''}) {
  const moved = parameters[this.thread.y][this.thread.x] + step[this.thread.y][this.thread.x];
  return ${constrained ? 'Math.max(moved, minimum)' : 'moved'};
}`;

/** `w_ij − μ_i b_j − λ_j a_i`: the gradient of weights in coordinates whose units count from offsets. */
export const centreWeightsSource = `function (weights, a, b, mu, lambda) {
  const moved = mu[0][this.thread.y] * b[0][this.thread.x] + lambda[0][this.thread.x] * a[0][this.thread.y];
  return weights[this.thread.y][this.thread.x] - moved;
}`;

/** `a_i − Σ_j λ_j w_ij`: a step of the first layer's fields that goes with one of the weights. */
export const centreFirstSource = `function (a, weights, lambda) {
  let sum = 0;
  for (let j = 0; j < this.constants.n; j++) {
    sum += lambda[0][j] * weights[this.thread.x][j];
  }
  return a[0][this.thread.x] - sum;
}`;

/** `b_j − Σ_i μ_i w_ij`: likewise of the second layer's. */
export const centreSecondSource = `function (b, weights, mu) {
  let sum = 0;
  for (let i = 0; i < this.constants.n; i++) {
    sum += mu[0][i] * weights[i][this.thread.x];
  }
  return b[0][this.thread.x] - sum;
}`;

/** How inverse temperatures are given: a number for all rows, or an array with one for each. */
export type Betas = 'one' | 'rows';

/** The name of the argument that gives them. */
export function betaName(betas: Betas): string {
  return betas === 'one' ? 'beta' : 'betas';
}

/** The statement that makes `beta` known. */
export function betaStatement(betas: Betas, row: string): string {
  return betas === 'one' ? '' : `const beta = betas[0][${row}];`;
}

/** The units of other blocks are not worth the work. */
const ELSEWHERE_ZERO = 'if (Math.abs(blocks[0][this.thread.x] - block) > 0.5) { return 0; }';

const RETURN_FORMER = 'return former[this.thread.y][this.thread.x];';

/** The unit that a number belongs to. */
const UNIT = 'Math.floor((this.thread.x + 0.5) / this.constants.q)';

const startOf = (first: boolean): string => (first ? '0' : 'prior[this.thread.y][this.thread.x]');

/** The arguments of a kernel, without those that it does not take. */
const named = (...given: readonly (string | false)[]): string => given.filter(Boolean).join(', ');
