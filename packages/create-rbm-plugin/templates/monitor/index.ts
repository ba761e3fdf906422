import { definePlugin, type Monitor, type MonitorContext, type Plugin } from '@rbm/core/contracts';

/** Options of the monitor. */
export interface MonitorOptions {
  /** The size from which on a weight counts as large (default: 1). */
  readonly large?: number;
}

declare module '@rbm/core/contracts' {
  interface PluginOptions {
    'my/__NAME__': MonitorOptions;
  }
}

/** The mean size of the weights, and the share of large ones: `meanWeight`, `largeWeights`. */
export function monitor({ large = 1 }: MonitorOptions = {}): Monitor {
  return {
    specVersion: 1,
    name: 'my/__NAME__',

    /** Replace what is measured. Names of different monitors must differ. */
    async measure({ program }: MonitorContext): Promise<Readonly<Record<string, number>>> {
      const parameters = await program.backend.read(program.parameters);
      let [sum, count, many] = [0, 0, 0];
      for (const { offset, length, interaction } of program.model.layout.arrays) {
        if (!interaction) continue;
        for (const weight of parameters.subarray(offset, offset + length)) {
          sum += Math.abs(weight);
          if (Math.abs(weight) >= large) many++;
        }
        count += length;
      }
      return { meanWeight: sum / count, largeWeights: many / count };
    },
  };
}

export default (): Plugin =>
  definePlugin({
    name: '__PACKAGE__',
    specVersion: { monitors: 1 },
    provides: {
      monitors: {
        'my/__NAME__': {
          options: { large: { type: 'number', minimum: 0, default: 1, describe: 'Size of a large weight' } },
          create: monitor,
        },
      },
    },
  });
