import { RbmError } from '@rbm/core';
import { definePlugin, readMeans, sweepKernel } from '@rbm/core/contracts';

/** Metropolis sampling of Bernoulli units: each flips with probability `flip · min(1, exp(−ΔE))`. */
export function metropolis({ flip = 0.5 } = {}) {
  const capabilities = { invariant: true, reversible: false, fixedUniforms: true };
  const bind = (program) => {
    const { layers, interactions } = program.model;
    if (layers.some(({ kind }) => kind !== 'bernoulli') || interactions.some(({ between: [a, b] }) => a === b)) {
      throw new RbmError('UNSUPPORTED', 'acme/metropolis is for Bernoulli layers whose own units do not interact.');
    }
    return sweepKernel(program, (states, site, chains, target) => sweep(program, states, site, chains, target, flip));
  };
  return { specVersion: 1, name: 'acme/metropolis', settings: { flip }, capabilities, bind };
}

/** Units of one layer are independent given the other layers, so a whole layer is tried at once. */
async function sweep(program, states, { random, step }, chains, target, flip) {
  const { backend, model } = program;
  for (let layer = 0, first = 0; layer < states.length; first += model.layers[layer++].units) {
    const { units } = model.layers[layer];
    const p = await readMeans(program, layer, states, chains, target);
    const x = await backend.read(states[layer]);
    const clamped = target?.clamp?.[layer] && (await backend.read(target.clamp[layer]));
    for (let i = 0; i < x.length; i++) {
      const [chain, unit] = [Math.floor(i / units), i % units];
      // exp(−ΔE) of a flip is the odds of the other value.
      const odds = x[i] === 1 ? (1 - p[i]) / p[i] : p[i] / (1 - p[i]);
      const flips = random.bernoulli(flip * Math.min(1, odds), chain, first + unit, step, 0);
      if (!clamped?.[clamped.length === units ? unit : i]) x[i] ^= flips;
    }
    backend.write(states[layer], x);
  }
}

const flip = { type: 'number', minimum: 0.01, maximum: 0.99, default: 0.5, describe: 'Share of flips tried' };
const samplers = { 'acme/metropolis': { options: { flip }, create: metropolis } };
export default () =>
  definePlugin({ name: 'rbm-sampler-metropolis', specVersion: { samplers: 1 }, provides: { samplers } });
