import { gpujs } from '@rbm/backend-gpujs';
import { wasm } from '@rbm/backend-wasm';
import { bernoulli, fitVisible, generator, logLikelihood, rbm, type Samples } from '@rbm/core';
import type { Backend } from '@rbm/core/contracts';
import { annealedImportanceSampling, baseRates, gibbs } from '@rbm/samplers';
import { backendSuite } from '@rbm/testkit';
import { pcd, sgd, train } from '@rbm/train';
import { bernoulliMachine, contestant } from '../rbm-backend.js';
import type { Workload } from '../workload.js';
import type { Operation } from './cost.js';
import type { CheckRequest, EngineName, OpenedSide, SendPart, SuitePart, Timed, TrainedResult } from './requests.js';

/** Sweeps between waits for the backend. */
const SLICE = 8;
const VISIBLE = 784;
const HIDDEN = 500;
const HELD_OUT = 500;

/** Answers requests with one engine; runs in Node and in pages. */
export class Answers {
  #open: (() => Promise<Backend>) | undefined;
  #backend: Backend | undefined;

  async answer(request: CheckRequest, send: SendPart): Promise<unknown> {
    switch (request.ask) {
      case 'open':
        return this.#start(request.engine, request.threads);
      case 'suite':
        return suite(this.#open as () => Promise<Backend>, send);
      case 'time': {
        const { operation, visible, hidden, batch, duration } = request;
        return timeOperation(this.#backend as Backend, operation, [visible, hidden, batch], duration);
      }
      case 'train':
        return trainAndEvaluate(this.#backend as Backend, decodeImages(request.images), request.epochs);
    }
  }

  async #start(engine: EngineName, threads: number): Promise<OpenedSide> {
    this.#open =
      engine === 'wasm' ? () => wasm({ threads }) : () => gpujs({ gpu: () => import('gpu.js'), mode: engine });
    this.#backend = await this.#open();
    const { info } = this.#backend;
    const described =
      engine === 'webgpu' ? await webgpuLimits() : engine === 'webgl2' ? webglLimits() : { adapter: {}, limits: {} };
    return { info, hardware: engine !== 'wasm' && / GPU \(/.test(info), ...described };
  }
}

type Described = Pick<OpenedSide, 'adapter' | 'limits'>;

async function webgpuLimits(): Promise<Described> {
  type Adapter = {
    readonly info: Readonly<Record<string, unknown>>;
    readonly limits: Readonly<Record<string, number>>;
  };
  const { gpu } = navigator as unknown as { gpu: { requestAdapter(): Promise<Adapter | null> } };
  const found = await gpu.requestAdapter();
  if (!found) return { adapter: {}, limits: {} };
  const adapter: Record<string, string> = {};
  for (const name of ['vendor', 'architecture', 'device', 'description']) {
    const value = found.info[name];
    if (typeof value === 'string' && value !== '') adapter[name] = value;
  }
  const limits: Record<string, number> = {};
  for (const name of [
    'maxBufferSize',
    'maxStorageBufferBindingSize',
    'maxStorageBuffersPerShaderStage',
    'maxComputeWorkgroupStorageSize',
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupsPerDimension',
  ]) {
    const value = found.limits[name];
    if (value !== undefined) limits[name] = Number(value);
  }
  return { adapter, limits };
}

function webglLimits(): Described {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return { adapter: {}, limits: {} };
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  return {
    adapter: extension ? { renderer: String(gl.getParameter(extension.UNMASKED_RENDERER_WEBGL)) } : {},
    limits: {
      MAX_TEXTURE_SIZE: Number(gl.getParameter(gl.MAX_TEXTURE_SIZE)),
      MAX_TEXTURE_IMAGE_UNITS: Number(gl.getParameter(gl.MAX_TEXTURE_IMAGE_UNITS)),
    },
  };
}

/** Runs the conformance suite, each check reported when it ends: those of the contract first, those of kinds of units after. */
async function suite(backend: () => Promise<Backend>, send: SendPart): Promise<number> {
  const checks: { readonly name: string; readonly run: () => unknown }[] = [];
  backendSuite({ it: (name, run) => checks.push({ name, run }), backend, budget: Number.POSITIVE_INFINITY });
  const contract = checks.filter(({ name }) => !name.includes(':'));
  const kinds = checks.filter(({ name }) => name.includes(':'));
  for (const { name, run } of [...contract, ...kinds]) {
    let failure: string | undefined;
    try {
      await run();
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    send({ total: checks.length, name, ...(failure === undefined ? {} : { failure }) } satisfies SuitePart);
  }
  return checks.length;
}

/** Something whose steps are timed. */
interface Steps {
  /** Milliseconds a step. */
  run(steps: number): Promise<number>;
  close(): Promise<void>;
}

/** Times an operation on a model of units that are half on: the first step, then as many as fill `duration`. */
export async function timeOperation(
  backend: Backend,
  operation: Operation,
  size: readonly [visible: number, hidden: number, batch: number],
  duration: number,
): Promise<Timed> {
  const from = performance.now();
  const side =
    operation === 'gibbs' ? await gibbsSteps(backend, ...size) : await contestantSteps(backend, operation, ...size);
  try {
    await side.run(1);
    const first = performance.now() - from;
    const { bytes } = backend.memory();
    let steps = 1;
    let step = await side.run(steps);
    // A few steps first: compilers of the engine may still be at work.
    while (steps * step < duration / 4) {
      steps = Math.max(steps * 2, Math.min(steps * 16, Math.ceil(duration / 4 / Math.max(step, 1e-3))));
      step = await side.run(steps);
    }
    if (steps * step < duration) {
      steps = Math.ceil(duration / step);
      step = await side.run(steps);
    }
    return { first, step, steps, bytes };
  } finally {
    await side.close();
  }
}

async function contestantSteps(
  backend: Backend,
  operation: 'cd-1' | 'ais',
  visible: number,
  hidden: number,
  batch: number,
): Promise<Steps> {
  const shared = { visible, hidden, parameters: new Float64Array(visible + hidden + visible * hidden) };
  const workload: Workload =
    operation === 'cd-1'
      ? { ...shared, data: halfOn(batch * visible), settings: { kind: 'training', batch, k: 1, rate: 0.001 } }
      : { ...shared, data: new Uint8Array(0), settings: { kind: 'annealing', chains: batch, temperatures: 1 } };
  const side = await contestant(operation, backend, workload);
  return { run: async (steps) => (await side.run(steps)).wall, close: () => side.close() };
}

async function gibbsSteps(backend: Backend, visible: number, hidden: number, batch: number): Promise<Steps> {
  const model = bernoulliMachine(visible, hidden, new Float64Array(visible + hidden + visible * hidden));
  const program = await backend.prepare(model);
  const states = [0, 1].map((layer) => program.allocate({ holds: 'states', layer, rows: batch }));
  const [first] = states;
  if (first) backend.write(first, halfOn(batch * visible));
  const random = generator(1);
  let done = 0;
  return {
    async run(steps) {
      const from = performance.now();
      for (let n = 0; n < steps; n += SLICE) {
        const sweeps = Math.min(SLICE, steps - n);
        program.gibbs(states, sweeps, { random, step: done });
        done += sweeps;
        await backend.sync();
      }
      return (performance.now() - from) / steps;
    },
    async close() {
      for (const buffer of states) buffer.dispose();
      program.dispose();
    },
  };
}

/** Half of them are 1, in no order that matters (multiplicative hashing, Knuth). */
function halfOn(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 31);
}

function decodeImages(base64: string): Samples {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const count = Math.floor((bytes.length * 8) / VISIBLE);
  const values = Uint8Array.from(
    { length: count * VISIBLE },
    (_, i) => ((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1,
  );
  return { values, count, width: VISIBLE };
}

/** PCD-1 on 784×500, then the likelihood of images that were held out. */
async function trainAndEvaluate(backend: Backend, images: Samples, epochs: number): Promise<TrainedResult> {
  const count = images.count - HELD_OUT;
  const values = images.values as Uint8Array;
  const data: Samples = { values: values.subarray(0, count * VISIBLE), count, width: VISIBLE };
  const random = generator(1);
  const model = rbm({ visible: bernoulli(VISIBLE), hidden: bernoulli(HIDDEN), random });
  fitVisible(model, data);
  const from = performance.now();
  let steps = 0;
  const records = train({
    model,
    data,
    backend,
    estimator: pcd({ sampler: gibbs() }),
    optimizer: sgd(),
    rate: { from: 0.05, to: 0 },
    batch: 100,
    epochs,
    random: random.fork('training'),
  });
  for await (const { step } of records) steps = step;
  const seconds = (performance.now() - from) / 1000;
  const program = await backend.prepare(model);
  try {
    const estimate = await annealedImportanceSampling({
      program,
      base: baseRates(model, data),
      random: random.fork('annealing'),
      chains: 100,
      temperatures: 1000,
    });
    const likelihoods = logLikelihood(model, values.subarray(count * VISIBLE), estimate.logPartition);
    const mean = likelihoods.reduce((sum, value) => sum + value, 0) / HELD_OUT;
    const variance = likelihoods.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (HELD_OUT - 1);
    return {
      seconds,
      steps,
      images: count,
      logLikelihood: mean,
      errorOverImages: Math.sqrt(variance / HELD_OUT),
      errorOfLogPartition: estimate.standardError,
      effectiveSampleSize: estimate.effectiveSampleSize,
    };
  } finally {
    program.dispose();
  }
}
