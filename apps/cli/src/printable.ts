import { format } from 'node:util';

/**
 * Control characters except line feed and tab, and the characters that change the direction of text (Unicode's
 * bidirectional controls): printed raw, they could move the cursor, hide text, or send commands to a terminal.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text with what is unsafe to print as `\u001b`, which is also how JSON writes it. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text from a file that is to stay within its line: with line feeds and tabs escaped too, so that it cannot look like other lines. */
export function oneLine(text: string): string {
  return printable(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/**
 * Makes everything that goes through `console` printable: names and texts from files are printed in many places, errors
 * included, and are escaped in this one.
 *
 * @returns Puts the console back.
 */
export function guardConsole(): () => void {
  const { log, error, warn } = console;
  const escaped =
    (write: (line: string) => void) =>
    (...values: unknown[]): void =>
      write.call(console, printable(format(...values)));
  Object.assign(console, { log: escaped(log), error: escaped(error), warn: escaped(warn) });
  return () => {
    Object.assign(console, { log, error, warn });
  };
}
