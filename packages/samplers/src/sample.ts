import {
  type AbortSignalLike,
  checkNormalisable,
  type EnergyModel,
  type Generator,
  RbmError,
  sampleWidth,
} from '@rbm/core';
import {
  type Backend,
  type Buffer,
  type ChainState,
  checkArguments,
  type KernelInfo,
  argumentKinds as kinds,
  type Layer,
  optional,
  type Position,
  type Program,
  rowLength,
  type Sampler,
  throwIfAborted,
} from '@rbm/core/contracts';

/** Options of `sample`. */
export interface SampleOptions {
  readonly model: EnergyModel;
  readonly backend: Backend;
  readonly sampler: Sampler;
  readonly random: Generator;
  /** How many samples, each the end of a chain of its own: they are independent. */
  readonly count: number;
  /** Sweeps of each chain. */
  readonly burnIn: number;
  /** Where chains start, by layer name, `[count, units · width]`; without input where absent. */
  readonly start?: Position['values'];
  readonly signal?: AbortSignalLike;
  /** Called now and then with the sweeps done. */
  readonly progress?: (sweeps: number) => void;
}

/** Samples of a model's visible units. */
export interface DrawnSamples {
  /** `[count, width of a sample]`: states. */
  readonly values: Float64Array;
  /** `[count, width of a sample]`: their means given the other layers at the end of the chains, smoother to look at. */
  readonly means: Float64Array;
}

/** Samples with what the kernel that drew them reported. */
export interface SampleResult extends DrawnSamples {
  /** Of the last step: swap rates, round trips. Empty for kernels that report nothing. */
  readonly info: KernelInfo;
}

/** Sweeps between two looks at the abort signal. */
const SLICE = 10;

/**
 * Draws samples of the visible units by running one chain for each.
 *
 * @throws RbmError `ARGUMENT_INVALID`; `ABORTED`; as `checkNormalisable` and the sampler's `init`.
 */
export async function sample(options: SampleOptions): Promise<SampleResult> {
  checkArguments('sample', options, {
    model: kinds.model,
    backend: kinds.backend,
    sampler: kinds.sampler,
    random: kinds.generator,
    count: { ...kinds.number, example: '100' },
    burnIn: { ...kinds.number, example: '1000' },
    start: optional(kinds.layerValues),
    signal: optional(kinds.signal),
    progress: optional(kinds.function),
  });
  const { model, backend, sampler, random, count, burnIn, start, signal, progress } = options;
  if (!Number.isSafeInteger(burnIn) || burnIn < 0) {
    throw new RbmError('ARGUMENT_INVALID', `The burn-in is a whole number of sweeps, not ${burnIn}.`);
  }
  checkNormalisable(model);
  const program = await backend.prepare(model);
  try {
    const kernel = sampler.bind(program);
    let info: KernelInfo = {};
    let state = await kernel.init(random, { chains: count, ...(start ? { values: start } : {}) });
    try {
      for (let done = 0; done < burnIn; ) {
        const sweeps = Math.min(SLICE, burnIn - done);
        ({ state, info } = await kernel.step(state, random, sweeps, signal ? { signal } : {}));
        await backend.sync();
        throwIfAborted(signal);
        done += sweeps;
        progress?.(done);
      }
      return { ...(await readVisible(program, state)), info };
    } finally {
      state.dispose();
    }
  } finally {
    program.dispose();
  }
}

/** The visible units of chains, and their means given the other layers. */
export async function readVisible(program: Program, state: ChainState): Promise<DrawnSamples> {
  const { model, backend } = program;
  const rows = state.chains;
  const width = sampleWidth(model);
  const values = new Float64Array(rows * width);
  const means = new Float64Array(rows * width);
  let offset = 0;
  for (const layer of model.visible) {
    const inputs = program.allocate({ holds: 'inputs', layer, rows });
    const mean = program.allocate({ holds: 'means', layer, rows });
    const length = rowLength(model.layers[layer] as Layer);
    try {
      program.affine(layer, state.layers, inputs);
      program.mean(layer, inputs, mean);
      interleave(await backend.read(state.layers[layer] as Buffer), length, values, width, offset);
      interleave(await backend.read(mean), length, means, width, offset);
    } finally {
      inputs.dispose();
      mean.dispose();
    }
    offset += length;
  }
  return { values, means };
}

/** Copies rows of one layer to their place in rows of whole samples. */
function interleave(source: Float64Array, length: number, target: Float64Array, width: number, offset: number): void {
  for (let row = 0; row * length < source.length; row++) {
    target.set(source.subarray(row * length, (row + 1) * length), row * width + offset);
  }
}
