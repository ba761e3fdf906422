import { atTemperature, type EnergyModel, type Generator, generator } from '@rbm/core';
import type { Backend, Layer, Sampler } from '@rbm/core/contracts';
import { formatFasta } from '@rbm/datasets';
import { encodeNpy, type ModelDetails } from '@rbm/formats';
import { writeFileAtomic } from '@rbm/formats/node';
import { baseRates, gibbs, sample, temper } from '@rbm/samplers';
import { type BackendArguments, backendOptions, openBackend } from '../backend-choice.js';
import type { Command } from '../command.js';
import type { ConfigArguments } from '../config.js';
import type { Interruption } from '../interruption.js';
import { choiceOf } from '../layer-choice.js';
import { checkMemory, count as formatCount, type MemoryNeed, memoryLimits, samplingNeed } from '../memory-need.js';
import { readModel } from '../model-file.js';
import { checkNumbers } from '../numbers.js';
import { Output } from '../output.js';
import { checkOutput } from '../output-file.js';
import { parseLadder, rungsOf } from '../phase-options.js';
import { samplesPicture } from '../pictures.js';
import { Pieces } from '../pieces.js';
import { Progress } from '../progress.js';
import { rowsAsBytes, tableText } from '../table-text.js';
import { UsageError } from '../usage-error.js';
import { toDataUnits } from '../visible-data.js';

interface Arguments extends ConfigArguments, BackendArguments {
  model: string;
  count: number;
  'burn-in': number;
  means: boolean;
  temperature: number;
  sampler: string;
  ladder?: string;
  seed: number;
  out: string;
  format?: 'csv' | 'npy' | 'png' | 'fasta';
}

/** `rbm sample`: new samples from a model. */
export function sampleCommand(interruption: Interruption): Command<Arguments> {
  return {
    builder: (yargs) =>
      yargs.positional('model', { type: 'string', demandOption: true, describe: 'A .safetensors file' }).options({
        ...backendOptions,
        count: { type: 'number', default: 100, describe: 'How many; each ends a chain of its own' },
        'burn-in': { type: 'number', default: 1000, describe: 'Sweeps of each chain' },
        means: {
          type: 'boolean',
          describe: 'Means given the hidden units instead of states (the default for .png)',
        },
        temperature: {
          type: 'number',
          default: 1,
          describe: 'Samples of exp(−E / T) instead, in units of the model’s own',
        },
        sampler: {
          type: 'string',
          default: 'gibbs',
          describe:
            'gibbs, temper (parallel tempering, which crosses between modes), or the name of one that a plugin provides',
        },
        ladder: {
          type: 'string',
          describe: 'temper: rungs, or inverse temperatures like 0:0.5:0.8:1 (default: 24 rungs, tuned)',
        },
        seed: { type: 'number', default: 1, describe: 'Seed of all that is random' },
        out: {
          type: 'string',
          demandOption: true,
          describe: 'File to write: .png, .npy, .csv, or .fasta for sequences; - for standard output',
        },
        format: {
          choices: ['csv', 'npy', 'png', 'fasta'],
          describe: 'Of the samples (default: by the name of the file; csv on standard output)',
        },
      }) as never,
    handler: (args) => draw(args, interruption),
  };
}

