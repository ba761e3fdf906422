import type { CommandModule } from 'yargs';
import type { Interruption } from './interruption.js';

/** What a command takes, and does with it. */
export type Command<Arguments> = Required<Pick<CommandModule<object, Arguments>, 'builder' | 'handler'>>;

/** A command as the list of all commands has it. */
interface Entry {
  /** Its name, and the arguments it needs. */
  readonly command: string;
  readonly describe: string;
  load(interruption: Interruption, typed: readonly string[]): Promise<Command<unknown>>;
}

/** yargs makes the arguments as the builder says, which types do not follow through a list. */
function untyped<Arguments>(command: Command<Arguments>): Command<unknown> {
  return command as unknown as Command<unknown>;
}

/** All commands. Loading one takes longer than Node needs to start. */
export const commands: readonly Entry[] = [
  {
    command: 'train',
    describe: 'Train a model on data',
    load: async (interruption, typed) =>
      untyped((await import('./commands/train.js')).trainCommand(interruption, typed)),
  },
  {
    command: 'resume <folder>',
    describe: 'Go on with a training that was interrupted, or train a finished one on',
    load: async (interruption) => untyped((await import('./commands/resume.js')).resumeCommand(interruption)),
  },
  {
    command: 'eval <model>',
    describe: 'Measure how likely a model makes data',
    load: async (interruption) => untyped((await import('./commands/eval.js')).evalCommand(interruption)),
  },
  {
    command: 'sample <model>',
    describe: 'Draw new samples from a model',
    load: async (interruption) => untyped((await import('./commands/sample.js')).sampleCommand(interruption)),
  },
  {
    command: 'recall <model>',
    describe: 'Let a network without hidden units fall to the nearest minimum of its energy',
    load: async (interruption) => untyped((await import('./commands/recall.js')).recallCommand(interruption)),
  },
  {
    command: 'info <model>',
    describe: 'Say what a model file holds',
    load: async () => untyped((await import('./commands/info.js')).infoCommand()),
  },
  {
    command: 'data <what> <file>',
    describe: 'Describe data before training: rows, columns, guesses, missing values; or show the first rows',
    load: async (interruption, typed) => untyped((await import('./commands/data.js')).dataCommand(interruption, typed)),
  },
  {
    command: 'plugins',
    describe: 'List the plugins of rbm.config.ts or .js in this folder, and of --plugin',
    load: async () => untyped((await import('./commands/plugins.js')).pluginsCommand()),
  },
  {
    command: 'doctor',
    describe: 'Say which versions are installed and which backends work here',
    load: async () => untyped((await import('./commands/doctor.js')).doctorCommand()),
  },
];
