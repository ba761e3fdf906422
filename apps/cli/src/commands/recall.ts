import { type Generator, generator, type Samples } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { encodeNpy, type ModelDetails } from '@rbm/formats';
import { writeFileAtomic } from '@rbm/formats/node';
import type { Command } from '../command.js';
import type { ConfigArguments } from '../config.js';
import { type DataArguments, dataOptions, loadData } from '../data.js';
import type { Interruption } from '../interruption.js';
import { choiceOf } from '../layer-choice.js';
import { readModel } from '../model-file.js';
import { requireStates } from '../model-match.js';
import { checkNumbers } from '../numbers.js';
import { checkOutput } from '../output-file.js';
import { samplesPicture } from '../pictures.js';
import { Pieces } from '../pieces.js';
import { Progress } from '../progress.js';
import { tableText } from '../table-text.js';
import { UsageError } from '../usage-error.js';
import { toDataUnits } from '../visible-data.js';

interface Arguments extends ConfigArguments, DataArguments {
  model: string;
  split: 'train' | 'test';
  count?: number;
  flip: number;
  seed: number;
  out: string;
  json: boolean;
}

/** `rbm recall`: from damaged patterns to what a network remembers. */
export function recallCommand(interruption: Interruption): Command<Arguments> {
  return {
    builder: (yargs) =>
      yargs
        .positional('model', { type: 'string', demandOption: true, describe: 'A .safetensors file' })
        .options(dataOptions)
        .options({
          split: { choices: ['train', 'test'], default: 'train', describe: 'Which samples to start from' },
          count: { type: 'number', describe: 'Only the first so many samples' },
          flip: { type: 'number', default: 0, describe: 'Share of the units to flip at random before recall' },
          seed: { type: 'number', default: 1, describe: 'Seed of what is flipped and of the order of updates' },
          out: { type: 'string', demandOption: true, describe: 'File for the recalled states: .png, .npy or .csv' },
          json: { type: 'boolean', default: false, describe: 'Print JSON, a row for each sample' },
        }) as never,
    handler: (args) => run(args, interruption),
  };
}

/** What one row came to. */
interface Row {
  /** Of the start, damage included, with the sample. */
  readonly overlapBefore: number;
  readonly overlapAfter: number;
  readonly energy: number;
  readonly sweeps: number;
  readonly converged: boolean;
}

async function run(args: Arguments, { signal }: Interruption): Promise<void> {
  const format = /\.(png|npy|csv)$/.exec(args.out)?.[1];
  if (!format) throw new UsageError(`--out ${args.out}: the name should end in .png, .npy or .csv.`);
  checkNumbers(args, { count: 'count', seed: 'seed' });
  if (!(args.flip >= 0 && args.flip <= 1)) throw new UsageError(`--flip must be from 0 to 1, not ${args.flip}.`);
  await checkOutput('--out', args.out, { 'the model file': args.model, 'the file of the data': args.data });
  // What most commands do without is loaded where it is used: a short command ends sooner.
  const { overlap, recall } = await import('@rbm/hopfield');
  const pieces = await Pieces.named(args);
  const { model, details } = await readModel(args.model, pieces);
  const [layer] = model.layers as [Layer];
  if (model.layers.length > 1 || (layer.kind !== 'spin' && layer.kind !== 'bernoulli')) {
    throw new UsageError(
      `${args.model} is a model of kind ${model.kind}: recall is for networks of spin or bernoulli units without hidden ones. ` +
        'Train one with --model hopfield, ising or graph.',
    );
  }
  const { dataset } = await loadData(args, {
    signal,
    model,
    details,
    pieces,
    visible: choiceOf(layer),
    log: (line) => console.error(line),
  });
  const samples = args.split === 'test' ? dataset.test : dataset.train;
  if (!samples) throw new UsageError(`${dataset.name} has no test samples.`);
  requireStates(dataset.name, samples, layer);
  const wanted = Float64Array.from(first(samples, args.count));
  const random = generator(args.seed);
  const start = flipped(wanted, args.flip, layer.kind === 'spin' ? -1 : 0, random.fork('flip'));
  const rows = wanted.length / layer.units;
  const progress = new Progress('Recalling');
  const { states, energies, sweeps, converged } = await recall(model, start, {
    random: random.fork('order'),
    signal,
    progress: (done) => progress.update(done / rows),
  }).finally(() => progress.done());
  await writeFileAtomic(args.out, encode(format, states, rows, layer, details));
  const [before, after] = [start, states].map((x) => overlap(x, wanted, layer.units)) as [Float64Array, Float64Array];
  const found = Array.from(
    { length: rows },
    (_, n): Row => ({
      overlapBefore: before[n] as number,
      overlapAfter: after[n] as number,
      energy: energies[n] as number,
      sweeps: sweeps[n] as number,
      converged: converged[n] === 1,
    }),
  );
  if (args.json) console.log(JSON.stringify(found, null, 2));
  else print(found);
}

function first({ values, width }: Samples, count: number | undefined): Samples['values'] {
  return count === undefined ? values : values.subarray(0, count * width);
}

function flipped(states: Float64Array, share: number, low: number, random: Generator): Float64Array {
  return states.map((x, i) => (random.bernoulli(share, 0, i, 0, 0) === 0 ? x : x === 1 ? low : 1));
}

function encode(format: string, states: Float64Array, rows: number, layer: Layer, details: ModelDetails): Uint8Array {
  if (format === 'png') return samplesPicture(states, rows, layer, details.image);
  const data = toDataUnits(states, choiceOf(layer), details, 'states');
  const width = data.length / rows;
  if (format === 'npy') return encodeNpy({ shape: [rows, width], data });
  return tableText(data, rows, details, 'states');
}

function print(rows: readonly Row[]): void {
  const mean = (of: (row: Row) => number): string =>
    (rows.reduce((sum, row) => sum + of(row), 0) / rows.length).toFixed(3);
  console.log(`samples       ${rows.length}`);
  console.log(
    `overlap       ${mean((row) => row.overlapBefore)} before, ${mean((row) => row.overlapAfter)} after, on average`,
  );
  console.log(`recalled      ${rows.filter((row) => row.overlapAfter === 1).length} without an error`);
  console.log(`energy        ${mean((row) => row.energy)} on average`);
  console.log(`sweeps        ${mean((row) => row.sweeps)} on average`);
  const given = rows.filter((row) => !row.converged).length;
  if (given > 0) console.log(`given up      ${given}: they still changed`);
}
