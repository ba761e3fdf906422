import { parseArgs } from 'node:util';
import { cases } from './cases.js';

/** What the command line asks for. */
export interface Options {
  /** Names of cases, of `parts` included. */
  readonly selected: ReadonlySet<string>;
  readonly repetitions: number;
  /** Where all measurements go, if anywhere. */
  readonly json: string | undefined;
  /** How long the demo trains. */
  readonly minutes: number;
}

/** What is measured besides the cases. */
export const parts: readonly string[] = [
  'growth',
  'tempering',
  'optimizers',
  'composition',
  'memory',
  'chromium',
  'engines',
  'demo',
];

export const usage: string = `npm run bench -- [--case NAME]... [--repetitions N] [--minutes N] [--json FILE]

  --case NAME        only this one; may be repeated: ${[...cases.map(({ name }) => name), ...parts].join(', ')}
  --repetitions N    measurements of each side (default: 9)
  --minutes N        how long the demo trains (default: 10)
  --json FILE        write all measurements to a file`;

/** @throws Error for an unknown option, a case that does not exist, a number of repetitions that cannot be. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      case: { type: 'string', multiple: true },
      repetitions: { type: 'string', default: '9' },
      minutes: { type: 'string', default: '10' },
      json: { type: 'string' },
    },
  });
  const known = [...cases.map(({ name }) => name), ...parts];
  const selected = values.case ?? known;
  const unknown = selected.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no case "${unknown}". Choose among ${known.join(', ')}.`);
  const repetitions = Number(values.repetitions);
  if (!Number.isSafeInteger(repetitions) || repetitions < 1) {
    throw new Error(`The repetitions must be a positive whole number, not ${values.repetitions}.`);
  }
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 1440))
    throw new Error(`The minutes must be a positive number, not ${values.minutes}.`);
  return { selected: new Set(selected), repetitions, json: values.json, minutes };
}
