import { demand } from './agreement.js';
import { chooseParameters } from './check-parameters.js';
import { acceptedInterval } from './quadrature.js';
import { describeCase, energies, randomParameters, type Subject } from './subject.js';

/** Where the growth of an energy is measured: what is linear in `x` no longer counts beside the square. */
const [FAR, FARTHER] = [1e6, 1e8];
const TOLERANCE = 1e-5;

/**
 * Units that are numbers without a bound declare how their energy grows, unless it grows faster than every parabola: a model that
 * couples them is not normalizable otherwise, and nobody could tell.
 */
export function checkUnbounded({ make, unit, random }: Subject): void {
  const { unbounded } = unit;
  const support = unit.states === null && unit.width === 1 ? acceptedInterval((x) => accepts(unit, x)) : null;
  const ends = support ? support.filter((x) => !Number.isFinite(x)).map(Math.sign) : [];
  if (!support || ends.length === 0) {
    demand(unbounded === undefined, 'unbounded: found a declaration, wanted none for units that have bounds.');
    return;
  }
  const units = 3;
  const layer = make(units);
  for (let row = 0; row < 4; row++) {
    const parameters = randomParameters(layer, random.fork('unbounded'), row);
    const curvature = new Float64Array(units);
    layer.unbounded?.curvature(parameters, curvature);
    for (let i = 0; i < units; i++) {
      const own = chooseParameters(layer, parameters, Uint32Array.of(i));
      const of = (x: number): number => energies(unit, own, Float64Array.of(x))[0] as number;
      const growth = (far: number): number => Math.min(...ends.map((sign) => (2 * of(sign * far)) / far ** 2));
      const [near, far] = [growth(FAR), growth(FARTHER)];
      const where = describeCase(own, []);
      if (far > 3 * Math.abs(near) && far > 1) continue;
      demand(
        unbounded !== undefined,
        `unbounded: found no declaration of units that take every number up to ${support[1]} and whose energy grows like ½ γ x² ` +
          `with γ = ${far}, ${where}; wanted one, so that models which cannot be normalized are refused.`,
      );
      demand(
        Math.abs((curvature[i] as number) - far) <= TOLERANCE * (1 + far),
        `unbounded.curvature ${where}: found ${curvature[i]} for unit ${i}, wanted γ = ${far}, as the energy grows like ½ γ x².`,
      );
      const wanted = ends.length === 2 ? 'real' : 'nonNegative';
      demand(unbounded.support === wanted, `unbounded.support: found ${unbounded.support}, wanted ${wanted}.`);
      const bends = [-30, -3, -1, 1.5, 4, 50]
        .filter((x) => x - 1 >= support[0] && x + 1 <= support[1])
        .map((x) => of(x + 1) - 2 * of(x) + of(x - 1));
      const straight = bends.every((bend) => Math.abs(bend - far) <= TOLERANCE * (1 + far));
      demand(
        unbounded.parabola === straight,
        `unbounded.parabola: found ${unbounded.parabola}, wanted ${straight}: second differences of the energy ${where} are ` +
          `${bends.join(', ')}, and γ is ${far}.`,
      );
    }
  }
}

function accepts(unit: Subject['unit'], x: number): boolean {
  return unit.findInvalid([x], 'states') < 0;
}
