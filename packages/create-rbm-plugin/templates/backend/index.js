import { definePlugin, reference } from '@rbm/core';

/** Replace the operations one by one: until then they are those of the reference backend. */
export async function create() {
  const inner = reference();
  return {
    specVersion: 1,
    name: 'my/__NAME__',
    info: `my/__NAME__ on ${inner.info}`,
    capabilities: inner.capabilities,
    prepare: (model) => inner.prepare(model),
    write: (buffer, data) => inner.write(buffer, data),
    copy: (source, target) => inner.copy(source, target),
    gather: (source, rows, target) => inner.gather(source, rows, target),
    exchange: (a, rowsA, b, rowsB, accepted) => inner.exchange(a, rowsA, b, rowsB, accepted),
    metropolis: (accepted, logRatios, site) => inner.metropolis(accepted, logRatios, site),
    read: (buffer) => inner.read(buffer),
    sync: () => inner.sync(),
    memory: () => inner.memory(),
    close: () => inner.close(),
  };
}

export default () =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { backends: 1 },
    provides: { backends: { 'my/__NAME__': { create } } },
  });
