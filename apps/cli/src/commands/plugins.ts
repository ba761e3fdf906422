import type { Command } from '../command.js';
import type { ConfigArguments } from '../config.js';
import { Pieces } from '../pieces.js';

interface Arguments extends ConfigArguments {
  json: boolean;
}

/** `rbm plugins`: what the config loads, from where. */
export function pluginsCommand(): Command<Arguments> {
  return {
    builder: (yargs) => yargs.option('json', { type: 'boolean', default: false, describe: 'Print JSON' }),
    handler: async ({ json, ...args }) => {
      const { config, catalog, versions } = await Pieces.here(args);
      const plugins = catalog.plugins.map((plugin, index) => {
        const { from } = config.plugins[index] ?? {};
        const entries = catalog.entries().filter((entry) => entry.plugin === plugin);
        return {
          name: plugin.name,
          version: versions[plugin.name] ?? null,
          from: from ?? null,
          specVersion: plugin.specVersion,
          provides: entries.map(({ kind, name, options }) => ({ kind, name, options })),
        };
      });
      if (json) {
        console.log(JSON.stringify({ config: config.path ?? null, plugins }, null, 2));
        return;
      }
      console.log(`config  ${config.path ?? 'none in this folder'}`);
      for (const { name, version, from, provides } of plugins) {
        console.log(`${name} ${version ?? '(no version)'}, from ${from}`);
        for (const { kind, name: piece, options } of provides) {
          console.log(`  ${kind}: ${piece} (${Object.keys(options).join(', ') || 'no options'})`);
        }
      }
    },
  };
}
