import { parseArgs } from 'node:util';
import type { Argv } from 'yargs';
import type { Command } from './command.js';
import { readNumber } from './numbers.js';
import { UsageError } from './usage-error.js';

/** The options of a command, as yargs has them once its builder has run. */
interface Declared {
  readonly key: Readonly<Record<string, unknown>>;
  readonly number: readonly string[];
  readonly boolean: readonly string[];
  readonly array: readonly string[];
}

/**
 * A command whose options are checked as they are typed, before yargs converts them: yargs reads `''` as 0, `0x10` as 16,
 * `--force=maybe` as false, and a repeated option as a list.
 *
 * @param args The command line without the program's own name.
 */
export function strictly<Arguments>(command: Command<Arguments>, args: readonly string[]): Command<Arguments> {
  const build = command.builder as (yargs: Argv<object>) => Argv<Arguments>;
  return {
    ...command,
    builder: (yargs) => {
      const built = build(yargs);
      checkOptions(args, (built as unknown as { getOptions(): Declared }).getOptions());
      return built;
    },
  };
}

/** `--out -` as `--out=-`: yargs takes a lone dash for an argument of its own. */
export function joinDashes(args: readonly string[]): string[] {
  return args.flatMap((arg, n) => {
    if (arg === '-' && isLongOption(args[n - 1])) return [];
    return args[n + 1] === '-' && isLongOption(arg) ? [`${arg}=-`] : [arg];
  });
}

function isLongOption(arg: string | undefined): boolean {
  return arg !== undefined && /^--[^=]+$/.test(arg);
}

/** Whether a command line asks for JSON, be it valid or not. */
export function asksForJson(args: readonly string[]): boolean {
  return args.includes('--json') || args.includes('--json=true');
}

/**
 * Checks each option of a command line: none is repeated but lists, none is empty, numbers are decimal numbers, flags are
 * true or false. Unknown options are left to yargs.
 *
 * @throws UsageError naming the option
 */
function checkOptions(args: readonly string[], { key, number, boolean, array }: Declared): void {
  const known = Object.keys(key);
  const types = known.map((name) => [name, { type: boolean.includes(name) ? 'boolean' : 'string' } as const] as const);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options = tokens.filter((token) => token.kind === 'option');
  if (options.some(({ name }) => name === 'help')) return;
  const seen = new Set<string>();
  for (const { name: typed, rawName, value, inlineValue } of options) {
    const negated = !known.includes(typed) && typed.startsWith('no-') && known.includes(typed.slice(3));
    const name = negated ? typed.slice(3) : typed;
    if (!known.includes(name)) continue;
    if (negated && !(boolean.includes(name) && value === undefined))
      throw new UsageError(`Unknown option: ${rawName}.`);
    if (seen.has(name) && !array.includes(name)) throw new UsageError(`--${name} is given more than once.`);
    seen.add(name);
    if (!boolean.includes(name)) checkValue(name, value, inlineValue === true, number.includes(name));
    else if (value !== undefined && value !== 'true' && value !== 'false') {
      throw new UsageError(`--${name} is ${quoted(value)}; expected true, false, or no value.`);
    }
  }
}

function checkValue(name: string, value: string | undefined, inline: boolean, isNumber: boolean): void {
  if (value === undefined) throw new UsageError(`--${name} needs a value.`);
  if (value === '') throw new UsageError(`--${name} is empty; expected a value. Is a variable of the shell not set?`);
  if (!inline && /^-[^\d.]/.test(value)) {
    throw new UsageError(`--${name} needs a value, and ${value} follows. Write --${name}=${value} if it is one.`);
  }
  if (isNumber) readNumber(value, `--${name}`);
}

function quoted(value: string): string {
  return JSON.stringify(value);
}
