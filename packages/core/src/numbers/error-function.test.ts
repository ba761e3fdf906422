import { expect, test } from 'vitest';
import { erfcx } from './error-function.js';

/** `exp(x²) erfc(x)` in decimal arithmetic of 80 digits, rounded to float64. */
const table: [x: number, value: number][] = [
  [-26.6, 3.894337719605585e307],
  [-25, 5.4335189393274735e271],
  [-20.3, 1.859700651326472e179],
  [-10, 5.376234283632271e43],
  [-6.1, 2.8915297653671856e16],
  [-5, 144009798674.66104],
  [-4, 17772220.904016286],
  [-3.7, 1764092.7560908962],
  [-2, 108.94090438997797],
  [-1, 5.008980080762283],
  [-0.5, 1.952360489182557],
  [-0.46875, 1.859402416871422],
  [-0.3, 1.4537492328427655],
  [-0.001, 1.0011293799198486],
  [-1e-9, 1.0000000011283792],
  [0, 1],
  [1e-300, 1],
  [1e-9, 0.9999999988716208],
  [0.001, 0.9988726200811514],
  [0.3, 0.7345993345676551],
  [0.46875, 0.6320696892495561],
  [0.46876, 0.6320643311493123],
  [0.5, 0.6156903441929259],
  [0.75, 0.5069376502931449],
  [1, 0.427583576155807],
  [1.5, 0.3215854164543175],
  [2, 0.25539567631050575],
  [2.5, 0.2108063640611436],
  [3, 0.17900115118138996],
  [3.99, 0.1373240409142297],
  [4, 0.13699945762506138],
  [4.01, 0.13667636742994915],
  [5, 0.11070463773306863],
  [6, 0.09277656780053835],
  [10, 0.05614099274382259],
  [27, 0.02088160799042094],
  [50, 0.011281536265323773],
  [100, 0.005641613782989433],
  [1000, 0.0005641893014533876],
  [12345.678, 4.569935986479901e-5],
  [1e6, 5.641895835474742e-7],
  [1e8, 5.641895835477562e-9],
  [1e20, 5.6418958354775626e-21],
  [1e155, 5.641895835477562e-156],
  [1e300, 5.641895835477562e-301],
];

test.each(table)('erfcx(%d) is right to some units in the last place', (x, value) => {
  expect(Math.abs(erfcx(x) - value) / value).toBeLessThan(1e-15);
});

test('the ends', () => {
  expect(erfcx(-27)).toBe(Number.POSITIVE_INFINITY);
  expect(erfcx(Number.NEGATIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  expect(erfcx(Number.POSITIVE_INFINITY)).toBe(0);
  expect(erfcx(Number.NaN)).toBeNaN();
});

test('it falls, and follows its differential equation, across the seams of the approximations', () => {
  for (let x = -26; x < 30; x += 0.0078125) {
    const step = 2 ** -12;
    const [before, here, after] = [erfcx(x - step), erfcx(x), erfcx(x + step)];
    expect(after).toBeLessThan(before);
    // y' = 2 x y − 2/√π, by a symmetric difference whose own error is h²/6 times the third derivative.
    const slope = (after - before) / (2 * step);
    const exact = 2 * x * here - 2 / Math.sqrt(Math.PI);
    expect(Math.abs(slope - exact) / here).toBeLessThan((step ** 2 / 6) * (2 * Math.abs(x) + 3) ** 3 + 1e-11);
  }
});
