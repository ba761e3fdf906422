import { type Dataset, type EnergyModel, freeEnergy, generator, meanAndStandardError, type Samples } from '@rbm/core';
import { type Backend, type Layer, throwIfAborted } from '@rbm/core/contracts';
import { encodeNpy, type ModelDetails } from '@rbm/formats';
import { writeFileAtomic } from '@rbm/formats/node';
import { reconstructionError } from '@rbm/train';
import { type BackendArguments, backendOptions, openBackend } from '../backend-choice.js';
import { type ClassJudgement, judgeClasses } from '../class-judgement.js';
import type { Command } from '../command.js';
import type { ConfigArguments } from '../config.js';
import { type DataArguments, dataOptions, loadData } from '../data.js';
import { baseFromRates, independentBaseline, type RatesFrom } from '../independent-baseline.js';
import type { Interruption } from '../interruption.js';
import { chooseRows, describeRows, type JudgedRows, type Relation } from '../judged-rows.js';
import { choiceOf } from '../layer-choice.js';
import {
  checkPartitionMemory,
  checkPartitionOptions,
  findLogPartition,
  type LogPartition,
  type PartitionArguments,
  partitionOptions,
} from '../log-partition.js';
import { readModel } from '../model-file.js';
import { requireStates } from '../model-match.js';
import { checkNumbers } from '../numbers.js';
import { checkOutput } from '../output-file.js';
import { Pieces } from '../pieces.js';
import { Progress } from '../progress.js';
import { logJacobian } from '../visible-data.js';

interface Arguments extends ConfigArguments, DataArguments, BackendArguments, PartitionArguments {
  model: string;
  split?: 'train' | 'test';
  'per-sample'?: string;
  json: boolean;
}

/** Samples whose free energies are computed at once. */
const ROWS = 500;

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
  /** What the judged rows are to the model. */
  readonly rows: {
    readonly judged: number;
    readonly of: number;
    readonly relation: Relation;
    /** How many of the judged rows, of those that could be compared, were trained on; `null` where that is unknown. */
    readonly trainedOn: number | null;
    readonly compared: number;
  };
  readonly logPartition: LogPartition;
  /**
   * What the data's units add to each log-likelihood, in nats: `−Σ_i log scale_i` of standardised columns, else 0. It is
   * in `logLikelihood` and `baseline`, which are densities per unit of the data where units are continuous.
   */
  readonly logJacobian: number;
  /** In nats a sample; its standard error is that over the samples, without that of `log Z`. */
  readonly logLikelihood: SampleMean;
  /**
   * 95 % interval of the log-likelihood: the errors over the samples and of `log Z` together. The lower end is `null` where `log Z`
   * has no upper bound.
   */
  readonly interval: readonly [low: number | null, high: number];
  /** Classes of the model's samples, where the method draws some and the data have labels. */
  readonly classes?: ClassJudgement;
  /** The same for units that do not interact. */
  readonly baseline: SampleMean;
  /** What the rates of these units come from: the model's training data, where its file keeps them. */
  readonly baselineFrom: RatesFrom;
  readonly freeEnergy: SampleMean;
  /** Mean squared error a number, see `reconstructionError` in @rbm/train. */
  readonly reconstructionError: number;
}

/** `rbm eval`: how good a model is. */
export function evalCommand(interruption: Interruption): Command<Arguments> {
  return {
    builder: (yargs) =>
      yargs
        .positional('model', { type: 'string', demandOption: true, describe: 'A .safetensors file' })
        .options({ ...dataOptions, ...backendOptions })
        .options({
          split: {
            choices: ['train', 'test'],
            describe:
              'Which part of the data to judge by: of the training data, the held-out rows are test (default: test, or all rows of data without a test part)',
          },
          ...partitionOptions,
          seed: { type: 'number', default: 1, describe: 'Seed of all that is random' },
          'per-sample': { type: 'string', describe: 'Write each log-likelihood to FILE, one a line, or as .npy' },
          json: { type: 'boolean', default: false, describe: 'Print JSON' },
        }) as never,
    handler: (args) => evaluate(args, interruption),
  };
}

