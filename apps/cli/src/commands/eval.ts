import {
  type Backend,
  type Dataset,
  type EnergyModel,
  enumerate,
  fitVisible,
  freeEnergy,
  generator,
  independent,
  type Layer,
  meanAndStandardError,
  type Samples,
  statesToEnumerate,
  throwIfAborted,
} from '@rbm/core';
import { encodeNpy, type ModelDetails } from '@rbm/formats';
import { writeFileAtomic } from '@rbm/formats/node';
import { annealedImportanceSampling, baseRates } from '@rbm/samplers';
import { reconstructionError } from '@rbm/train';
import type { CommandModule } from 'yargs';
import { type BackendArguments, backendOptions, openBackend } from '../backend-choice.js';
import type { ConfigArguments } from '../config.js';
import { type DataArguments, dataOptions, loadData } from '../data.js';
import type { Interruption } from '../interruption.js';
import { choiceOf } from '../layer-choice.js';
import { readModel } from '../model-file.js';
import { checkNumbers } from '../numbers.js';
import { Pieces } from '../pieces.js';
import { Progress } from '../progress.js';
import { UsageError } from '../usage-error.js';
import { logJacobian } from '../visible-data.js';

interface Arguments extends ConfigArguments, DataArguments, BackendArguments {
  model: string;
  split: 'train' | 'test';
  method: 'auto' | 'exact' | 'ais';
  'ais-chains': number;
  'ais-temperatures': number;
  seed: number;
  'per-sample'?: string;
  json: boolean;
}

/** Up to so many states, `--method auto` enumerates. */
const AUTO_LIMIT = 2 ** 16;
/** Up to so many, `--method exact` does. */
const EXACT_LIMIT = 2 ** 24;
/** Samples whose free energies are computed at once. */
const ROWS = 500;

/** `log Z` in nats and how far it can be trusted. */
interface LogPartition {
  readonly value: number;
  readonly method: 'exact' | 'ais';
  /** 0 when exact. */
  readonly standardError: number;
  /** `null` when exact. */
  readonly effectiveSampleSize: number | null;
}

/** A mean over samples, with its standard error over the samples. */
interface SampleMean {
  readonly mean: number;
  readonly standardError: number;
  readonly samples: number;
}

/** What `rbm eval --json` prints. */
interface Evaluation {
  readonly model: string;
  readonly data: string;
  readonly split: string;
  readonly logPartition: LogPartition;
  /**
   * What the data's units add to each log-likelihood, in nats: `−Σ_i log scale_i` of standardised columns, else 0. It is
   * in `logLikelihood` and `baseline`, which are densities per unit of the data where units are continuous.
   */
  readonly logJacobian: number;
  /** In nats a sample; its standard error is that over the samples, the one of `log Z` comes on top. */
  readonly logLikelihood: SampleMean;
  /** The same for units that do not interact, fitted to the training data. */
  readonly baseline: SampleMean;
  readonly freeEnergy: SampleMean;
  /** Mean squared error a number, see `reconstructionError` in @rbm/train. */
  readonly reconstructionError: number;
}

/** `rbm eval`: how good a model is. */
export function evalCommand(interruption: Interruption): CommandModule<object, Arguments> {
  return {
    command: 'eval <model>',
    describe: 'Measure how likely a model makes data',
    builder: (yargs) =>
      yargs
        .positional('model', { type: 'string', demandOption: true, describe: 'A .safetensors file' })
        .options({ ...dataOptions, ...backendOptions })
        .options({
          split: { choices: ['train', 'test'], default: 'test', describe: 'Which samples to judge by' },
          method: {
            choices: ['auto', 'exact', 'ais'],
            default: 'auto',
            describe: 'How log Z is found: by enumeration, or estimated by annealed importance sampling',
          },
          'ais-chains': { type: 'number', default: 100, describe: 'Annealing chains' },
          'ais-temperatures': { type: 'number', default: 1000, describe: 'Annealing steps' },
          seed: { type: 'number', default: 1, describe: 'Seed of all that is random' },
          'per-sample': { type: 'string', describe: 'Write each log-likelihood to FILE, one a line, or as .npy' },
          json: { type: 'boolean', default: false, describe: 'Print JSON' },
        }) as never,
    handler: (args) => evaluate(args, interruption),
  };
}

async function evaluate(args: Arguments, interruption: Interruption): Promise<void> {
  checkNumbers(args, { 'ais-chains': 'count', 'ais-temperatures': 'count', threads: 'count', seed: 'seed' });
  const { signal } = interruption;
  const pieces = await Pieces.named(args);
  const { model, details } = await readModel(args.model, pieces);
  const { dataset } = await loadData(args, {
    pieces,
    signal,
    details,
    visible: choiceOf(model.layers[model.visible[0] as number] as Layer),
    log: (line) => console.error(line),
  });
  const samples = args.split === 'test' ? dataset.test : dataset.train;
  if (!samples) throw new UsageError(`${dataset.name} has no test samples. Use --split train or --test-fraction.`);
  const backend = await openBackend(args, model, pieces);
  try {
    await judge(backend, model, details, dataset, samples, args, signal);
  } finally {
    await backend.close();
  }
}

