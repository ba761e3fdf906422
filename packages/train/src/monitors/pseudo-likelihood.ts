import { logSumExp, meanAndStandardError, RbmError, type Samples } from '@rbm/core';
import {
  type Buffer,
  checkArguments,
  argumentKinds as kinds,
  type Layer,
  type Monitor,
  optional,
  throwIfAborted,
  toFloat64,
} from '@rbm/core/contracts';
import { FreeEnergyRows } from './passes.js';

/** What `pseudoLikelihood` takes. */
export interface PseudoLikelihoodOptions {
  /** How many samples, from the first on; 1,000 unless given. */
  readonly samples?: number;
}

/**
 * The log pseudo-likelihood `Σ_i log P(v_i | v_without_i)` in nats a sample (Besag 1975), estimated from one random unit
 * for each sample, times the number of units: `pseudoLogLikelihood` and its standard error over the samples,
 * `pseudoLogLikelihoodError`. Needs no `log Z`. It is not the likelihood, and can be far above it. Of held-out samples
 * where there are any. For visible units with finitely many states.
 */
export function pseudoLikelihood(options: PseudoLikelihoodOptions = {}): Monitor {
  checkArguments('pseudoLikelihood', options, { samples: optional(kinds.count) });
  const { samples = 1000 } = options;
  return {
    specVersion: 1,
    name: 'pseudoLikelihood',
    async measure(context) {
      const { program, train, heldOut, random, step, signal } = context;
      const { model, backend } = program;
      const data: Samples = heldOut ?? train;
      const count = Math.min(samples, data.count);
      const layers = model.visible.map((l) => model.layers[l] as Layer);
      if (model.visible.length !== 1 || layers[0]?.states == null) {
        throw new RbmError(
          'UNSUPPORTED',
          'The pseudo-likelihood needs one visible layer of units with finitely many states.',
        );
      }
      const [layer] = layers as [Layer];
      const states = layer.states as number;
      const width = data.width;
      const rows = Math.min(ROWS, count);
      const pass = new FreeEnergyRows(program, data, rows, 'monitored');
      const [visible] = pass.samples.visible as [Buffer];
      const batch = new Float64Array(rows * width);
      const logs = new Float64Array(count);
      const free = Array.from({ length: states }, () => new Float64Array(rows));
      const scratch = new Float64Array(states);
      const stateValues = new Float64Array(layer.width);
      try {
        if (visible.spec.holds !== 'states') {
          throw new RbmError('UNSUPPORTED', 'The pseudo-likelihood needs data that are states, not grey levels.');
        }
        for (let first = 0; first < count; first += rows) {
          throwIfAborted(signal);
          const here = Math.min(rows, count - first);
          const units = Array.from({ length: here }, (_, row) =>
            Math.floor(random.uniform(first + row, 0, step, 0) * layer.units),
          );
          const observed = toFloat64(data.values.subarray(first * width, (first + here) * width));
          const observedStates = new Int32Array(here);
          batch.set(observed);
          for (let k = 0; k < states; k++) {
            layer.state(k, stateValues, 0);
            units.forEach((unit, row) => {
              const start = row * width + unit * layer.width;
              batch.set(stateValues, start);
              if (stateValues.every((x, i) => x === observed[start + i])) observedStates[row] = k;
            });
            backend.write(visible, batch);
            (free[k] as Float64Array).set(await pass.freeEnergies());
          }
          for (let row = 0; row < here; row++) {
            const k = observedStates[row] as number;
            for (let s = 0; s < states; s++) scratch[s] = -((free[s] as Float64Array)[row] as number);
            logs[first + row] = layer.units * ((scratch[k] as number) - logSumExp(scratch));
          }
        }
      } finally {
        pass.dispose();
      }
      const { mean, standardError } = meanAndStandardError(logs);
      return { pseudoLogLikelihood: mean, pseudoLogLikelihoodError: standardError };
    },
  };
}

/** Rows worked on at once. */
const ROWS = 100;
