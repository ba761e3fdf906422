// How fast two samplers of one distribution forget: single-site Gibbs on a network of spins, block Gibbs on its
// Gaussian-hidden form. Integrated autocorrelation times of the energy, in sweeps, as the coupling grows.
import { generator, hopfield, parameter, reference, spin } from '@rbm/core';
import { gibbs, measureAutocorrelation } from '@rbm/samplers';
import { hebb, toGaussianHidden } from '../dist/index.js';

const n = 64;
const draws = generator(1);

/** All pairs alike: J_ij = 1/n. Orders at T = 1. */
const ferromagnet = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 0 : 1 / n));

/** Five random patterns. */
const values = Float64Array.from({ length: 5 * n }, (_, i) => 2 * draws.bernoulli(0.5, 0, i, 0, 0) - 1);
const memory = hebb({ values, count: 5, width: n });

/** Sherrington and Kirkpatrick: normal couplings of variance 1/n. A glass below T = 1. */
const glass = Float64Array.from({ length: n * n }, (_, at) => {
  const [i, j] = [Math.floor(at / n), at % n];
  return i === j ? 0 : draws.normal(1, Math.min(i, j) * n + Math.max(i, j), 0, 0) / Math.sqrt(n);
});

async function time(model, sweeps) {
  const program = await reference().prepare(model);
  const options = { program, sampler: gibbs(), random: generator(2), chains: 20, burnIn: sweeps / 4, sweeps };
  const { time: found, reliable } = await measureAutocorrelation(options);
  return `${found.toFixed(1)}${reliable ? '' : ' (at least)'}`;
}

console.log(`| couplings, ${n} spins | T | hidden units | single-site, sweeps | Gaussian hidden, sweeps |`);
console.log('|---|---|---|---|---|');
for (const [name, couplings] of Object.entries({ 'all alike': ferromagnet, 'five patterns': memory, glass })) {
  for (const temperature of [4, 2, 1.2, 0.8, 0.5]) {
    const network = hopfield({ visible: spin(n), couplings: couplings.map((J) => J / temperature) });
    const { model } = toGaussianHidden(network);
    const hidden = parameter(model, 'weights').length / n;
    const cells = [name, temperature, hidden, await time(network, 2000), await time(model, 2000)];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
