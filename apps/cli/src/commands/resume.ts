import type { CommandModule } from 'yargs';
import { readCheckpoint } from '../checkpoint.js';
import type { Interruption } from '../interruption.js';
import { checkNumbers } from '../numbers.js';
import { runTraining, type TrainArguments } from './train.js';

interface Arguments {
  folder: string;
  threads?: number;
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
        }) as never,
    handler: async ({ folder, threads }) => {
      checkNumbers({ threads }, { threads: 'count' });
      const checkpoint = await readCheckpoint(folder);
      const settings = checkpoint.settings as unknown as TrainArguments;
      const args = { ...settings, out: folder, ...(threads === undefined ? {} : { threads }) };
      await runTraining(args, interruption, checkpoint);
    },
  };
}
