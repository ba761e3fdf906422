import { RbmError } from '@rbm/core';
import yargs from 'yargs';
import packageFile from '../package.json' with { type: 'json' };
import { doctorCommand } from './commands/doctor.js';
import { evalCommand } from './commands/eval.js';
import { infoCommand } from './commands/info.js';
import { pluginsCommand } from './commands/plugins.js';
import { recallCommand } from './commands/recall.js';
import { resumeCommand } from './commands/resume.js';
import { sampleCommand } from './commands/sample.js';
import { trainCommand } from './commands/train.js';
import { configOptions } from './config.js';
import { Interruption } from './interruption.js';
import { guardConsole } from './printable.js';
import { UsageError } from './usage-error.js';

/** What the process says when it ends. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs one command line. Data go to stdout, all else to stderr.
 *
 * @param args Without the program's own name.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  const interruption = new Interruption();
  const restoreConsole = guardConsole();
  try {
    await yargs([...args])
      .scriptName('rbm')
      .usage('$0 <command>\n\nRestricted Boltzmann machines: train, judge and sample them.')
      .version(packageFile.version)
      .command(trainCommand(interruption))
      .command(resumeCommand(interruption))
      .command(evalCommand(interruption))
      .command(sampleCommand(interruption))
      .command(recallCommand(interruption))
      .command(infoCommand())
      .command(pluginsCommand())
      .command(doctorCommand())
      .options(configOptions)
      .demandCommand(1, 'A command is needed.')
      .strict()
      .wrap(110)
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? new UsageError(message);
      })
      .parseAsync();
    return interruption.happened ? exitCodes.interrupted : exitCodes.ok;
  } catch (error) {
    return report(error, interruption);
  } finally {
    restoreConsole();
    interruption.dispose();
  }
}

function report(error: unknown, interruption: Interruption): number {
  if (interruption.happened) {
    console.error('Interrupted.');
    return exitCodes.interrupted;
  }
  if (error instanceof UsageError || isParserError(error)) {
    console.error(`rbm: ${error.message}\nSee rbm --help, or rbm <command> --help.`);
    return exitCodes.usage;
  }
  if (RbmError.isInstance(error)) {
    const hint = error.code === 'PLUGIN_UNKNOWN' ? ' Load the plugin with --plugin PACKAGE or --config FILE.' : '';
    console.error(`rbm: ${error.message}${hint} (${error.code})`);
    return exitCodes.failed;
  }
  console.error('rbm: an unexpected error:', error);
  return exitCodes.failed;
}

/** yargs throws some of its own errors past its `fail` handler: an option at the end without its value. */
function isParserError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'YError';
}
