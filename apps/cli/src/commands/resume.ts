import { RbmError } from '@rbm/core';
import type { Options } from 'yargs';
import { CHECKPOINT, type Checkpoint, keepLastCheckpoint, readCheckpoint } from '../checkpoint.js';
import type { Command } from '../command.js';
import type { ConfigArguments } from '../config.js';
import { type FileSystem, machineFiles } from '../file-system.js';
import { fingerprintParts } from '../fingerprint.js';
import type { Interruption } from '../interruption.js';
import { checkNumbers } from '../numbers.js';
import { type ChangeableArguments, changeableOptions, changeOptions, compareOptions } from '../run-change.js';
import { type Description, parseDescription } from '../run-description.js';
import { DESCRIPTION, RunFolder } from '../run-folder.js';
import { runTraining, type TrainArguments, trainingOptions } from './train.js';

type Arguments = ConfigArguments &
  ChangeableArguments & {
    folder: string;
    force?: string[];
  };

/** What the options of a phase say here, where they are those of the phase at work. */
const described: Readonly<Record<string, string>> = {
  epochs: 'How often each sample is seen in all, the epochs before included; more of them train a finished run on',
  lr: 'Learning rate from here on',
  'lr-end': 'Learning rate of the last step, as if it had been reached linearly from --lr since the start',
  batch: 'Samples in a batch from here on',
  average: 'End with the mean of the parameters from here on',
  phase: 'A further phase after those that there are: epochs=5,lr=0.02,average; may be repeated',
  backend: 'As of rbm train; another one gives the same result up to rounding, not to the last bit',
};

/**
 * The options of `rbm train`, without defaults. Those that may not change are hidden: they are here for an error that names both
 * values.
 */
const options: Record<string, Options> = Object.fromEntries(
  Object.entries(trainingOptions).map(([name, { default: _, demandOption: __, describe, ...option }]) => {
    const mayChange = changeableOptions.includes(name);
    const text = described[name] ?? describe;
    return [
      name,
      {
        ...option,
        ...(text === undefined ? {} : { describe: `${text}${mayChange ? ' (default: as before)' : ''}` }),
        hidden: !mayChange,
      },
    ];
  }),
);

/** `rbm resume`: goes on with a training that was interrupted, or trains a finished one on. */
export function resumeCommand(interruption: Interruption): Command<Arguments> {
  return {
    builder: (yargs) =>
      yargs
        .positional('folder', { type: 'string', describe: 'The --out of the training', demandOption: true })
        .options(options)
        .options({
          force: {
            choices: fingerprintParts,
            array: true,
            nargs: 1,
            requiresArg: true,
            describe: 'Go on although this has changed since the start',
          },
        })
        .example('$0 resume runs/mnist --epochs 20 --lr 0.01', 'Train on, up to epoch 20, at a lower rate') as never,
    handler: async ({ folder, force = [], ...given }) => {
      const { threads } = given;
      checkNumbers({ threads }, { threads: 'count' });
      const known = [...Object.keys(trainingOptions), 'config', 'plugin'];
      const changed = Object.entries(given).filter(([name, value]) => value !== undefined && known.includes(name));
      await resumeTraining(folder, interruption, { ...Object.fromEntries(changed), accepted: force });
    },
  };
}

/** What may be given anew. */
type Given = ConfigArguments &
  ChangeableArguments & {
    /** What may have changed since: see `checkFingerprint`. */
    readonly accepted?: readonly string[];
  };

/**
 * Finishes a training that was interrupted or killed, whatever it has left, or goes on with a finished one that is given more to do.
 *
 * @throws RbmError `FILE_NOT_FOUND` if there is nothing to resume; `FILE_INVALID`; as `RunFolder.open`, `changeOptions` and
 * `runTraining`
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

async function resume(
  folder: RunFolder,
  interruption: Interruption,
  { accepted = [], config, plugin, ...given }: Given,
): Promise<void> {
  const described = await readDescription(folder);
  const found = await readCheckpoint(folder, (line) => console.error(line));
  // With --force, a training may be killed before it has removed the checkpoint of the one before.
  const checkpoint = described === undefined || found?.started === described.started ? found : undefined;
  const settings = (described?.settings ?? checkpoint?.settings) as TrainArguments | undefined;
  if (settings === undefined) throw nothingToResume(folder);
  const before = { ...withFittedBatch(settings, checkpoint), out: folder.path };
  const args = changeOptions(before, given, positionOf(checkpoint));
  const options = compareOptions(before, args);
  const isChanged = Object.keys(options).length > 0;
  if (described?.status === 'finished' && !isChanged) {
    // Killed between its last file operations.
    await keepLastCheckpoint(folder);
    console.error(
      `The training in ${folder.path} is finished. To train on: rbm resume ${folder.path} --epochs ${2 * settings.epochs}`,
    );
    return;
  }
  if (described?.status === 'finished' && checkpoint === undefined) throw nothingToResume(folder);
  const changes = described?.changes ?? checkpoint?.changes ?? [];
  const change = {
    at: new Date().toISOString(),
    step: checkpoint?.snapshot.step ?? 0,
    epoch: checkpoint?.epoch ?? 0,
    options,
  };
  const overridden = Object.entries({ config, plugin }).filter(([, value]) => value !== undefined);
  await runTraining({ ...args, ...Object.fromEntries(overridden) }, interruption, {
    folder,
    accepted,
    changes: isChanged ? [...changes, change] : changes,
    ...(checkpoint ? { checkpoint } : {}),
    ...(described ? { started: described.started } : {}),
    ...(described?.command ? { command: described.command } : {}),
  });
}

/** The phase at work and its chains. */
function positionOf(checkpoint: Checkpoint | undefined): { phase: number; chains: number | undefined } {
  if (!checkpoint) return { phase: 0, chains: undefined };
  const { phase, training } = checkpoint.snapshot;
  const chains = training.phases[phase.number]?.settings.chains;
  return { phase: phase.number, chains: typeof chains === 'number' ? chains : undefined };
}

/** A batch that few epochs made smaller stays as it was, however many follow. */
function withFittedBatch(settings: TrainArguments, checkpoint: Checkpoint | undefined): TrainArguments {
  const fitted = checkpoint?.snapshot.training.phases[0]?.batch;
  if (fitted === undefined || settings.batch !== checkpoint?.settings.batch) return settings;
  return { ...settings, batch: fitted };
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
      'Give the folder of a training.',
  );
}
