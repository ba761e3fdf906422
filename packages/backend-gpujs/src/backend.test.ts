import { bernoulli, type EnergyModel, generator, ising, RbmError, rbm, reference } from '@rbm/core';
import type { TrainingSnapshot } from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs } from '@rbm/samplers';
import { noDrift } from '@rbm/testkit';
import { pcd, sgd, type TrainOptions, train } from '@rbm/train';
import * as gpu from 'gpu.js';
import { describe, expect, test } from 'vitest';
import { gpujs } from './backend.js';
import type { Gpu, Gpujs, GpujsModule, KernelFunction, KernelSettings } from './gpu-module.js';

const module = gpu as unknown as Gpujs;

/** gpu.js with eyes on it: how many kernels live, how many were made, and a fault to order. */
class Watched {
  made = 0;
  live = 0;
  broken = false;

  get gpu(): GpujsModule {
    const watch = this;
    class WatchedGpu extends (module.GPU as unknown as new (settings: { mode: string }) => Gpu) {
      override createKernel(source: string, settings: KernelSettings): KernelFunction {
        const kernel = super.createKernel(source, settings);
        watch.made++;
        watch.live++;
        const watched = (...operands: unknown[]): unknown => {
          if (watch.broken) throw new Error('the device fell off the bus');
          return kernel(...operands);
        };
        const destroy = (): void => {
          watch.live--;
          kernel.destroy();
        };
        const setOutput = (output: readonly [number, number]): unknown => kernel.setOutput(output);
        return Object.defineProperty(Object.assign(watched, { destroy, setOutput }), 'kernel', {
          get: () => kernel.kernel,
        }) as unknown as KernelFunction;
      }
    }
    return { ...module, GPU: WatchedGpu } as unknown as GpujsModule;
  }
}

function options(epochs: number): Omit<TrainOptions, 'backend'> {
  return {
    model: rbm({ visible: bernoulli(9), hidden: bernoulli(5), random: generator(1), scale: 0.1 }),
    data: barsAndStripes(3).train,
    estimator: pcd({ sampler: gibbs() }),
    optimizer: sgd({ momentum: 0.5 }),
    rate: 0.1,
    batch: 14,
    epochs,
    every: 20,
    random: generator(1),
  };
}

describe.each(['webasm', 'cpu'] as const)('training on %s', (mode) => {
  test('compiles in its first steps only, and leaves nothing behind', async () => {
    const watched = new Watched();
    const backend = await gpujs({ gpu: watched.gpu, mode });
    const made: number[] = [];
    for await (const _ of train({ ...options(100), backend })) made.push(watched.made);
    expect(made).toHaveLength(5);
    expect(made[4]).toBe(made[0]);
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
    await backend.close();
    expect(watched.live).toBe(0);
  });

  test('that fails gives a coded error, and goes on elsewhere from its snapshot', async () => {
    const watched = new Watched();
    const backend = await gpujs({ gpu: watched.gpu, mode });
    let snapshot: TrainingSnapshot | undefined;
    let failure: unknown;
    try {
      for await (const record of train({ ...options(100), backend })) {
        if (record.step === 40) snapshot = await record.snapshot();
        if (record.step === 60) watched.broken = true;
      }
    } catch (error) {
      failure = error;
    }
    expect(RbmError.isInstance(failure) && failure.code).toBe('BACKEND_FAILED');
    expect(String(failure)).toContain('fell off the bus');
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
    await backend.close();
    expect(watched.live).toBe(0);
    const steps: number[] = [];
    const resumed = train({ ...options(100), backend: reference(), ...(snapshot ? { resume: snapshot } : {}) });
    for await (const { step } of resumed) steps.push(step);
    expect(steps).toEqual([60, 80, 100]);
  });

  test('interrupted and resumed gives the same bits', async () => {
    const run = async (
      resume?: TrainingSnapshot,
      until = 100,
    ): Promise<[EnergyModel, TrainingSnapshot | undefined]> => {
      const backend = await gpujs({ gpu, mode });
      const given = { ...options(100), backend, ...(resume ? { resume } : {}) };
      let snapshot: TrainingSnapshot | undefined;
      for await (const record of train(given)) {
        if (record.step < until) continue;
        snapshot = await record.snapshot();
        break;
      }
      await backend.close();
      return [given.model, snapshot];
    };
    const [whole] = await run();
    const [, half] = await run(undefined, 40);
    const [resumed] = await run(half);
    expect(resumed.parameters).toEqual(whole.parameters);
  });
});

test('one program that fails leaves the others alone', async () => {
  const watched = new Watched();
  const backend = await gpujs({ gpu: watched.gpu, mode: 'cpu' });
  const model = rbm({ visible: bernoulli(3), hidden: bernoulli(2) });
  const [first, second] = [await backend.prepare(model), await backend.prepare(model)];
  await backend.sync();
  watched.broken = true;
  const states = [0, 1].map((layer) => first.allocate({ holds: 'states', layer, rows: 2 }));
  first.gibbs(states, 1, { random: generator(1), step: 0 });
  await expect(backend.read(first.parameters)).rejects.toMatchObject({ code: 'BACKEND_FAILED' });
  await expect(backend.sync()).rejects.toMatchObject({ code: 'BACKEND_FAILED' });
  watched.broken = false;
  expect(await backend.read(second.parameters)).toEqual(model.parameters);
  first.dispose();
  await backend.sync();
  for (const buffer of states) buffer.dispose();
  second.dispose();
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  await backend.close();
  expect(watched.live).toBe(0);
});

test('chains of a lattice stay where they belong, colour by colour', async () => {
  const model = ising({ shape: [2, 3], periodic: false, couplings: 0.3, fields: 0.1 });
  const backend = await gpujs({ gpu, mode: 'webasm' });
  const random = generator(7);
  const { failures } = await noDrift({ sampler: gibbs(), model, backend, random, chains: 4000, sweeps: [1, 4] });
  expect(failures).toEqual([]);
  expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 });
  await backend.close();
});
