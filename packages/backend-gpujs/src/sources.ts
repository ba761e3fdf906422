/**
 * Sources of the kernels, in the part of JavaScript that gpu.js translates. They are texts, not functions, since gpu.js
 * parses them and minifiers would change functions. `this.thread.x` is the column of the output, `this.thread.y` its row.
 */

/** The numbers as they are. */
export const uploadSource = `function (numbers) {
  return numbers[this.thread.y][this.thread.x];
}`;

export const transposeSource = `function (numbers) {
  return numbers[this.thread.x][this.thread.y];
}`;

/** `prior + values · matrix`; `matrix`: `[n, columns]`. */
export const productSource = `function (prior, values, matrix) {
  let sum = prior[this.thread.y][this.thread.x];
  for (let i = 0; i < this.constants.n; i++) {
    sum += values[this.thread.y][i] * matrix[i][this.thread.x];
  }
  return sum;
}`;

/** `values · matrix`. */
export const firstProductSource = `function (values, matrix) {
  let sum = 0;
  for (let i = 0; i < this.constants.n; i++) {
    sum += values[this.thread.y][i] * matrix[i][this.thread.x];
  }
  return sum;
}`;

/** `prior + scale Σ_row a_i b_j`: statistics of the weights between two layers. */
export const outerSource = (weighted: boolean): string => `function (prior, a, b, ${weighted ? 'weights, ' : ''}scale) {
  let sum = 0;
  for (let row = 0; row < this.constants.rows; row++) {
    sum += a[row][this.thread.y] * b[row][this.thread.x]${weighted ? ' * weights[0][row]' : ''};
  }
  return prior[this.thread.y][this.thread.x] + scale * sum;
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

/** `target + constant · β`. */
export const constantSource = (betas: Betas): string => `function (target, constant, ${betaName(betas)}) {
  ${betaStatement(betas, 'this.thread.x')}
  return target[0][this.thread.x] + constant * beta;
}`;

/** `momentum · velocity − rate · (gradient + decay · parameter)`. */
export const velocitySource = `function (velocity, gradient, parameters, momentum, rate, decay) {
  const slope = gradient[this.thread.y][this.thread.x] + decay * parameters[this.thread.y][this.thread.x];
  return momentum * velocity[this.thread.y][this.thread.x] - rate * slope;
}`;

/** `parameter + velocity`, not below the minimum. */
export const descentSource = (
  constrained: boolean,
): string => `function (parameters, velocity${constrained ? ', minimum' : ''}) {
  const moved = parameters[this.thread.y][this.thread.x] + velocity[this.thread.y][this.thread.x];
  return ${constrained ? 'Math.max(moved, minimum)' : 'moved'};
}`;

/** `w_ij − μ_i b_j − λ_j a_i`: the gradient of weights in coordinates whose units count from offsets. */
export const centreWeightsSource = `function (weights, a, b, mu, lambda) {
  const moved = mu[0][this.thread.y] * b[0][this.thread.x] + lambda[0][this.thread.x] * a[0][this.thread.y];
  return weights[this.thread.y][this.thread.x] - moved;
}`;

/** `a_i − Σ_j λ_j w_ij`: the gradient of the first layer's fields. */
export const centreFirstSource = `function (a, weights, lambda) {
  let sum = 0;
  for (let j = 0; j < this.constants.n; j++) {
    sum += lambda[0][j] * weights[this.thread.x][j];
  }
  return a[0][this.thread.x] - sum;
}`;

/** `b_j − Σ_i μ_i w_ij`: that of the second layer's. */
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
