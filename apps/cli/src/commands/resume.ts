import type { CommandModule } from 'yargs';
import { readCheckpoint } from '../checkpoint.js';
import type { ConfigArguments } from '../config.js';
import { fingerprintParts } from '../fingerprint.js';
import type { Interruption } from '../interruption.js';
import { checkNumbers } from '../numbers.js';
import { RunFolder } from '../run-folder.js';
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
          threads: { type: 'number', describe: 'Threads of the wasm backend; as many as before unless given' },
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
      const checkpoint = await readCheckpoint(RunFolder.at(folder), (line) => console.error(line));
      const settings = checkpoint.settings as unknown as TrainArguments;
      const given = Object.fromEntries(
        Object.entries({ threads, config, plugin }).filter(([, value]) => value !== undefined),
      );
      const args = { ...settings, out: folder, ...given };
      await runTraining(args, interruption, checkpoint, force);
    },
  };
}