async function evaluate(args: Arguments, interruption: Interruption): Promise<void> {
  checkNumbers(args, {
    'ais-chains': 'count',
    'ais-temperatures': 'count',
    chains: 'count',
    'burn-in': 'count',
    sweeps: 'count',
    threads: 'count',
    seed: 'seed',
  });
  checkPartitionOptions(args);
  const { signal } = interruption;
  if (args['per-sample']) {
    const inputs = { 'the model file': args.model, 'the file of the data': args.data };
    await checkOutput('--per-sample', args['per-sample'], inputs);
  }
  const pieces = await Pieces.named(args);
  const { model, details } = await readModel(args.model, pieces);
  checkPartitionMemory(model, args);
  const visible = model.layers[model.visible[0] as number] as Layer;
  const data = await loadData(args, {
    pieces,
    signal,
    model,
    details,
    visible: choiceOf(visible),
    log: (line) => console.error(line),
  });
  const rows = chooseRows(data, details, args.split);
  requireStates(data.dataset.name, rows.samples, visible);
  if (args.json) for (const line of describeRows(rows, data.dataset.name)) console.error(line);
  const backend = await openBackend(args, model, pieces);
  try {
    await judge(backend, model, details, data.dataset, rows, args, signal);
  } finally {
    await backend.close();
  }
}

