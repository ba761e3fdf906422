import { cost, enumerate, freeEnergy, type Samples } from '@rbm/core';
import { monitorSuite } from '@rbm/testkit';
import { describe, it } from 'vitest';
import { exactLikelihood } from './exact-likelihood.js';
import { freeEnergies } from './free-energies.js';
import { heldOutLikelihood } from './held-out-likelihood.js';
import { pseudoLikelihood } from './pseudo-likelihood.js';
import { reconstructionError } from './reconstruction-error.js';

const mean = (numbers: ArrayLike<number>): number =>
  Array.from(numbers).reduce((sum, x) => sum + x, 0) / numbers.length;

describe('exactLikelihood', () =>
  monitorSuite({
    it,
    monitor: exactLikelihood,
    expected: async ({ model, train, heldOut }) => {
      const { logPartition } = await enumerate(model);
      const of = (samples: Samples): number => -cost(model, samples, logPartition);
      return { logLikelihoodTrain: of(train), logLikelihoodHeldOut: of(heldOut) };
    },
  }));

describe('freeEnergies', () =>
  monitorSuite({
    it,
    monitor: freeEnergies,
    expected: ({ model, train, heldOut }) => ({
      freeEnergyTrain: mean(freeEnergy(model, train.values)),
      freeEnergyHeldOut: mean(freeEnergy(model, heldOut.values)),
    }),
  }));

describe('heldOutLikelihood', () =>
  monitorSuite({
    it,
    monitor: heldOutLikelihood,
    expected: ({ model, heldOut, numbers }) => ({
      heldOutLogLikelihood: -mean(freeEnergy(model, heldOut.values)) - (numbers.logPartition as number),
    }),
  }));

describe('pseudoLikelihood', () =>
  monitorSuite({
    it,
    monitor: pseudoLikelihood,
    expected: ({ model, heldOut: { values, count, width } }) => {
      const here = freeEnergy(model, values);
      let sum = 0;
      for (let i = 0; i < width; i++) {
        const there = freeEnergy(
          model,
          values.map((x, n) => (n % width === i ? 1 - x : x)),
        );
        for (let row = 0; row < count; row++) {
          sum -= Math.log1p(Math.exp((here[row] as number) - (there[row] as number))) / count;
        }
      }
      return { pseudoLogLikelihood: sum };
    },
  }));

describe('reconstructionError', () => monitorSuite({ it, monitor: reconstructionError }));
