import {
  createModel,
  type EnergyModel,
  enumerate,
  exactGradient,
  fitVisible,
  generator,
  reference,
  spin,
} from '@rbm/core';
import type { OpenInteraction } from '@rbm/core/contracts';
import { gibbs } from '@rbm/samplers';
import { productInteraction } from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import { centring } from './centring.js';
import { cd } from './contrastive-divergence.js';
import { exact } from './exact-gradient.js';
import { maximumPseudoLikelihood } from './maximum-pseudo-likelihood.js';
import { pcd } from './persistent-contrastive-divergence.js';
import { sgd } from './sgd.js';
import { train } from './train.js';

/** Four spins in products of three: (0, 1, 2) and (1, 2, 3). */
function triples(changes: Partial<OpenInteraction> = {}): EnergyModel {
  const own = productInteraction({
    name: 'triples',
    between: [0],
    units: [4],
    widths: [1],
    terms: [0, 1].map((parameter) => ({
      parameter,
      factors: [0, 1, 2].map((i) => [0, parameter + i] as const),
    })),
  });
  return createModel({
    kind: 'test/triples',
    layers: [{ name: 'visible', layer: spin(4), visible: true }],
    interactions: [{ ...own, ...changes }],
    blocks: [[0, 3], [1], [2]].map((units) => [{ layer: 0, units: Uint32Array.from(units) }]),
  });
}

/** Samples of which the product of the first three is mostly 1. */
const data = {
  values: Float64Array.of(1, 1, 1, -1, 1, -1, -1, 1, -1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, 1),
  count: 5,
  width: 4,
};

const options = { data, backend: reference(), optimizer: sgd(), rate: 0.1, batch: 5, random: generator(1) };

describe('a model whose interaction no built-in kind can express', () => {
  it.each([
    ['exact', exact(), 300, 1e-3],
    ['pcd', pcd({ sampler: gibbs(), chains: 400 }), 300, 0.15],
    ['cd', cd({ k: 5 }), 300, 0.25],
  ])('is trained to a gradient near 0 by %s', async (_, estimator, epochs, tolerance) => {
    const model = triples();
    fitVisible(model, data);
    for await (const _record of train({ ...options, model, estimator, epochs })) void _record;
    const { gradient } = exactGradient(model, data, await enumerate(model));
    expect(Math.hypot(...gradient)).toBeLessThan(tolerance);
  });

  it('has no gradient of the pseudo-likelihood, whose identity is one of pairs', async () => {
    const program = await reference().prepare(triples());
    expect(() => maximumPseudoLikelihood().bind(program, 5)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it('is not resumed as another: settings and lists are compared', async () => {
    const run = (model: EnergyModel, resume?: object) =>
      train({ ...options, model, estimator: exact(), epochs: 3, ...resume });
    let resume: object | undefined;
    for await (const record of run(triples())) {
      resume = { resume: await record.snapshot() };
      break;
    }
    for (const other of [triples({ settings: { span: 3 } }), triples({ indices: { terms: Uint32Array.of(1) } })]) {
      const go = async () => {
        for await (const _record of run(other, resume)) void _record;
      };
      await expect(go()).rejects.toMatchObject({ code: 'RUN_CHANGED' });
    }
  });

  it('is not centred', () => {
    expect(() => centring(triples(), data)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});
