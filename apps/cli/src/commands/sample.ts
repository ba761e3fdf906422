import { atTemperature, generator, type Layer } from '@rbm/core';
import { formatFasta } from '@rbm/datasets';
import { encodeNpy, type ModelDetails } from '@rbm/formats';
import { writeFileAtomic } from '@rbm/formats/node';
import { sample } from '@rbm/samplers';
import type { CommandModule } from 'yargs';
import { type BackendArguments, backendOptions, openBackend } from '../backend-choice.js';
import type { ConfigArguments } from '../config.js';
import type { Interruption } from '../interruption.js';
import { choiceOf } from '../layer-choice.js';
import { readModel } from '../model-file.js';
import { checkNumbers } from '../numbers.js';
import { samplesPicture } from '../pictures.js';
import { Pieces } from '../pieces.js';
import { Progress } from '../progress.js';
import { UsageError } from '../usage-error.js';
import { toDataUnits } from '../visible-data.js';

interface Arguments extends ConfigArguments, BackendArguments {
  model: string;
  count: number;
  'burn-in': number;
  means: boolean;
  temperature: number;
  sampler: string;
  seed: number;
  out: string;
}

/** `rbm sample`: new samples from a model. */
export function sampleCommand(interruption: Interruption): CommandModule<object, Arguments> {
  return {
    command: 'sample <model>',
    describe: 'Draw new samples from a model',
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
        sampler: { type: 'string', default: 'gibbs', describe: 'gibbs, or the name of one that a plugin provides' },
        seed: { type: 'number', default: 1, describe: 'Seed of all that is random' },
        out: {
          type: 'string',
          demandOption: true,
          describe: 'File to write: .png, .npy, .csv, or .fasta for sequences',
        },
      }) as never,
    handler: (args) => draw(args, interruption),
  };
}

async function draw(args: Arguments, interruption: Interruption): Promise<void> {
  const { count, out, 'burn-in': burnIn } = args;
  const kind = /\.(png|npy|csv|fasta|fa)$/.exec(out)?.[1];
  if (!kind) throw new UsageError(`--out ${out}: the name should end in .png, .npy, .csv or .fasta.`);
  checkNumbers(args, { count: 'count', 'burn-in': 'count', temperature: 'positive', threads: 'count', seed: 'seed' });
  const pieces = await Pieces.named(args);
  const sampler = await pieces.sampler(args.sampler);
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
  const progress = new Progress('Sampling');
  const backend = await openBackend(args, model, pieces);
  try {
    const drawn = await sample({
      model,
      backend,
      sampler,
      random: generator(args.seed),
      count,
      burnIn,
      signal: interruption.signal,
      progress: (sweeps) => progress.update(sweeps / burnIn),
    });
    const values = means ? drawn.means : drawn.values;
    await writeFileAtomic(out, encode(kind, values, { count, visible, details, as: means ? 'means' : 'states' }));
  } finally {
    progress.done();
    await backend.close();
  }
  console.error(`Wrote ${count} samples to ${out}.`);
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
  if (kind !== 'csv') return new TextEncoder().encode(formatFasta(data, count, letters as string));
  const fields = Array.from(data, (x) => (letters === undefined ? String(x) : (letters[x] as string)));
  const lines = Array.from({ length: count }, (_, n) => fields.slice(n * width, (n + 1) * width).join(','));
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}

/** The alphabet of the model's data, where they had one. */
function lettersOf({ kind }: Layer, { preparation }: ModelDetails): string | undefined {
  return kind === 'potts' && typeof preparation?.alphabet === 'string' ? preparation.alphabet : undefined;
}
