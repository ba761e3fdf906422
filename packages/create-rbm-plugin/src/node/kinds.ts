/** What a generated package of one kind says of itself. */
export interface KindOfPlugin {
  /** What the package is, with an article. */
  readonly noun: string;
  /** What its author changes first, as the README has it. */
  readonly change: string;
  /** Options of `rbm train` that use it, after the name of the piece. */
  readonly use: (piece: string) => string;
  /** Packages that its tests need, beside core and testkit. */
  readonly packages?: readonly string[];
}

const onBars = '--data bars-and-stripes:3';

/** The kinds of plugin that there are templates for. */
export const kinds: Readonly<Record<string, KindOfPlugin>> = {
  sampler: {
    noun: 'A sampler',
    change:
      'The sweep, the function in `sweepKernel`. It changes the chains in place and leaves the target invariant. Then `capabilities`: the suite tests what they declare.',
    use: (piece) => `${onBars} --sampler ${piece}`,
  },
  layer: {
    noun: 'A kind of units',
    change:
      'The list of `values` that a unit can have. For another energy: `logWeight` and the parameters, and then what the suite names. Units with a density give `states: null`, and sums become integrals.',
    use: (piece) => `${onBars} --hidden ${piece}:8`,
  },
  model: {
    noun: 'An energy model with an interaction of its own',
    change:
      'The equation in the test, `energy`, and `addEnergy` of the interaction. The suite then names what does not follow from the energy: inputs, statistics, pairs. Last the layers and blocks of the model.',
    use: (piece) => `${onBars} --model ${piece}`,
    packages: ['formats'],
  },
  estimator: {
    noun: 'An estimator of the gradient',
    change:
      'The negative phase in `estimate`: which states the average over the model is taken over. Then `capabilities.negativePhase`: the suite tests what it declares.',
    use: (piece) => `${onBars} --estimator ${piece}`,
  },
  optimizer: {
    noun: 'An optimizer',
    change: 'The rule in `update`, the names in `slots`, and the equation in the test, `rule`.',
    use: (piece) => `${onBars} --optimizer ${piece}`,
  },
  monitor: {
    noun: 'A monitor',
    change: 'What `measure` reads and returns, and the numbers in the first test.',
    use: (piece) => `${onBars} --monitor ${piece}`,
  },
  dataset: {
    noun: 'A data set',
    change: 'How `draw` makes samples, or read them from a file, and `width`. Then what `preparation` records.',
    use: (piece) => `--data ${piece}`,
  },
  backend: {
    noun: 'A backend',
    change:
      'The memory of a buffer, `download` and `upload`, and the queue, `enqueue` and `finished`. Then one operation after the other: those that return false are done on the host.',
    use: (piece) => `${onBars} --backend ${piece}`,
  },
};

/** Other words for a kind. */
export const synonyms: Readonly<Record<string, string>> = { interaction: 'model', 'energy-model': 'model' };
