/** Onsager's critical temperature of the infinite square lattice, J = k_B = 1. */
export const CRITICAL: number = 2 / Math.log(1 + Math.SQRT2);

/**
 * Energy a spin of the infinite square lattice (Onsager 1944): `u = −coth(2K) [1 + (2/π) (2 tanh²(2K) − 1) K₁(k)]` with
 * `K = 1/T`, `k = 2 sinh(2K) / cosh²(2K)` and the complete elliptic integral of the first kind `K₁`.
 */
export function onsagerEnergy(temperature: number): number {
  const twoK = 2 / temperature;
  const modulus = (2 * Math.sinh(twoK)) / Math.cosh(twoK) ** 2;
  const factor = 2 * Math.tanh(twoK) ** 2 - 1;
  // At the critical temperature the integral diverges and its factor vanishes: their product is 0.
  const product = modulus >= 1 || factor === 0 ? 0 : factor * ellipticK(modulus);
  return (-1 / Math.tanh(twoK)) * (1 + (2 / Math.PI) * product);
}

/** Magnetisation a spin of the infinite lattice (Yang 1952): `(1 − sinh(2/T)⁻⁴)^(1/8)` below the critical temperature. */
export function yangMagnetisation(temperature: number): number {
  return temperature < CRITICAL ? (1 - Math.sinh(2 / temperature) ** -4) ** (1 / 8) : 0;
}

/** `K(k)` by the arithmetic-geometric mean of 1 and `√(1 − k²)`. */
function ellipticK(modulus: number): number {
  let [a, b] = [1, Math.sqrt(1 - modulus * modulus)];
  while (Math.abs(a - b) > 1e-15 * a) [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
  return Math.PI / (2 * a);
}
