import { agree } from './agreement.js';
import { derivative } from './derivative.js';
import { added, cgf, energies, expectation, filled, law, type Subject, someValues } from './subject.js';

/** `addStatistics` adds `−∂E/∂θ` for every stored parameter, each row times its scale. */
export function checkStatistics({ unit, cases }: Subject): void {
  const { width } = unit;
  for (const each of cases) {
    const { parameters } = each;
    const values = someValues(unit, law(unit, each));
    const rows = values.length / width;
    const scale = Float64Array.from({ length: rows }, (_, row) => 0.5 - row);
    const wanted = parameters.map((_, p) => {
      const slopes = derivative((theta) => energies(unit, theta, values), parameters, p);
      return slopes.reduce((sum, slope, row) => sum - (scale[row] as number) * slope, 99);
    });
    const found = filled(parameters.length, (out) => unit.addStatistics(parameters, values, scale, out));
    // Energies far out are large, and so is the rounding of their differences.
    agree(`statistics, as −∂E/∂parameter, added to 99, ${each.where}`, found, wanted, 1e-7);
    for (let row = 0; row < rows; row++) {
      const value = values.slice(row * width, (row + 1) * width);
      const one = added(parameters.length, (out) => unit.addStatistics(parameters, value, Float64Array.of(1), out));
      const slopes = parameters.map(
        (_, p) => -(derivative((theta) => energies(unit, theta, value), parameters, p)[0] as number),
      );
      agree(`statistics of [${value}], as −∂E/∂parameter, ${each.where}`, one, slopes, 1e-7);
    }
  }
}

/** `addExpectedStatistics` adds `∂Γ/∂θ`, which is the average of `addStatistics` over the distribution. */
export function checkExpectedStatistics({ unit, cases }: Subject): void {
  for (const each of cases) {
    const { parameters, input } = each;
    const one = Float64Array.of(1);
    const found = added(parameters.length, (out) => unit.addExpectedStatistics(parameters, input, one, out));
    const slopes = parameters.map((_, p) => derivative((theta) => cgf(unit, theta, input), parameters, p)[0] as number);
    agree(`expected statistics, as ∂cgf/∂parameter, ${each.where}`, found, slopes, 1e-7);
    const average = expectation(law(unit, each), unit.width, (x) =>
      added(parameters.length, (out) => unit.addStatistics(parameters, x, one, out)),
    );
    agree(`expected statistics, as the average of the statistics, ${each.where}`, found, average, 1e-8);
    const twice = Float64Array.from([...input, ...input]);
    const weighted = filled(parameters.length, (out) =>
      unit.addExpectedStatistics(parameters, twice, Float64Array.of(2, -0.5), out),
    );
    agree(
      `expected statistics of two rows, added to 99, ${each.where}`,
      weighted,
      found.map((f) => 99 + 1.5 * f),
      1e-9,
    );
  }
}
