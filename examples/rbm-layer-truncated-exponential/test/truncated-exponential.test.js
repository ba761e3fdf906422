import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Catalog } from '@rbm/core/contracts';
import { layerSuite } from '@rbm/testkit';
import plugin, { truncatedExponential } from 'rbm-layer-truncated-exponential';

layerSuite({ it, layer: truncatedExponential });

/** `f` of one unit at input z. */
function at(f, z) {
  const out = new Float64Array(1);
  truncatedExponential(1)[f](Float64Array.of(0), Float64Array.of(z), out);
  return out[0];
}

for (const [name, threshold] of [
  ['mean', 0.25],
  ['covariance', 0.25],
]) {
  it(`has the same ${name} on both sides of where its formula changes`, () => {
    for (const sign of [-1, 1]) {
      const [inside, outside] = [1 - 1e-14, 1 + 1e-14].map((share) => at(name, sign * share * threshold));
      assert.ok(Math.abs(inside - outside) < 1e-13, `${inside} and ${outside}`);
    }
  });
}

it('has the known values at log 2 and far out', () => {
  assert.ok(Math.abs(at('mean', Math.log(2)) - (2 - 1 / Math.log(2))) < 1e-14);
  assert.ok(Math.abs(at('cgf', Math.log(2)) + Math.log(Math.log(2))) < 1e-14);
  assert.equal(at('cgf', 0), 0);
  assert.ok(Math.abs(at('cgf', 1e4) - (1e4 - Math.log(1e4))) < 1e-9);
  assert.ok(Math.abs(at('mean', -1e4) - 1e-4) < 1e-12);
});

it('stands for grey levels: independent units have the means of the data', () => {
  const values = Float64Array.of(0.1, 0.9, 0.3, 0.8, 0.2, 1);
  const layer = truncatedExponential(2);
  const [bias, means] = [new Float64Array(2), new Float64Array(2)];
  // One sample of a uniform unit is added to the three.
  layer.fit(values, Float64Array.of(1, 1, 1), 1, bias);
  layer.mean(bias, new Float64Array(2), means);
  for (const [i, sum] of [0.6, 2.7].entries()) assert.ok(Math.abs(means[i] - (sum + 0.5) / 4) < 1e-12, `${means}`);
});

it('is made by its name', () => {
  assert.equal(new Catalog([plugin()]).createLayer('acme/truncated-exponential', 4).units, 4);
});
