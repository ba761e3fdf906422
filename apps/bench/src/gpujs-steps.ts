import { type ProcessorClock, timeSteps } from './stopwatch.js';
import type { Contestant, Outcome, Timing, TrainingSettings, Workload } from './workload.js';

/** What is used of gpu.js. */
interface Gpu {
  createKernel(source: string, settings: { output: number[]; constants?: { n: number } }): Kernel;
  createPipeline(orchestration: (...handles: unknown[]) => unknown): (...values: unknown[]) => Promise<Parameters>;
  destroy(): Promise<void>;
}
interface Gpujs {
  readonly GPU: new (options: { mode: string }) => Gpu;
  readonly input: (values: Float32Array, size: [columns: number, rows: number]) => unknown;
}
type Kernel = (...operands: unknown[]) => unknown;

/** What a step gives back, row by row. */
interface Parameters {
  readonly visibleBias: Float32Array;
  readonly hiddenBias: Float32Array;
  readonly weights: readonly Float32Array[];
}

// Kernels are sources: gpu.js parses them, and bundlers would change functions.
const hiddenMeans = `function (v, w, b) {
  let sum = b[this.thread.x];
  for (let i = 0; i < this.constants.n; i++) { sum += v[this.thread.y][i] * w[i][this.thread.x]; }
  return 1 / (1 + Math.exp(-sum));
}`;
const visibleMeans = `function (h, w, a) {
  let sum = a[this.thread.x];
  for (let j = 0; j < this.constants.n; j++) { sum += h[this.thread.y][j] * w[this.thread.x][j]; }
  return 1 / (1 + Math.exp(-sum));
}`;
const draw = `function (means) {
  if (Math.random() < means[this.thread.y][this.thread.x]) { return 1; }
  return 0;
}`;
const weightStep = `function (w, v, p, x, q, rate) {
  let sum = 0;
  for (let n = 0; n < this.constants.n; n++) {
    sum += v[n][this.thread.y] * p[n][this.thread.x] - x[n][this.thread.y] * q[n][this.thread.x];
  }
  return w[this.thread.y][this.thread.x] + rate * sum;
}`;
const biasStep = `function (bias, positive, negative, rate) {
  let sum = 0;
  for (let n = 0; n < this.constants.n; n++) { sum += positive[n][this.thread.x] - negative[n][this.thread.x]; }
  return bias[this.thread.x] + rate * sum;
}`;

/** CD-1 by plain matrix products on gpu.js in its WebAssembly mode: one compiled plan a step, on all threads. */
export class GpujsSteps implements Contestant {
  readonly name: string;
  readonly #gpu: Gpu;
  readonly #plan: (...values: unknown[]) => Promise<Parameters>;
  readonly #start: readonly [visibleBias: Float32Array, hiddenBias: Float32Array, weights: unknown];
  readonly #flatStart: Float32Array;
  readonly #batches: readonly unknown[];
  readonly #settings: TrainingSettings;
  readonly #processorTime: ProcessorClock;

  /** @throws Error if gpu.js is not installed. */
  static async start(workload: Workload, processorTime: ProcessorClock): Promise<GpujsSteps> {
    const name: string = 'gpu.js';
    const { default: gpujs } = (await import(name)) as { default: Gpujs };
    return new GpujsSteps(gpujs, workload, workload.settings as TrainingSettings, processorTime);
  }

  private constructor(
    { GPU, input }: Gpujs,
    { visible, hidden, parameters, data }: Workload,
    settings: TrainingSettings,
    processorTime: ProcessorClock,
  ) {
    const { batch } = settings;
    this.name = 'gpu.js';
    this.#settings = settings;
    this.#processorTime = processorTime;
    this.#gpu = new GPU({ mode: 'webasm' });
    this.#plan = planStep(this.#gpu, visible, hidden, batch);
    this.#flatStart = Float32Array.from(parameters);
    const weights = input(this.#flatStart.slice(visible + hidden), [hidden, visible]);
    this.#start = [this.#flatStart.slice(0, visible), this.#flatStart.slice(visible, visible + hidden), weights];
    const length = batch * visible;
    this.#batches = Array.from({ length: data.length / length }, (_, n) =>
      input(Float32Array.from(data.subarray(n * length, (n + 1) * length)), [visible, batch]),
    );
  }

  run(steps: number): Promise<Timing> {
    return timeSteps(steps, this.#processorTime, () => this.#steps(steps, this.#settings.rate));
  }

  async check(repeats: number): Promise<Outcome> {
    const [visible, hidden] = [this.#start[0].length, this.#start[1].length];
    const sum = new Float64Array(this.#flatStart.length);
    for (let n = 0; n < repeats; n++) {
      const { visibleBias, hiddenBias, weights } = await this.#steps(1, 1);
      let at = 0;
      for (const row of [visibleBias, hiddenBias, ...weights]) {
        for (const value of row) sum[at] = (sum[at] as number) + (value - (this.#flatStart[at++] as number)) / repeats;
      }
    }
    return {
      visible_bias: sum.subarray(0, visible),
      hidden_bias: sum.subarray(visible, visible + hidden),
      weights: sum.subarray(visible + hidden),
    };
  }

  async close(): Promise<void> {
    await this.#gpu.destroy();
  }

  async #steps(count: number, rate: number): Promise<Parameters> {
    let parameters: Parameters | undefined;
    for (let n = 0; n < count; n++) {
      const [visibleBias, hiddenBias, weights] = parameters
        ? [parameters.visibleBias, parameters.hiddenBias, parameters.weights]
        : this.#start;
      const batch = this.#batches[n % this.#batches.length];
      parameters = await this.#plan(batch, visibleBias, hiddenBias, weights, rate / this.#settings.batch);
    }
    return parameters as Parameters;
  }
}

/** The kernels of a step as one plan. */
function planStep(
  gpu: Gpu,
  visible: number,
  hidden: number,
  batch: number,
): (...values: unknown[]) => Promise<Parameters> {
  const kernel = (source: string, output: number[], n?: number): Kernel =>
    gpu.createKernel(source, n === undefined ? { output } : { output, constants: { n } });
  const meanHidden = kernel(hiddenMeans, [hidden, batch], visible);
  const meanVisible = kernel(visibleMeans, [visible, batch], hidden);
  const drawHidden = kernel(draw, [hidden, batch]);
  const drawVisible = kernel(draw, [visible, batch]);
  const moveWeights = kernel(weightStep, [hidden, visible], batch);
  const moveVisible = kernel(biasStep, [visible], batch);
  const moveHidden = kernel(biasStep, [hidden], batch);
  return gpu.createPipeline((data, visibleBias, hiddenBias, weights, rate) => {
    const positive = meanHidden(data, weights, hiddenBias);
    const model = drawVisible(meanVisible(drawHidden(positive), weights, visibleBias));
    const negative = meanHidden(model, weights, hiddenBias);
    return {
      visibleBias: moveVisible(visibleBias, data, model, rate),
      hiddenBias: moveHidden(hiddenBias, positive, negative, rate),
      weights: moveWeights(weights, data, positive, model, negative, rate),
    };
  });
}
