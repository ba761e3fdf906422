import { bernoulli } from '@rbm/core';
import { definePlugin } from '@rbm/core/contracts';

/**
 * Replace what bernoulli(units) does: every function of the `Layer` contract is yours. `native` entries may be added for
 * backends that know them; all others run these functions on the host.
 */
export function create(_options = {}, { units = 1 } = {}) {
  return { ...own(bernoulli(units)) };
}

function own(layer) {
  const methods = {};
  for (const name of ['state', 'cgf', 'mean', 'covariance', 'mode', 'sample', 'addEnergy', 'addStatistics']) {
    methods[name] = layer[name].bind(layer);
  }
  for (const name of ['addExpectedStatistics', 'anneal', 'absorb', 'fit', 'findInvalid']) {
    methods[name] = layer[name].bind(layer);
  }
  const { specVersion, settings, units, width, states, uniforms, parameters, initial } = layer;
  const select = (chosen) => own(layer.select(chosen));
  return {
    specVersion,
    kind: 'my/__NAME__',
    settings,
    units,
    width,
    states,
    uniforms,
    parameters,
    initial,
    ...methods,
    select,
  };
}

export default () =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { layers: 1 },
    provides: { layers: { 'my/__NAME__': { create } } },
  });