async function judge(
  backend: Backend,
  model: EnergyModel,
  details: ModelDetails,
  dataset: Dataset,
  rows: JudgedRows,
  args: Arguments,
  signal: AbortSignal,
): Promise<void> {
  const { samples } = rows;
  const stored = details.baseline;
  const base = stored && baseFromRates(model, stored);
  const { logPartition, ...drawn } = await findLogPartition(backend, model, dataset.train, args, signal, base);
  const free = await freeEnergies(model, samples, signal);
  const jacobian = logJacobian(details.standardisation);
  const logs = free.map((f) => -f - logPartition.value + jacobian);
  const { ratesFrom, ...independent } = await independentBaseline(
    model,
    stored,
    dataset.train,
    samples === dataset.train ? 'judged rows' : 'train part',
  );
  const alone = (await freeEnergies(independent.model, samples, signal)).map((f) => -f - independent.logPartition);
  const logLikelihood = over(logs);
  const classes = judgeClasses(drawn, dataset.train, dataset.test, args.seed);
  const evaluation: Evaluation = {
    model: args.model,
    data: dataset.name,
    split: rows.split,
    rows: {
      judged: samples.count,
      of: rows.of,
      relation: rows.relation,
      trainedOn: rows.relation === 'trained on' ? samples.count : (rows.trainedOn?.rows.length ?? null),
      compared: rows.relation === 'trained on' ? samples.count : (rows.trainedOn?.checked ?? 0),
    },
    logPartition,
    logJacobian: jacobian,
    logLikelihood,
    interval: intervalOf(logLikelihood, logPartition),
    ...(classes ? { classes } : {}),
    baseline: over(alone.map((log) => log + jacobian)),
    baselineFrom: ratesFrom,
    freeEnergy: over(free),
    reconstructionError: await reconstruct(backend, model, samples, args.seed, signal),
  };
  const file = args['per-sample'];
  if (file) await writeFileAtomic(file, perSample(file, logs));
  if (args.json) console.log(JSON.stringify(evaluation, null, 2));
  else print(evaluation, describeRows(rows, dataset.name));
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

/** The mean and its error over the samples, joined with the interval of `log Z`. */
function intervalOf({ mean, standardError }: SampleMean, z: LogPartition): readonly [number | null, number] {
  const [low, high] = z.interval;
  const reach = 1.96 * standardError;
  return [high === null ? null : mean - Math.hypot(reach, high - z.value), mean + Math.hypot(reach, z.value - low)];
}

function print(evaluation: Evaluation, rows: readonly string[]): void {
  const {
    logPartition: z,
    logJacobian: jacobian,
    logLikelihood,
    baseline,
    baselineFrom,
    interval,
    classes,
  } = evaluation;
  const shown = ({ mean, standardError }: SampleMean): string => `${mean.toFixed(2)} ± ${standardError.toFixed(2)}`;
  const [low, high] = interval;
  const between = low === null ? `at most ${high.toFixed(2)}` : `95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}`;
  rows.forEach((line, n) => {
    console.log(`${n === 0 ? 'data' : ''}`.padEnd(24) + line);
  });
  console.log(`log-likelihood          ${logLikelihood.mean.toFixed(2)} nats a sample, ${between}`);
  console.log(
    `                        ± ${logLikelihood.standardError.toFixed(2)} from the samples` +
      (z.method === 'exact' ? '' : `, ± ${z.standardError.toFixed(2)} from log Z (standard errors)`),
  );
  const doubts = z.reasons.length > 0 ? `: ${z.reasons.join('; ')}` : '';
  if (z.method !== 'exact') console.log(`verdict                 ${z.verdict}${doubts}`);
  const from =
    baselineFrom === 'training data' ? '' : `, fitted to the ${baselineFrom}: the file of the model keeps no rates`;
  console.log(`independent units       ${shown(baseline)} nats a sample${from}`);
  console.log(`better by               ${(logLikelihood.mean - baseline.mean).toFixed(2)} nats a sample`);
  if (jacobian !== 0) {
    console.log(
      `                        densities in the units of the data: ${jacobian.toFixed(2)} of it from the scales`,
    );
  }
  console.log(`log Z                   ${z.value.toFixed(3)} (${howFound(z)})`);
  if (classes) printClasses(classes);
  console.log(`free energy             ${shown(evaluation.freeEnergy)} nats`);
  console.log(`reconstruction error    ${evaluation.reconstructionError.toFixed(5)} a unit, squared`);
}

function howFound({ method, standardError, effectiveSampleSize, ladder }: LogPartition): string {
  if (method === 'exact') return 'exact, by enumeration';
  const error = `± ${standardError.toFixed(2)}`;
  if (!ladder) return `${error}, estimated by AIS, effective sample size ${effectiveSampleSize?.toFixed(0)}`;
  const { rungs, chains, sweeps, roundTrips, lowestSwapAcceptance: least, highestSwapAcceptance: most } = ladder;
  const swaps = `${(100 * least).toFixed(0)}–${(100 * most).toFixed(0)} %`;
  return (
    `${error}, by Bennett’s ratio along ${rungs} rungs × ${chains} ladders × ${sweeps} sweeps, swaps accepted ${swaps}, ` +
    `${roundTrips} round trips`
  );
}

function printClasses(classes: ClassJudgement): void {
  const { samples, data, totalVariation, noiseFloor, count, accuracy, startsDiffer } = classes;
  const percent = (share: number): string => (100 * share).toFixed(0).padStart(3);
  console.log(
    `classes                 total variation ${totalVariation.toFixed(2)} from the data’s, ${noiseFloor.toFixed(2)} by ` +
      `chance, over ${count} samples (a classifier that finds ${(100 * accuracy).toFixed(1)} % of the labels)`,
  );
  console.log(`  label                 ${samples.map((_, label) => String(label).padStart(3)).join(' ')}`);
  console.log(`  samples, %            ${samples.map(percent).join(' ')}`);
  console.log(`  data, %               ${data.map(percent).join(' ')}`);
  if (startsDiffer === undefined) return;
  console.log(
    `                        chains that started at data and at noise differ by ${startsDiffer.toFixed(2)}: what they do not ` +
      'agree about is not at equilibrium',
  );
}
