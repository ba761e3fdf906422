import { generator, reference, sampleWidth } from '@rbm/core';
import { encodeNpy } from '@rbm/formats';
import { writeFileAtomic } from '@rbm/formats/node';
import { gibbs, sample } from '@rbm/samplers';
import type { CommandModule } from 'yargs';
import type { Interruption } from '../interruption.js';
import { readModel } from '../model-file.js';
import { checkNumbers } from '../numbers.js';
import { samplesPicture } from '../pictures.js';
import { Progress } from '../progress.js';
import { UsageError } from '../usage-error.js';

interface Arguments {
  model: string;
  count: number;
  'burn-in': number;
  means: boolean;
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
        count: { type: 'number', default: 100, describe: 'How many; each ends a chain of its own' },
        'burn-in': { type: 'number', default: 1000, describe: 'Sweeps of each chain' },
        means: {
          type: 'boolean',
          describe: 'Means given the hidden units instead of states (the default for .png)',
        },
        seed: { type: 'number', default: 1, describe: 'Seed of all that is random' },
        out: { type: 'string', demandOption: true, describe: 'File to write: .png, .npy or .csv' },
      }) as never,
    handler: (args) => draw(args, interruption),
  };
}

async function draw(args: Arguments, interruption: Interruption): Promise<void> {
  const { count, out, 'burn-in': burnIn } = args;
  const kind = /\.(png|npy|csv)$/.exec(out)?.[1];
  if (!kind) throw new UsageError(`--out ${out}: the name should end in .png, .npy or .csv.`);
  checkNumbers(args, { count: 'count', 'burn-in': 'count', seed: 'seed' });
  const { model, details } = await readModel(args.model);
  const progress = new Progress('Sampling');
  const backend = reference();
  try {
    const drawn = await sample({
      model,
      backend,
      sampler: gibbs(),
      random: generator(args.seed),
      count,
      burnIn,
      signal: interruption.signal,
      progress: (sweeps) => progress.update(sweeps / burnIn),
    });
    const values = (args.means ?? kind === 'png') ? drawn.means : drawn.values;
    await writeFileAtomic(out, encode(kind, values, count, sampleWidth(model), details.image));
  } finally {
    progress.done();
    await backend.close();
  }
  console.error(`Wrote ${count} samples to ${out}.`);
}

function encode(
  kind: string,
  values: Float64Array,
  count: number,
  width: number,
  image: Parameters<typeof samplesPicture>[2],
): Uint8Array {
  if (kind === 'png') return samplesPicture(values, count, image);
  if (kind === 'npy') return encodeNpy({ shape: [count, width], data: values });
  const lines = Array.from({ length: count }, (_, n) => values.subarray(n * width, (n + 1) * width).join(','));
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}