async function judge(
  backend: Backend,
  model: EnergyModel,
  details: ModelDetails,
  dataset: Dataset,
  samples: Samples,
  args: Arguments,
  signal: AbortSignal,
): Promise<void> {
  const logPartition = await findLogPartition(backend, model, dataset, args, signal);
  const free = await freeEnergies(model, samples, signal);
  const jacobian = logJacobian(details.standardisation);
  const logs = free.map((f) => -f - logPartition.value + jacobian);
  const alone = await baseline(model, dataset.train, samples, signal);
  const evaluation: Evaluation = {
    model: args.model,
    data: dataset.name,
    split: args.split,
    logPartition,
    logJacobian: jacobian,
    logLikelihood: over(logs),
    baseline: over(alone.map((log) => log + jacobian)),
    freeEnergy: over(free),
    reconstructionError: await reconstruct(backend, model, samples, args.seed, signal),
  };
  const file = args['per-sample'];
  if (file) await writeFileAtomic(file, perSample(file, logs));
  if (args.json) console.log(JSON.stringify(evaluation, null, 2));
  else print(evaluation);
}

async function findLogPartition(
  backend: Backend,
  model: EnergyModel,
  dataset: Dataset,
  args: Arguments,
  signal: AbortSignal,
): Promise<LogPartition> {
  if (args.method === 'exact' || (args.method === 'auto' && statesToEnumerate(model) <= AUTO_LIMIT)) {
    const progress = new Progress('Enumerating');
    try {
      const limit = EXACT_LIMIT;
      const { logPartition } = await enumerate(model, { limit, signal, progress: (share) => progress.update(share) });
      return { value: logPartition, method: 'exact', standardError: 0, effectiveSampleSize: null };
    } finally {
      progress.done();
    }
  }
  const progress = new Progress('Annealing');
  const program = await backend.prepare(model);
  try {
    const temperatures = args['ais-temperatures'];
    const estimate = await annealedImportanceSampling({
      program,
      base: baseRates(model, dataset.train),
      random: generator(args.seed),
      chains: args['ais-chains'],
      temperatures,
      signal,
      progress: (done) => progress.update(done / temperatures),
    });
    const { logPartition: value, standardError, effectiveSampleSize } = estimate;
    return { value, method: 'ais', standardError, effectiveSampleSize };
  } finally {
    progress.done();
    program.dispose();
  }
}

/** Free energies of samples, in pieces so that an interruption is seen. */
async function freeEnergies(
  model: EnergyModel,
  { values, count, width }: Samples,
  signal: AbortSignal,
): Promise<Float64Array> {
  const out = new Float64Array(count);
  const progress = new Progress('Free energies');
  for (let first = 0; first < count; first += ROWS) {
    const end = Math.min(first + ROWS, count);
    out.set(freeEnergy(model, values.subarray(first * width, end * width)), first);
    progress.update(end / count);
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(signal);
  }
  progress.done();
  return out;
}

/** Log-likelihoods of samples under units that do not interact, fitted to the training data. */
async function baseline(
  model: EnergyModel,
  train: Samples,
  samples: Samples,
  signal: AbortSignal,
): Promise<Float64Array> {
  const alone = independent(model.layers[model.visible[0] as number] as Layer);
  fitVisible(alone, train);
  const { logPartition } = await enumerate(alone);
  return (await freeEnergies(alone, samples, signal)).map((f) => -f - logPartition);
}

async function reconstruct(
  backend: Backend,
  model: EnergyModel,
  samples: Samples,
  seed: number,
  signal: AbortSignal,
): Promise<number> {
  const program = await backend.prepare(model);
  try {
    const random = generator(seed).fork('reconstruction');
    const monitor = reconstructionError({ samples: samples.count });
    const measured = await monitor.measure({ program, train: samples, random, step: 0, signal });
    return measured.reconstructionError as number;
  } finally {
    program.dispose();
  }
}

function over(values: Float64Array): SampleMean {
  return { ...meanAndStandardError(values), samples: values.length };
}

function perSample(file: string, logs: Float64Array): Uint8Array {
  if (file.endsWith('.npy')) return encodeNpy({ shape: [logs.length], data: logs });
  return new TextEncoder().encode(`${Array.from(logs).join('\n')}\n`);
}

function print({
  data,
  split,
  logPartition: z,
  logJacobian: jacobian,
  logLikelihood,
  baseline,
  freeEnergy,
  reconstructionError,
}: Evaluation): void {
  const shown = ({ mean, standardError }: SampleMean): string => `${mean.toFixed(2)} ± ${standardError.toFixed(2)}`;
  const trust =
    z.method === 'exact'
      ? 'exact, by enumeration'
      : `± ${z.standardError.toFixed(2)}, estimated by AIS, effective sample size ${z.effectiveSampleSize?.toFixed(0)}`;
  console.log(`data                    ${data}, ${split} split, ${logLikelihood.samples} samples`);
  console.log(
    `log-likelihood          ${shown(logLikelihood)} nats a sample${z.method === 'ais' ? ' (estimate)' : ''}`,
  );
  console.log(`independent units       ${shown(baseline)} nats a sample`);
  console.log(`better by               ${(logLikelihood.mean - baseline.mean).toFixed(2)} nats a sample`);
  if (jacobian !== 0) {
    console.log(
      `                        densities in the units of the data: ${jacobian.toFixed(2)} of it from the scales`,
    );
  }
  console.log(`log Z                   ${z.value.toFixed(3)} (${trust})`);
  console.log(`free energy             ${shown(freeEnergy)} nats`);
  console.log(`reconstruction error    ${reconstructionError.toFixed(5)} a unit, squared`);
}
