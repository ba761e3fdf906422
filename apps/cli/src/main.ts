import { inspect } from 'node:util';
import { RbmError } from '@rbm/core';
import { throwIfAborted } from '@rbm/core/contracts';
import yargs, { type ArgumentsCamelCase, type Argv } from 'yargs';
import packageFile from '../package.json' with { type: 'json' };
import { type Command, commands } from './command.js';
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
    const parser = yargs(typed)
      .scriptName('rbm')
      .usage('$0 <command>\n\nRestricted Boltzmann machines: train, judge and sample them.')
      .version(packageFile.version)
      // The parser's translations are not bundled, and nothing else here has any.
      .detectLocale(false)
      .options(configOptions);
    for (const { command, describe, load } of commands) {
      const named = typed.includes(command.split(' ')[0] as string);
      const { builder, handler } = named ? strictly(await load(interruption, typed), typed) : unnamed;
      const leave = (given: ArgumentsCamelCase<unknown>): never => {
        throw new Chosen(() => handler(given));
      };
      parser.command({ command, describe, builder, handler: leave });
    }
    parser
      .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false })
      .demandCommand(1, 'Specify a command.')
      .strict()
      .wrap(110)
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? new UsageError(message);
      });
    const chosen = await choose(parser);
    await chosen?.run();
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

/**
 * The command to run, thrown to leave yargs by: it renders the help text of every command that returns, which takes longer than
 * many commands do.
 */
class Chosen {
  readonly run: () => unknown;

  constructor(run: () => unknown) {
    this.run = run;
  }
}

/** @returns undefined where yargs has done what was asked for: help, the version. */
async function choose(parser: Argv): Promise<Chosen | undefined> {
  try {
    await parser.parseAsync();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Chosen) return thrown;
    throw thrown;
  }
}

/** A command that the command line does not name: there for the list of commands only. */
const unnamed: Command<unknown> = { builder: (yargs) => yargs, handler: () => {} };