async function draw(args: Arguments, interruption: Interruption): Promise<void> {
  const { count, out, 'burn-in': burnIn } = args;
  const toOutput = out === '-';
  const kind = args.format ?? (toOutput ? 'csv' : /\.(png|npy|csv|fasta|fa)$/.exec(out)?.[1]);
  if (!kind) {
    throw new UsageError(`--out ${out}: the name should end in .png, .npy, .csv or .fasta, or --format say which.`);
  }
  checkNumbers(args, { count: 'count', 'burn-in': 'count', temperature: 'positive', threads: 'count', seed: 'seed' });
  if (!toOutput) await checkOutput('--out', out, { 'the model file': args.model });
  const pieces = await Pieces.named(args);
  if (args.ladder !== undefined && args.sampler !== 'temper') {
    throw new UsageError('--ladder goes with --sampler temper.');
  }
  const { model: saved, details } = await readModel(args.model, pieces);
  const model = args.temperature === 1 ? saved : atTemperature(saved, args.temperature);
  const visible = model.layers[model.visible[0] as number] as Layer;
  const means = args.means ?? kind === 'png';
  const isAlignment = kind === 'fasta' || kind === 'fa';
  if (isAlignment && (means || lettersOf(visible, details) === undefined)) {
    throw new UsageError(
      `--out ${out}: only sequences go there, without --means, of a model of data with an alphabet.`,
    );
  }
  checkSamplingMemory(model, args);
  const progress = new Progress('Sampling');
  let report = '';
  const backend = await openBackend(args, model, pieces);
  try {
    const random = generator(args.seed);
    const sampler =
      args.sampler === 'temper'
        ? await temperFor(model, backend, parseLadder(args.ladder), random)
        : await pieces.sampler(args.sampler);
    const drawn = await sample({
      model,
      backend,
      sampler,
      random,
      count,
      burnIn,
      signal: interruption.signal,
      progress: (sweeps) => progress.update(sweeps / burnIn),
    });
    const trips = drawn.info.roundTrips;
    if (trips !== undefined) {
      report = ` ${count} ladders of temperatures, ${burnIn} sweeps, ${trips} round trips.`;
      if (trips < count)
        report += ' Fewer than one each: samples may not have found all modes. Use a larger --burn-in.';
    }
    const values = means ? drawn.means : drawn.values;
    const bytes = encode(kind, values, { count, visible, details, as: means ? 'means' : 'states' });
    await (toOutput ? Output.write(bytes) : writeFileAtomic(out, bytes));
  } finally {
    progress.done();
    await backend.close();
  }
  console.error(`Wrote ${count} samples to ${toOutput ? 'standard output' : out}.${report}`);
}

/** Checks that all chains fit into memory. @throws RbmError `SIZE_LIMIT` with the bytes needed and what would fit */
function checkSamplingMemory(model: EnergyModel, { count, sampler, ladder, backend }: Arguments): void {
  const limits = memoryLimits(backend);
  const rungs = sampler === 'temper' ? rungsOf(parseLadder(ladder)) : 1;
  const needOf = (chains: number, temperatures: number): MemoryNeed =>
    samplingNeed(model, { chains, rungs: temperatures }, backend);
  const what = `A sample by ${formatCount(rungs)} rungs`;
  checkMemory({ what, size: rungs, unit: 'rungs (--ladder)', needOf: (size) => needOf(1, size) }, limits);
  const samples = `${formatCount(count)} samples`;
  checkMemory({ what: samples, size: count, unit: 'samples (--count)', needOf: (size) => needOf(size, rungs) }, limits);
}

/** Parallel tempering from the rates that short chains of the model show: the file of a model has no data. */
async function temperFor(
  model: EnergyModel,
  backend: Backend,
  ladder: number | readonly number[] | undefined,
  random: Generator,
): Promise<Sampler> {
  const rates = { model, backend, sampler: gibbs(), random: random.fork('rates'), count: 200, burnIn: 100 };
  const { values } = await sample(rates);
  const base = baseRates(model, { values, count: rates.count, width: values.length / rates.count });
  return temper({ base, ...(ladder === undefined ? {} : { ladder }) });
}

/** What the numbers to write are. */
interface Content {
  readonly count: number;
  readonly visible: Layer;
  readonly details: ModelDetails;
  readonly as: 'states' | 'means';
}

function encode(kind: string, values: Float64Array, { count, visible, details, as }: Content): Uint8Array {
  if (kind === 'png') return samplesPicture(values, count, visible, details.image);
  const data = toDataUnits(values, choiceOf(visible), details, as);
  const width = data.length / count;
  if (kind === 'npy') return encodeNpy({ shape: [count, width], data });
  const letters = as === 'states' ? lettersOf(visible, details) : undefined;
  const row = (n: number): Float64Array => data.subarray(n * width, (n + 1) * width);
  if (kind !== 'csv') {
    return rowsAsBytes(count, (n) => formatFasta(row(n), 1, letters as string, [`sample-${n + 1}`]));
  }
  if (letters === undefined) return tableText(data, count, details, as);
  return rowsAsBytes(count, (n) => `${Array.from(row(n), (x) => letters[x] as string).join(',')}\n`);
}

/** The alphabet of the model's data, where they had one. */
function lettersOf({ kind }: Layer, { preparation }: ModelDetails): string | undefined {
  return kind === 'potts' && typeof preparation?.alphabet === 'string' ? preparation.alphabet : undefined;
}
