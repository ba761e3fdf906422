import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  bernoulli,
  type Dataset,
  type EnergyModel,
  fitVisible,
  generator,
  RbmError,
  rbm,
  type Samples,
} from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { digits } from '@rbm/datasets';
import { mnist } from '@rbm/datasets/node';
import { decodeModel, encodeModel } from '@rbm/formats';
import { readFileBytes, writeFileAtomic } from '@rbm/formats/node';
import { gibbs } from '@rbm/samplers';
import { pcd, sgd, train } from '@rbm/train';
import type { MachineName } from './cases.js';

/** A trained machine and the samples it was trained on. */
export interface TrainedMachine {
  readonly model: EnergyModel;
  readonly samples: Samples;
}

interface Recipe {
  readonly hidden: number;
  readonly load: () => Promise<Dataset>;
  readonly batch: number;
  readonly epochs: number;
  readonly rate: number;
}

const recipes: Readonly<Record<Exclude<MachineName, 'random-1024'>, Recipe>> = {
  'mnist-500': { hidden: 500, load: loadMnist, batch: 100, epochs: 5, rate: 0.1 },
  'mnist-4000': { hidden: 4000, load: loadMnist, batch: 256, epochs: 1, rate: 0.05 },
  'digits-32': { hidden: 32, load: async () => digits(), batch: 32, epochs: 100, rate: 0.05 },
};

/**
 * A machine that was trained by PCD-1, once: it is kept in `cache`. `random-1024` is not trained: weak weights, no biases
 * and random samples keep all its units half on.
 */
export async function trainedMachine(
  name: MachineName,
  cache: string,
  backend: Backend,
  log: (line: string) => void,
): Promise<TrainedMachine> {
  if (name === 'random-1024') return randomMachine(4096, 1024, 256 * 4);
  const recipe = recipes[name];
  const { train: samples } = await recipe.load();
  const path = join(cache, `${name}.safetensors`);
  const known = await readIfThere(path);
  if (known) return { model: known, samples };
  log(`Training ${name}: PCD-1, ${recipe.epochs} epochs; kept in ${path}`);
  const model = rbm({ visible: bernoulli(samples.width), hidden: bernoulli(recipe.hidden), random: generator(1) });
  fitVisible(model, samples);
  const { batch, epochs, rate } = recipe;
  const records = train({
    model,
    data: samples,
    backend,
    estimator: pcd({ sampler: gibbs() }),
    optimizer: sgd(),
    rate: { from: rate, to: 0 },
    batch,
    epochs,
    random: generator(1).fork('training'),
  });
  for await (const { epoch } of records) if (epochs <= 10) log(`  epoch ${epoch.toFixed(0)} of ${epochs}`);
  await mkdir(cache, { recursive: true });
  await writeFileAtomic(path, encodeModel(model));
  return { model, samples };
}

/** A machine with all units half on. */
export function randomMachine(visible: number, hidden: number, count: number): TrainedMachine {
  const random = generator(1);
  // The inputs of a unit have a standard deviation of about 1/4, whatever the size.
  const scale = 0.5 / Math.sqrt(Math.max(visible, hidden));
  const model = rbm({ visible: bernoulli(visible), hidden: bernoulli(hidden), random, scale });
  const draws = random.fork('samples');
  const values = new Uint8Array(count * visible);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < visible; i++) values[n * visible + i] = draws.bernoulli(0.5, n, i, 0, 0);
  }
  return { model, samples: { values, count, width: visible } };
}

async function readIfThere(path: string): Promise<EnergyModel | undefined> {
  try {
    return decodeModel(await readFileBytes(path), path).model;
  } catch (error) {
    if (RbmError.isInstance(error) && error.code === 'FILE_NOT_FOUND') return undefined;
    throw error;
  }
}

function loadMnist(): Promise<Dataset> {
  return mnist({ resolveFrom: [import.meta.url] });
}
