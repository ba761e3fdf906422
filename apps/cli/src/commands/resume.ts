import { RbmError } from '@rbm/core';
import type { CommandModule } from 'yargs';
import { CHECKPOINT, readCheckpoint, removeCheckpoints } from '../checkpoint.js';
import type { ConfigArguments } from '../config.js';
import { type FileSystem, machineFiles } from '../file-system.js';
import { fingerprintParts } from '../fingerprint.js';
import type { Interruption } from '../interruption.js';
import { checkNumbers } from '../numbers.js';
import { type Description, parseDescription } from '../run-description.js';
import { DESCRIPTION, RunFolder } from '../run-folder.js';
import { runTraining, type TrainArguments } from './train.js';

interface Arguments extends ConfigArguments {
  folder: string;
  threads?: number;
  force?: string[];
}

/** `rbm resume`: goes on with a training that was interrupted. */
export function resumeCommand(interruption: Interruption): CommandModule<object, Arguments> {
  return {
    command: 'resume <folder>',
    describe: 'Go on with a training that was interrupted',
    builder: (yargs) =>
      yargs
        .positional('folder', { type: 'string', describe: 'The --out of the training', demandOption: true })
        .options({
          threads: { type: 'number', describe: 'Threads of the wasm backend (default: as many as before)' },
          force: {
            choices: fingerprintParts,
            array: true,
            nargs: 1,
            requiresArg: true,
            describe: 'Go on although this has changed since the start',
          },
        }) as never,
    handler: async ({ folder, threads, force = [], config, plugin }) => {
      checkNumbers({ threads }, { threads: 'count' });
      const given = Object.fromEntries(
        Object.entries({ threads, config, plugin }).filter(([, value]) => value !== undefined),
      );
      await resumeTraining(folder, interruption, { ...given, accepted: force });
    },
  };
}

/** What may be given anew. */
interface Given extends ConfigArguments {
  readonly threads?: number;
  /** What may have changed since: see `checkFingerprint`. */
  readonly accepted?: readonly string[];
}

/**
 * Finishes a training that was interrupted or killed, whatever it has left.
 *
 * @throws RbmError `FILE_NOT_FOUND` if there is nothing to resume; `FILE_INVALID`; as `RunFolder.open` and `runTraining`
 */
export async function resumeTraining(
  path: string,
  interruption: Interruption,
  given: Given = {},
  files: FileSystem = machineFiles,
): Promise<void> {
  const folder = await RunFolder.open(path, files);
  try {
    await resume(folder, interruption, given);
  } finally {
    await folder.close();
  }
}

async function resume(folder: RunFolder, interruption: Interruption, { accepted, ...given }: Given): Promise<void> {
  const described = await readDescription(folder);
  const found = await readCheckpoint(folder, (line) => console.error(line));
  if (described?.status === 'finished') {
    if (found === undefined) throw nothingToResume(folder);
    // Killed between its last file operations.
    await removeCheckpoints(folder);
    console.error(`The training in ${folder.path} is finished.`);
    return;
  }
  // With --force, a training may be killed before it has removed the checkpoint of the one before.
  const checkpoint = described === undefined || found?.started === described.started ? found : undefined;
  const settings = checkpoint?.settings ?? described?.settings;
  if (settings === undefined) throw nothingToResume(folder);
  const args = { ...(settings as unknown as TrainArguments), out: folder.path, ...given };
  await runTraining(args, interruption, {
    folder,
    accepted: accepted ?? [],
    ...(checkpoint ? { checkpoint } : {}),
    ...(described ? { started: described.started } : {}),
    ...(described?.command ? { command: described.command } : {}),
  });
}

async function readDescription(folder: RunFolder): Promise<Description | undefined> {
  const bytes = await folder.read(DESCRIPTION);
  if (bytes === undefined) return undefined;
  return parseDescription(bytes, folder.pathOf(DESCRIPTION));
}

function nothingToResume(folder: RunFolder): RbmError {
  return new RbmError(
    'FILE_NOT_FOUND',
    `There is nothing to resume in ${folder.path}: no ${CHECKPOINT} and no training that was interrupted. ` +
      'A training leaves a checkpoint when it is interrupted, and removes it when it is finished.',
  );
}
