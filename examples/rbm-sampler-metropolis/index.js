import { definePlugin, layerParameters, RbmError, readInputs, sweepKernel } from '@rbm/core';

/** Metropolis sampling of Bernoulli units: each flips with probability `flip · min(1, exp(−ΔE))`. */
export function metropolis({ flip = 0.5 } = {}) {
  const capabilities = { reversible: false, fixedUniforms: true };
  const bind = (program) => {
    const { layers, interactions } = program.model;
    if (layers.some(({ kind }) => kind !== 'bernoulli') || interactions.some(({ between: [a, b] }) => a === b)) {
      throw new RbmError('UNSUPPORTED', 'acme/metropolis is for Bernoulli layers whose own units do not interact.');
    }
    return sweepKernel(program, (states, site, chains) => sweep(program, states, site, chains, flip));
  };
  return { specVersion: 1, name: 'acme/metropolis', capabilities, bind };
}

/** Units of one layer are independent given the other layers, so a whole layer is tried at once. */
async function sweep(program, states, { random, step }, chains, flip) {
  const { backend, model } = program;
  const parameters = await backend.read(program.parameters);
  for (let layer = 0, first = 0; layer < states.length; first += model.layers[layer++].units) {
    const bias = layerParameters(model, layer, parameters);
    const inputs = await readInputs(program, layer, states, chains);
    const x = await backend.read(states[layer]);
    for (let i = 0; i < x.length; i++) {
      const [chain, unit] = [Math.floor(i / bias.length), i % bias.length];
      const change = (2 * x[i] - 1) * (bias[unit] + inputs[i]);
      x[i] ^= random.bernoulli(flip * Math.min(1, Math.exp(-change)), chain, first + unit, step, 0);
    }
    backend.write(states[layer], x);
  }
}

const options = {
  flip: { type: 'number', minimum: 0.01, maximum: 0.99, default: 0.5, describe: 'Share of flips tried' },
};
const samplers = { 'acme/metropolis': { options, create: metropolis } };
export default () =>
  definePlugin({ name: 'rbm-sampler-metropolis', specVersion: { samplers: 1 }, provides: { samplers } });
