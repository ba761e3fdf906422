import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readFileBytes } from '@rbm/formats/node';
import packageFile from '../package.json' with { type: 'json' };
import type { TrainArguments } from './commands/train.js';
import { describeOptions } from './run-change.js';
import { parseDescription } from './run-description.js';
import { DESCRIPTION } from './run-folder.js';
import { UsageError } from './usage-error.js';

/** What goes with `--again`. */
const besideAgain = ['again', 'out', 'force'];

/** What a network whose patterns are stored has no use for. */
const ofTraining = [
  ...['estimator', 'sampler', 'k', 'chains', 'ladder', 'start', 'epochs', 'batch', 'lr', 'lr-end', 'average', 'phase'],
  ...['momentum', 'weight-decay', 'centre', 'optimizer', 'monitor', 'checkpoint-every'],
];

/** What `rbm train` is asked to do. */
export interface TrainingToRun {
  readonly args: TrainArguments;
  /** The command line that says the same. */
  readonly command: readonly string[];
}

/**
 * The training that the options describe: themselves, or with `--again RUN` those of an earlier run. Without `--out` it goes to a
 * new folder named after the time.
 *
 * @param typed The command line as typed.
 * @throws UsageError; RbmError `FILE_NOT_FOUND`, `FILE_INVALID` for a folder that is no run
 */
export async function trainingToRun(
  { again, out, ...given }: Omit<TrainArguments, 'out'> & { out?: string; again?: string },
  typed: readonly string[],
): Promise<TrainingToRun> {
  const options = typed
    .filter((part) => part.startsWith('--'))
    .map((part) => part.slice(2).replace(/=.*$/s, ''))
    .map((name) => name.replace(/^no-/, ''));
  const own = { out: out ?? newFolder(new Date(), existsSync), force: given.force };
  if (again === undefined) {
    if (given.data === undefined) throw new UsageError('Missing required argument: --data, or --again RUN.');
    const trained = given.storage === undefined ? undefined : options.find((name) => ofTraining.includes(name));
    if (trained !== undefined) {
      throw new UsageError(`--${trained} does not go with --storage, which stores the samples without training.`);
    }
    return { args: { ...given, ...own }, command: ['rbm', ...typed] };
  }
  const other = options.find((name) => !besideAgain.includes(name));
  if (other !== undefined) {
    throw new UsageError(`--${other} does not go with --again, which repeats all options of ${again}.`);
  }
  const path = join(again, DESCRIPTION);
  const { settings, command, versions, changes = [] } = parseDescription(await readFileBytes(path), path);
  if (versions?.rbm !== packageFile.version) {
    console.error(`Note: ${again} was trained by rbm ${versions?.rbm}; this is ${packageFile.version}.`);
  }
  const args = { ...(settings as unknown as TrainArguments), ...own };
  if (changes.length === 0) return { args, command: command ?? ['rbm', ...typed] };
  for (const { epoch, options } of changes) {
    console.error(`Note: ${again} was changed at epoch ${epoch.toPrecision(3)}: ${describeOptions(options)}.`);
  }
  console.error('Note: this training has the last options from its start, so that its result may be another.');
  return { args, command: ['rbm', ...typed] };
}

/** `runs/2026-11-27-214503`, in local time; with a number after it if there is one already. */
export function newFolder(time: Date, exists: (path: string) => boolean): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  const path = join('runs', `${day}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`);
  let free = path;
  for (let n = 2; exists(free); n++) free = `${path}-${n}`;
  return free;
}
