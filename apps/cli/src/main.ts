import { inspect } from 'node:util';
import { RbmError } from '@rbm/core';
import { throwIfAborted } from '@rbm/core/contracts';
import yargs from 'yargs';
import packageFile from '../package.json' with { type: 'json' };
import { dataCommand } from './commands/data.js';
import { doctorCommand } from './commands/doctor.js';
import { evalCommand } from './commands/eval.js';
import { infoCommand } from './commands/info.js';
import { pluginsCommand } from './commands/plugins.js';
import { recallCommand } from './commands/recall.js';
import { resumeCommand } from './commands/resume.js';
import { sampleCommand } from './commands/sample.js';
import { trainCommand } from './commands/train.js';
import { configOptions } from './config.js';
import { engineLimit } from './engine-limit.js';
import { Interruption } from './interruption.js';
import { asksForJson, joinDashes, strictly } from './options.js';
import { Output } from './output.js';
import { guardConsole } from './printable.js';
import { UsageError } from './usage-error.js';

/** What the process says when it ends. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs one command line. Results go to stdout, all else to stderr.
 *
 * @param args Without the program's own name.
 * @param interruption Ended with the command.
 * @returns The exit code.
 */
export async function main(args: readonly string[], interruption: Interruption = new Interruption()): Promise<number> {
  const typed = joinDashes(args);
  const output = new Output();
  const restoreConsole = guardConsole();
  try {
    throwIfAborted(interruption.signal);
    await yargs(typed)
      .scriptName('rbm')
      .usage('$0 <command>\n\nRestricted Boltzmann machines: train, judge and sample them.')
      .version(packageFile.version)
      .options(configOptions)
      .command(strictly(trainCommand(interruption, typed), typed))
      .command(strictly(resumeCommand(interruption), typed))
      .command(strictly(evalCommand(interruption), typed))
      .command(strictly(sampleCommand(interruption), typed))
      .command(strictly(recallCommand(interruption), typed))
      .command(strictly(infoCommand(), typed))
      .command(strictly(dataCommand(interruption, typed), typed))
      .command(strictly(pluginsCommand(), typed))
      .command(strictly(doctorCommand(), typed))
      .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false })
      .demandCommand(1, 'Specify a command.')
      .strict()
      .wrap(110)
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? new UsageError(message);
      })
      .parseAsync();
    await output.finish();
    return interruption.happened ? exitCodes.interrupted : exitCodes.ok;
  } catch (error) {
    return report(error, interruption, asksForJson(typed));
  } finally {
    restoreConsole();
    output.dispose();
    interruption.dispose();
  }
}

/** Prints an error on stderr: for people, or as one line of JSON. */
function report(error: unknown, interruption: Interruption, json: boolean): number {
  const { exitCode, code, message, text } = explain(error, interruption);
  console.error(json ? JSON.stringify({ error: { code, message } }) : text);
  return exitCode;
}

interface Explanation {
  readonly exitCode: number;
  /** Of an `RbmError`, or `USAGE` or `UNEXPECTED`. */
  readonly code: string;
  readonly message: string;
  /** For people. */
  readonly text: string;
}

function explain(thrown: unknown, interruption: Interruption): Explanation {
  const error = engineLimit(thrown) ?? thrown;
  if (interruption.happened) {
    return { exitCode: exitCodes.interrupted, code: 'ABORTED', message: 'Interrupted.', text: 'Interrupted.' };
  }
  if (error instanceof UsageError || isParserError(error)) {
    const { message } = error;
    const text = `rbm: ${message}\nSee rbm --help, or rbm <command> --help.`;
    return { exitCode: exitCodes.usage, code: 'USAGE', message, text };
  }
  if (RbmError.isInstance(error)) {
    const { code } = error;
    const hint = code === 'PLUGIN_UNKNOWN' ? ' Load the plugin with --plugin PACKAGE or --config FILE.' : '';
    const message = error.message + hint;
    return { exitCode: exitCodes.failed, code, message, text: `rbm: ${message} (${code})` };
  }
  const text = `rbm: an unexpected error: ${inspect(error)}`;
  return { exitCode: exitCodes.failed, code: 'UNEXPECTED', message: String(error), text };
}

/** yargs throws some of its own errors past its `fail` handler: an option at the end without its value. */
function isParserError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'YError';
}
