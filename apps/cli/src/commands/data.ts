import type { Command } from '../command.js';
import type { ConfigArguments } from '../config.js';
import { type DataArguments, dataOptions } from '../data.js';
import { formatInspection, formatPreview, inspectData, previewData } from '../data-inspection.js';
import type { Interruption } from '../interruption.js';
import { parseVisible, visibleSpelling } from '../layer-choice.js';
import { checkNumbers } from '../numbers.js';
import { Pieces } from '../pieces.js';
import { UsageError } from '../usage-error.js';

interface Arguments extends ConfigArguments, Omit<DataArguments, 'data'> {
  what: 'info' | 'preview';
  file: string;
  visible?: string;
  rows: number;
  json: boolean;
}

const { data, ...options } = dataOptions;

/**
 * `rbm data`: what would be trained on.
 *
 * @param typed The command line: yargs makes an empty text of a dash that is no option.
 */
export function dataCommand(interruption: Interruption, typed: readonly string[]): Command<Arguments> {
  return {
    builder: (yargs) =>
      yargs
        .positional('what', { choices: ['info', 'preview'], demandOption: true, describe: 'A description, or rows' })
        .positional('file', { type: 'string', demandOption: true, describe: data?.describe as string })
        .options(options)
        .options({
          visible: { type: 'string', describe: `Kind of the visible units that would be trained: ${visibleSpelling}` },
          rows: { type: 'number', default: 5, describe: 'preview: how many rows' },
          json: { type: 'boolean', default: false, describe: 'Print JSON' },
        })
        .example('$0 data info table.csv', 'What the columns are, and what training would see') as never,
    handler: async ({ what, file, visible, rows, json, ...given }) => {
      checkNumbers({ rows }, { rows: 'count' });
      if (file === '' && !typed.includes('-'))
        throw new UsageError('FILE is empty; expected a path. Is a variable not set?');
      const args = { ...given, data: file || '-' };
      const context = {
        signal: interruption.signal,
        log: (line: string): void => console.error(line),
        pieces: await Pieces.named(given),
        visible: visible === undefined ? undefined : parseVisible(visible),
      };
      if (what === 'info') {
        const found = await inspectData(args, context);
        console.log(json ? JSON.stringify(found, null, 2) : formatInspection(found));
      } else {
        const found = await previewData(args, rows, context);
        console.log(json ? JSON.stringify(found, null, 2) : formatPreview(found));
      }
    },
  };
}
