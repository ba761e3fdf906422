import { RbmError } from '@rbm/core';
import type { Buffer, Program, Sampler, Site, Target } from '@rbm/core/contracts';
import { sweepSampler } from '../sweep-sampler.js';

/** How a Metropolis kernel decides, so that wrong ones can be made. */
export interface MetropolisRule {
  /** The probability of a proposal that raises the energy by `rise`. */
  readonly acceptance: (rise: number) => number;
  /** Asks for no random number where the answer is sure. */
  readonly impatient?: boolean;
}

/**
 * Metropolis et al. (1953), for Bernoulli units: proposes to flip one unit, chosen at random, of each chain. A kernel of
 * another make than Gibbs, on which to try the suite.
 */
export function metropolis(rule: MetropolisRule = { acceptance: (rise) => Math.min(1, Math.exp(-rise)) }): Sampler {
  const sampler = sweepSampler(
    'metropolis',
    (program, layers, site, target) => sweep(program, layers, site, target, rule),
    {
      reversible: true,
      fixedUniforms: true,
    },
  );
  return {
    ...sampler,
    bind: (program) => {
      if (program.model.layers.some(({ kind }) => kind !== 'bernoulli')) {
        throw new RbmError(
          'UNSUPPORTED',
          'Units other than Bernoulli cannot be flipped. Use a model of Bernoulli units.',
        );
      }
      return sampler.bind(program);
    },
  };
}

async function sweep(
  program: Program,
  layers: readonly Buffer[],
  site: Site,
  target: Target | undefined,
  rule: MetropolisRule,
): Promise<void> {
  const { backend, model } = program;
  const units = model.layers.reduce((sum, layer) => sum + layer.units, 0);
  const rows = ((layers[0] as Buffer).spec as { readonly rows: number }).rows;
  const change = program.allocate({ holds: 'rows', rows });
  try {
    const assignment = layers.map((values) => ({ values }));
    program.energy(assignment, { rows: change, scale: -1 }, target);
    const before = await Promise.all(layers.map((buffer) => backend.read(buffer)));
    const chosen = Array.from({ length: rows }, (_, row) =>
      site.random.categorical(new Float64Array(units).fill(1 / units), 0, units, row, 0, site.step, 0),
    );
    const after = flip(program, before, chosen);
    for (const [l, buffer] of layers.entries()) backend.write(buffer, after[l] as Float64Array);
    program.energy(assignment, { rows: change, scale: 1 }, target);
    const rises = await backend.read(change);
    const clamped = await readClamped(program, target, rows);
    for (let row = 0; row < rows; row++) {
      // A clamped unit stays: proposals to flip it are rejected.
      const p = clamped(row, chosen[row] as number) ? 0 : rule.acceptance(rises[row] as number);
      const sure = rule.impatient && p === 1;
      if (sure || site.random.bernoulli(p, row, 0, site.step, 1)) continue;
      for (const [l, { units: length }] of model.layers.entries()) {
        const [start, end] = [row * length, (row + 1) * length];
        (after[l] as Float64Array).set((before[l] as Float64Array).subarray(start, end), start);
      }
    }
    for (const [l, buffer] of layers.entries()) backend.write(buffer, after[l] as Float64Array);
  } finally {
    change.dispose();
  }
}

/** Whether a unit, numbered across the model, is clamped in a row. */
async function readClamped(
  { backend, model }: Program,
  target: Target | undefined,
  rows: number,
): Promise<(row: number, unit: number) => boolean> {
  const masks = await Promise.all((target?.clamp ?? []).map((mask) => mask && backend.read(mask)));
  return (row, unit) => {
    let first = 0;
    for (const [l, { units }] of model.layers.entries()) {
      const mask = masks[l];
      const inside = unit >= first && unit < first + units;
      if (inside) return mask ? mask[(mask.length === rows * units ? row * units : 0) + unit - first] !== 0 : false;
      first += units;
    }
    return false;
  };
}

function flip(program: Program, values: readonly Float64Array[], chosen: readonly number[]): Float64Array[] {
  const flipped = values.map((layer) => layer.slice());
  for (const [row, unit] of chosen.entries()) {
    let first = 0;
    for (const [l, { units }] of program.model.layers.entries()) {
      const layer = flipped[l] as Float64Array;
      const at = row * units + unit - first;
      if (unit >= first && unit < first + units) layer[at] = 1 - (layer[at] as number);
      first += units;
    }
  }
  return flipped;
}
