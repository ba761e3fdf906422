import { bernoulli, generator, RbmError, rbm } from '@rbm/core';
import type { TrainingSnapshot } from '@rbm/core/contracts';
import { barsAndStripes } from '@rbm/datasets';
import { gibbs } from '@rbm/samplers';
import { pcd, sgd, type TrainOptions, train } from '@rbm/train';
import { open } from './open.js';
import type { LossReport } from './reports.js';

/** What the page did to the graphics interfaces, seen from outside. */
interface Watch {
  made: number;
  readonly live: Set<unknown>;
  lose: () => void;
}

/** Counts what is made and released on the device, and keeps the means to lose it. */
function watch(): Watch {
  const seen: Watch = { made: 0, live: new Set(), lose: () => {} };
  const gl = WebGL2RenderingContext.prototype;
  const { createTexture, deleteTexture } = gl;
  gl.createTexture = function () {
    seen.made++;
    const extension = this.getExtension('WEBGL_lose_context');
    seen.lose = () => extension?.loseContext();
    const texture = createTexture.call(this);
    seen.live.add(texture);
    return texture;
  };
  gl.deleteTexture = function (texture) {
    seen.live.delete(texture);
    deleteTexture.call(this, texture);
  };
  // The interfaces of WebGPU have no types here.
  const { GPUDevice, GPUBuffer } = globalThis as unknown as {
    GPUDevice?: { prototype: { createBuffer(this: { destroy(): void }, options: unknown): unknown } };
    GPUBuffer?: { prototype: { destroy(): void } };
  };
  if (GPUDevice && GPUBuffer) {
    const { createBuffer } = GPUDevice.prototype;
    GPUDevice.prototype.createBuffer = function (options) {
      seen.made++;
      seen.lose = () => this.destroy();
      const buffer = createBuffer.call(this, options);
      seen.live.add(buffer);
      return buffer;
    };
    const { destroy } = GPUBuffer.prototype;
    GPUBuffer.prototype.destroy = function () {
      seen.live.delete(this);
      destroy.call(this);
    };
  }
  return seen;
}

const STEPS = 120;

function options(): Omit<TrainOptions, 'backend'> {
  return {
    model: rbm({ visible: bernoulli(9), hidden: bernoulli(5), random: generator(1), scale: 0.1 }),
    data: barsAndStripes(3).train,
    estimator: pcd({ sampler: gibbs() }),
    optimizer: sgd({ momentum: 0.5 }),
    rate: 0.1,
    batch: 14,
    epochs: STEPS,
    every: 20,
    random: generator(1),
  };
}

export async function reportLoss(parameters: URLSearchParams): Promise<LossReport> {
  const seen = watch();
  const whole = await open(parameters);
  let half = 0;
  let end = 0;
  for await (const { step } of train({ ...options(), backend: whole })) {
    if (step === STEPS / 2) half = seen.made;
    if (step === STEPS) end = seen.made;
  }
  await whole.close();
  const { made } = seen;
  const left = seen.live.size;

  const backend = await open(parameters);
  let snapshot: TrainingSnapshot | undefined;
  let failure: unknown;
  try {
    for await (const record of train({ ...options(), backend })) {
      if (record.step === 40) snapshot = await record.snapshot();
      if (record.step === 60) {
        seen.lose();
        // The browser tells of the loss a moment later.
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  } catch (error) {
    failure = error;
  }
  await backend.close();
  const other = await open(new URLSearchParams('mode=webasm'));
  let to = 0;
  for await (const { step } of train({ ...options(), backend: other, ...(snapshot ? { resume: snapshot } : {}) })) {
    to = step;
  }
  await other.close();
  const [code, message] = RbmError.isInstance(failure) ? [failure.code, failure.message] : ['none', String(failure)];
  return { code, message, from: snapshot?.step ?? -1, to, made, left, late: end - half };
}
