import type { CommandModule } from 'yargs';
import { readModel } from '../model-file.js';

interface Arguments {
  model: string;
  json: boolean;
}

/** `rbm info`: what a model file holds. */
export function infoCommand(): CommandModule<object, Arguments> {
  return {
    command: 'info <model>',
    describe: 'Say what a model file holds',
    builder: (yargs) =>
      yargs
        .positional('model', { type: 'string', demandOption: true, describe: 'A .safetensors file' })
        .option('json', { type: 'boolean', default: false, describe: 'Print JSON' }),
    handler: async ({ model: path, json }) => {
      const { model, details, library } = await readModel(path);
      const info = {
        model: model.kind,
        layers: model.layers.map(({ kind, units, settings }, l) => ({ name: model.names[l], kind, units, settings })),
        parameters: Object.fromEntries(model.layout.arrays.map(({ name, shape }) => [name, shape])),
        image: details.image ?? null,
        preparation: details.preparation ?? null,
        library,
      };
      if (json) {
        console.log(JSON.stringify(info, null, 2));
        return;
      }
      console.log(`model        ${info.model}, ${model.layout.length} parameters`);
      for (const { name, kind, units } of info.layers) console.log(`layer        ${name}: ${units} ${kind} units`);
      for (const [name, shape] of Object.entries(info.parameters))
        console.log(`parameter    ${name} [${shape.join(', ')}]`);
      if (details.image) console.log(`image        ${details.image.join(' × ')} pixels`);
      for (const [key, value] of Object.entries(details.preparation ?? {}))
        console.log(`preparation  ${key}: ${value}`);
      console.log(`written by   ${library}`);
    },
  };
}
