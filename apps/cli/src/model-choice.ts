import { boltzmannMachine, type Dataset, type EnergyModel, type Generator, hopfield, ising, rbm } from '@rbm/core';
import { type Layer, rowLength } from '@rbm/core/contracts';
import { parseCsv } from '@rbm/datasets';
import { readFileBytes } from '@rbm/formats/node';
import type { Options } from 'yargs';
import { hiddenSpelling, type LayerChoice, layerOf, parseHidden } from './layer-choice.js';
import type { Pieces } from './pieces.js';
import { UsageError } from './usage-error.js';

/** Which model to train, and what belongs to some kinds only. */
export interface ModelArguments {
  /** `rbm`, `hopfield`, `ising`, `graph`, or a plugin's. */
  model: string;
  hidden?: number | string;
  lattice?: string;
  periodic?: boolean;
  edges?: string;
  storage?: 'hebb' | 'storkey' | 'pseudo-inverse';
}

/** The options that choose a model. */
export const modelOptions: Record<string, Options> = {
  model: {
    type: 'string',
    default: 'rbm',
    describe:
      'rbm, or visible units alone that act on each other: hopfield (all on all), ising (on a lattice) or graph (along given edges), or the name of one that a plugin provides',
  },
  hidden: {
    type: 'string',
    // A number stays one in run.json.
    coerce: (text: string | undefined) => (/^\d+$/.test(text ?? '') ? Number(text) : text),
    describe: `Hidden units of an rbm: ${hiddenSpelling} (default: 64)`,
  },
  lattice: {
    type: 'string',
    describe: 'Extents of the lattice of an ising model: 32x32 (default: those of the images)',
  },
  periodic: {
    type: 'boolean',
    describe: 'Whether the lattice of an ising model wraps around (default: false)',
  },
  edges: { type: 'string', describe: 'A .csv file for a graph: two units a row, numbered from 0' },
  storage: {
    choices: ['hebb', 'storkey', 'pseudo-inverse'],
    describe: 'Store the samples in a hopfield network by a rule, as patterns, in place of training it',
  },
};

/** What makes a model once the data are known. */
export type ModelPlan = (
  dataset: Dataset,
  visible: LayerChoice,
  random: Generator,
) => EnergyModel | Promise<EnergyModel>;

/**
 * Reads the options that choose a model, before any data are loaded.
 *
 * @throws UsageError for options that do not go together; RbmError for a file of edges that cannot be read.
 */
export async function planModel(args: ModelArguments, pieces: Pieces): Promise<ModelPlan> {
  refuseStrangers(args);
  const visibleLayer = ({ train }: Dataset, choice: LayerChoice): Layer =>
    layerOf(choice, train.width / layerOf(choice, 1, pieces).width, pieces);
  switch (args.model) {
    case 'rbm': {
      const hidden = parseHidden(String(args.hidden));
      return (dataset, visible, random) =>
        rbm({ visible: visibleLayer(dataset, visible), hidden: layerOf(hidden, hidden.units, pieces), random });
    }
    case 'hopfield': {
      const { storage } = args;
      if (storage === undefined) {
        return (dataset, visible) => hopfield({ visible: finite(visibleLayer(dataset, visible), args) });
      }
      const { hebb, pseudoInverse, store, storkey } = await import('@rbm/hopfield');
      const rule = { hebb, storkey, 'pseudo-inverse': pseudoInverse }[storage];
      return (dataset, visible) => store({ visible: visibleLayer(dataset, visible), patterns: dataset.train, rule });
    }
    case 'ising':
      return (dataset, visible) => lattice(dataset, visible, args);
    case 'graph': {
      const edges = await readEdges(args.edges);
      return (dataset, visible) => boltzmannMachine({ visible: finite(visibleLayer(dataset, visible), args), edges });
    }
    default:
      if (!args.model.includes('/')) {
        throw new UsageError(`--model ${args.model}: expected rbm, hopfield, ising, graph, or a plugin's name.`);
      }
      return async (dataset, choice, random) => {
        const { image } = dataset;
        const visible = visibleLayer(dataset, choice);
        const model = await pieces.energyModel(args.model, { visible, random, ...(image ? { image } : {}) });
        checkVisible(model, dataset, args);
        return model;
      };
  }
}

/** Which options belong to which kinds. */
const owners: Readonly<Record<string, string>> = {
  hidden: 'rbm',
  lattice: 'ising',
  periodic: 'ising',
  edges: 'graph',
  storage: 'hopfield',
};

function refuseStrangers(args: ModelArguments): void {
  for (const [option, owner] of Object.entries(owners)) {
    if (args[option as keyof ModelArguments] === undefined || args.model === owner) continue;
    const fix = args.model.includes('/') ? ` Give the options of ${args.model} in the config.` : '';
    throw new UsageError(`--${option} is for --model ${owner}, not ${args.model}.${fix}`);
  }
  if (args.model === 'graph' && args.edges === undefined) {
    throw new UsageError('--model graph needs --edges: a .csv file with two units a row.');
  }
}

/** Data are rows of one visible layer. */
function checkVisible({ visible, layers }: EnergyModel, { train }: Dataset, { model }: ModelArguments): void {
  const [first] = visible.map((l) => rowLength(layers[l] as Layer));
  if (visible.length === 1 && first === train.width) return;
  throw new UsageError(
    visible.length === 1
      ? `--model ${model} made a visible layer of ${first} numbers; the samples have ${train.width}.`
      : `--model ${model} has ${visible.length} visible layers; models with one can be trained from the command line.`,
  );
}

/** Real units that all act on each other soon have no distribution; these models are of units with few states. */
function finite(layer: Layer, { model }: ModelArguments): Layer {
  if (layer.states !== null) return layer;
  throw new UsageError(`--model ${model} is for units with finitely many states, not ${layer.kind}.`);
}

/** Spins with a coupling for each pair of neighbours, all of them learned. */
function lattice(dataset: Dataset, visible: LayerChoice, args: ModelArguments): EnergyModel {
  if (visible.kind !== 'spin') {
    throw new UsageError(`--model ising is of spins: say --visible spin, not ${visible.kind}. Others go with graph.`);
  }
  const shape = args.lattice === undefined ? dataset.image : parseLattice(args.lattice);
  if (!shape) throw new UsageError('--model ising needs --lattice: the data are no images, whose shape it could take.');
  const sites = shape.reduce((product, extent) => product * extent, 1);
  if (sites !== dataset.train.width) {
    throw new UsageError(
      `A lattice of ${shape.join('x')} has ${sites} sites; the samples have ${dataset.train.width}.`,
    );
  }
  const periodic = args.periodic ?? false;
  return ising({ shape, periodic, couplings: 0 });
}

function parseLattice(text: string): number[] {
  if (!/^\d+(x\d+)*$/.test(text)) throw new UsageError(`--lattice ${text}: extents like 32x32 are needed.`);
  return text.split('x').map(Number);
}

async function readEdges(path: string | undefined): Promise<Float64Array> {
  const name = path as string;
  const { values, width } = parseCsv(new TextDecoder().decode(await readFileBytes(name)), { name });
  if (width !== 2) throw new UsageError(`--edges ${name}: two units a row are needed, not ${width}.`);
  return Float64Array.from(values);
}
