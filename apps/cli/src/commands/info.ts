import { isPairwise } from '@rbm/core/contracts';
import type { TrainingData } from '@rbm/formats';
import type { Command } from '../command.js';
import type { ConfigArguments } from '../config.js';
import { readModel } from '../model-file.js';
import { Pieces } from '../pieces.js';
import { oneLine } from '../printable.js';

interface Arguments extends ConfigArguments {
  model: string;
  json: boolean;
}

/** `rbm info`: what a model file holds. */
export function infoCommand(): Command<Arguments> {
  return {
    builder: (yargs) =>
      yargs
        .positional('model', { type: 'string', demandOption: true, describe: 'A .safetensors file' })
        .option('json', { type: 'boolean', default: false, describe: 'Print JSON' }),
    handler: async ({ model: path, json, ...args }) => {
      const { model, details, library } = await readModel(path, await Pieces.named(args));
      const info = {
        model: model.kind,
        layers: model.layers.map(({ kind, units, settings }, l) => ({ name: model.names[l], kind, units, settings })),
        interactions: model.interactions.map((interaction) => ({
          name: interaction.name,
          kind: interaction.kind,
          between: interaction.between.map((l) => model.names[l] as string),
          ...(isPairwise(interaction) ? {} : { settings: interaction.settings ?? {} }),
        })),
        parameters: Object.fromEntries(model.layout.arrays.map(({ name, shape }) => [name, shape])),
        image: details.image ?? null,
        preparation: details.preparation ?? null,
        standardisation: details.standardisation
          ? { mean: Array.from(details.standardisation.mean), scale: Array.from(details.standardisation.scale) }
          : null,
        training: details.training ? trainingInfo(details.training) : null,
        plugins: details.plugins ?? {},
        library,
      };
      if (json) {
        console.log(JSON.stringify(info, null, 2));
        return;
      }
      const print = (line: string): void => console.log(oneLine(line));
      print(`model        ${info.model}, ${model.layout.length} parameters`);
      for (const { name, kind, units, settings } of info.layers) {
        const set = Object.entries(settings).map(([key, value]) => `, ${key} ${value}`);
        print(`layer        ${name}: ${units} ${kind} units${set.join('')}`);
      }
      for (const { name, kind, between, settings = {} } of info.interactions) {
        const set = Object.entries(settings).map(([key, value]) => `, ${key} ${value}`);
        print(`interaction  ${name}: ${kind}, ${[...new Set(between)].join(' and ')}${set.join('')}`);
      }
      for (const [name, shape] of Object.entries(info.parameters)) print(`parameter    ${name} [${shape.join(', ')}]`);
      if (details.image) print(`image        ${details.image.join(' × ')} pixels`);
      for (const [key, value] of Object.entries(details.preparation ?? {})) print(`preparation  ${key}: ${value}`);
      if (details.standardisation) {
        print(`preparation  mean and scale of ${details.standardisation.mean.length} columns`);
      }
      if (info.training) {
        const { name, rows, heldOut, sha256 } = info.training;
        print(`trained on   ${name}: ${rows - heldOut} rows of ${rows}, SHA-256 ${sha256}`);
      }
      for (const [kind, name] of Object.entries(info.plugins)) print(`plugin       ${name} provides ${kind}`);
      print(`written by   ${library}`);
    },
  };
}

/** Training data without the hashes of their rows. */
function trainingInfo({ rowHashes: _, ...training }: TrainingData): Omit<TrainingData, 'rowHashes'> {
  return training;
}
