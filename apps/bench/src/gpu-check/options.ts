import { parseArgs } from 'node:util';

/** Options of `gpu-check`. */
export interface CheckOptions {
  readonly form: 'quick' | 'full';
  /** Folder of the results. */
  readonly out: string;
  /** Models with more visible units are left out. */
  readonly largest: number;
  readonly help: boolean;
}

export const checkUsage: string = `npm run gpu-check -- [--quick | --full] [--out FOLDER] [--largest UNITS]

  --quick            some sizes; ends within 4 minutes (default)
  --full             all sizes; ends within 9 minutes
  --out FOLDER       where results.json and results.md are written (default: gpu-check-results)
  --largest UNITS    leave out models with more visible units (default: 8192)`;

/** @throws Error for an unknown option, or a value that is not valid. */
export function parseCheckOptions(args: readonly string[]): CheckOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      out: { type: 'string', default: 'gpu-check-results' },
      largest: { type: 'string', default: '8192' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.quick && values.full) throw new Error('--quick and --full exclude each other; pass one of them.');
  if (values.out === '') throw new Error('--out is empty; expected the name of a folder.');
  const largest = Number(values.largest);
  if (!Number.isSafeInteger(largest) || largest < 64) {
    throw new Error(`--largest is ${values.largest}; expected a whole number of at least 64.`);
  }
  return { form: values.full ? 'full' : 'quick', out: values.out, largest, help: values.help };
}
